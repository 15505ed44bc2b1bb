"""JupyterLab and a browser, for the tests of what a person meets there and what is counted of it."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "privacy"))  # for the collector that records
sys.path.insert(0, str(Path(__file__).parent))  # for the modules beside this one

from recording import Recorder
from servers import Server


@pytest.fixture(scope="session")
def chromium():
    """Path of the system's chromium; what needs it is skipped where that, JupyterLab or the driver is missing."""
    missing = [name for name in ("jupyterlab", "playwright") if find_spec(name) is None]
    path = shutil.which("chromium")
    if not sys.platform.startswith("linux") or missing or path is None:
        pytest.skip(f"not here: {', '.join([*missing, 'chromium on Linux'])}")
    return path


@pytest.fixture(scope="module")
def recorder():
    """A collector that keeps what it is sent."""
    made = Recorder()
    yield made
    made.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory, recorder):
    """A Jupyter server that is not started yet."""
    made = Server(tmp_path_factory.mktemp("lab") / "account", recorder.address)
    yield made
    made.stop()
