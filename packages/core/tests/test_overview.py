"""The user's commands as data: the same that the terminal prints, for adapters that show it in another way."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from footfall import Bucket, Choice, Client, EventType, Flag, FootfallError, Plan, Version, _spawn, cli, overview
from footfall._project import stored_vocabulary
from footfall.transport import Outcome
from footfall.vocabulary import Vocabulary

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "python-api.md"


@pytest.fixture
def printed(install, capsys):
    """What ``mytool telemetry ...`` prints on standard output."""

    def run(*words):
        cli.main(words, client=install.client, prog="mytool telemetry")
        return capsys.readouterr().out

    return run


@pytest.fixture
def silent(capfd):
    """After the test, nothing was printed by it."""
    yield
    assert tuple(capfd.readouterr()) == ("", "")


def test_status_tells_each_fact_by_its_name(install, silent):
    """A status holds mode, rule, places, what waits since when, the newest day sent and losses by reason."""
    install.lose()
    assert dataclasses.asdict(dataclasses.replace(overview.status(install.client), lost={})) == {
        "project": "mytool",
        "mode": "on",
        "reason": "MYTOOL_TELEMETRY says on",
        "rule": 9,
        "endpoint": "http://127.0.0.1:9",
        "endpoint_from": "",
        "stopped_until": "",
        "folder": install.folder,
        "waiting": 2,
        "waiting_since": "2026-11-19",
        "last_sent": "2026-11-19",
        "lost": {},
        "refused_because": "",
        "for_all_tools": "",
        "way_out": "",
        "plan": stored_vocabulary(install.folder).digest(),
        "plan_holds": "2 commands, 0 own events",
        "plan_is_told": False,
        "asks_again": "",
        "sample": None,
    }
    assert overview.status(install.client).lost == {"rejected": 1, "full-spool": 3}


def test_a_status_cannot_be_changed(install):
    """Neither a status nor its mapping of losses can be changed by who shows it."""
    found = overview.status(install.client)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.mode = "on"
    with pytest.raises(TypeError):
        found.lost["rejected"] = 0


def test_status_of_a_tool_that_never_ran_writes_nothing(install, silent):
    """Before a first run nothing waits, nothing was sent or lost, and asking leaves no trace."""
    found = overview.status(install.client)
    assert (found.waiting, found.waiting_since, found.last_sent, dict(found.lost)) == (0, "", "", {})
    assert not Path(install.client.home).exists()


def test_the_text_is_what_the_terminal_prints(install, printed):
    """Status as text is the terminal's, new or with losses, also with an answer for all tools."""
    assert overview.status(install.client).text + "\n" == printed("status")
    install.lose()
    assert overview.status(install.client).text + "\n" == printed("status")
    (Path(install.client.home) / "consent").write_text("local 2026-11-18\n")
    found = overview.status(install.client)
    assert found.text + "\n" == printed("status")
    assert (found.mode, found.for_all_tools) == ("local", "local, since 2026-11-18")
    assert found.text.endswith("\nfor all tools: local, since 2026-11-18")
    assert found.lines() == found.text.splitlines()[:-1]


def test_who_says_where_counts_go(install):
    """Where the environment says to whom counts go, and not the program, the status tells so."""
    assert overview.status(install.client).endpoint_from == ""
    install.environ["FOOTFALL_ENDPOINT"] = "http://127.0.0.1:8"
    client = Client("mytool", version="1", endpoint="https://c.example", environ=install.environ)
    found = overview.status(client)
    assert (found.endpoint, found.endpoint_from) == ("http://127.0.0.1:8", "FOOTFALL_ENDPOINT")
    assert overview.told_of(client)["endpoint_from"] == "FOOTFALL_ENDPOINT"
    assert any("http://127.0.0.1:8 (by FOOTFALL_ENDPOINT)" in line for line in found.lines())


