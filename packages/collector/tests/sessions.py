"""The notebook sessions of one simulated install, and the truth about them, beside the rest of its population."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from footfall import wire

MODULES = ("mytool", "numpy", "pandas")
FRONTENDS = ("lab", "lab", "notebook", "vscode", "console")
OUTCOMES = ("ok",) * 14 + ("error",) * 4 + ("exit", "aborted", "killed")
KINDS = ("ValueError", "KeyError", "NameError", "ToolError", "other")
MAGICS = ("time", "matplotlib", "load_ext", "other")
FIELDS = {
    "sessions": (),
    "frontends": ("frontend",),
    "cells": ("outcome",),
    "errors": ("kind",),
    "magics": ("magic",),
    "cell_durations": ("bucket",),
    "session_durations": ("bucket",),
    "session_sizes": ("bucket",),
    "modules": ("module",),
}

Cells = Counter[tuple[str, ...]]


class SessionTruth:
    """Sets of installs and sums by week, list and word; and the sessions of a week that are not over."""

    def __init__(self) -> None:
        self.installs: dict[tuple[str, str, str], set[int]] = defaultdict(set)
        self.n: Counter[tuple[str, str, str]] = Counter()
        self.open: Counter[str] = Counter()

    def of(self, week: str, name: str) -> dict[str, int]:
        """Installs by word of a list."""
        return {word: len(who) for (w, of, word), who in self.installs.items() if (w, of) == (week, name)}


class Sessions:
    """Sessions of install ``number``, most of which end on a later day, some never; ``first`` is its memory."""

    def __init__(self, number: int, dice: random.Random, truth: SessionTruth, first: Callable[..., bool]) -> None:
        self.number, self.dice, self.truth, self.first = number, dice, truth, first
        self.open: list[tuple[date, int]] = []  # the day it began, and cells

    def parts(self, day: date) -> Iterator[dict[str, Any]]:
        """What leaves for ``day``, and for the days on which sessions began that have ended now."""
        if self.number % 3 and self.dice.random() < 0.8:
            yield self._part(day, self._begun(day))
        for session in [session for session in self.open if self.dice.random() < 0.7]:
            self.open.remove(session)
            yield self._part(session[0], self._ended(*session))

    def _begun(self, day: date) -> Cells:
        cells: Cells = Counter()
        for _ in range(self.dice.choice((1, 1, 1, 2))):
            run = self.dice.choice((1, 4, 12, 30))
            cells["sessions",] += 1
            cells["frontends", self.dice.choice(FRONTENDS)] += 1
            cells.update(("modules", module) for module in MODULES if self.dice.random() < 0.4)
            for _ in range(run):
                self._cell(cells)
            self.open.append((day, run))
            self.truth.open[day.strftime("%G-W%V")] += 1
        return cells

    def _cell(self, cells: Cells) -> None:
        outcome = self.dice.choice(OUTCOMES)
        cells["cells", outcome] += 1
        if outcome == "error":
            cells["errors", self.dice.choice(KINDS)] += 1
        if outcome != "killed":
            cells["cell_durations", self.dice.choice(wire.BUCKETS[:5])] += 1
        cells.update(("magics", magic) for magic in MAGICS if self.dice.random() < 0.03)

    def _ended(self, day: date, run: int) -> Cells:
        self.truth.open[day.strftime("%G-W%V")] -= 1
        size = "1-9" if run < 10 else "10-99"
        return Counter([("session_sizes", size), ("session_durations", self.dice.choice(wire.SESSION_BUCKETS[:4]))])

    def _part(self, day: date, cells: Cells) -> dict[str, Any]:
        week, lists = day.strftime("%G-W%V"), defaultdict(list)
        for (name, *words), n in cells.items():
            self.truth.installs[week, name, "".join(words)].add(self.number)
            self.truth.n[week, name, "".join(words)] += n
            named = dict(zip(FIELDS[name], words, strict=True))
            lists[name].append({**named, "n": n, "first_in_week": self.first("notebook", week, name, *words)})
        return {"part": "notebook.session", "day": day.isoformat(), **lists}
