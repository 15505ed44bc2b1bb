"""Off reaches whatever runs, of whichever framework, and each tool of the user's: statements 19, 21 and 22."""

from __future__ import annotations

import pytest
from recording import senders_of
from worlds import World, wait_until

pytestmark = [pytest.mark.privacy, pytest.mark.statement(19, 21, 22)]

HOWS = {"one tool": ("off", "hello"), "all tools": ("off",)}
# Programs that stay, and a line that makes each of them count.
STAYING = {
    "click": ("shell", "greet"),
    "counting": ("counting", "again"),
    "forked": ("forking", "greet"),
    "cells": ("cells", "%footfall on"),
}


@pytest.fixture
def world(tmp_path, recorder):
    """An account whose user agreed; no sender sends before the test lets it."""
    made = World(tmp_path, recorder.address)
    made.agree()
    made.gate.touch()
    return made


def say(program, line):
    """Have a program work on a line."""
    program.stdin.write(line.encode() + b"\n")
    program.stdin.flush()
    while program.stdout.readline() != b"done\n":
        assert program.poll() is None


def logs(world):
    """Spool files of any tool."""
    return {name: content for name, content in world.files().items() if name.endswith(".log")}


def refusals(world):
    """Names of all files of ours that are left; each holds a no."""
    kept = {name: content for name, content in world.files().items() if not name.startswith("../home/.ipython")}
    for name, content in kept.items():
        assert content.startswith(b"off "), name
    return sorted(kept)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("kind", STAYING)
def test_off_while_it_stays(world, recorder, kind, how):
    """What runs and has counted counts nothing more after ``off``, and its end leaves the refusals alone."""
    if kind == "cells":
        pytest.importorskip("IPython")
    name, line = STAYING[kind]
    with world.start(program=name) as program:
        say(program, line)
        if kind == "cells":
            say(program, "1 + 1")
        assert logs(world), "it has counted"
        world.run(*HOWS[how], program="footfall.cli")
        said = refusals(world)
        for _ in range(3):
            say(program, "1 + 1" if kind == "cells" else line)
        assert refusals(world) == said
        program.communicate(b"")
        assert program.returncode == 0
    assert refusals(world) == said
    world.gate.unlink()
    wait_until(lambda: not senders_of(world.footfall), "a sender does not end")
    assert refusals(world) == said
    assert not recorder.requests


def test_off_while_a_typer_program_runs(world, recorder):
    """A command of a Typer program that runs when ``off`` is said ends without a trace."""
    pytest.importorskip("footfall_typer")
    with world.start("wait", program="asking_typer") as program:
        assert program.stdout.readline() == b"working\n"
        assert logs(world)
        world.run("off", program="footfall.cli")
        said = refusals(world)
        program.communicate(b"\n")
        assert program.returncode == 0
    assert refusals(world) == said
    world.gate.unlink()
    world.wait()
    assert refusals(world) == said
    assert not recorder.requests


def test_off_for_all_reaches_each_tool(world, recorder):
    """With several tools at work, and a sender of each, one ``off`` ends them all."""
    names = ("hello", "second-tool", "third.tool")
    for name in names[1:]:
        world.run("telemetry", "on", PROJECT_NAME=name)
    programs = [world.start("wait", PROJECT_NAME=name) for name in names]
    for name, program in zip(names, programs, strict=True):
        assert program.stdout.readline() == b"working\n"
        world.run("greet", PROJECT_NAME=name)
    assert len(senders_of(world.footfall)) == len(names)
    world.run("off", program="footfall.cli")
    said = refusals(world)
    assert said == ["consent", *(f"{name}/consent" for name in sorted(names))]
    for program in programs:
        program.communicate(b"\n")
        assert program.returncode == 0
    world.gate.unlink()
    wait_until(lambda: not senders_of(world.footfall), "a sender does not end")
    for name in (*names, "a-fourth"):
        world.run("greet", PROJECT_NAME=name)
    assert refusals(world) == said
    assert not recorder.requests