def test_a_yes_says_what_becomes_of_what_was_local(install):
    """Who goes from ``local`` to ``on`` is told that what was recorded for them only is removed; nobody else is."""
    assert "forgotten" not in overview.on(install.client).text
    overview.local(install.client)
    assert "forgotten" not in overview.on(install.client).text
    overview.local(install.client)
    install.run()
    assert overview.on(install.client).text.endswith(overview._FORGOTTEN)
    assert overview.stats(install.client).is_empty


@pytest.mark.parametrize("is_lifted", [True, False])
def test_a_yes_says_forgotten_only_of_what_is(install, is_lifted):
    """What a run recorded under ``FOOTFALL=local`` is told to be forgotten where ``on`` does so, and only there."""
    overview.on(install.client)
    install.environ["FOOTFALL"] = "local"
    install.run()
    if is_lifted:
        del install.environ["FOOTFALL"]
    text = overview.on(install.client).text
    assert text.endswith(overview._FORGOTTEN) is not is_lifted
    assert any(install.folder.glob("spool/*.local.log")) is is_lifted
    assert overview.stats(install.client).is_empty is not is_lifted


def test_what_waited_before_local_is_forgotten_by_a_yes_and_that_is_told(install):
    """Runs that were recorded under a yes and had not left when ``local`` was said are not sent: ``on`` says so."""
    overview.on(install.client)
    install.run()
    overview.local(install.client)
    assert overview.on(install.client).text.endswith(overview._FORGOTTEN)
    assert install.send() == []


@pytest.mark.parametrize("endpoint", ["", None])
def test_without_a_collector_counts_go_nowhere(install, printed, endpoint):
    """A client without a collector's address says so in its status, as in the terminal."""
    install.client.endpoint = endpoint
    found = overview.status(install.client)
    assert found.endpoint == ""
    assert "  goes to    nowhere" in found.lines()
    assert found.text + "\n" == printed("status")


def test_where_nothing_is_sent_status_does_not_say_that_it_goes_somewhere(install):
    """In local mode, or off, counts go nowhere; where they would go when on is still told."""
    for word in ("local", "off"):
        install.environ["FOOTFALL"] = word
        assert "  goes to    nowhere; when on, to http://127.0.0.1:9" in overview.status(install.client).lines()


def test_answers_say_what_holds_now(install, silent):
    """On, local and off are kept, and told with the mode, its rule and whether it is what was asked for."""
    yes = overview.on(install.client)
    assert yes == overview.Answer(
        "on", "on", "MYTOOL_TELEMETRY says on", 9, True, "Thank you. mytool counts from its next run on."
    )
    only_here = overview.local(install.client)
    assert (only_here.word, only_here.mode, only_here.rule, only_here.is_in_force) == ("local", "local", 10, True)
    no = overview.off(install.client)
    assert (no.word, no.mode, no.rule, no.is_in_force) == ("off", "off", 6, True)
    assert no.text == "mytool records nothing; what it kept is removed."


def test_an_overruled_answer_is_kept_and_told(install, silent):
    """Where something ranks higher, the answer is kept, is not in force, and the text says what overrules it."""
    install.environ["DO_NOT_TRACK"] = "1"
    found = overview.on(install.client)
    assert (found.mode, found.rule, found.is_in_force) == ("off", 3, False)
    kept, way = "Your answer is kept, but mytool is off: DO_NOT_TRACK is set (rule 3).", "unset DO_NOT_TRACK"
    assert found.text == f"{kept}\nTo change that: {way}; then your own answer counts."
    assert (install.folder / "consent").read_text().startswith("on 2026-11-18 ")


def test_where_it_is_no_persons_own_use_the_switch_is_named(install, silent):
    """Under CI a yes is not in force, and a second line names the variable that says yes on purpose."""
    del install.environ["MYTOOL_TELEMETRY"]
    install.environ["CI"] = "1"
    found = overview.on(install.client)
    assert (found.mode, found.rule, found.is_in_force) == ("off", 8, False)
    assert found.text.splitlines()[1:] == ["MYTOOL_TELEMETRY=1 in the environment says yes on purpose."]


