"""The pytest plugin: fixtures for those who test adapters, and programs that are counted.

Loaded in every pytest run on a machine with Footfall, so it imports nothing of Footfall's but inside the fixtures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from footfall import Client
    from footfall.testing import Recorder
    from footfall.testing._stage import Stage


@pytest.fixture
def footfall_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh state folder, ``FOOTFALL_HOME``, in an environment without anybody's say.

    A test run is nobody's use: a client in it is off, unless ``<PROJECT>_TELEMETRY=1`` is set too.
    """
    from footfall._consent import CI_MARKERS

    for name in ("DO_NOT_TRACK", "FOOTFALL", "FOOTFALL_DEBUG", "FOOTFALL_ENDPOINT", "SUDO_USER", *CI_MARKERS):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "footfall-home"
    monkeypatch.setenv("FOOTFALL_HOME", str(home))
    return home


@pytest.fixture
def footfall_client(footfall_home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Client]:
    """A function that makes a client of a project's name that is on, in ``footfall_home``; it starts no sender.

    Settings of :class:`footfall.Client` may be given by name.
    """
    from footfall import Client, switch_of
    from footfall._spawn import CHILD_MARK

    def make(project: str = "mytool", **settings: object) -> Client:
        monkeypatch.setenv(switch_of(project), "1")
        monkeypatch.setenv(CHILD_MARK, "1")
        known = {"version": "1.4.2", "endpoint": "http://127.0.0.1:9", "home": str(footfall_home)}
        return Client(project, **{**known, **settings})  # type: ignore[arg-type]  # they are checked there

    return make


@pytest.fixture
def footfall_recorder() -> Iterator[Recorder]:
    """A collector on the loopback that keeps what it is sent: ``address``, ``bodies``, ``requests``."""
    from footfall.testing import Recorder

    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture(scope="class")
def footfall_stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The machine of a class that inherits from a suite of :mod:`footfall.testing`."""
    from footfall.testing import Recorder
    from footfall.testing._stage import Stage

    suite, recorder = request.cls, Recorder()
    folder = tmp_path_factory.mktemp("stage")
    yield Stage(suite.program, suite.project, suite.modules, suite.environ, folder, recorder)
    recorder.close()
