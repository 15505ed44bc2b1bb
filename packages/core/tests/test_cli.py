"""The user's commands: what each prints, what it leaves on the disk, and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from footfall import Client, _commands, _preview, cli, outbox, overview
from footfall._spawn import plan_document
from footfall.sender import Sender
from footfall.transport import Outcome
from footfall.vocabulary import Vocabulary

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

_PLAIN = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
_NO_RECORD = "No record of anything that left: nothing did in the last 28 days, or `off` removed the record too.\n"


@pytest.fixture
def tool(install, capsys):
    """Run ``mytool telemetry ...``; gives exit code, output and errors."""

    def run(*words):
        try:
            code = cli.main(words, client=install.client, prog="mytool telemetry")
        except SystemExit as exit_:
            code = exit_.code
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def program(install, capsys, monkeypatch):
    """Run ``footfall ...`` for the home of the install; gives exit code, output and errors."""
    monkeypatch.setenv("FOOTFALL_HOME", install.client.home)
    monkeypatch.setenv("MYTOOL_TELEMETRY", "1")

    def run(*words):
        try:
            code = cli.main(words)
        except SystemExit as exit_:
            code = exit_.code
        return code, *capsys.readouterr()

    return run


def test_status_says_the_mode_and_the_rule_that_decided(install, tool):
    """Status gives 0 when on, 1 when off and 2 when undecided, each with its rule, and where things go."""
    code, out, err = tool("status")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "mytool: on: counts are recorded and sent",
        "  because    MYTOOL_TELEMETRY says on (rule 9)",
        "  goes to    http://127.0.0.1:9",
        f"  plan       {plan_document(install.client)['digest']} (2 commands, 0 own events); reports do not tell it",
        f"  kept in    {install.folder}",
        "  last sent  nothing yet",
    ]
    install.environ["DO_NOT_TRACK"] = "1"
    code, out, _ = tool("status")
    assert code == 1
    assert out.startswith("mytool: off: nothing is recorded\n  because    DO_NOT_TRACK is set (rule 3)\n")
    assert not install.folder.exists()


def test_status_of_one_who_was_not_asked(new_install, tool, install, monkeypatch):
    """Undecided gives 2, in the tool's own command and in the program for all."""
    monkeypatch.setattr("footfall._consent.restriction", lambda environ: "")
    install.environ.clear()
    code, out, _ = tool("status")
    assert code == 2
    assert "not decided: nothing is recorded\n  because    not asked yet (rule 11)" in out


def test_status_tells_what_waits_and_what_was_lost(install, tool):
    """Parts that no collector has taken, the newest day sent and each kind of loss are told."""
    install.lose()
    code, out, _ = tool("status")
    assert code == 0
    assert "  waiting    2 parts not yet confirmed by the collector, since 2026-11-19\n" in out
    assert "  last sent  counts of 2026-11-1" in out
    assert out.endswith(
        "  lost       3 lines too many for a day's file\n             1 part refused by the collector\n"
    )


@pytest.mark.parametrize("content", ["", "{", "[]", '{"lost": []}', '{"lost": {"a": "b"}}'])
def test_status_survives_a_corrupt_state(install, tool, content):
    """A state file that cannot be read does not keep anybody from seeing the mode."""
    install.run()
    (install.folder / "state.json").write_text(content)
    assert tool("status")[0] == 0


def test_on_off_and_local_say_what_holds_now(install, tool):
    """Each answer is confirmed in words; one that is overruled says by what, and gives 1."""
    assert tool("on") == (0, "Thank you. mytool counts from its next run on.\n", "")
    assert tool("local") == (0, "mytool records for you only, from its next run on.\n", "")
    assert tool("off") == (0, "mytool records nothing; what it kept is removed.\n", "")
    assert install.files == {"consent"}
    install.environ["DO_NOT_TRACK"] = "1"
    code, out, _ = tool("on")
    told = "Your answer is kept, but mytool is off: DO_NOT_TRACK is set (rule 3).\n"
    assert (code, out) == (1, told + "To change that: unset DO_NOT_TRACK; then your own answer counts.\n")


