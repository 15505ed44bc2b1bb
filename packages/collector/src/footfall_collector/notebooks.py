"""Notebook sessions of one ISO week: how many, in which frontends, how long and large, and how their cells ended.

Nothing is told of a week in which fewer than k installs had a session. Lists that add up to the same sum could be
subtracted from each other; docs/collector.md goes through them, and each rule here that keeps one back says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from footfall import wire
from footfall_collector.charts import Chart, Source, span_of_week, week_window
from footfall_collector.estimates import Scale
from footfall_collector.suppress import Count, Suppressed, suppress_counts

Cells = Mapping[str, Count]
"""Counts of sessions or cells, by word."""

NOT_OVER = ""  # no word of a list: stands for the sessions that have no size and no duration yet
_NOTHING: Suppressed[str] = Suppressed({}, None, None)


class Notebooks:
    """The week's notebook sessions of a project, read once however many charts are made of them."""

    def __init__(self, source: Source, week: str) -> None:
        self._source = source
        self._week = week

    def notebooks(self) -> Chart:
        """One row: installs that had a session, sessions, cells run, and cells whose outcome was not ``ok``."""
        told = self._suppressed({"": self._sessions})
        cells = self._cells_run
        sessions = self._scale.number(self._sessions.n)
        rows = [(installs, sessions, cells, self._failed(cells)) for installs in told.shown.values()]
        columns = ("installs", "sessions", "cells", "failed")
        return Chart("notebooks", self._window, columns, rows, told.hidden, told.total, [self._scale])

    def sessions(self) -> Chart:
        """Installs and sessions by frontend."""
        return self._chart("sessions", ("frontend", "installs", "sessions"), "frontends", self._told("frontends"))

    def cells(self) -> Chart:
        """Installs and cells by outcome."""
        return self._chart("cells", ("outcome", "installs", "cells"), "cells", self._outcomes)

    def cell_errors(self) -> Chart:
        """Installs and cells by kind of error; they add up to the outcome ``error`` and are told only where it is."""
        told = self._told("errors") if "error" in self._outcomes.shown else _NOTHING
        return self._chart("cell-errors", ("kind", "installs", "cells"), "errors", told)

    def magics(self) -> Chart:
        """Installs and cells by magic used; a cell may have several."""
        return self._chart("magics", ("magic", "installs", "cells"), "magics", self._told("magics"))

    def modules(self) -> Chart:
        """Installs and sessions by module imported; a session may have several."""
        return self._chart("modules", ("module", "installs", "sessions"), "modules", self._told("modules"))

    def cell_durations(self) -> Chart:
        """Installs and cells by how long a cell took; they add up to all cells but the killed ones."""
        may_tell = "killed" in self._outcomes.shown or "killed" not in self._lists.get("cells", {})
        told = self._told("cell_durations") if may_tell else _NOTHING
        return self._chart("cell-durations", ("bucket", "installs", "cells"), "cell_durations", told, wire.BUCKETS)

    def session_durations(self) -> Chart:
        """Installs and sessions by how long a session was, of those that are over."""
        columns, told = ("bucket", "installs", "sessions"), self._told_of_ended("session_durations")
        return self._chart("session-durations", columns, "session_durations", told, wire.SESSION_BUCKETS)

    def session_sizes(self) -> Chart:
        """Installs and sessions by the number of cells run, of those that are over."""
        columns, told = ("bucket", "installs", "sessions"), self._told_of_ended("session_sizes")
        return self._chart("session-sizes", columns, "session_sizes", told, wire.SIZE_BUCKETS)

    @property
    def _window(self) -> dict[str, Any]:
        return week_window(self._source, self._week)

    @cached_property
    def _lists(self) -> Mapping[str, Cells]:
        lists: dict[str, dict[str, Count]] = {}
        for name, word, *counts in self._source.rows("notebooks", **span_of_week(self._week).parameters()):
            lists.setdefault(name, {})[word] = Count(*counts)
        return lists

    @cached_property
    def _scale(self) -> Scale:
        return self._source.scale(span_of_week(self._week))

    @property
    def _sessions(self) -> Count:
        return self._lists.get("sessions", {}).get("", Count())

    @cached_property
    def _outcomes(self) -> Suppressed[str]:
        return self._told("cells")

    @property
    def _cells_run(self) -> int | None:
        """All cells. How many installs ran any is not counted: at least as many as had one outcome."""
        cells = self._lists.get("cells", {}).values()
        at_least = max((count.sent for count in cells), default=0)
        return self._scale.number(sum(count.n for count in cells)) if at_least >= self._source.k else None

    def _failed(self, cells: int | None) -> int | None:
        outcomes, shown = self._lists.get("cells", {}), self._outcomes.shown
        if cells is None or ("ok" not in shown and len(shown) < len(outcomes)):
            return None  # where nothing is hidden, cells without "ok" have failed each time
        return max(cells - self._scale.number(outcomes.get("ok", Count()).n), 0)

    def _told(self, name: str) -> Suppressed[str]:
        return self._suppressed(self._lists.get(name, {}))

    def _suppressed(self, cells: Cells) -> Suppressed[str]:
        return suppress_counts(cells, self._source.k, self._scale, installs=self._sessions.sent)

    def _told_of_ended(self, name: str) -> Suppressed[str]:
        """Sessions of a list, with those that are not over as one more cell while they are few.

        All sessions less the ones of the list would tell how many they are; no cell says of how many installs.
        """
        ended = self._lists.get(name, {}).values()
        cells = dict(self._lists.get(name, {}))
        not_over = self._sessions.n_sent - sum(count.n_sent for count in ended)
        if 0 < not_over < self._source.k:
            cells[NOT_OVER] = Count(not_over, self._sessions.n - sum(count.n for count in ended))
        return self._suppressed(cells)

    def _chart(
        self, name: str, columns: tuple[str, ...], of: str, told: Suppressed[str], order: Sequence[str] = ()
    ) -> Chart:
        """Words by installs, the most first, or in ``order``."""
        cells = self._lists.get(of, {})
        rows = [(word, installs, self._scale.number(cells[word].n)) for word, installs in told.shown.items()]
        if order:
            rows.sort(key=lambda row: order.index(row[0]))
        return Chart(name, self._window, columns, rows, told.hidden, told.total, [self._scale])
