"""Real programs and senders to which everything happens that can, and a judge who counts what arrives."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "delivery"))  # for modules: test folders are no packages
sys.path.insert(0, str(Path(__file__).parent))

from homes import Home
from judge import Judge

SOURCE = Path(__file__).parent / "programs" / "faults.c"


@pytest.fixture(autouse=True)
def _where_processes_can_be_seen():
    if not sys.platform.startswith("linux"):
        pytest.skip("what a detached process holds is read from /proc")


@pytest.fixture
def judge():
    """What takes the parts."""
    made = Judge()
    yield made
    made.close()


@pytest.fixture
def home(tmp_path, judge):
    """An install that posts to the judge."""
    made = Home(tmp_path, judge.address)
    yield made
    made.kill_senders()


@pytest.fixture(scope="session")
def faults(tmp_path_factory):
    """The library of faults, compiled."""
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc to compile the faults with")
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    subprocess.run(["gcc", "-Wall", "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return library
