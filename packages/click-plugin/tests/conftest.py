"""One install of a program under test: it runs command lines, and tells what would be reported of them."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

import footfall
import footfall_click
from footfall import _spawn, spool_reader
from footfall._project import stored_vocabulary
from footfall._state import State

# Consent for the tool on purpose: tests run as root and in CI too. The second stands for a sender, so none is started.
ENVIRON = {"MYTOOL_TELEMETRY": "1", "OTHERTOOL_TELEMETRY": "1", "FOOTFALL_SENDER": "1"}


@dataclass
class Report:
    """What a day's report would say: how often each (command, outcome), (command, flag) and (command, kind) was."""

    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    flags: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)


class Install:
    """A user's machine with its own state folder, on which telemetry is on."""

    def __init__(self, home: Path, package: str) -> None:
        self.home = home
        self.package = package
        self.clients: dict[str, footfall.Client] = {}

    def client(self, project: str = "mytool", **settings: object) -> footfall.Client:
        """The one client of ``project`` on this machine."""
        if project not in self.clients:
            given = {"version": "1.4.2", "endpoint": "http://127.0.0.1:9", "environ": ENVIRON, "home": str(self.home)}
            self.clients[project] = footfall.Client(project, **{**given, **settings})
        return self.clients[project]

    def instrument(self, cli, project: str = "mytool", command: str | None = None):
        """``cli``, counted; its commands are those of the test's own module."""
        return footfall_click.instrument(cli, self.client(project), command=command, packages=[self.package])

    def run(self, cli, line: str | list[str] = "", **settings):
        """The result of one command line of ``cli``, instrumented if it was not."""
        words = shlex.split(line) if isinstance(line, str) else line
        return CliRunner().invoke(self.instrument(cli), words, **settings)

    def files(self) -> list[str]:
        """Paths of all files that are kept, from the state folder on."""
        return sorted(str(path.relative_to(self.home)) for path in self.home.rglob("*") if path.is_file())

    def spool(self, project: str = "mytool") -> str:
        """All text that the runs have left in the spool."""
        return "".join(path.read_text("utf-8") for path in sorted((self.home / project / "spool").glob("*.log")))

    def report(self, project: str = "mytool") -> Report:
        """What the sender reads from the runs so far; a run without an end counts as killed."""
        client, folder = self.clients[project], self.home / project
        if not folder.is_dir():
            return Report()
        _spawn.write_plan(client)
        state = State()
        spool_reader.absorb(state, str(folder), stored_vocabulary(folder), lambda process: False, client.today)
        assert not state.lost, state.lost
        report = Report()
        for day in state.pending.values():
            for (name, command, *words), n in day.cells.items():
                if name != "durations":
                    getattr(report, name)[command, words[-1]] += n
        return report


@pytest.fixture
def install(tmp_path, request) -> Install:
    """A new machine for each test."""
    return Install(tmp_path / "state", request.module.__name__)


@pytest.fixture(autouse=True)
def _released(monkeypatch):
    """Programs that these tests make stand for releases, though their code lies in this working copy."""
    monkeypatch.setattr("footfall._install.how_installed", lambda *_: "")
