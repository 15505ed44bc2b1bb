"""The privacy statements' harness: modules beside this file can be imported by the tests here."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from canaries import Canaries
from recording import BlackHole, Recorder


@pytest.fixture(scope="session")
def canaries() -> Canaries:
    """A token for each place."""
    return Canaries()


@pytest.fixture
def recorder():
    """A collector that keeps what it is sent."""
    made = Recorder()
    yield made
    made.close()


@pytest.fixture
def black_hole():
    """A collector that lets all wait."""
    made = BlackHole()
    yield made
    made.let_go.set()
    made.recorder.close()


@pytest.fixture
def start(world):
    """Start a program on a terminal of the test's account."""
    from terminals import Terminal

    started = []

    def start(*words, **more):
        started.append(Terminal(world, *(words or ("greet",)), **more))
        return started[-1]

    yield start
    for terminal in started:
        terminal.stop()
