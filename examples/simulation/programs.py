"""The programs that are played: of each, what the rest of the demo has to know to run it and to judge its figures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from simulation.documents import make_documents
from simulation.files import make_files
from simulation.lines import Line, read_lines

EXAMPLES = Path(__file__).parents[1]


@dataclass(frozen=True)
class Program:
    """A program of somebody else's.

    Attributes:
        project: its name at the collector, and of its folder in the state of an install.
        file: in ``examples/``; the program, counted, for what it is run with; takes answers by ``telemetry``.
        plan: what ``footfall plan`` finds its vocabulary by.
        table: in this folder; its command lines and what is true of each. A notebook has none.
        make_files: writes the files that a run works on into a folder that is not there yet.
        switch: the environment variable that agrees on purpose, for root and in CI and containers.
        distribution: whose version its reports tell.
    """

    project: str
    file: str
    plan: str
    table: str
    make_files: Callable[[Path], None]
    switch: str
    distribution: str

    def command(self, words: list[str]) -> list[str]:
        """What starts a process that runs it with ``words``."""
        return [sys.executable, str(EXAMPLES / self.file), *words]

    def lines(self) -> list[Line]:
        """Its command lines, those first that people run again and again."""
        return read_lines(Path(__file__).with_name(self.table))

    def version(self) -> str:
        """Its version, as it is installed here."""
        return version(self.distribution)


SQLITE_UTILS = Program(
    project="sqlite-utils",
    file="sqlite_utils_footfall.py",
    plan="sqlite_utils_footfall:cli",
    table="lines-sqlite-utils.txt",
    make_files=make_files,
    switch="SQLITE_UTILS_TELEMETRY",
    distribution="sqlite-utils",
)
TOML_CLI = Program(
    project="toml-cli",
    file="toml_cli_footfall.py",
    plan="toml_cli_footfall:app",
    table="lines-toml-cli.txt",
    make_files=make_documents,
    switch="TOML_CLI_TELEMETRY",
    distribution="toml-cli",
)
CAFES = Program(
    project="cafes",
    file="run_notebook.py",
    plan="cafes:client",
    table="",
    make_files=Path.mkdir,
    switch="CAFES_TELEMETRY",
    distribution="",
)
PROGRAMS = (SQLITE_UTILS, TOML_CLI)  # those that are run by command lines
