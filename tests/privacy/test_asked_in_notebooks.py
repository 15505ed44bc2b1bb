"""In a notebook nobody is asked: what it shows before a yes, and that only a wider yes lets more leave."""

from __future__ import annotations

import json
import re

import pytest

pytest.importorskip("IPython")

from recording import senders_of
from worlds import World, wait_until

pytestmark = [pytest.mark.privacy, pytest.mark.slow]

HINT = "would like to count notebook sessions"
WIDER = {"HELLO_VERSION": "2.0.0", "HELLO_NEW": "wave chunk"}
TERMS = {
    "retention": ({"HELLO_MONTHS": "36"}, "kept 36 months, not 25"),
    "collector": ({"FOOTFALL_ENDPOINT": "http://127.0.0.1:9"}, "go to 127.0.0.1:9, no longer to 127.0.0.1:"),
}
NARROWER = {"HELLO_VERSION": "2.0.0", "HELLO_MONTHS": "13"}


@pytest.fixture
def world(tmp_path, recorder):
    """An account in which nobody has said anything, with sessions of the extension and of a library."""
    return World(tmp_path, recorder.address)


@pytest.fixture
def cells(world):
    """Run cells in a session of the library's, as if each session's day were a new one; gives what was shown."""

    def run(*sources, **more):
        for token in world.footfall.glob("*/spool/*.sender"):
            token.unlink()
        shown = world.run(*sources, program="cells", **more).stdout.decode()
        wait_until(lambda: not senders_of(world.footfall), "a sender does not end")
        return " ".join(shown.split())

    return run


def kept(world):
    """All that Footfall keeps; IPython has files of its own."""
    return {name: content for name, content in world.files().items() if not name.startswith("..")}


def send(world):
    """Have what waits sent."""
    world.run("send", "--now", program="footfall.cli")


def told(recorder, name):
    """One list of all sessions' parts, and how often each of its words is told."""
    parts = [json.loads(body) for body in recorder.bodies if b'"notebook.session"' in body]
    counts = {}
    for cell in (cell for part in parts for cell in part.get(name, ())):
        word = cell.get("module") or cell.get("outcome")
        counts[word] = counts.get(word, 0) + cell["n"]
    return counts


def parts_in(text):
    """Reports that are shown; their keys, which are drawn anew for each example, left out."""
    lines = (line for line in text.splitlines() if line.startswith("{"))
    return sorted(re.sub(r'"key":"[0-9a-f]{32}"', '"key":""', line) for line in lines)


@pytest.mark.statement(6)
def test_jupyter_remembers_a_no(world, start, recorder):
    """After ``%footfall off`` 100 later sessions, in two processes on terminals, show no hint and change no file."""
    first = start("None", program="celled")
    assert first.end() == 0
    assert HINT in first.said, "who has not decided is told in each session"
    assert world.run("%footfall off", program="celled").stdout.decode().count(HINT) == 1
    before = kept(world)
    for later in [start("None", program="celled", HELLO_MORE_RUNS="49") for _ in range(2)]:
        assert later.end() == 0
        assert later.said + later.shown == ""
    assert kept(world) == before
    assert list(before) == ["jupyter.notebook/consent"]
    assert not recorder.requests


@pytest.mark.statement(8)
@pytest.mark.parametrize(("program", "looks"), [("celled", ("None",)), ("cells", ("%footfall",))])
def test_jupyter_shows_what_a_yes_would_mean(world, recorder, program, looks):
    """Before a yes, hint and status name collector, operator, retention and the way out; so does a library's status."""
    shown = " ".join(world.run(*looks, program=program).stdout.decode().split())
    for words in (world.address, "the hello project", "25 months", "%footfall on", "off", "%footfall preview"):
        assert words in shown
    assert kept(world) == {}
    assert not recorder.requests


@pytest.mark.statement(8)
def test_the_example_of_jupyter_is_what_is_sent(world, recorder):
    """The example before a yes is what a first day sends, but for how much and where; `preview` gives its bytes."""
    shown = world.run("%footfall preview", "%footfall preview", "%footfall on", program="celled").stdout.decode()
    example = parts_in(shown)
    assert len(example) == 6
    assert example[::2] == example[1::2], "each look shows the same"
    world.gate.touch()
    world.run("None", program="celled")
    preview = world.run("preview", "jupyter", program="footfall.cli", JUPYTER_TELEMETRY="1").stdout.decode()
    world.gate.unlink()
    wait_until(lambda: not senders_of(world.footfall), "a sender does not end")
    sent = [body.decode() for body in recorder.bodies]
    assert sorted(line for line in preview.splitlines() if line.startswith("{")) == sorted(sent)
    assert [_as_in_the_example(part) for part in parts_in("\n".join(sent))] == example[::2]


def _as_in_the_example(part):
    """What was sent of two quick cells in a shell that has ended, as if they were one in JupyterLab, which has not."""
    part = re.sub(r'"session_[a-z]+":\[.*?\],', "", part)
    return re.sub(r'"n":\d+', '"n":1', part).replace('"console"', '"lab"').replace('"script"', '"terminal"')


@pytest.mark.statement(9)
def test_new_modules_of_jupyter_stay_until_there_is_a_yes(cells, world, recorder):
    """A library that counts more modules tells none of them before a new yes, and says so; then by name."""
    cells("%footfall on", "1")
    status = cells("import wave, chunk", "%footfall", **WIDER)
    send(world)
    assert "New since you agreed: " in status
    assert recorder.bodies
    assert not any(word in body for word in (b"wave", b"chunk") for body in recorder.bodies)
    cells("%footfall on", "import wave", **WIDER)
    send(world)
    assert told(recorder, "modules") == {"wave": 1}, "what was imported before the yes is not told after it"


@pytest.mark.statement(9)
@pytest.mark.parametrize("term", TERMS)
def test_other_terms_of_jupyter_send_nothing_until_there_is_a_yes(cells, world, recorder, term):
    """Another collector or longer retention: nothing is recorded or sent, and the status says why."""
    more, words = TERMS[term]
    cells("%footfall on")
    before = kept(world)
    status = cells("1", "%footfall", "1", **more)
    assert "not decided: nothing is recorded" in status
    assert words in status
    assert kept(world) == before
    assert not recorder.requests
    assert "Thank you." in cells("%footfall on", "1", **more)
    assert any(name.endswith(".log") for name in kept(world))
    send(world)
    assert bool(recorder.requests) is (term != "collector")


@pytest.mark.statement(10)
def test_a_narrower_plan_of_jupyter_asks_nothing(cells, world, recorder):
    """Fewer modules and a shorter retention: sessions are counted as before, and nothing is shown."""
    cells("%footfall on", **WIDER)
    assert cells("import wave;", "1;", **NARROWER) == ""
    send(world)
    assert sum(told(recorder, "cells").values()) == 2
    assert told(recorder, "modules") == {}
    assert "asks again" not in cells("%footfall", **NARROWER)
