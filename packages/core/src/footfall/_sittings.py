"""Counting the lines of notebook sessions: what is told of a session, of its cells, and of one that is over."""

from __future__ import annotations

from collections import Counter

from footfall import periods, wire
from footfall._lines import seconds_in
from footfall._state import Sitting, State
from footfall.vocabulary import Vocabulary


class Sessions:
    """Counts the sessions' lines into a state, every word checked against the vocabulary.

    A session is counted once in each ISO week in which it has a cell, so that installs of a week are those that are in
    any other list of the week's too. Cells are counted under the day on which they began.
    """

    def __init__(self, state: State, vocabulary: Vocabulary) -> None:
        self.state = state
        self.words = vocabulary

    def begin(self, day: str, run: str, frontend: str, *_: str) -> None:
        """A cell has begun."""
        self._sitting(day, run, frontend).running.append(day)

    def end(
        self,
        day: str,
        run: str,
        frontend: str,
        outcome: str,
        kind: str,
        seconds: str,
        elapsed: str,
        magics: str,
        modules: str,
        *_: str,
    ) -> None:
        """A cell has ended."""
        sitting = self._sitting(day, run, frontend)
        if day in sitting.running:
            sitting.running.remove(day)
        elif sitting.is_over:
            return  # it counts as killed already
        sitting.cells += 1
        sitting.seconds = max(sitting.seconds, int(seconds_in(elapsed)))
        cells = self._cells(day)
        cells["cells", outcome if outcome in wire.CELL_OUTCOMES else "error"] += 1
        cells["cell_durations", wire.bucket_of(seconds_in(seconds))] += 1
        if kind != "-":
            cells["errors", kind if self.words.has_error(kind) else wire.OTHER] += 1
        for magic in {name if name in wire.MAGICS else wire.OTHER for name in _listed(magics)}:
            cells["magics", magic] += 1
        for module in {name for name in _listed(modules) if self.words.has_module(name)}:
            cells["modules", module] += 1

    def close(self, sitting: Sitting) -> None:
        """A session's process is gone, or has run nothing for so long that it counts as gone."""
        cells = self._cells(sitting.day)
        for day in sitting.running:
            self._cells(day)["cells", "killed"] += 1
        size = sitting.cells + len(sitting.running)
        cells["session_sizes", wire.size_bucket_of(size)] += 1
        cells["session_durations", wire.session_bucket_of(sitting.seconds)] += 1
        sitting.running, sitting.is_over = [], True

    def _sitting(self, day: str, run: str, frontend: str) -> Sitting:
        sitting = self.state.sittings.setdefault(run, Sitting(day, ""))
        sitting.day = max(sitting.day, day)
        week = periods.week_of(day)
        if week > sitting.week and not sitting.is_over:
            sitting.week = week
            cells = self._cells(day)
            cells["sessions",] += 1
            cells["frontends", frontend if frontend in wire.FRONTENDS else wire.OTHER] += 1
        return sitting

    def _cells(self, day: str) -> Counter[tuple[str, ...]]:
        return self.state.day(day).sessions


def _listed(words: str) -> list[str]:
    return words.split(",") if words != "-" else []
