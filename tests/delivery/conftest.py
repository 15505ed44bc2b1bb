"""Real programs, senders and collectors, for the tests of what is counted when things go wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for the modules beside this one: test folders are no packages

from machines import PROGRAMS, Collector, Install
from road import Road


@pytest.fixture(autouse=True)
def _where_processes_can_be_seen():
    if not sys.platform.startswith("linux"):
        pytest.skip("what a detached process holds is read from /proc")


@pytest.fixture(scope="session")
def plan(tmp_path_factory):
    """The program's vocabulary, exported as its author would."""
    path = tmp_path_factory.mktemp("plan") / "hello.toml"
    command = [sys.executable, "-m", "footfall.cli", "plan", "hello:cli", "--output", str(path)]
    subprocess.run(command, check=True, cwd=PROGRAMS)
    return path


@pytest.fixture
def collector(tmp_path, plan):
    """A collector that is not up yet."""
    return Collector(tmp_path, plan)


@pytest.fixture
def road(collector):
    """A road to the collector, on which things can go wrong."""
    made = Road(collector.port)
    yield made
    made.close()


@pytest.fixture
def install(tmp_path, collector):
    """An install whose senders know the collector's address."""
    made = Install(tmp_path, f"http://127.0.0.1:{collector.port}")
    yield made
    made.kill_senders()


@pytest.fixture
def roaming(tmp_path, road):
    """An install whose senders take the road."""
    made = Install(tmp_path, road.address)
    yield made
    made.kill_senders()
