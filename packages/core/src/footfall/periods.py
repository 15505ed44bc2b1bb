"""UTC days, ISO weeks (``2026-W47``) and months (``2026-11``): the windows in which installs are counted."""

from __future__ import annotations

from datetime import date, timedelta


def week_of(day: str) -> str:
    """ISO week of a day: 2027-01-01 is in 2026-W53."""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02}"


def month_of(day: str) -> str:
    """Month of a day."""
    return day[:7]


def shift(day: str, days: int) -> str:
    """The day that is ``days`` after ``day`` (before it, if negative)."""
    return (date.fromisoformat(day) + timedelta(days)).isoformat()


def monday_of(week: str) -> date:
    """First day of an ISO week."""
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def weeks_between(earlier: str, later: str) -> int:
    """Whole weeks from one ISO week to another."""
    return (monday_of(later) - monday_of(earlier)).days // 7
