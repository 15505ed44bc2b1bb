"""Clocks that jump, machines that sleep, processes that live across days."""

from __future__ import annotations

import pytest
from homes import is_settled

pytestmark = pytest.mark.e2e

TWO_YEARS = 730


def test_a_process_across_days(home, judge):
    """A process that lives for weeks and runs a command each few days is counted once for each, under each day."""
    home.day = 20
    assert home.see("days", "1", "1", "3", "7")[0] == 0
    home.wait()
    home.day += 12
    home.next_day()
    assert judge.runs() == {"ok": 6}
    assert len(judge.days()) == 6
    assert set(judge.days().values()) == {1}
    assert is_settled(home.folder)


@pytest.mark.parametrize("days", [0.5, 3, -3, TWO_YEARS, -TWO_YEARS])
def test_the_clock_jumps_while_a_command_runs(home, judge, days):
    """A run over a suspend or a clock that jumps is one run of the day it began, and so are those after it.

    Two years ahead, what began by the right clock is older than the 45 days for which anything is kept.
    """
    home.day = 40
    assert home.see("jump", "--", str(days)) == (0, b"still here\n")
    home.wait()
    home.run()
    home.next_day()
    home.next_day()
    assert judge.runs() == {"ok": 3 if days == TWO_YEARS else 4}
    assert set(judge.days().values()) == {1}
    assert judge.news() == 1
    assert is_settled(home.folder)


@pytest.mark.parametrize("days", [TWO_YEARS, -TWO_YEARS])
def test_the_clock_jumps_between_runs(home, judge, days):
    """After a while with a clock two years off, senders in between, all that ran by the right one is counted once."""
    home.day = 40
    home.run()
    home.wait()
    home.day += days
    home.run()
    home.wait()
    home.run()
    home.day -= days
    home.run()
    home.wait()
    home.next_day()
    home.next_day()
    right = {part["day"] for part in judge.parts()}
    assert {home.date} < right
    assert judge.runs()["ok"] >= 4
    assert judge.runs()["ok"] <= 6, "those of the wrong clock are told under its day, or refused as of no possible day"
    assert judge.news() == 1
    assert set(judge.days().values()) == {1}
    assert not list(home.folder.rglob("*.unreadable"))


def test_what_waits_while_the_clock_is_ahead(home, judge):
    """What ran before a clock jumped two years ahead is older than 45 days by it: dropped, never counted twice."""
    home.day = 40
    home.run()
    home.wait()
    home.run()
    home.day += TWO_YEARS
    home.run()
    home.wait()
    home.day -= TWO_YEARS
    home.next_day()
    home.next_day()
    assert 3 <= judge.runs()["ok"] <= 5
    assert judge.news() == 1


def test_a_stop_that_was_heard_in_the_future_ends(home, judge):
    """A collector's stop holds for 30 days, not for the two years that a wrong clock was ahead when it was heard."""
    home.day = 40
    home.run()
    home.wait()
    home.day += TWO_YEARS
    judge.says = 410
    home.run()
    home.wait()
    judge.says = 0
    home.day -= TWO_YEARS
    home.next_day()
    assert judge.runs() == {"ok": 3}


def test_a_yes_that_was_said_in_the_future(home, judge):
    """What runs before the day of a yes is dropped, also where the clock was ahead then; off and on make it good."""
    home.day = 40 + TWO_YEARS
    assert home.see("telemetry", "on")[0] == 0
    home.day -= TWO_YEARS
    home.run()
    home.wait()
    home.next_day()
    assert judge.parts() == []
    assert home.see("telemetry", "off")[0] == home.see("telemetry", "on")[0] == 0
    home.run()
    home.wait()
    home.next_day()
    assert judge.runs() == {"ok": 2}
