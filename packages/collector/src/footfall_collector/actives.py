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
from footfall_collector.estimates import Estimate, Scale
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


def told(source: Source, name_of: Callable[[date], str], column: str) -> list[str]:
    """Windows whose installs are told, the oldest first: which others had reports, k hides. None is yet to begin."""
    first = min(source.days(), default=source.today)
    installs = _installs(source, Span(first, source.today), name_of, column)
    return [name for name, count in installs.items() if count is not None]


def told_weeks(source: Source) -> list[str]:
    """ISO weeks whose installs are told, the oldest first."""
    return told(source, windows.week_of, "first_in_week")


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
    return Chart("retention", window, ("cohort", "age", "week", "installs"), rows, hidden, total, _scales_of(rows))


def ages_by_week(source: Source, weeks: list[str]) -> Mapping[str, Suppressed[str]]:
    """The installs of each week by age, small groups hidden."""
    cells = {week: Sums() for week in weeks}
    for week, age, one_in, installs in source.rows("ages", first=weeks[0], last=weeks[-1]):
        cells[week].add(age, installs, one_in)
    for day, one_in, *_ in source.rows("actives", **_span_of_weeks(weeks).parameters()):
        cells[windows.week_of(date.fromisoformat(day))].note(one_in)  # so too of an install that was counted before
    return {week: sums.told(source.k) for week, sums in cells.items()}


class Sums:
    """Cells of one window: the installs that sent, and those that they stand for."""

    def __init__(self) -> None:
        self._sent: Counter[str] = Counter()
        self._stand_for: Counter[str] = Counter()
        self._shares: set[int] = set()

    def add(self, cell: str, sent: int, one_in: int) -> None:
        """Add installs to a cell, each of which stands for ``one_in``."""
        self._sent[cell] += sent
        self._stand_for[cell] += sent * one_in
        self.note(one_in)

    def note(self, one_in: int) -> None:
        """Note that an install has sent that stands for ``one_in``."""
        self._shares.add(one_in)

    def told(self, k: int) -> Suppressed[str]:
        """What may be shown of the cells."""
        scale = Scale(min(self._shares, default=1), max(self._shares, default=1))
        return suppress(self._sent, k, told=self._stand_for, scale=scale)


def _installs(source: Source, span: Span, name_of: Callable[[date], str], column: str) -> dict[str, int | None]:
    # Always whole windows: the days at an end of a span, subtracted from the window, would tell the rest of it.
    wide = Span(span.first - _LONGEST_WINDOW, span.last + _LONGEST_WINDOW)
    at = ("installs", "first_in_week", "first_in_month").index(column)
    counts = {name: Sums() for name in windows.windows_between(span.first, span.last, name_of)}
    for day, one_in, *sums in source.rows("actives", **wide.parameters()):
        name = name_of(date.fromisoformat(day))
        if name in counts:
            counts[name].add(name, sums[at], one_in)
    return {name: found.told(source.k).shown.get(name) for name, found in counts.items()}


def _chart(name: str, span: Span, columns: tuple[str, ...], rows: Sequence[tuple[str | int | None, ...]]) -> Chart:
    hidden = sum(row[1] is None for row in rows)
    window = {"from": str(span.first), "to": str(span.last)}
    return Chart(name, window, columns, list(rows), hidden, None, _scales_of(rows))


def _scales_of(rows: Sequence[tuple[str | int | None, ...]]) -> set[Scale]:
    return {value.scale for row in rows for value in row if isinstance(value, Estimate)}


def _span_of_weeks(weeks: list[str]) -> Span:
    return Span(span_of_week(weeks[0]).first, span_of_week(weeks[-1]).last)
