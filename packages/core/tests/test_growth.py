"""What grew since the user agreed: found once a version, said in a line, asked about, and not sent meanwhile."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall import Choice, EventType, Plan, _ask, _growth, _project, _spawn, _state, overview
from footfall._agreed import Agreed
from footfall.vocabulary import Notebook, Vocabulary

pytestmark = pytest.mark.privacy

NAMES = st.text("abcd-", min_size=1, max_size=6)
TREES = st.dictionaries(NAMES, st.lists(NAMES.map("--{}".format), max_size=3), max_size=5)


@pytest.fixture
def agreed(install):
    """An install whose user said yes to version 1.4.2, which has run."""
    del install.environ["MYTOOL_TELEMETRY"]
    _project.grant(install.client)
    install.run("db")
    _spawn.write_plan(install.client)
    return install


@pytest.fixture(autouse=True)
def own_machine(monkeypatch):
    """A person's own machine, whoever runs the tests."""
    monkeypatch.setattr("footfall._consent.restriction", lambda environ: "")


def upgrade(install, commands, version="2.0.0", **settings):
    """The next version of the tool, whose first run has written its plan."""
    install.client.version = version
    install.client.commands = lambda: commands
    vars(install.client).update(settings)
    install.clock.forward(1)
    install.run("db")
    _spawn.write_plan(install.client)


@pytest.mark.statement(9)
def test_new_words_are_said_in_a_line(agreed):
    """New commands are named, other new words counted; ``status`` says so too, and the mode is what it was."""
    plan = Plan([EventType("health.report", {"diagnosis": Choice("flu", "none")})])
    upgrade(agreed, {"(main)": [], "db": ["--extra", "--more"], "spy": [], "steal": []}, plan=plan)
    found = _growth.growth(agreed.client)
    assert found.what == "New since you agreed: commands spy, steal; 2 options; 1 event."
    status = overview.status(agreed.client)
    assert status.mode == "on"
    assert f"asks again {found.what}" in status.text


@pytest.mark.statement(10)
def test_nothing_new_asks_nothing(agreed):
    """A version that has fewer words, or the same, leaves no mark and says nothing."""
    upgrade(agreed, {"(main)": []})
    assert not _growth.growth(agreed.client)
    assert "asks again" not in overview.status(agreed.client).text
    upgrade(agreed, {"(main)": ["--verbose"], "db": [], "db migrate": []}, "3.0.0")
    assert not (agreed.folder / "grown").exists()


@pytest.mark.statement(10)
def test_a_version_that_takes_it_back(agreed):
    """When a later version no longer has the new words, there is nothing to ask any more."""
    upgrade(agreed, {"(main)": [], "db": [], "spy": []})
    assert _growth.growth(agreed.client)
    upgrade(agreed, {"(main)": [], "db": []}, "2.0.1")
    assert not _growth.growth(agreed.client)


@pytest.mark.statement(9)
@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"endpoint": "https://other.example"}, "Counts would go to other.example, no longer to 127.0.0.1:9."),
        ({"retention_months": 36}, "Counts would be kept 36 months, not 25."),
        ({"consent_version": 2}, "Its terms have changed."),
    ],
)
def test_other_terms_are_said_and_nothing_is_recorded(agreed, settings, what):
    """Another collector, a longer retention or a raised version: undecided, and the reason is said."""
    vars(agreed.client).update(settings)
    found = _growth.growth(agreed.client)
    assert found.what == what
    assert "nothing is recorded or sent" in found.meanwhile
    assert overview.status(agreed.client).mode == "undecided"
    before = (agreed.folder / "spool" / f"{agreed.clock.day}.log").read_bytes()
    agreed.run("db")
    assert (agreed.folder / "spool" / f"{agreed.clock.day}.log").read_bytes() == before


@pytest.mark.statement(10)
@pytest.mark.parametrize("settings", [{"retention_months": 13}, {"consent_version": 0}])
def test_narrower_terms_ask_nothing(agreed, settings):
    """A shorter retention is covered by the yes to the longer one."""
    vars(agreed.client).update(settings)
    assert not _growth.growth(agreed.client)
    assert agreed.client.decide().mode == "on"


@pytest.mark.statement(7, 9)
def test_a_second_yes_holds_for_later_runs_only(agreed):
    """What ran before the yes to new words is told under the words agreed to then; what runs after it, by name."""
    upgrade(agreed, {"(main)": [], "db": [], "spy": ["--deep"]})
    agreed.run("spy", flags=["--deep"])
    _project.grant(agreed.client)
    assert not _growth.growth(agreed.client)
    agreed.run("spy", flags=["--deep"])
    agreed.send()
    day = agreed.clock.day
    assert agreed.collector.runs[day, "other", "2.0", "ok"] == 1
    assert agreed.collector.runs[day, "spy", "2.0", "ok"] == 1


