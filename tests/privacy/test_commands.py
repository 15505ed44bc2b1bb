"""What a user sees is what leaves, and what they refuse is gone: in Click programs, in Typer programs, in notebooks."""

from __future__ import annotations

import json
import sys

import pytest
from worlds import World

pytestmark = pytest.mark.privacy

NO_SENDER = {"FOOTFALL_SENDER": "1"}  # the tests send by hand


class Place:
    """Somewhere a user works: what they do there, and how they say what is to be recorded."""

    def __init__(self, world: World, program: str) -> None:
        self.world = world
        self.program = program
        self.is_notebook = program == "celled"
        if self.is_notebook:
            world.folder = world.footfall / "jupyter.notebook"

    def say(self, *words: str) -> list[str]:
        """A user's command; lines of what it prints."""
        words = (f"%footfall {' '.join(words)}",) if self.is_notebook else ("telemetry", *words)
        return self.world.run(*words, program=self.program, ends=None, **NO_SENDER).stdout.decode().splitlines()

    def work(self) -> None:
        """Something that goes well, and something that fails."""
        for words in self.works():
            self.world.run(*words, program=self.program, ends=None, **NO_SENDER)

    def works(self) -> list[tuple[str, ...]]:
        """The command lines of it."""
        return [("1 + 1", "%time 2", "1 / 0")] if self.is_notebook else [("greet", "--name", "you"), ("fail",)]

    def look(self, word: str) -> list[bytes]:
        """The parts that ``preview`` or ``log`` prints; of notebooks after the cell that asks, which counts."""
        lines = self.say(word)
        if self.is_notebook:
            lines = self.world.run(word, program="everyone").stdout.decode().splitlines()
        return sorted(line.encode() for line in lines if line.startswith("{"))

    def send(self) -> None:
        """Send what waits."""
        if self.is_notebook:
            self.say("preview")  # in which the plan is stored
            self.world.run("send", "--now", program="everyone", ends=None)
        else:
            self.say("send", "--now")


@pytest.fixture(params=["ordinary", "ordinary_typer", "celled"])
def place(request, tmp_path, recorder):
    """A Click program, a Typer program and a shell with cells, where nobody was asked."""
    if request.param == "ordinary_typer":
        pytest.importorskip("typer")
        pytest.importorskip("footfall_typer")
    if request.param == "celled":
        pytest.importorskip("IPython")
        pytest.importorskip("footfall_jupyter")
    return Place(World(tmp_path, recorder.address), request.param)


@pytest.mark.statement(43)
def test_statement_43_what_preview_prints_is_what_leaves(place, recorder):
    """The bytes that preview prints are those that are sent, over two sendings; log prints the same bytes again."""
    place.say("on")
    for _ in range(2):
        before = len(recorder.bodies)
        place.work()
        previewed = place.look("preview")
        assert len(recorder.bodies) == before, "looking sends nothing"
        if place.is_notebook:
            place.world.run("send", "--now", program="everyone")
        else:
            assert place.look("preview") == previewed
            place.send()
        assert sorted(recorder.bodies[before:]) == previewed != []
        assert set(previewed) <= set(place.look("log"))
    kinds = {json.loads(body)["part"] for body in recorder.bodies}
    assert kinds == {"activity", "environment", "notebook.session" if place.is_notebook else "cli.command"}


@pytest.mark.statement(43)
def test_statement_43_local_mode_shows_and_sends_nothing(place, recorder):
    """In local mode runs are recorded and preview prints them; working, looking and sending open no socket."""
    place.say("local")
    quiet = [*place.works(), *([("%footfall preview",)] if place.is_notebook else [("telemetry", "preview")])]
    for words in quiet:
        trace = place.world.trace(*words, program=place.program)
        assert not [line for line in trace.sockets if "AF_INET" in line or "connect(" in line]
        if not place.is_notebook:  # whose event loop has a pair of sockets of its own
            assert not trace.sockets
    assert b'"n":' in trace.output, "what was recorded is shown"
    place.world.wait()
    sending = place.world.trace("send", "--now", program="everyone")
    assert not sending.sockets
    assert b"nothing is sent: you said local" in sending.output
    assert not recorder.requests
    assert not list(place.world.folder.glob("sent/*"))


@pytest.mark.statement(19)
def test_statement_19_off_leaves_one_file(place, recorder):
    """After off there is one file with the refusal: no queue, no counters, no record, no copy of a preview."""
    place.say("on")
    place.work()
    place.send()
    place.work()
    place.say("preview")
    assert len(place.world.files()) > 5
    place.say("off")
    (left,) = (name for name in place.world.files() if ".ipython" not in name)
    assert left == f"{place.world.folder.name}/consent"
    assert place.world.files()[left].startswith(b"off ")
    before = len(recorder.bodies)
    place.work()
    place.send()
    assert len(recorder.bodies) == before


@pytest.mark.statement(20)
def test_statement_20_on_after_off_begins_anew(place, recorder):
    """After off and on the install is a new one: first in its week, with other keys, and nothing of before is told."""
    told = []
    for _ in range(2):
        place.say("on")
        place.work()
        before = len(recorder.bodies)
        place.send()
        told.append([json.loads(body) for body in recorder.bodies[before:]])
        place.work()  # in the spool when off is said
        place.say("off")
    keys = [{part["key"] for part in parts} for parts in told]
    assert keys[0] & keys[1] == set()
    activity = [next(part for part in parts if part["part"] == "activity") for parts in told]
    assert [(part["new"], part["first_in_week"], part["age"]) for part in activity] == [(True, True, "0")] * 2
    assert [sum(row["n"] for row in rows_of(parts)) for parts in told] == [6 if place.is_notebook else 2] * 2
    assert all(row["first_in_week"] for parts in told for row in rows_of(parts))


def rows_of(parts):
    """The cells of parts that count each run, or each cell, once; a notebook's ``on`` is a cell, of before its yes."""
    lists = {"cli.command": "rows", "notebook.session": "cells"}
    return [row for part in parts if part["part"] in lists for row in part[lists[part["part"]]]]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX streams")
@pytest.mark.statement(43)
def test_statement_43_only_bytes_are_on_standard_output(tmp_path, recorder):
    """What a script reads from preview and log is the parts alone, whatever is said about them elsewhere."""
    place = Place(World(tmp_path, recorder.address), "ordinary")
    assert place.say("log") == []
    place.say("local")
    assert place.say("preview") == []
    place.work()
    assert all(json.loads(line)["format"] == 1 for line in place.say("preview"))
