"""What a chart is, wherever it is shown: columns and rows of sums over one window, with small groups hidden."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from footfall_collector import windows
from footfall_collector.estimates import Estimate, Scale
from footfall_collector.store import Reading, Row

OF_INSTALLS = ("installs", "new", "installs_at_least")  # columns of numbers of installs; others are of runs and words


@dataclass(frozen=True)
class Source:
    """Where a chart's figures come from: one consistent reading of the store, for one project.

    ``k`` is the least number of installs that is shown; ``today`` decides whether a window has ended.
    """

    read: Reading
    project: str
    k: int
    today: date

    def rows(self, query: str, **values: Any) -> Sequence[Row]:
        """Rows of a named query for this project."""
        return self.read(query, {"project": self.project, "k": self.k, **values})

    def scale(self, span: Span) -> Scale:
        """For how many installs one stands that has sent anything in ``span``."""
        return Scale(*self.rows("one_in", **span.parameters())[0])

    def days(self) -> list[date]:
        """Days on which an install of the project was active, in order."""
        return [date.fromisoformat(day) for (day,) in self.rows("days")]


class Span(NamedTuple):
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    def parameters(self) -> dict[str, str]:
        """As parameters of a query."""
        return {"first": self.first.isoformat(), "last": self.last.isoformat()}


def span_of_week(week: str) -> Span:
    """The days of an ISO week. Raises ``ValueError``."""
    monday = windows.monday_of(week)
    return Span(monday, monday + timedelta(days=6))


@dataclass(frozen=True)
class Chart:
    """A chart's figures.

    ``window`` says which days they count. ``hidden`` is what the rows leave out because its groups are too small, and
    ``total`` is all there is: installs; ``None`` where there are fewer than k, or no sum exists. ``scales`` are
    those of the windows that are told of.
    """

    name: str
    window: dict[str, Any]
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    hidden: int | None
    total: int | None
    scales: Collection[Scale] = ()

    @property
    def one_in(self) -> int:
        """For how many installs one stands at most that has sent: over 1, the figures are estimates."""
        return max((scale.one_in for scale in self._told_scales), default=1)

    @property
    def rounded_to(self) -> int:
        """What numbers are rounded to multiples of, at most: over 1, several shares have sent in one window."""
        return max((scale.rounded_to for scale in self._told_scales), default=1)

    @property
    def _told_scales(self) -> Collection[Scale]:
        return self.scales if self.rows or self.total is not None else ()  # else they told that anybody has sent

    def standard_errors(self) -> dict[str, list[float | None]]:
        """The errors of each column of installs, row by row, to a tenth; ``None`` where its figure is hidden.

        Empty where all installs send.
        """
        places = [at for at, name in enumerate(self.columns) if name in OF_INSTALLS] if self.one_in > 1 else []
        return {self.columns[at]: [_error(row[at]) for row in self.rows] for at in places}


def _error(value: Estimate | None) -> float | None:
    return None if value is None else round(value.error, 1)


def week_window(source: Source, week: str) -> dict[str, Any]:
    """How a chart names an ISO week: late reports come for 45 days more, but a closed week's installs are all there."""
    span = span_of_week(week)
    return {"week": week, "from": str(span.first), "to": str(span.last), "closed": span.last < source.today}
