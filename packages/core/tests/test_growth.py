"""What grew since the user agreed: found once a version, said in a line, asked about, and not sent meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall import Choice, EventType, Plan, _ask, _growth, _project, _spawn, overview
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
    monkeypatch.setattr("footfall._client._interactive", lambda: True)
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
    new = _growth.beyond(second, first.alphabet())
    reachable = {word for _, names in new for word in names}
    assert reachable == second.alphabet() - first.alphabet()
    assert not _growth.beyond(first, first.alphabet())
    assert not new or len(_growth.listed(new)) < 2 * _growth.LISTED_COLUMNS + 40
