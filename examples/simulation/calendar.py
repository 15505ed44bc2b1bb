"""The days that the demo plays: from a Monday over the turn of a year that has an ISO week 53."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

FIRST_DAY = date(2026, 11, 30)
FEWEST_DAYS = 8
MOST_DAYS = 45  # a report that could not leave for longer is dropped


@dataclass(frozen=True)
class Calendar:
    """Days of the demo, by number from 0; on those of ``outage`` there is no collector."""

    days: list[date]
    outage: range
    off_day: int  # on which the one who agreed at first says no

    def seconds(self, day: int, hour: float) -> float:
        """A moment of a day, in seconds since the epoch."""
        midnight = datetime.combine(self.days[day], datetime.min.time(), timezone.utc)
        return midnight.timestamp() + hour * 3600


def calendar_of(length: int) -> Calendar:
    """A calendar of ``length`` days, with an outage of about a tenth of them before the middle."""
    begin = length * 2 // 5
    outage = range(begin, begin + max(2, length // 10))
    return Calendar([FIRST_DAY + timedelta(number) for number in range(length)], outage, outage.stop + 2)


def week_of(day: date) -> str:
    """The ISO week of a day, as ``2026-W53``."""
    return day.strftime("%G-W%V")


def month_of(day: date) -> str:
    """The month of a day, as ``2026-12``."""
    return day.strftime("%Y-%m")


def monday_of(week: str) -> date:
    """First day of an ISO week."""
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def weeks_before(week: str, weeks: int) -> str:
    """The ISO week that many weeks before another."""
    return week_of(monday_of(week) - timedelta(weeks=weeks))
