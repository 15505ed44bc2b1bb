"""Who uses the program in the demo, on which days, and whether they agree to be counted."""

from __future__ import annotations

import random
from dataclasses import dataclass

from simulation.calendar import Calendar


@dataclass(frozen=True)
class Person:
    """One install, and the habits of whoever uses it.

    Attributes:
        name: also the name of the folder with its files and state.
        habit: ``daily``, ``nightly``, ``weekly``, ``monthly`` or ``outage``.
        arrives: number of the day on which it is first used.
        answer: ``on``, ``off`` (said half way), ``never`` (says nothing), or ``dnt`` (has ``DO_NOT_TRACK`` set).
        surface: ``terminal``, ``script`` or ``ci``.
    """

    name: str
    habit: str
    arrives: int
    answer: str = "on"
    surface: str = "terminal"

    def is_counted(self) -> bool:
        """Whether any of its use may ever be counted."""
        return self.answer in ("on", "off")

    def days(self, calendar: Calendar, chance: random.Random) -> list[int]:
        """Numbers of the days on which it uses the program."""
        ahead = range(self.arrives, len(calendar.days))
        if self.habit == "weekly":
            return [day for day in ahead if (day - self.arrives) % 7 == 0]
        if self.habit == "monthly":
            return [day for day in ahead if (day - self.arrives) % 30 == 0]
        if self.habit == "outage":  # in the outage, and not before the last days again
            return [*calendar.outage[:2], len(calendar.days) - 1]
        share = {5: 0.3, 6: 0.2} if self.habit == "daily" else {}
        used = [day for day in ahead if chance.random() < share.get(calendar.days[day].weekday(), 0.9)]
        return sorted({*used, *ahead[:1], *([calendar.off_day] if self.answer == "off" else [])})


_FIRST = (
    Person("daily-1", "daily", 0),
    Person("daily-2", "daily", 0, surface="script"),
    Person("says-off", "daily", 0, answer="off"),
    Person("says-nothing", "daily", 0, answer="never"),
    Person("do-not-track", "daily", 1, answer="dnt"),
    Person("daily-3", "daily", 1),
    Person("nightly-1", "nightly", 2, surface="ci"),
    Person("nightly-2", "nightly", 3, surface="ci"),
    Person("weekly-1", "weekly", 0, surface="script"),
    Person("weekly-2", "weekly", 3),
    Person("monthly-1", "monthly", 2),
    Person("monthly-2", "monthly", 4, surface="script"),
    Person("outage-only", "outage", 0),
    Person("week-2-daily", "daily", 8),
    Person("week-2-weekly", "weekly", 9),
    Person("week-2-script", "daily", 10, surface="script"),
    Person("week-3-daily", "daily", 14),
    Person("week-3-weekly", "weekly", 15, surface="script"),
    Person("week-4-daily", "daily", 22),
    Person("week-4-weekly", "weekly", 23),
    Person("week-4-monthly", "monthly", 25),
    Person("week-5-daily", "daily", 29, surface="script"),
    Person("week-5-weekly", "weekly", 31),
    Person("week-6-monthly", "monthly", 36),
)
FEWEST = 5  # so many hold one of each answer, and two that are counted throughout
USUAL = len(_FIRST)
MOST = 200


def people(count: int, calendar: Calendar, chance: random.Random) -> list[Person]:
    """``count`` people; beyond the ones that are always there, more who come at any time."""
    more = (
        Person(f"more-{number}", chance.choice(("daily", "weekly", "monthly")), chance.randrange(len(calendar.days)))
        for number in range(1, count - USUAL + 1)
    )
    return [person for person in (*_FIRST[:count], *more) if person.arrives < len(calendar.days)]
