"""Counting people without an identifier: the sums of what many installs say equal the truth, exactly."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from math import sqrt

import pytest

from footfall import periods, seal, wire
from footfall._sampling import is_drawn, window_of
from footfall._state import Day, State

FIRST_DAY = "2026-10-01"
COMMANDS = ("(main)", "db", "db migrate")
SHARE = 0.5  # of the installs that send, where not all do


class Person:
    """One install: when it is used, what it runs, and how often its requests or answers are lost."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.secret = hashlib.sha256(b"%d" % seed).digest()
        self.habit = self.chance.choice([0.03, 0.1, 0.3, 0.9])
        self.begins = self.chance.randrange(60)
        self.loss = self.chance.choice([0, 0, 0.1, 0.4])
        self.offline = range(off := self.chance.randrange(100), off + self.chance.choice([0, 0, 3, 20]))
        self.state = State()
        self.outbox = []

    def live(self, number, day, truth, collector):
        """Run some commands on a day, perhaps, and let the day's sender work."""
        if number < self.begins or self.chance.random() > self.habit:
            return
        truth.see(self, day)
        for _ in range(self.chance.randrange(1, 4)):
            command = self.chance.choice(COMMANDS)
            self.state.day(day).cells["rows", command, "1.4", "ok"] += 1
            truth.ran(self, day, command)
        self.send(number, collector)

    def send(self, number, collector):
        """As the sender does: what waits first, then day by day, stopping at whatever is unconfirmed."""
        self.post(number, collector)
        for day in self.state.days():
            if self.outbox:
                return
            parts = seal.seal("mytool", day, self.state.pending.pop(day), self.state)
            self.state.reported.append(day)
            if self.sends(day):
                self.outbox = list(map(wire.encode, parts))
                self.post(number, collector)
            else:
                for part in parts:
                    seal.confirm(self.state.confirmed, part)

    def sends(self, day):
        """Whether the install sends what is of a day."""
        return True

    def post(self, number, collector):
        """Each request or its answer may be lost; a crash may forget what was not stored."""
        self.chance.shuffle(self.outbox)
        for body in list(self.outbox):
            if number in self.offline or self.chance.random() < self.loss:
                continue
            collector.take(wire.decode(body))
            if self.chance.random() >= self.loss:
                seal.confirm(self.state.confirmed, wire.decode(body))
                self.outbox.remove(body)
        self.state = State.from_json(self.state.to_json())


class Drawn(Person):
    """An install of a program of which half of them send."""

    def sends(self, day):
        """By the draw of the day's year."""
        return is_drawn(self.secret, "mytool", window_of(day), SHARE)


class Truth:
    """Who was there, as only a simulation can know."""

    def __init__(self):
        self.days, self.weeks, self.months, self.runs = set(), set(), set(), Counter()
        self.commands, self.first_week = set(), {}

    def see(self, person, day):
        """A person was active on a day."""
        self.days.add((day, person))
        self.weeks.add((periods.week_of(day), person))
        self.months.add((periods.month_of(day), person))
        self.first_week.setdefault(person, periods.week_of(day))

    def ran(self, person, day, command):
        """A person ran a command."""
        self.runs[day, command] += 1
        self.commands.add((periods.week_of(day), command, person))


