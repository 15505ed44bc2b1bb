"""Active installs by day, week and month, and retention: sums of flags, exact without any identifier.

Each window is a set of its own: one of fewer than k installs is ``None``, as is one of none. New installs are told by
week only: told by day or month as well, the sums of one could be subtracted from the other's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from footfall import wire
from footfall_collector import windows
from footfall_collector.charts import Chart, Source, Span, span_of_week, week_window
from footfall_collector.estimates import Estimate
from footfall_collector.suppress import Suppressed, sums_of, suppress

RETENTION_WEEKS = 13
EXACT_AGES = wire.AGES[:RETENTION_WEEKS]  # in weeks; the ages after them are ranges
NEW = EXACT_AGES[0]

_LONGEST_WINDOW = timedelta(days=31)


def by_day(source: Source, span: Span) -> Chart:
    """Installs active on each day of ``span``."""
    return _chart("actives-day", span, ("day", "installs"), list(_installs(source, span, str, "installs").items()))


def by_week(source: Source, span: Span) -> Chart:
    """Installs active in each ISO week that has a day in ``span``, and how many of them were new."""
    installs = _installs(source, span, windows.week_of, "first_in_week")
    ages = ages_by_week(source, list(installs))
    rows = [(week, count, ages[week].shown.get(NEW)) for week, count in installs.items()]
    return _chart("actives-week", span, ("week", "installs", "new"), rows)


def by_month(source: Source, span: Span) -> Chart:
    """Installs active in each month that has a day in ``span``."""
    rows = list(_installs(source, span, windows.month_of, "first_in_month").items())
    return _chart("actives-month", span, ("month", "installs"), rows)


def sent_in_week(source: Source, week: str) -> int:
    """Installs that have sent in an ISO week, to ask k of: not shown to anybody."""
    days = source.rows("actives", **span_of_week(week).parameters())
    return sum(first_in_week for _, _, _, first_in_week, _ in days)


def retention(source: Source, week: str) -> Chart:
    """Of the installs active in each of the 13 weeks up to ``week``: in which week they came, how many weeks before.

    The ages of a week exclude each other and add up to its installs. Those over 12 weeks are ranges, with no cohort.
    """
    weeks = [windows.week_after(week, back) for back in range(1 - RETENTION_WEEKS, 1)]
    ages = ages_by_week(source, weeks)
    rows = [
        (windows.week_after(active, -int(age)) if age in EXACT_AGES else None, age, active, ages[active].shown[age])
        for active in weeks
        for age in wire.AGES
        if age in ages[active].shown
    ]
    window = {**week_window(source, week), "from": str(windows.monday_of(weeks[0]))}
    hidden, total = sums_of(ages.values())
    one_in = source.one_in(Span(windows.monday_of(weeks[0]), span_of_week(week).last))
    return Chart("retention", window, ("cohort", "age", "week", "installs"), rows, hidden, total, one_in)


def ages_by_week(source: Source, weeks: list[str]) -> Mapping[str, Suppressed[str]]:
    """The installs of each week by age, small groups hidden."""
    cells = {week: Sums() for week in weeks}
    for week, age, one_in, installs in source.rows("ages", first=weeks[0], last=weeks[-1]):
        cells[week].add(age, installs, one_in)
    return {week: suppress(sums.sent, source.k, told=sums.estimates()) for week, sums in cells.items()}


class Sums:
    """Cells of one window: the installs that sent, and those that they stand for."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self._installs: Counter[str] = Counter()
        self._one_in = 1

    def add(self, cell: str, sent: int, one_in: int) -> None:
        """Add installs to a cell, each of which stands for ``one_in``."""
        self.sent[cell] += sent
        self._installs[cell] += sent * one_in
        self._one_in = max(self._one_in, one_in if sent else 1)

    def estimates(self) -> dict[str, Estimate]:
        """What is told of each cell."""
        return {cell: Estimate(installs, self._one_in) for cell, installs in self._installs.items()}


def _installs(source: Source, span: Span, name_of: Callable[[date], str], column: str) -> dict[str, int | None]:
    # Always whole windows: the days at an end of a span, subtracted from the window, would tell the rest of it.
    wide = Span(span.first - _LONGEST_WINDOW, span.last + _LONGEST_WINDOW)
    at = ("installs", "first_in_week", "first_in_month").index(column)
    counts = {name: Sums() for name in windows.windows_between(span.first, span.last, name_of)}
    for day, one_in, *sums in source.rows("actives", **wide.parameters()):
        name = name_of(date.fromisoformat(day))
        if name in counts:
            counts[name].add(name, sums[at], one_in)
    told = {name: suppress(found.sent, source.k, told=found.estimates()) for name, found in counts.items()}
    return {name: told[name].shown.get(name) for name in counts}


def _chart(name: str, span: Span, columns: tuple[str, ...], rows: Sequence[tuple[str | int | None, ...]]) -> Chart:
    hidden = sum(row[1] is None for row in rows)
    one_in = max((value.one_in for row in rows for value in row if isinstance(value, Estimate)), default=1)
    return Chart(name, {"from": str(span.first), "to": str(span.last)}, columns, list(rows), hidden, None, one_in)