@pytest.mark.statement(9)
def test_new_words_wait_for_an_answer(agreed):
    """Until there is an answer only what was agreed to leaves, and the earlier yes keeps its day."""
    upgrade(agreed, {"(main)": [], "db": ["--extra"], "spy": []})
    agreed.run("spy")
    agreed.run("db", flags=["--extra"])
    agreed.send()
    wire = b"".join(agreed.collector.bodies)
    assert b"spy" not in wire
    assert b"--extra" not in wire
    assert agreed.collector.runs[agreed.clock.day, "db", "2.0", "ok"] == 2
    assert (agreed.folder / "consent").read_text().startswith("on 2026-11-18 ")


@pytest.mark.statement(9)
def test_a_notice_of_new_words_has_days_of_its_own(agreed):
    """Who was shown a notice is shown another one, and has as long as for the first before anything is sent."""
    agreed.client.consent = "notice"
    _project.grant(agreed.client, "notice")
    upgrade(agreed, {"(main)": [], "db": [], "spy": []})
    _project.grant(agreed.client, "notice")
    agreed.run("spy")
    assert agreed.send() == []
    agreed.clock.forward(1)
    assert agreed.send() == []
    agreed.clock.forward(1)
    assert agreed.send() != []
    assert sum(n for (_, command, *_), n in agreed.collector.runs.items() if command == "spy") == 1


def test_who_counts_for_themselves_is_never_asked_again(agreed):
    """Local stays local whatever an author's terms become: nothing leaves, so there is nothing to agree to."""
    _project.grant(agreed.client, "local")
    vars(agreed.client).update(consent_version=9, endpoint="https://other.example", retention_months=99)
    assert agreed.client.decide().mode == "local"
    assert not _growth.growth(agreed.client)


def test_off_is_not_asked_again(agreed):
    """A no is a no to later versions too."""
    _project.refuse(agreed.folder, agreed.client.today)
    vars(agreed.client).update(consent_version=9)
    assert not _growth.growth(agreed.client)
    assert agreed.client.decide().mode == "off"


@pytest.mark.statement(9)
@pytest.mark.parametrize(
    ("environ", "asks"),
    [({}, True), ({"DO_NOT_TRACK": "1"}, False), ({"FOOTFALL": "off"}, False), ({"MYTOOL_TELEMETRY": "1"}, False)],
)
def test_only_where_a_yes_decides_is_asked_again(agreed, monkeypatch, environ, asks):
    """New words are asked about where the stored yes is what decides, not where a switch has answered for now."""
    upgrade(agreed, {"(main)": [], "db": [], "spy": []})
    assert (agreed.folder / "grown").exists()
    asked = []
    monkeypatch.setattr("footfall._consent.is_interactive", lambda: True)
    monkeypatch.setattr(_ask, "maybe_ask", asked.append)
    agreed.environ.update(environ)
    agreed.run("db")
    assert asked == [agreed.client] * asks


def test_show_lists_every_new_word(agreed):
    """The question has room for a few names; ``show`` prints all of them."""
    names = [f"command-{number}" for number in range(40)]
    upgrade(agreed, {"(main)": [], "db": ["--extra"], **{name: [] for name in names}})
    assert "commands command-0, command-1, command-10 and 37 more; 1 option" in _growth.growth(agreed.client).what
    shown = _ask.example(agreed.client)
    assert all(word in shown for word in (*names, "--extra"))


@pytest.mark.statement(9, 10)
@given(TREES, TREES, st.sets(NAMES, max_size=3), st.sets(NAMES, max_size=3))
def test_a_mark_says_that_the_alphabet_grew(before, after, modules, later):
    """What is found new is exactly what the alphabet holds beyond the one that was agreed to."""
    first = Vocabulary("mytool", commands={"(main)": [], **before}, notebook=Notebook(tuple(modules)))
    second = Vocabulary("mytool", commands={"(main)": [], **after}, notebook=Notebook(tuple(later)))
    new = _growth.beyond(second, Agreed(words=first.alphabet()))
    reachable = {word for _, names in new for word in names}
    assert reachable == second.alphabet() - first.alphabet()
    assert not _growth.beyond(first, Agreed(words=first.alphabet()))
    assert not new or len(_growth.listed(new)) < 2 * _growth.LISTED_COLUMNS + 40


def commands_told(install):
    """All commands that the collector was told, and all options."""
    parts = install.collector.of("cli.command")
    commands = {row["command"] for part in parts for row in part.get("rows", ())}
    return commands, {row["flag"] for part in parts for row in part.get("flags", ())}


