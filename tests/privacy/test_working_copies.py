"""Rule 7 with real programs: what is run from a working copy asks nobody, records nothing and sends nothing."""

from __future__ import annotations

import re
import shutil

import pytest
from worlds import PROGRAMS, World

pytestmark = [pytest.mark.privacy, pytest.mark.statement(26)]

FRAMEWORKS = {"click": ("asking", "ordinary"), "typer": ("asking_typer", "asking_typer")}
FORCED = {"HELLO_TELEMETRY": "1"}


@pytest.fixture(params=FRAMEWORKS)
def programs(request):
    """A program that asks at once, and one that is run."""
    if request.param == "typer":
        pytest.importorskip("footfall_typer")
    return FRAMEWORKS[request.param]


@pytest.fixture
def world(tmp_path, recorder):
    """An account in which nobody was asked."""
    return World(tmp_path, recorder.address)


@pytest.fixture(params=["pyproject.toml", ".git"])
def source(request, tmp_path):
    """The programs in the ``src`` of a working copy; gives what has them imported from there."""
    folder = tmp_path / "jane-s-copy" / "src"
    shutil.copytree(PROGRAMS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder.parent / request.param).touch()
    return {"PYTHONPATH": str(folder)}


def test_nobody_is_asked(world, start, programs, source):
    """Who works on the program is not asked, though it would ask in any run; nothing is kept."""
    terminal = start(program=programs[0], **source)
    assert terminal.end() == 0
    assert terminal.shown == ""
    assert world.files() == {}


def test_an_answer_says_why_it_does_not_hold(world, programs, source, recorder):
    """``on`` keeps the answer and says that it does not hold, also with the switch; later runs change nothing."""
    said = world.run("telemetry", "on", program=programs[1], ends=1, **source).stdout.decode()
    assert "not a released version (run from a source tree) (rule 7)" in said
    before = world.files()
    assert not any(b"jane-s" in content for content in before.values())
    for more in ({}, FORCED):
        assert world.trace("greet", program=programs[1], **source, **more).is_quiet
    assert world.files() == before
    assert not recorder.requests


@pytest.mark.parametrize("more", [{}, FORCED], ids=["agreed", "forced"])
def test_the_first_run_of_a_copy_finds_it(world, programs, source, recorder, more):
    """Who agreed to the release, or forces it, and runs a working copy: its first run sees that, and starts nothing."""
    if not more:
        world.run("telemetry", "on", program=programs[1])
    trace = world.trace("greet", program=programs[1], **source, **more)
    assert not trace.sockets
    assert not trace.children
    kept = world.files()
    assert re.fullmatch(rb"1\.4\.2 [0-9a-f.]+ run from a source tree", kept["hello/install"])
    assert set(kept) - {"hello/consent", "hello/agreed.json"} == {"hello/install"}
    assert world.trace("greet", program=programs[1], **source, **more).is_quiet
    assert world.files() == kept
    assert not recorder.requests


def test_the_same_from_elsewhere_counts(world, programs, recorder):
    """The same program, not in a working copy, counts: what these tests see is the copy's doing."""
    world.run("telemetry", "on", program=programs[1])
    world.run("greet", program=programs[1])
    world.wait()
    assert recorder.requests
