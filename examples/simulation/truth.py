"""What is true of the demo: every run that may be counted, as it happened, and figures made of them by plain counting.

Nothing here is Footfall's: who compares two figures must not get both from one source.
"""

from __future__ import annotations

import platform
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from simulation.calendar import monday_of, week_of
from simulation.lines import Line

Cell = tuple[str, ...]

_SYSTEMS = {"Linux": "linux", "Darwin": "macos", "Windows": "windows", "FreeBSD": "freebsd"}
_MACHINES = {"amd64": "x86_64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Run:
    """One run of a command line by an install."""

    install: str
    day: date
    line: Line
    surface: str


@dataclass
class Sum:
    """Which installs, and how many runs."""

    installs: set[str] = field(default_factory=set)
    runs: int = 0


def machine(version: str, plan: str) -> dict[str, str]:
    """This machine's value in each chart of the environment; ``version`` is the program's, ``plan`` its digest."""
    return {
        "versions": version,
        "pythons": f"{sys.version_info.major}.{sys.version_info.minor}",
        "systems": _SYSTEMS.get(platform.system(), "other"),
        "architectures": _MACHINES.get(platform.machine().lower(), platform.machine().lower()),
        "implementations": platform.python_implementation().lower(),
        "plans": plan,
    }


class Truth:
    """Figures of ``runs``; they have to be all that may be counted, and no others. ``machine`` is where they ran."""

    def __init__(self, runs: Iterable[Run], machine: dict[str, str]) -> None:
        self.runs = list(runs)
        self.machine = machine

    def installs_by(self, window: Callable[[date], str]) -> dict[str, set[str]]:
        """Installs that ran something in each window."""
        found: dict[str, set[str]] = {}
        for run in self.runs:
            found.setdefault(window(run.day), set()).add(run.install)
        return found

    @cached_property
    def by_week(self) -> Mapping[str, set[str]]:
        """Installs of each ISO week."""
        return self.installs_by(week_of)

    def ages(self, week: str) -> Counter[str]:
        """Installs of a week by how many weeks ago they ran something for the first time."""
        first = (
            min(w for w, here in self.by_week.items() if install in here) for install in self.by_week.get(week, ())
        )
        return Counter(str((monday_of(week) - monday_of(begin)).days // 7) for begin in first)

    def environment(self, chart: str, week: str) -> dict[str, int]:
        """Installs of a week by one field of their environment."""
        if chart != "surfaces":
            return {self.machine[chart]: len(self.by_week.get(week, ()))}
        return Counter(surface for _, surface in {(run.install, run.surface) for run in self.of(week)})

    def of(self, week: str) -> list[Run]:
        """Runs of a week."""
        return [run for run in self.runs if week_of(run.day) == week]

    def sums(self, week: str, cells: Callable[[Line], Iterable[Cell]]) -> dict[Cell, Sum]:
        """Installs and runs of a week in each of the cells that ``cells`` puts a line into."""
        found: dict[Cell, Sum] = {}
        for run in self.of(week):
            for cell in cells(run.line):
                here = found.setdefault(cell, Sum())
                here.installs.add(run.install)
                here.runs += 1
        return found
