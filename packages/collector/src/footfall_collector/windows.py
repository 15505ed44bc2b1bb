"""Calendar windows: UTC days, ISO weeks (``2026-W47``) and months (``2026-11``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone

Clock = Callable[[], date]

YEARS = range(2000, 3000)  # far from the ends of the calendar, so that no window around a day falls off it
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")


def utc_today() -> date:
    """Today's date in UTC."""
    return datetime.now(timezone.utc).date()


def clock_ahead_by(seconds: float) -> Clock:
    """A clock that runs ``seconds`` ahead of the machine's: for demos and tests of what happens in other weeks.

    Raises:
        ValueError: when that is no time, or one that the calendar does not have.
    """

    def today() -> date:
        return (datetime.now(timezone.utc) + offset).date()

    try:
        offset = timedelta(seconds=seconds)
        is_far = today().year not in YEARS
    except (OverflowError, ValueError):
        is_far = True
    if is_far:
        raise ValueError(f"a clock {seconds:g} seconds ahead is beyond the calendar")
    return today


def week_of(day: date) -> str:
    """The ISO week that holds ``day``; its year is the week's own (2027-01-01 is in 2026-W53)."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def month_of(day: date) -> str:
    """The month that holds ``day``, with its year."""
    return f"{day.year:04d}-{day.month:02d}"


def month_before(day: date, months: int) -> date:
    """The first day of the month that is so many before that of ``day``."""
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def monday_of(week: str) -> date:
    """First day of an ISO week.

    Raises:
        ValueError: when ``week`` is not a week of the calendar.
    """
    match = _WEEK.fullmatch(week)
    if match is None:
        raise ValueError("a week is written 2026-W47")
    return date.fromisocalendar(int(match[1]), int(match[2]), 1)


def week_asked(week: str) -> str:
    """``week`` if it can be asked for: of the calendar, and far from its ends. Raises ``ValueError``."""
    monday_of(week)
    if int(week[:4]) not in YEARS:
        raise ValueError("a week is written 2026-W47")
    return week


def day_of(text: str) -> date:
    """The day written ``YYYY-MM-DD``. Raises ``ValueError``."""
    day = date.fromisoformat(text)
    if day.year not in YEARS:
        raise ValueError("a day is written 2026-11-21")
    return day


def week_after(week: str, weeks: int) -> str:
    """The week ``weeks`` after ``week``; before it, when negative."""
    return week_of(monday_of(week) + timedelta(weeks=weeks))


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day from ``first`` to ``last``, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def windows_between(first: date, last: date, name_of: Callable[[date], str]) -> list[str]:
    """Names of the windows that hold a day from ``first`` to ``last``, in order."""
    return list(dict.fromkeys(map(name_of, days_between(first, last))))