@pytest.mark.statement(19)
@pytest.mark.privacy
@pytest.mark.statement(19)
def test_off_removes_all_but_the_refusal(install, tool):
    """Statement 19: after off the tool's folder holds one file, the refusal."""
    install.run("db migrate")
    install.send()
    install.run()
    tool("off")
    assert install.files == {"consent"}
    assert (install.folder / "consent").read_text() == "off 2026-11-18\n"
    assert [path.name for path in install.folder.iterdir()] == ["consent"]


@pytest.mark.statement(20)
@pytest.mark.privacy
@pytest.mark.statement(20)
def test_on_after_off_begins_anew(install, tool):
    """Statement 20: after off and on, the install is a new one: first of its week, other keys, nothing of before."""
    install.run("db")
    install.send()
    install.run("db migrate")  # waits in the spool when off is said
    salt = _salt_of_today(install, tool)
    tool("off")
    tool("on")
    install.run("db")
    assert _salt_of_today(install, tool) != salt
    install.send()
    assert [part["new"] for part in install.collector.of("activity")] == [True, True]
    assert [part["age"] for part in install.collector.of("activity")] == ["0", "0"]
    assert len(install.collector.keys) == len(install.collector.parts) == 6
    assert {key[1]: n for key, n in install.collector.runs.items()} == {"db": 2}
    flags = [row["first_in_week"] for part in install.collector.of("environment") for row in part["rows"]]
    assert all(flags)


def _salt_of_today(install, tool):
    """What the keys of today's parts are drawn from."""
    tool("preview")
    return json.loads((install.folder / "state.json").read_text())["pending"][install.clock.day]["salt"]


@pytest.mark.statement(25)
@pytest.mark.privacy
@pytest.mark.statement(25)
def test_purge_leaves_nothing(install, tool):
    """Statement 25: purge removes the answer and the folder too, and the home when nothing else is in it."""
    install.run()
    install.send()
    code, out, _ = tool("purge")
    assert (code, out) == (0, f"mytool: nothing is left in {install.folder}\n")
    assert not Path(install.client.home).exists()
    assert tool("purge")[0] == 0


@pytest.mark.statement(43)
@pytest.mark.privacy
@pytest.mark.statement(43)
def test_preview_is_what_is_sent(install, tool):
    """Statement 43: the lines of preview are byte for byte the bodies that the next sender posts, over several days."""
    for command in ("db", "(main)", "db"):
        install.run(command)
        install.clock.forward(1)
    install.run("db migrate", flags=["--dry-run"])
    first = tool("preview")[1].splitlines()
    assert tool("preview")[1].splitlines() == first
    install.collector.answers = ["lost answer"] * 2
    install.send()
    install.collector.bodies.clear()
    install.clock.forward(1)
    install.run()
    shown = tool("preview")[1].splitlines()
    install.send()
    assert sorted(shown) == sorted(body.decode() for body in install.collector.bodies)
    assert len(shown) == 15


@pytest.mark.statement(43)
@pytest.mark.privacy
@pytest.mark.statement(43)
def test_preview_of_a_first_day_is_sent_as_it_was_shown(install, tool):
    """Statement 43: what preview prints after a first run is what leaves."""
    install.run("db", error=ValueError("jane"))
    shown = tool("preview")[1].splitlines()
    install.send()
    assert sorted(shown) == sorted(body.decode() for body in install.collector.bodies)


def test_preview_before_anything_is_recorded(install, tool, monkeypatch):
    """Who has not agreed sees an example of a first day; it is told as one, and nothing is written."""
    install.environ["MYTOOL_TELEMETRY"] = "0"
    code, out, err = tool("preview")
    assert code == 0
    assert err == "Nothing is recorded. After a first day with one run, this would be sent:\n"
    words = Vocabulary("mytool", "1.4.2", install.client.commands())
    assert all(words.refusal(_decoded(line)) is None for line in out.splitlines())
    assert not install.folder.exists()
    install.environ["MYTOOL_TELEMETRY"] = "1"
    assert tool("preview") == (0, "", "Nothing waits to be sent.\n")


