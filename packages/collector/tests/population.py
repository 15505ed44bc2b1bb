"""A simulated population of installs: the parts that they send, and the truth about them that no part tells.

Each install keeps what a client keeps (in which windows a cell of its was counted first) and the truth is kept beside,
as sets of installs, so that every figure of a chart can be counted by hand.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sessions import MODULES, Sessions, SessionTruth

from footfall import wire

PROJECT = "mytool"
COMMANDS = {
    "(main)": ["--verbose"],
    "db": [],
    "db migrate": ["--dry-run", "--force"],
    "db show": ["--json"],
    "fetch": ["--all"],
    "report": ["--format"],
}
PLAN = {
    "format": 1,
    "project": PROJECT,
    "version": "1.4.2",
    "commands": COMMANDS,
    "errors": ["ToolError"],
    "events": {},
    "notebook": {"modules": list(MODULES)},
}
VERSIONS = ("1.3.0", "1.4.0", "1.4.1", "1.5.0")
PLANS = ("3f2a9c0b71de", "5b0000000001", "5b0000000001", "c4d5e6f70819")  # 1.4.1 brought no new words
ENDINGS = ("ok",) * 12 + ("error", "error", "usage", "exit", "aborted", "killed")
KINDS = {
    "error": ("ValueError", "KeyError", "OSError", "ToolError", "other"),
    "usage": ("no_such_option", "no_such_command"),
}

Part = dict[str, Any]


class Truth:
    """Sets of installs, and sums of runs, by project's window."""

    def __init__(self) -> None:
        self.actives: dict[str, set[int]] = defaultdict(set)  # by day, week or month
        self.first_week: dict[int, date] = {}  # monday of an install's first week
        self.environment: dict[tuple[str, str, str], set[int]] = defaultdict(set)  # week, field, value
        self.installs: dict[tuple[str, ...], set[int]] = defaultdict(set)  # week, chart, command, word
        self.runs: Counter[tuple[str, ...]] = Counter()  # the same
        self.releases: dict[tuple[str, ...], set[int]] = defaultdict(set)  # week, command, outcome, release
        self.sessions = SessionTruth()

    def cohort(self, monday: date, week: str) -> set[int]:
        """Installs of ``week`` whose first week began on ``monday``."""
        return {install for install in self.actives[week] if self.first_week[install] == monday}


def week_of(day: date) -> str:
    """By strftime: not the code under test."""
    return day.strftime("%G-W%V")


