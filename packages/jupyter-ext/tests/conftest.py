"""One machine with its own state folder, a real shell on it, and what a report would tell of what ran there."""

from __future__ import annotations

import os
import textwrap
from collections import Counter
from pathlib import Path

import pytest
from IPython import version_info
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from footfall import _agreed, spool_reader
from footfall._agreed import Agreed
from footfall._state import State
from footfall.vocabulary import Notebook, Vocabulary

COLORS = "nocolor" if version_info[0] > 8 else "NoColor"
MODULES = ("wave", "absent_module")
SWITCHES = ("CI", "DO_NOT_TRACK", "FOOTFALL", "FOOTFALL_ENDPOINT", "FOOTFALL_PROJECT", "JUPYTER_TELEMETRY")
# Tests run as root and in CI, which these lift; they are nobody's yes. With a sender's mark, the last, none is started.
LIFTED = {"JUPYTER_TELEMETRY": "1", "OURLIB_TELEMETRY": "1", "OURHUB_TELEMETRY": "1", "FOOTFALL_SENDER": "1"}
ENDPOINT = "http://127.0.0.1:9"


def pytest_configure(config):
    """Warnings are errors here, but not those of an old IPython that leaves its event loops open."""
    if version_info[0] < 9:
        config.addinivalue_line("filterwarnings", "ignore::pytest.PytestUnraisableExceptionWarning")


class Machine:
    """A state folder, and what the sender would read from it if all processes had ended."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def folder(self, project: str = "jupyter") -> Path:
        """The state of a project's notebooks."""
        return self.home / f"{project}.notebook"

    def allow(self, project: str = "jupyter", endpoint: str = "-") -> None:
        """Let the user have said on, to what every notebook tells."""
        self.folder(project).mkdir(parents=True, exist_ok=True)
        words = Vocabulary(project, notebook=Notebook()).alphabet()
        _agreed.write(self.folder(project), Agreed(("1.4.2",), words))
        (self.folder(project) / "consent").write_text(f"on 2026-11-18 1 {endpoint} 25\n")

    def files(self) -> list[str]:
        """Paths of all files that are kept but the answers, which tests give beforehand."""
        paths = (str(path.relative_to(self.home)) for path in self.home.rglob("*") if path.is_file())
        return sorted(path for path in paths if not path.endswith(("/consent", "/agreed.json")))

    def answer(self, project: str = "jupyter") -> str:
        """What the user has said."""
        return (self.folder(project) / "consent").read_text().split()[0]

    def spool(self, project: str = "jupyter") -> str:
        """All text that the cells have left in the spool."""
        return "".join(path.read_text("utf-8") for path in sorted((self.folder(project) / "spool").glob("*.log")))

    def told(self, name: str, project: str = "jupyter") -> dict[object, int]:
        """One list of the session's part, by its word; the list of sessions has none."""
        words = Vocabulary(project, "1.0", notebook=Notebook(MODULES))
        state, cells = State(), Counter()
        for is_local in (False, True):  # a project without a collector is local
            folder = str(self.folder(project))
            spool_reader.absorb(state, folder, words, lambda _: False, "2026-11-25", is_local=is_local)
        assert not state.lost, state.lost
        for day in state.pending.values():
            cells.update({key[1:]: n for key, n in day.sessions.items() if key[0] == name})
        return {words[0] if words else None: n for words, n in sorted(cells.items())}

    def surfaces(self, project: str = "jupyter") -> set[str]:
        """Where the days' first cells ran."""
        return {line.split("\t")[7] for line in self.spool(project).splitlines() if line.startswith("D")}


@pytest.fixture
def machine(tmp_path, monkeypatch) -> Machine:
    """A machine whose user has said on to all that is tested, whatever the tests' own environment is."""
    for name in (*SWITCHES, "VIRTUAL_ENV"):  # older versions warn of the latter
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "state"
    settings = {**LIFTED, "FOOTFALL_HOME": str(home), "HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path / "ipython")}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    made = Machine(home)
    for project, endpoint in (("jupyter", "-"), ("ourlib", ENDPOINT), ("ourhub", ENDPOINT)):
        made.allow(project, endpoint)
    return made


@pytest.fixture
def new_shell(machine):
    """Make the process's one shell, with a configuration or none."""

    def make(**settings):
        InteractiveShell.clear_instance()
        quiet = {"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": COLORS}}
        return InteractiveShell.instance(config=Config({**quiet, **settings}))

    yield make
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(new_shell):
    """A shell with nothing of ours in it."""
    return new_shell()


@pytest.fixture
def run(capsys):
    """Run cells as a user does; gives all that was printed."""

    def run_cells(shell, *cells):
        capsys.readouterr()
        for cell in cells:
            shell.run_cell(textwrap.dedent(cell), store_history=True)
        printed = capsys.readouterr()
        return printed.out + printed.err

    return run_cells


@pytest.fixture
def counted(shell, run):
    """A shell whose cells are counted; the one that loaded the extension was counted first."""
    run(shell, "%load_ext footfall_jupyter")
    return shell


@pytest.fixture
def plain_environ(tmp_path):
    """The environment of a process on the machine."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


@pytest.fixture(autouse=True)
def _released(monkeypatch):
    """Programs that these tests make stand for releases, though their code lies in this working copy."""
    monkeypatch.setattr("footfall._install.how_installed", lambda *_: "")