def _decoded(line):
    from footfall import wire

    return wire.decode(line.encode())


@pytest.mark.statement(43)
@pytest.mark.privacy
@pytest.mark.statement(43)
def test_log_prints_the_bytes_that_left(install, tool):
    """Statement 43: log prints the very bytes, those that the collector would not take after a heading of their own."""
    assert tool("log") == (0, "", _NO_RECORD)
    install.run()
    install.collector.answers = [(Outcome.REJECTED, "unknown-value")]
    install.send()
    install.clock.forward(1)
    install.run()
    install.send()
    code, out, err = tool("log")
    assert code == 0
    assert err.splitlines() == [
        "mytool, 2026-11-18: 2 parts delivered:",
        "mytool, 2026-11-18: 1 part refused by the collector (unknown-value), and lost:",
        "mytool, 2026-11-19: 3 parts delivered:",
    ]
    lines = out.splitlines()
    refused = [lines.pop(2)]
    assert sorted(lines) == sorted(body.decode() for body in install.collector.bodies)
    assert [_decoded(line) for line in refused] == install.collector.rejected


def test_a_heading_stands_before_its_bytes(install):
    """Where both streams go to one place, each heading comes just before the parts that it tells of."""
    install.run()
    install.collector.answers = [Outcome.REJECTED]
    install.send()
    command = [sys.executable, "-m", "footfall", "log"]
    environ = {**_PLAIN, "FOOTFALL_HOME": install.client.home}
    found = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environ, check=True)
    lines = found.stdout.decode().splitlines()
    assert [bool(line.startswith("{")) for line in lines] == [False, True, True, False, True]
    assert lines[3] == "mytool, 2026-11-18: 1 part refused by the collector, and lost:"


def test_send_says_what_became_of_it(install, tool):
    """Without a collector parts wait and the code is 1; with nothing to send, it says so; once a day without --now."""
    assert tool("send") == (0, "mytool: nothing waits to be sent\n", "")
    assert tool("send") == (0, "mytool: today's sending has been started already; --now sends all the same\n", "")
    install.run()
    code, out, _ = tool("send", "--now")
    told = "0 parts delivered; 3 parts kept for a later sending (http://127.0.0.1:9: no answer (nobody listens there))"
    assert (code, out) == (1, f"mytool: {told}\n")
    install.environ["FOOTFALL"] = "local"
    assert tool("send", "--now")[:2] == (1, "mytool: nothing is sent: FOOTFALL says local (rule 4)\n")


def test_send_says_what_waits_where_the_days_sending_has_been(install, tool):
    """Where today's sending has been and parts wait, that is told with their number, and the code is 1."""
    install.run()
    install.collector.answers = [Outcome.RETRY] * 3
    install.send()
    (install.folder / "spool" / f"{install.clock.day}.sender").touch()
    told = "mytool: today's sending has been started already; --now sends all the same (3 parts not confirmed)\n"
    assert tool("send") == (1, told, "")
    assert json.loads(tool("send", "--json")[1])["tools"][0]["waiting"] == 3


@pytest.mark.parametrize(
    ("settings", "answer", "told"),
    [
        ({}, Outcome.STOP, "3 parts kept for a later sending; the collector said stop"),
        ({"delay": "next-day"}, None, "what ran today leaves when the day has ended (UTC)"),
    ],
)
def test_send_says_what_keeps_it(new_install, monkeypatch, capsys, settings, answer, told):
    """What keeps all from being sent now is said: a collector's stop, or that nothing leaves on its own day."""
    install = new_install(**settings)
    monkeypatch.setattr(_commands, "Sender", partial(Sender, transport=install.collector))
    install.run()
    install.collector.answers = [answer] * bool(answer)
    for _ in range(2):
        cli.main(["send", "--now"], client=install.client, prog="mytool telemetry")
        assert told in capsys.readouterr().out
    status = overview.status(install.client)
    assert status.stopped_until == ("2026-12-18" if answer else "")
    assert ("nothing is sent before 2026-12-18" in status.text) == bool(answer)


