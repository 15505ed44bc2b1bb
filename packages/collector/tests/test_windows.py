"""Days, ISO weeks and months."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_collector import windows

DAYS = st.dates(date(2004, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("day", "week"),
    [("2027-01-01", "2026-W53"), ("2024-12-30", "2025-W01"), ("2026-11-21", "2026-W47"), ("2026-01-01", "2026-W01")],
)
def test_weeks_at_the_edges_of_years(day, week):
    """A week's year is its own, not the calendar's."""
    assert windows.week_of(date.fromisoformat(day)) == week


@given(day=DAYS)
def test_weeks_and_months_are_those_of_the_calendar(day):
    """Weeks and months are as strftime has them, and a week's Monday is in it."""
    assert windows.week_of(day) == day.strftime("%G-W%V")
    assert windows.month_of(day) == day.strftime("%Y-%m")
    assert windows.monday_of(windows.week_of(day)) == day - timedelta(day.weekday())


@given(day=DAYS, weeks=st.integers(-60, 60))
def test_weeks_after(day, weeks):
    """So many weeks after a week is the week of so many days after."""
    assert windows.week_after(windows.week_of(day), weeks) == windows.week_of(day + timedelta(weeks=weeks))


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-W00", "2026-W54", "2025-W53", "W47", "2026-47", "2026-W47 ", "²026-W47", "1999-W01", "3000-W01"],
)
def test_what_is_no_week(text):
    """A week that the calendar does not have is an error, not another week."""
    with pytest.raises(ValueError, match=r"week|Invalid"):
        windows.week_asked(text)


def test_windows_between():
    """Each window that a span touches, once and in order."""
    first, last = date(2026, 12, 28), date(2027, 1, 5)
    assert windows.windows_between(first, last, windows.week_of) == ["2026-W53", "2027-W01"]
    assert windows.windows_between(first, last, windows.month_of) == ["2026-12", "2027-01"]


def test_a_clock_ahead():
    """The clock for demos is as many seconds ahead as asked."""
    ahead = windows.clock_ahead_by(86_400 * 10)() - windows.utc_today()
    assert timedelta(10) <= ahead <= timedelta(11)
