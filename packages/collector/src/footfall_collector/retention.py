"""How long counters are kept: whole weeks, none with a day older than so many months.

Weeks are deleted whole, and a month that has lost a day is not told any more: the figures of a window that got smaller
day by day would tell, by subtraction, of the few installs of a day.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from footfall_collector.windows import month_before, week_of

MONTHS_DEFAULT = 25  # two years can be compared, the month that has just begun included
MONTHS_MIN = 3  # parts come up to 45 days late: no month may have lost days by then, or it would be told again
MONTHS_MAX = 1200  # a slip in the number, not a term


class Oldest(NamedTuple):
    """The first of what is kept: a Monday."""

    day: date

    def values(self) -> dict[str, str]:
        """Parameters of the queries in ``sql/prune``; ``whole_month`` is the first day of the first whole month."""
        day = self.day
        month = day if day.day == 1 else (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        return {"day": day.isoformat(), "week": week_of(day), "whole_month": month.isoformat()}


def checked(months: int) -> int:
    """``months`` if counters can be kept for so long. Raises ``ValueError`` if they cannot."""
    if months < MONTHS_MIN:
        raise ValueError(f"counters are kept for at least {MONTHS_MIN} months: parts come up to 45 days late")
    if months > MONTHS_MAX:
        raise ValueError(f"counters are kept for at most {MONTHS_MAX} months")
    return months


def oldest(today: date, months: int) -> Oldest:
    """What is kept of counters that are kept for ``months``: from the first Monday on that is no older."""
    last = month_before(today, months - 1) - timedelta(days=1)
    day = last.replace(day=min(today.day, last.day))
    return Oldest(day + timedelta(days=-day.weekday() % 7))