SPY = {"(main)": [], "db": [], "spy": ["--steal"]}


def become(install, version, commands, **settings):
    """The program is run as another version from now on, which need not have written a plan."""
    install.client.version = version
    install.client.commands = lambda: commands
    vars(install.client).update(settings)


def test_the_version_that_was_agreed_to_tells_no_words_of_another(agreed):
    """What a wider version recorded stays ``other`` when the one that was agreed to is run after it, and sends."""
    before = agreed.client.commands
    upgrade(agreed, SPY)
    agreed.run("spy", flags=["--steal"])
    agreed.clock.forward(1)
    become(agreed, "1.4.2", before())
    agreed.run("db")
    agreed.send()
    assert commands_told(agreed) == ({"db", "other"}, {"other"})


@pytest.mark.parametrize("has_plan", [True, False])
def test_what_was_recorded_before_a_wider_yes_is_told_as_before(agreed, has_plan):
    """A run of a wider version that has not written its plan yet is ``other`` also when a yes to it comes after."""
    become(agreed, "2.0.0", SPY)
    if not has_plan:
        (agreed.folder / "plan.json").unlink()
    agreed.run("spy", flags=["--steal"])
    _project.grant(agreed.client)
    agreed.clock.forward(1)
    agreed.run("db")
    agreed.send()
    assert commands_told(agreed) == ({"db", "other"}, {"other"})


@pytest.mark.parametrize(("command", "flags", "told"), [("spy", [], "other"), ("db", ["--steal"], "db")])
def test_a_run_that_goes_on_during_a_wider_yes_is_told_as_before(agreed, command, flags, told):
    """What began under the earlier yes is told under it, though it ends after a wider one."""
    become(agreed, "2.0.0", {"(main)": [], "db": ["--steal"], "spy": []})
    with agreed.client.invocation("test") as run:
        run.command, run.flags = command, flags
        run.begin()
        _project.grant(agreed.client)
    agreed.send()
    assert commands_told(agreed) == ({"db", told}, {"other"} if flags else set())


@pytest.mark.parametrize("word", ["on", "notice"])
def test_an_answer_without_its_words_agrees_to_nothing(agreed, word):
    """Where it was not kept what a yes was given to, every word is ``other``, and the user is asked."""
    agreed.client.consent = "notice" if word == "notice" else "ask"
    _project.grant(agreed.client, word)
    (agreed.folder / "agreed.json").unlink()
    agreed.clock.forward(2)
    agreed.run("db", flags=["--verbose"])
    agreed.send()
    assert commands_told(agreed) == ({"other"}, {"other"})
    assert "commands (main), db, db migrate" in _growth.growth(agreed.client).what


def test_the_tools_own_switch_needs_no_agreed_words(install):
    """Rule 9 without a stored answer has nothing that was agreed to: the program's own words are all there are."""
    install.run("db", flags=["--verbose"])
    install.send()
    assert commands_told(install) == ({"db"}, {"--verbose"})


class Killed(BaseException):
    """The process ends here."""


def killed_at(number, monkeypatch, write=_state.write_whole):
    """Have the process end at its write of that number, as by a power cut."""
    writes = []

    def last(path, content):
        writes.append(path)
        if len(writes) == number:
            raise Killed
        write(path, content)

    monkeypatch.setattr(_state, "write_whole", last)


@pytest.mark.parametrize("earlier", ["", "on", "notice", "other terms"])
@pytest.mark.parametrize("number", [1, 2])
def test_an_answer_that_was_cut_short_grants_nothing(install, monkeypatch, earlier, number):
    """Whatever ends the process while a yes is kept, no word leaves that a whole yes was not given to."""
    del install.environ["MYTOOL_TELEMETRY"]
    install.client.consent = "notice" if earlier == "notice" else "ask"
    if earlier:
        _project.grant(install.client, "notice" if earlier == "notice" else "on")
        install.clock.forward(9)
    become(install, "2.0.0", SPY, retention_months=36 if earlier == "other terms" else 25)
    with monkeypatch.context() as patched, contextlib.suppress(Killed):
        killed_at(number, patched)
        _project.grant(install.client, "notice" if earlier == "notice" else "on")
        assert (earlier, number) == ("on", 2)  # one write is all that was needed
        return
    install.run("spy", flags=["--steal"])
    install.send()
    assert commands_told(install)[0] <= {"other"}


def shipped(folder, version, commands):
    """A plan file as an author ships it."""
    path = folder / f"plan-{version}.json"
    path.write_text(json.dumps(Vocabulary("mytool", version, commands).document()))
    return path


