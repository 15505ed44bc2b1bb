"""Asked again only when something grew, and meanwhile nothing leaves that was not agreed to: on real bytes."""

from __future__ import annotations

import json

import pytest
from terminals import PROMPTS
from worlds import World

pytestmark = [pytest.mark.privacy, pytest.mark.statement(9)]

WIDER = {"HELLO_VERSION": "2.0.0", "HELLO_NEW": "spy steal"}
NEW_WORDS = (b"spy", b"steal", b"--spy-more", b"--steal-more")
TERMS = {
    "retention": ({"HELLO_MONTHS": "36"}, "Counts would be kept 36 months, not 25."),
    "terms": ({"HELLO_TERMS": "2"}, "Its terms have changed."),
    "collector": (
        {"FOOTFALL_ENDPOINT": "http://127.0.0.1:9"},
        "Counts would go to 127.0.0.1:9, no longer to 127.0.0.1:",
    ),
}


each = pytest.mark.parametrize("framework", ["click", pytest.param("typer", marks=pytest.mark.slow)])


@pytest.fixture
def framework():
    """What the program is written with, where a test does not say."""
    return "click"


@pytest.fixture
def world(tmp_path, recorder, framework):
    """An account whose user agreed to version 1.4.2, and has run it."""
    made = World(tmp_path, recorder.address)
    if framework == "typer":
        pytest.importorskip("footfall_typer")
        made.program = made.asking = "asking_typer"
    made.agree()
    made.run("greet")
    made.wait()
    forget(recorder)
    forget_token(made)
    return made


def forget_token(world):
    """As if a new day had begun: the next run starts a sender, and finds what has grown."""
    for token in world.folder.glob("spool/*.sender"):
        token.unlink()


def forget(recorder):
    """What comes from now on is what counts."""
    recorder.requests.clear()
    recorder.bodies.clear()


def rows(recorder):
    """Commands that the collector was told, with their numbers."""
    bodies = [json.loads(body) for body in recorder.bodies if b'"cli.command"' in body]
    return sorted((row["command"], row["n"]) for body in bodies for row in body["rows"])


def send(world, **more):
    """Have what waits sent."""
    world.run("telemetry", "send", "--now", **more)
    world.wait()


@each
def test_new_words_of_click_and_typer_stay_until_there_is_a_yes(world, start, recorder):
    """A wider version asks, saying what is new; until the yes its new words leave as ``other``, then by name."""
    world.run("spy", **WIDER)
    world.run("steal", "--steal-more", "x", **WIDER)
    send(world, **WIDER)
    assert sum(n for name, n in rows(recorder) if name == "other") == 2, "in one report, or two"
    assert not any(word in body for word in NEW_WORDS for body in recorder.bodies)
    terminal = start("spy", tracer=world.tracer(), **WIDER)
    terminal.read(until=PROMPTS[0])
    assert "New since you agreed: commands spy, steal; 2 options." in " ".join(terminal.shown.split())
    assert world.run("telemetry", "status", **WIDER).stdout.count(b"asks again New since you agreed: commands spy") == 1
    terminal.type("y\n")
    assert terminal.end() == 0
    trace = world.traced(terminal.said.encode())
    assert not trace.sockets, "in the run that asks nothing leaves"
    assert not trace.children
    forget(recorder)
    world.run("steal", **WIDER)
    send(world, **WIDER)
    assert rows(recorder) == [("other", 1), ("steal", 1)], "the run that asked is told as it was agreed to then"
    later = start(HELLO_MORE_RUNS="9", **WIDER)
    assert later.end() == 0
    assert later.shown == ""


@pytest.mark.statement(4, 19)
@pytest.mark.parametrize("answer", ["\n", "n\n", "\x03", "\x04"])
def test_a_no_to_more_ends_it_all(world, start, recorder, answer):
    """As the question says: all but yes is a no, to all of it; one file is left and nobody asks again."""
    world.run("spy", **WIDER)
    world.wait()
    terminal = start(**WIDER)
    terminal.read(until=PROMPTS[0])
    assert "a no ends all counting" in " ".join(terminal.shown.split())
    forget(recorder)
    terminal.type(answer)
    assert terminal.end() == 0
    assert list(world.files()) == ["hello/consent"]
    later = start(HELLO_MORE_RUNS="9", **WIDER)
    assert later.end() == 0
    assert later.shown == ""
    assert list(world.files()) == ["hello/consent"]
    assert not recorder.requests


@pytest.mark.parametrize(("framework", "term"), [*(("click", term) for term in TERMS), ("typer", "retention")])
def test_other_terms_of_click_and_typer_send_nothing_until_there_is_a_yes(world, start, recorder, term):
    """Another collector or longer retention: nothing is recorded or sent, and the question says what it would be."""
    more, words = TERMS[term]
    before = world.tree()
    assert world.trace("greet", **more).is_quiet
    assert world.tree() == before
    terminal = start(**more)
    terminal.read(until=PROMPTS[0])
    assert words in " ".join(terminal.shown.split())
    assert "Until you say yes, nothing is recorded or sent." in " ".join(terminal.shown.split())
    terminal.type("y\n")
    assert terminal.end() == 0
    assert not recorder.requests
    assert b"on" in world.files()["hello/consent"].split()
    assert world.run("telemetry", "status", **more).returncode == 0


@pytest.mark.statement(10)
@pytest.mark.parametrize(("framework", "more"), [
    ("click", {"HELLO_VERSION": "2.0.0"}), ("click", {"HELLO_MONTHS": "13"}),
    *((framework, {"HELLO_VERSION": "2.0.0", "HELLO_MONTHS": "13"}) for framework in ("click", "typer")),
], ids=str)  # fmt: skip
def test_a_narrower_plan_of_click_and_typer_asks_nothing(world, start, recorder, more):
    """Fewer words (those of before are gone), the same or a shorter retention: counted as before, asked nothing."""
    world.run("telemetry", "on", **WIDER)
    world.run("greet", **WIDER)
    world.wait()
    forget_token(world)
    terminal = start(HELLO_MORE_RUNS="9", **more)
    assert terminal.end() == 0
    assert terminal.shown == ""
    send(world, **more)
    assert sum(n for command, n in rows(recorder) if command == "greet") == 11
    assert b"asks again" not in world.run("telemetry", "status", **more).stdout


@pytest.mark.parametrize("consent", ["opt-in", "notice"])
def test_other_ways_of_asking(world, start, recorder, consent):
    """Opt-in asks nobody again, and new words stay; a notice is shown once more, and then has its days."""
    world.run("spy", HELLO_CONSENT=consent, **WIDER)
    world.wait()
    forget(recorder)
    terminal = start("spy", HELLO_CONSENT=consent, **WIDER)
    assert terminal.end() == 0
    shown = " ".join(terminal.shown.split())
    assert shown == "" if consent == "opt-in" else "New since you agreed: commands spy" in shown
    send(world, HELLO_CONSENT=consent, **WIDER)
    assert not any(word in body for word in NEW_WORDS for body in recorder.bodies)
    assert bool(recorder.requests) is (consent == "opt-in")
    assert start(HELLO_CONSENT=consent, HELLO_MORE_RUNS="9", **WIDER).end() == 0