@pytest.mark.statement(19)
@pytest.mark.privacy
@pytest.mark.statement(19)
def test_off_leaves_the_refusal_only(install, silent):
    """Statement 19: after off as data too, the tool's folder holds one file, the refusal."""
    install.lose()
    overview.off(install.client)
    assert install.files == {"consent"}
    assert overview.log(install.client) == []


def test_off_reaches_a_programs_notebooks(new_install, silent):
    """Who says off to a program has said it to its notebooks, and is told so; the other way round it stays theirs."""
    install = new_install()
    install.run()
    notebook = Client("mytool", version="1.4.2", endpoint="http://127.0.0.1:9", home=install.client.home, environ={})
    notebook.in_notebooks()
    overview.on(notebook)
    found = overview.off(install.client)
    assert found.text.splitlines()[-1] == "Nor do mytool's notebooks."
    assert sorted(path.name for path in Path(notebook.folder).iterdir()) == ["consent"]
    assert notebook.decide().mode == "off"
    overview.on(install.client)
    overview.off(notebook)
    assert overview.status(install.client).mode == "on"


@pytest.mark.statement(43)
@pytest.mark.privacy
@pytest.mark.statement(43)
def test_preview_is_what_is_sent(install, silent):
    """Statement 43: the lines are byte for byte what the next sender posts, and are no example."""
    install.run("db migrate", flags=["--dry-run"])
    found = overview.preview(install.client)
    install.send()
    assert not found.is_example
    assert sorted(line.encode() for line in found.lines) == sorted(install.collector.bodies) != []
    assert overview.preview(install.client) == overview.Preview((), is_example=False)


def test_an_example_is_told_as_one(install, silent):
    """Who has not agreed gets an example of a first day, marked as one, and nothing is written."""
    install.environ["MYTOOL_TELEMETRY"] = "0"
    found = overview.preview(install.client)
    assert found.is_example
    assert any('"part":"cli.command"' in line for line in found.lines)
    assert not install.folder.exists()


def test_an_example_has_the_authors_own_events(new_install):
    """The example holds one of each event that is counted today, with the first word of each field."""
    fields = {"backend": Choice("cpu", "cuda"), "cached": Flag(), "layers": Bucket(1, 9), "torch": Version()}
    events = [EventType("model.loaded", fields), EventType("file.opened"), EventType("old.one", expires="2026-11-18")]
    install = new_install(plan=Plan(events), environ={})
    parts = [json.loads(line) for line in overview.preview(install.client).lines]
    own = {part["part"]: part for part in parts if "." in part["part"] and part["part"] != "cli.command"}
    assert own.keys() == {"model.loaded", "file.opened"}
    assert {part["n"] for part in own.values()} == {1}
    rows = {row["field"]: (row["value"], row["n"]) for row in own["model.loaded"]["rows"]}
    assert rows == {"backend": ("cpu", 1), "cached": ("true", 1), "layers": ("<1", 1), "torch": ("dev", 1)}
    words = Vocabulary.from_document(_spawn.plan_document(install.client))
    assert [words.refusal(part) for part in parts] == [None] * len(parts), "all of it could be sent"


@pytest.mark.statement(43)
@pytest.mark.privacy
@pytest.mark.statement(43)
def test_log_has_the_bytes_that_left(install, silent):
    """Statement 43: the log holds each part's very bytes with its day, and marks those that were refused."""
    assert overview.log(install.client) == []
    install.run()
    install.collector.answers = [Outcome.REJECTED]
    install.send()
    install.clock.forward(1)
    install.run()
    install.send()
    found = overview.log(install.client)
    assert sorted(one.text.encode() for one in found if not one.is_refused) == sorted(install.collector.bodies)
    assert [(one.day, one.is_refused) for one in found if one.is_refused] == [("2026-11-18", True)]
    assert [one.day for one in found] == sorted(one.day for one in found)
    assert {one.day for one in found} == {"2026-11-18", "2026-11-19"}