def test_a_first_yes_keeps_what_waits_for_the_same_collector(install):
    """What a switch in the environment had counted and sealed is sent after a first yes, all of it."""
    install.run()
    install.collector.answers = [Outcome.RETRY] * 2  # more are not tried
    install.send()
    install.run()
    overview.on(install.client)
    install.run()
    install.send()
    assert sum(install.collector.runs.values()) == 3
    assert install.collector.actives == {install.clock.day: 1}


def test_a_first_yes_takes_nothing_to_another_collector(install, new_install):
    """What a switch had sealed for one collector is removed by a yes to another."""
    install.run()
    install.collector.answers = [Outcome.RETRY] * 3
    install.send()
    install.client.endpoint = "http://127.0.0.1:8"
    overview.on(install.client)
    assert not outbox.waiting(install.folder)


@pytest.mark.parametrize(("say", "word"), [(overview.on, "on"), (overview.local, "local")])
def test_an_answer_says_that_what_was_there_without_one_is_removed(install, say, word):
    """Where a switch had counted and holds no more, an answer removes that, and says so; and else it does not."""
    install.run()
    install.send()
    del install.environ["MYTOOL_TELEMETRY"]
    install.environ["CI"] = "1"
    assert "What it kept before, counted without an answer of yours, is removed" in say(install.client).text
    assert "What it kept before" not in say(install.client).text
    assert "state.json" not in install.files


@pytest.mark.parametrize("command", [["preview"], ["send", "--now"]])
def test_a_sender_at_work_is_waited_for_not_for_ever(install, tool, monkeypatch, command):
    """While another process holds the lock, the user is told to try again."""
    monkeypatch.setattr("footfall._project.LOCK_WAIT_SECONDS", 0.1)
    install.run()
    code = "import sys, fcntl; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(install.folder / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        holder.stdout.readline()
        found = tool(*command)
        holder.stdin.write(b"\n")
        holder.stdin.flush()
    assert found[0] == 1
    assert "a sender is at work; try again in a moment" in found[2]


@pytest.mark.parametrize("words", [["bogus"], ["--json"], ["off", "extra"], ["send", "--later"], ["plan", "x"]])
def test_wrong_usage_gives_2(tool, words):
    """What the command does not know is told on stderr with its usage, and gives 2."""
    code, out, err = tool(*words)
    assert (code, out) == (2, "")
    assert err.startswith("usage: mytool telemetry")


def test_a_home_that_cannot_be_written_is_told_without_a_traceback(install, tool):
    """Where the state folder cannot be made, each command says so and gives 1, or shows what it can."""
    Path(install.client.home).parent.mkdir(parents=True, exist_ok=True)
    Path(install.client.home).write_text("a file in the way")
    for words in (["on"], ["off"], ["local"], ["send", "--now"], ["preview"]):
        code, _, err = tool(*words)
        assert code in (0, 1), words
        assert "Traceback" not in err
    assert tool("status")[0] == 1