class Install:
    """One install, and what its client remembers."""

    def __init__(self, number: int, dice: random.Random, start: date, truth: Truth) -> None:
        self.number, self.dice, self.start, self.truth = number, dice, start, truth
        self.eager = dice.choice((0.05, 0.2, 0.5, 0.9))
        self.version = dice.randrange(2)
        self.machine = {
            "python": dice.choice(("3.10", "3.11", "3.12", "3.13")),
            "os": dice.choice(("linux", "linux", "linux", "macos", "windows", "freebsd")),
            "arch": dice.choice(("x86_64", "x86_64", "arm64")),
            "implementation": "cpython" if dice.random() < 0.97 else "pypy",
        }
        self.seen: set[tuple[str, ...]] = set()
        self.sessions = Sessions(number, dice, truth.sessions, self.first)

    def first(self, *cell: str) -> bool:
        """Whether a cell of a window was not counted before; from now on it was."""
        new = cell not in self.seen
        self.seen.add(cell)
        return new

    def parts(self, day: date) -> Iterator[Part]:
        """What leaves for one day; nothing on a day without a run."""
        if day < self.start or (day > self.start and self.dice.random() > self.eager):
            return
        if self.dice.random() < 0.02:
            self.version = min(self.version + 1, len(VERSIONS) - 1)
        head = {"format": 1, "project": PROJECT, "day": day.isoformat()}
        bodies = (self._activity(day), self._environment(day), *self._commands(day), *self.sessions.parts(day))
        for body in bodies:
            yield {**head, **body, "key": f"{self.dice.getrandbits(128):032x}"}

    def _activity(self, day: date) -> Part:
        week, month, monday = week_of(day), day.strftime("%Y-%m"), day - timedelta(day.weekday())
        born = self.truth.first_week.setdefault(self.number, monday)
        for window in (day.isoformat(), week, month):
            self.truth.actives[window].add(self.number)
        return {
            "part": "activity",
            "new": self.first("new"),
            "first_in_week": self.first("activity", week),
            "first_in_month": self.first("activity", month),
            "age": wire.age_of((monday - born).days // 7),
        }

    def _environment(self, day: date) -> Part:
        week = week_of(day)
        surface = self.dice.choice(("terminal", "terminal", "script"))
        values = {"version": VERSIONS[self.version], **self.machine, "surface": surface}
        values["plan"] = PLANS[self.version]
        for field, value in values.items():
            self.truth.environment[week, field, value].add(self.number)
        rows = [
            {"field": f, "value": v, "first_in_week": self.first("environment", week, f, v)} for f, v in values.items()
        ]
        return {"part": "environment", "rows": rows}

    def _commands(self, day: date) -> Iterator[Part]:
        for _ in range(self.dice.choice((1, 1, 2))):  # a day may give several parts
            cells: Counter[tuple[str, ...]] = Counter()
            for _ in range(self.dice.randint(1, 6)):
                self._run(cells)
            yield {"part": "cli.command", **self._cells(day, cells)}

    def _run(self, cells: Counter[tuple[str, ...]]) -> None:
        command = self.dice.choice(list(COMMANDS)[: 1 + self.number % len(COMMANDS)])
        outcome = self.dice.choice(ENDINGS)
        cells["rows", command, wire.release_of(VERSIONS[self.version]), outcome] += 1
        for flag in (flag for flag in COMMANDS[command] if self.dice.random() < 0.3):
            cells["flags", command, flag] += 1
        if outcome in KINDS:
            cells["errors", command, self.dice.choice(KINDS[outcome])] += 1
        if outcome != "killed":
            cells["durations", command, self.dice.choice(wire.BUCKETS[:6])] += 1

    def _cells(self, day: date, cells: Counter[tuple[str, ...]]) -> Part:
        week = week_of(day)
        lists: dict[str, list[Part]] = defaultdict(list)
        for command in sorted({cell[1] for cell in cells if cell[0] == "rows"}):
            self.truth.installs[week, "commands", command].add(self.number)
            lists["commands"].append({"command": command, "first_in_week": self.first("commands", week, command)})
        for cell, n in cells.items():
            self._note(week, cell, n)
            lists[cell[0]].append({**_named(cell), "n": n, "first_in_week": self.first(week, *cell)})
        return dict(lists)

    def _note(self, week: str, cell: tuple[str, ...], n: int) -> None:
        chart, command, *words = cell
        if chart == "rows":
            self.truth.releases[week, command, words[1], words[0]].add(self.number)
            chart, words = "outcomes", [words[1]]
            self.truth.runs[week, "commands", command] += n
        self.truth.installs[week, chart, command, words[0]].add(self.number)
        self.truth.runs[week, chart, command, words[0]] += n


def _named(cell: tuple[str, ...]) -> dict[str, str]:
    names = {
        "rows": ("command", "release", "outcome"),
        "flags": ("command", "flag"),
        "durations": ("command", "bucket"),
        "errors": ("command", "kind"),
    }[cell[0]]
    return dict(zip(names, cell[1:], strict=True))


def simulate(seed: int, installs: int, first: date, days: int) -> tuple[list[Part], Truth]:
    """All parts of a population over ``days`` from ``first``, day by day, and the truth about it."""
    dice, truth = random.Random(seed), Truth()
    people = [Install(number, dice, first + timedelta(dice.randrange(days)), truth) for number in range(installs)]
    parts = [part for at in range(days) for person in people for part in person.parts(first + timedelta(at))]
    return parts, truth