class Sums:
    """A collector's counters."""

    def __init__(self):
        self.keys = set()
        self.days, self.weeks, self.months, self.runs = Counter(), Counter(), Counter(), Counter()
        self.commands, self.cohorts, self.new = Counter(), Counter(), 0

    def take(self, part):
        """Add a part's cells, once."""
        if part["key"] in self.keys:
            return
        self.keys.add(part["key"])
        week = periods.week_of(part["day"])
        if part["part"] == "activity":
            self.days[part["day"]] += 1
            self.weeks[week] += part["first_in_week"]
            self.months[part["day"][:7]] += part["first_in_month"]
            self.new += part["new"]
            if part["first_in_week"] and part["age"].isdigit():
                self.cohorts[periods.monday_of(week).toordinal() // 7 - int(part["age"]), int(part["age"])] += 1
        for row in part.get("rows", ()):
            self.runs[part["day"], row["command"]] += row["n"]
        for cell in part.get("commands", ()):
            self.commands[week, cell["command"]] += cell["first_in_week"]


def simulate(installs, days, kind=Person, first_day=FIRST_DAY):
    """Truth and sums of so many installs over so many days, when all is delivered."""
    truth, collector = Truth(), Sums()
    people = [kind(seed) for seed in range(installs)]
    for number in range(days):
        for person in people:
            person.live(number, periods.shift(first_day, number), truth, collector)
    for person in people:
        person.loss, person.offline = 0, ()
        for _ in range(3):
            person.send(days, collector)
    return truth, collector


def assert_equal(truth, sums):
    """Daily, weekly and monthly actives, runs, weekly installs of commands and retention are the truth."""

    def installs(pairs):
        return Counter(window for *window, _ in ((*pair,) for pair in pairs) for window in [tuple(window)])

    assert Counter({(day,): n for day, n in sums.days.items()}) == installs(truth.days)
    assert Counter({(week,): n for week, n in sums.weeks.items()}) == installs(truth.weeks)
    assert Counter({(month,): n for month, n in sums.months.items()}) == installs(truth.months)
    assert sums.commands == installs(truth.commands)
    assert sums.runs == truth.runs
    assert sums.new == len(truth.first_week)
    cohorts = Counter()
    for week, person in truth.weeks:
        age = periods.weeks_between(truth.first_week[person], week)
        if age <= 12:
            cohorts[periods.monday_of(truth.first_week[person]).toordinal() // 7, age] += 1
    assert sums.cohorts == cohorts


def test_some_installs_over_some_weeks_are_counted_exactly():
    """With lost requests, lost answers and offline weeks, forty installs over sixty days add up to the truth."""
    truth, sums = simulate(40, 60)
    assert_equal(truth, sums)
    assert len(truth.days) > 250


def test_where_half_send_estimates_are_near_the_truth():
    """Of 300 installs over New Year half are drawn in each year: estimates are as near the truth as the errors say."""
    truth, sums = simulate(300, 92, Drawn, "2026-11-25")
    weeks, months = (Counter(window for window, _ in pairs) for pairs in (truth.weeks, truth.months))
    figures = [(sums.weeks[week], n) for week, n in weeks.items()]
    figures += [(sums.months[month], n) for month, n in months.items()]
    figures += [(sums.days[day], n) for day, n in Counter(day for day, _ in truth.days).items()]
    figures += [(sums.commands[cell], n) for cell, n in Counter(tuple(cell) for *cell, _ in truth.commands).items()]
    figures += [(sums.new, len(truth.first_week))]
    off = [(sent / SHARE - n) / sqrt(n * (1 - SHARE) / SHARE) for sent, n in figures]
    assert max(map(abs, off)) < 5
    assert {"2026-W53", "2027-W01"} <= weeks.keys()
    assert 0.5 < sqrt(sum(one * one for one in off) / len(off)) < 1.5


@pytest.mark.slow
def test_two_hundred_installs_over_a_hundred_days_are_counted_exactly():
    """The simulation of the privacy page: every active install of every day, week and month, once."""
    truth, sums = simulate(200, 100)
    assert_equal(truth, sums)
    assert len(truth.days) > 2500


def test_a_day_that_waits_keeps_its_keys():
    """A day that is stored and read back gives the same parts, keys included, until it is sealed."""
    day = Day(cells=Counter({("rows", "db", "1.4", "ok"): 1}))
    stored = State.from_json(State(pending={FIRST_DAY: day}).to_json())
    assert seal.seal("mytool", FIRST_DAY, day, State()) == seal.seal(
        "mytool", FIRST_DAY, stored.pending[FIRST_DAY], stored
    )