def test_a_reader_that_has_seen_enough_is_no_error(install, tmp_path):
    """``footfall log | head -0`` ends quietly."""
    install.run()
    install.send()
    code = "import sys; from footfall.cli import main; sys.exit(main(['log']))"
    read, write = os.pipe()
    os.close(read)
    environ = {**_PLAIN, "FOOTFALL_HOME": install.client.home}
    found = subprocess.run([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE, env=environ, check=False)
    os.close(write)
    assert (found.returncode, found.stderr) == (1, b"mytool, 2026-11-18: 3 parts delivered:\n")


def test_the_program_speaks_of_all_tools(install, program):
    """Status, preview, log and send go through every tool that keeps state here."""
    assert program("status") == (0, "No tool has recorded anything here.\n", "")
    install.run("db")
    install.sender()
    (Path(install.client.home) / "older").mkdir()
    (Path(install.client.home) / "older" / "consent").write_text("on 2026-11-01 1 https://c.example 25\n")
    code, out, _ = program("status")
    assert code == 0
    assert "mytool: on: counts are recorded and sent\n" in out
    assert (
        "older: not decided: nothing is recorded\n"
        "  because    you answered; `older telemetry status` says what holds (rule 11)" in out
    )
    assert '"command":"db"' in program("preview", "mytool")[1]
    assert program("log") == (0, "", _NO_RECORD)
    assert program("send", "mytool", "--now")[0] == 1


@pytest.mark.statement(12)
@pytest.mark.privacy
@pytest.mark.statement(12)
def test_off_for_all_tools_holds_for_each(install, program, tool):
    """Statement 12: off without a name refuses for every tool, known or not, and on takes only that back."""
    install.run()
    code, out, _ = program("off")
    assert (code, out.splitlines()) == (
        0,
        ["No tool records anything from now on.", "mytool records nothing; what it kept is removed."],
    )
    assert install.client.decide().mode == "off"
    assert "for all tools: off, since" in program("status")[1]
    assert program("on")[0] == 0
    assert install.client.decide().rule == 6
    tool("on")
    assert install.client.decide().mode == "on"


def test_local_for_all_tools_keeps_from_sending(install, program):
    """Local without a name lets tools record and none send."""
    assert program("local")[0] == 0
    assert (install.client.decide().mode, install.client.decide().rule) == ("local", 10)


def test_off_for_one_tool_is_that_tools(install, program):
    """Off with a name refuses for that tool; a name that nobody has is told with those that are known."""
    install.run()
    assert program("off", "mytool") == (0, "mytool records nothing; what it kept is removed.\n", "")
    assert not (Path(install.client.home) / "consent").exists()
    assert program("off", "nope") == (1, "", "footfall: no tool named nope has state here (known: mytool)\n")


def test_purge_of_all_tools_leaves_no_home(install, program):
    """Purge without a name removes every tool's state and the answer for all."""
    install.run()
    program("off")
    assert program("purge")[0] == 0
    assert not Path(install.client.home).exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 1, "project": "mytool", "version": "1"}'])
def test_one_broken_plan_does_not_hide_other_tools(install, program, text):
    """A tool whose plan cannot be read is still shown, and can be switched off."""
    install.run()
    (install.folder / "plan.json").write_text(text)
    (Path(install.client.home) / "another").mkdir()
    code, out, err = program("status")
    assert (code, err) == (0, "")
    assert "another: " in out
    assert program("off")[0] == 0
    assert install.files == {"consent"}


def test_without_a_home_the_program_says_what_to_set(program, monkeypatch):
    """Where the platform gives no folder for state, the way out is named."""
    for name in ("FOOTFALL_HOME", "XDG_STATE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert program("status") == (1, "", "footfall: there is no folder for your state: set FOOTFALL_HOME\n")


def test_a_tool_without_a_home_is_off():
    """A client for which there is no folder decides off, and says why."""
    found = Client("mytool", version="1.0", endpoint="https://c.example", environ={"MYTOOL_TELEMETRY": "1"}).decide()
    assert (found.mode, found.reason) == ("off", "there is no folder for a user's state")


PLUGIN = """
from footfall import Choice, EventType, hookimpl
from footfall.vocabulary import Vocabulary

@hookimpl
def footfall_vocabulary(program, project, version):
    if isinstance(program, dict):
        return Vocabulary(project or "mytool", version or "1.0", program, ("MyError",),
                          {"a.b": EventType("a.b", {"x": Choice("y")}, why="to see")})
"""


@pytest.fixture
def authors_place(tmp_path, monkeypatch):
    """A folder with an author's module, and an adapter that reads programs which are dicts."""
    from footfall import _plugins

    (tmp_path / "authors_tool.py").write_text("class box:\n    cli = {'(main)': ['--verbose'], 'db up': []}\n")
    (tmp_path / "broken_tool.py").write_text("1 / 0\n")
    exec(PLUGIN, adapter := {"__name__": "adapter"})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    plugin = type("Adapter", (), {"footfall_vocabulary": staticmethod(adapter["footfall_vocabulary"])})
    _plugins.installed().register(plugin, "adapter of the test")
    yield tmp_path
    _plugins.installed().unregister(plugin)


def test_plan_prints_what_a_collector_reads(authors_place, program):
    """The exported plan is TOML that gives the vocabulary back, on standard output or in a file."""
    code, out, err = program("plan", "authors_tool:box.cli", "--version", "2.0")
    assert (code, err) == (0, "")
    words = Vocabulary.from_document(tomllib.loads(out))
    assert (words.project, words.version, words.errors) == ("mytool", "2.0", ("MyError",))
    assert (words.commands, words.events["a.b"].why) == ({"(main)": ("--verbose",), "db up": ()}, "to see")
    assert program("plan", "authors_tool:box.cli", "--version", "2.0", "-o", "plan.toml") == (
        0,
        "wrote plan.toml: 1 command, 1 own event\n",
        "",
    )
    assert (authors_place / "plan.toml").read_text() == out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["no_such_tool:cli"], "no_such_tool:cli: ModuleNotFoundError: No module named 'no_such_tool'"),
        (["authors_tool:cli"], "authors_tool:cli: AttributeError: module 'authors_tool' has no attribute 'cli'"),
        (["broken_tool:cli"], "broken_tool:cli: ZeroDivisionError: division by zero"),
        (
            ["authors_tool:box"],
            (
                "authors_tool:box is no program that an installed adapter knows "
                "(footfall-click: a Click one, footfall-typer: a Typer one, footfall-jupyter: a library's client; "
                "an adapter of others by the hook footfall_vocabulary)"
            ),
        ),
    ],
)
def test_plan_says_why_it_cannot(authors_place, program, words, told):
    """An author who names the wrong place, or whose module fails, reads one line."""
    assert program("plan", *words) == (1, "", f"footfall: {told}\n")


