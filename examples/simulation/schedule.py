"""What each person does on each day: a play written beforehand, so that what is true of it is known."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

from simulation.calendar import Calendar
from simulation.lines import Line
from simulation.people import Person

RUNS_A_DAY = (1, 1, 2, 2, 3)
FAVOURITES = 8  # lines at the top of the table, which people run again and again
FAVOURITE_SHARE = 0.3


@dataclass(frozen=True)
class Deed:
    """Something that a person does: ``run`` a line, say ``on`` or ``off``, or ``wait`` until the day's sender is done.

    ``counts`` says of a run whether it may be counted, and has to be.
    """

    what: str
    line: Line | None = None
    counts: bool = False


Day = dict[Person, list[Deed]]


def schedule(people: list[Person], calendar: Calendar, lines: list[Line], chance: random.Random) -> list[Day]:
    """The deeds of each day. Every week has lines of its own, which many people run; together they are all lines."""
    deal = _deal(lines, calendar, chance)
    days: list[Day] = [{} for _ in calendar.days]
    for person in people:
        for number in person.days(calendar, chance):
            days[number][person] = []
    known: set[Person] = set()
    for number, day in enumerate(days):
        for person in day:
            choice = _choose(lines, deal[number // 7], chance)
            before = [] if person in known else list(_answer(person, choice))
            day[person] = [*before, *_deeds(person, number, calendar, choice, chance)]
        known.update(day)
    return days


def _deal(lines: list[Line], calendar: Calendar, chance: random.Random) -> list[Iterator[Line]]:
    weeks = (len(calendar.days) + 6) // 7
    mixed = chance.sample(lines, len(lines))
    return [cycle(mixed[week::weeks]) for week in range(weeks)]


def _choose(lines: list[Line], of_the_week: Iterator[Line], chance: random.Random) -> Iterator[Line]:
    while True:
        yield chance.choice(lines[:FAVOURITES]) if chance.random() < FAVOURITE_SHARE else next(of_the_week)


def _answer(person: Person, choice: Iterator[Line]) -> Iterator[Deed]:
    yield Deed("run", next(choice))  # what was run before the answer stays uncounted
    if person.answer != "never":
        yield Deed("on")


def _deeds(
    person: Person, day: int, calendar: Calendar, choice: Iterator[Line], chance: random.Random
) -> Iterator[Deed]:
    runs = [next(choice) for _ in range(chance.choice(RUNS_A_DAY))]
    if person.answer == "off" and day == calendar.off_day:
        yield from _change_of_mind(runs, choice)
    else:
        agreed = person.is_counted() and not (person.answer == "off" and day > calendar.off_day)
        yield from (Deed("run", line, counts=agreed) for line in runs)


def _change_of_mind(runs: list[Line], choice: Iterator[Line]) -> Iterator[Deed]:
    """The day of ``off``: its first run takes along what waited; what came after is still there, and is removed."""
    first = next(line for line in choice if line.command and line.outcome == "ok")
    yield Deed("run", first, counts=True)
    yield Deed("wait")
    yield from (Deed("run", line) for line in runs)
    yield Deed("off")
    yield Deed("run", next(choice))