def test_only_a_digest_of_agreed_words_leaves(agreed, tmp_path):
    """The digest of a plan that holds words that were not agreed to is not told; that of a narrower one is."""
    upgrade(agreed, SPY, plan_file=shipped(tmp_path, "2.0.0", SPY))
    assert _project.stored_vocabulary(agreed.folder).digests["2.0.0"] == []
    agreed.send()
    spied = _project.stored_plan(agreed.folder).digest().encode()
    assert not any(spied in body for body in agreed.collector.bodies)
    upgrade(agreed, {"(main)": []}, "3.0.0", plan_file=shipped(tmp_path, "3.0.0", {"(main)": []}))
    assert _project.stored_vocabulary(agreed.folder).digests["3.0.0"] == [_project.stored_plan(agreed.folder).digest()]


def test_what_has_grown_is_the_asking_versions_own(agreed):
    """A mark that another version left says nothing of this one: its own words are what the question names."""
    before = agreed.client.commands
    upgrade(agreed, SPY)
    become(agreed, "3.0.0", {"(main)": [], "db": [], "pay": []})
    assert _growth.growth(agreed.client).what == "New since you agreed: command pay."
    assert "New commands: pay\n" in _ask.example(agreed.client)
    become(agreed, "1.4.2", before())
    assert (agreed.folder / "grown").exists()
    assert not _growth.growth(agreed.client)


def test_two_versions_side_by_side_are_asked_about_once_each(agreed):
    """A yes to one of two versions does not take back the yes to the other, while the terms are the same."""
    before, pay = agreed.client.commands(), {"(main)": [], "pay": ["--now"]}
    become(agreed, "2.0.0", pay)
    _project.grant(agreed.client)
    for version, commands in (("1.4.2", before), ("2.0.0", pay)):
        become(agreed, version, commands)
        assert not _growth.growth(agreed.client)
    become(agreed, "3.0.0", {**before, **pay})
    assert not _growth.growth(agreed.client)


@pytest.mark.parametrize("how", ["off", "other terms", "local", "notice"])
def test_what_no_longer_holds_is_not_kept(agreed, how):
    """After a no, a yes to other terms, or one that was no yes to a question, only the new yes counts."""
    if how == "off":
        _project.refuse(agreed.folder, agreed.clock.day)
    elif how in ("local", "notice"):
        _project.refuse(agreed.folder, agreed.clock.day)
        become(agreed, "1.4.2", agreed.client.commands(), consent="notice" if how == "notice" else "ask")
        _project.grant(agreed.client, how)
    become(agreed, "2.0.0", SPY, consent="ask", retention_months=36 if how == "other terms" else 25)
    _project.grant(agreed.client)
    become(agreed, "1.4.2", {"(main)": ["--verbose"], "db migrate": []})
    assert _growth.growth(agreed.client).what == "New since you agreed: command db migrate; 1 option."


@pytest.mark.parametrize("consent", ["ask", "opt-in"])
def test_a_notice_is_no_yes_to_who_asks(agreed, consent):
    """Who was only shown a notice has answered nothing: a version that asks records and sends nothing before a yes."""
    become(agreed, "1.4.2", agreed.client.commands(), consent="notice")
    _project.refuse(agreed.folder, agreed.clock.day)
    _project.grant(agreed.client, "notice")
    agreed.run("db")
    agreed.clock.forward(5)
    become(agreed, "2.0.0", agreed.client.commands(), consent=consent)
    decision = agreed.client.decide()
    assert (decision.mode, decision.rule) == ("undecided", 11)
    assert decision.reason == "a notice was shown, and what it said no longer holds"
    assert agreed.send() == []
    assert _project.stored_client(agreed.folder).consent == consent
    assert _growth.growth(agreed.client).what == "There was only a notice before."
    _project.grant(agreed.client)
    assert agreed.client.decide().rule == 10


def test_the_way_of_asking_is_in_the_stored_plan(agreed):
    """The sender knows how its program asks, also when that changes and nothing else does."""
    assert _project.stored_client(agreed.folder).consent == "ask"
    agreed.client.consent = "notice"
    _spawn.write_plan(agreed.client)
    assert _project.stored_client(agreed.folder).consent == "notice"


def test_a_plan_that_does_not_say_how_it_asks_is_one_that_asks(agreed):
    """A stored plan of before says nothing of it: a notice is no yes to it then."""
    agreed.client.consent = "notice"
    _spawn.write_plan(agreed.client)
    document = json.loads((agreed.folder / "plan.json").read_text())
    del document["client"]["consent"]
    (agreed.folder / "plan.json").write_text(json.dumps(document))
    assert _project.stored_client(agreed.folder).consent == "ask"