def test_waiting_parts_of_strangers_are_not_previewed(install, tool):
    """Preview shows what would leave: a part edited by hand would not."""
    install.run()
    install.collector.answers = [Outcome.RETRY] * 2
    install.send()
    path = outbox.waiting(install.folder)[0]
    path.write_text(json.dumps({"jane": 1}))
    assert "jane" not in tool("preview")[1]
    assert len(_preview.preview_lines(install.client)) == 2


@pytest.mark.privacy
@pytest.mark.statement(7)
@pytest.mark.parametrize("is_read", [False, True], ids=["in the spool", "in the sender's state"])
def test_what_was_counted_for_the_user_only_is_never_sent(install, tool, is_read):
    """Statement 7: what was recorded in local mode is in no report after a yes, wherever it was kept; nor in stats."""
    tool("local")
    install.run("db")
    if is_read:
        tool("preview")
    tool("on")
    assert tool("stats")[1] == "mytool: nothing recorded yet.\n"
    install.run("db migrate")
    install.send()
    assert {key[1] for key in install.collector.runs} == {"db migrate"}


def test_preview_of_a_tool_that_does_not_record_writes_nothing(install, program, monkeypatch):
    """Where nothing is recorded `footfall preview` says so and why, and leaves every file as it was."""
    install.run()
    install.sender()
    before = {path: path.read_bytes() for path in install.folder.rglob("*") if path.is_file()}
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    told = "mytool: nothing is recorded or sent: DO_NOT_TRACK is set (rule 3).\n"
    assert program("preview") == (0, "", told)
    assert {path: path.read_bytes() for path in install.folder.rglob("*") if path.is_file()} == before


def test_a_tool_without_a_command_is_allowed_by_footfall(install, program, monkeypatch):
    """`footfall on mytool` is a yes for a tool that has no command of its own and has stored its plan."""
    monkeypatch.setattr("footfall._consent.restriction", lambda _: "")
    install.client.user_command = ""
    install.run()
    install.sender()
    code, out, _ = program("on", "mytool")
    assert (code, out) == (0, "Thank you. mytool counts from its next run on.\n")
    assert (install.folder / "consent").read_text().startswith("on ")
    assert "db migrate" in (install.folder / "agreed.json").read_text()


def test_stats_after_a_no_gives_the_way_back(install, program, monkeypatch):
    """`footfall stats` of a tool that was refused names what takes the no back."""
    install.environ.clear()
    overview.off(install.client)
    _, out, _ = program("stats")
    assert "To change that: `mytool telemetry on` takes it back" in out