def test_a_record_that_is_no_text_is_an_error_of_ours(install):
    """A damaged file in the record is told as a FootfallError that names it."""
    install.run()
    install.send()
    path = overview.sent_paths(install.folder)[0]
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(FootfallError, match=re.escape(f"{path} cannot be read")):
        overview.log(install.client)


@pytest.mark.parametrize("answer", [overview.on, overview.local, overview.off])
def test_without_a_home_no_answer_is_kept_anywhere(answer):
    """Where there is no folder for state, an answer is refused: the root of the file system is not one."""
    client = Client("mytool", version="1.0", endpoint="https://c.example", environ={})
    with pytest.raises(FootfallError, match="set FOOTFALL_HOME"):
        answer(client)
    assert not Path("/mytool").exists()
    assert overview.status(client).mode == "off"


@pytest.mark.parametrize("answer", [overview.on, overview.local, overview.off, overview.preview])
def test_a_home_that_cannot_be_written_is_an_oserror(install, answer):
    """What cannot be kept is told by an OSError, and never taken for done."""
    Path(install.client.home).write_text("a file in the way")
    if answer is overview.preview:
        assert answer(install.client).is_example
    else:
        with pytest.raises(OSError, match="home0"):
            answer(install.client)


def test_a_sender_at_work_is_told(install, monkeypatch):
    """While another process holds the lock, preview says to try again."""
    monkeypatch.setattr("footfall._project.LOCK_WAIT_SECONDS", 0.1)
    install.run()
    code = "import sys, fcntl; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(install.folder / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        holder.stdout.readline()
        with pytest.raises(FootfallError, match="a sender is at work"):
            overview.preview(install.client)
        holder.stdin.write(b"\n")
        holder.stdin.flush()


def test_a_recorded_run_does_not_load_the_overview(install):
    """A program that records a run has not imported this module when it ends."""
    program = (
        "import sys\nfrom footfall import Client\n"
        "client = Client('mytool', version='1.0', endpoint='http://127.0.0.1:9')\n"
        "with client.invocation('test') as run:\n    run.command = '(main)'\n    run.begin()\n"
        "print('footfall._spool' in sys.modules, 'footfall.overview' in sys.modules)\n"
    )
    own = {"MYTOOL_TELEMETRY": "1", "FOOTFALL_SENDER": "1", "FOOTFALL_HOME": install.client.home}
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), **own}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"
    assert (install.folder / "spool").is_dir()


def test_the_documentations_example_shows_all_of_it(install):
    """The example of the documentation runs, and shows answers, status, preview and record."""
    if not DOCUMENTATION.exists():
        pytest.skip("the documentation is not part of the source distribution")
    block = re.findall(r"```python\n(.*?)```", DOCUMENTATION.read_text(encoding="utf-8"), flags=re.DOTALL)[0]
    exec(compile(block, "python-api.md", "exec"), names := {})
    page = names["settings_page"]
    install.run()
    install.send()
    shown = list(page(install.client, "on"))
    assert shown[0] == "Thank you. mytool counts from its next run on."
    assert shown[1] == overview.status(install.client).text
    assert shown[2] == "This would be sent:"
    assert shown[3:] == ["2026-11-18 sent"] * len(install.collector.bodies)
    assert list(page(install.client, "off"))[2] == "An example of a first day:"
    (install.folder / "consent").unlink()
    (install.folder / "consent").mkdir()
    assert next(page(install.client, "on")).startswith("Not possible now: ")


def test_every_loss_has_its_words():
    """Each reason for a loss that the sources count has a text that status prints."""
    sources = "".join(path.read_text(encoding="utf-8") for path in Path(overview.__file__).parent.glob("*.py"))
    reasons = set(re.findall(r"""lost\["([a-z-]+)"\]""", sources))
    assert {"expired-events", "torn", "refused"} <= reasons <= overview._LOST_TEXTS.keys()
