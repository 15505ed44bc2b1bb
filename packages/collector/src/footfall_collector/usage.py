"""What ran in one ISO week: commands, and under each command its outcomes, flags, errors and durations.

What lies under a hidden group is hidden with it: the runs of a command are told only when its installs are, kinds of
error only when the outcome that they add up to is. Else one chart would give what the other hides, by subtraction;
docs/collector.md goes through the sums that lead from one to another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from footfall import wire
from footfall_collector.actives import sent_in_week
from footfall_collector.charts import Chart, Source, span_of_week, week_window
from footfall_collector.estimates import Scale
from footfall_collector.store import Row
from footfall_collector.suppress import Count, Suppressed, sums_of, suppress_counts

Cells = dict[str, Count]
"""Counts of what is told apart under one command."""
Group = tuple[str, Cells]
"""A command, and cells under it that are suppressed together."""


class Usage:
    """The week's figures of a project, read once however many charts are made of them."""

    def __init__(self, source: Source, week: str) -> None:
        self._source = source
        self._week = week
        self._span = span_of_week(week).parameters()
        self._read: dict[str, dict[str, Cells]] = {}

    def commands(self) -> Chart:
        """Installs and runs of each command; ``failed`` counts the runs whose outcome was not ``ok``."""
        told = self._commands
        rows = [(name, installs, self._runs(name), self._failed(name)) for name, installs in told.shown.items()]
        columns = ("command", "installs", "runs", "failed")
        return Chart("commands", self._window, columns, rows, told.hidden, told.total, [self._scale])

    def outcomes(self) -> Chart:
        """Runs of each command by outcome, with the number of installs that had it at least."""
        return self._chart("outcomes", ("command", "outcome", "installs_at_least", "runs"), self._under("outcomes"))

    def flags(self) -> Chart:
        """Installs and runs of each command by flag."""
        return self._chart("flags", ("command", "flag", "installs", "runs"), self._under("flags"))

    def errors(self) -> Chart:
        """Installs and runs of each command by kind of error."""
        groups = [
            (name, kinds)
            for name, cells in self._under("errors")
            for outcome, kinds in _by_outcome(cells).items()
            if outcome in self._outcomes[name].shown
        ]
        return self._chart("errors", ("command", "kind", "installs", "runs"), groups)

    def durations(self) -> Chart:
        """Installs and runs of each command by how long a run took; buckets in their order."""
        groups = [
            (name, cells)
            for name, cells in self._under("durations")
            if "killed" in self._outcomes[name].shown or "killed" not in self._cells("outcomes").get(name, {})
        ]
        chart = self._chart("durations", ("command", "bucket", "installs", "runs"), groups)
        rows = sorted(chart.rows, key=lambda row: (row[0], wire.BUCKETS.index(row[1])))
        return replace(chart, rows=rows)

    @property
    def _window(self) -> dict[str, Any]:
        return week_window(self._source, self._week)

    @cached_property
    def _commands(self) -> Suppressed[str]:
        counts = dict.fromkeys(self._cells("outcomes"), Count())
        counts.update({name: Count(sent, installs) for name, sent, installs in self._rows("commands")})
        return self._told(counts, installs=sent_in_week(self._source, self._week))

    @cached_property
    def _scale(self) -> Scale:
        return self._source.scale(span_of_week(self._week))

    @cached_property
    def _outcomes(self) -> Mapping[str, Suppressed[str]]:
        return {name: self._told(cells) for name, cells in self._under("outcomes")}

    def _runs(self, command: str) -> int:
        return self._scale.number(sum(count.n for count in self._cells("outcomes").get(command, {}).values()))

    def _failed(self, command: str) -> int | None:
        told = self._outcomes.get(command)
        outcomes = self._cells("outcomes").get(command, {})
        if told is None or ("ok" not in told.shown and len(told.shown) < len(outcomes)):
            return None  # where nothing is hidden, a command without "ok" has failed each time
        succeeded = outcomes.get("ok", Count())
        return max(self._runs(command) - self._scale.number(succeeded.n), 0)

    def _under(self, query: str) -> list[Group]:
        """The groups of a query, of the commands that are shown."""
        cells = self._cells(query)
        return [(name, cells[name]) for name in self._commands.shown if name in cells]

    def _cells(self, query: str) -> Mapping[str, Cells]:
        if query not in self._read:
            groups = self._read[query] = {}
            for command, cell, *counts in self._rows(query):
                groups.setdefault(command, {})[cell] = Count(*counts)
        return self._read[query]

    def _rows(self, query: str) -> Sequence[Row]:
        return self._source.rows(query, **self._span)

    def _told(self, cells: Cells, installs: int | None = None) -> Suppressed[str]:
        return suppress_counts(cells, self._source.k, self._scale, installs=installs)

    def _chart(self, name: str, columns: tuple[str, ...], groups: Iterable[Group]) -> Chart:
        told = [(command, cells, self._told(cells)) for command, cells in groups]
        rows = [
            (command, cell, installs, self._scale.number(cells[cell].n))
            for command, cells, group in told
            for cell, installs in group.shown.items()
        ]
        return Chart(name, self._window, columns, rows, *sums_of(group for _, _, group in told), [self._scale])


def _by_outcome(cells: Cells) -> dict[str, Cells]:
    """Kinds of error by the outcome whose runs they add up to."""
    groups: dict[str, Cells] = {}
    for kind, amounts in cells.items():
        groups.setdefault("usage" if kind in wire.USAGE_KINDS else "error", {})[kind] = amounts
    return groups
