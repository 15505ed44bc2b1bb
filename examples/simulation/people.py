"""Who uses which program in the demo, on which days, and whether they agree to be counted."""

from __future__ import annotations

import random
from dataclasses import dataclass

from simulation.calendar import Calendar
from simulation.programs import SQLITE_UTILS, TOML_CLI, Program


@dataclass(frozen=True)
class Person:
    """Somebody with a program: one install, and the habits of whoever uses it.

    A name that stands at several programs is one person, with one home and environment, and an answer to each program.

    Attributes:
        name: also the name of the folder with the files and the state.
        habit: ``daily``, ``nightly``, ``weekly``, ``monthly`` or ``outage``.
        arrives: number of the day on which it is first used.
        answer: ``on``, ``off`` (said half way), ``never`` (says nothing), or ``dnt`` (has ``DO_NOT_TRACK`` set).
        surface: ``terminal``, ``script`` or ``ci``.
        program: the one that is used.
    """

    name: str
    habit: str
    arrives: int
    answer: str = "on"
    surface: str = "terminal"
    program: Program = SQLITE_UTILS

    def is_counted(self) -> bool:
        """Whether any of its use may ever be counted."""
        return self.answer in ("on", "off")

    def days(self, calendar: Calendar, chance: random.Random) -> list[int]:
        """Numbers of the days on which it uses the program; who says off is there on the day of that."""
        usual = self._usual_days(calendar, chance)
        return sorted({*usual, calendar.off_day}) if self.answer == "off" else usual

    def _usual_days(self, calendar: Calendar, chance: random.Random) -> list[int]:
        ahead = range(self.arrives, len(calendar.days))
        if self.habit == "weekly":
            return [day for day in ahead if (day - self.arrives) % 7 == 0]
        if self.habit == "monthly":
            return [day for day in ahead if (day - self.arrives) % 30 == 0]
        if self.habit == "outage":  # in the outage, and not before the last days again
            return [*calendar.outage[:2], len(calendar.days) - 1]
        share = {5: 0.3, 6: 0.2} if self.habit == "daily" else {}
        used = [day for day in ahead if chance.random() < share.get(calendar.days[day].weekday(), 0.9)]
        return sorted({*used, *ahead[:1]})


_FIRST = (
    Person("daily-1", "daily", 0),
    Person("daily-2", "daily", 0, surface="script"),
    Person("says-off", "daily", 0, answer="off"),
    Person("says-nothing", "daily", 0, answer="never"),
    Person("do-not-track", "daily", 1, answer="dnt"),
    Person("daily-1", "daily", 0, program=TOML_CLI),
    Person("toml-daily", "daily", 0, program=TOML_CLI),
    Person("says-off", "weekly", 0, program=TOML_CLI),  # off to the other program alone
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
    Person("toml-says-off", "weekly", 0, answer="off", program=TOML_CLI),
    Person("daily-2", "weekly", 1, answer="never", surface="script", program=TOML_CLI),
    Person("do-not-track", "weekly", 2, answer="dnt", program=TOML_CLI),
    Person("nightly-1", "weekly", 3, surface="ci", program=TOML_CLI),
    Person("toml-outage", "outage", 0, program=TOML_CLI),
    Person("weekly-1", "weekly", 4, surface="script", program=TOML_CLI),
    Person("toml-monthly", "monthly", 10, program=TOML_CLI),
    Person("toml-week-2", "weekly", 8, program=TOML_CLI),
    Person("toml-week-3", "weekly", 16, surface="script", program=TOML_CLI),
)
FEWEST = 8  # so many hold one of each answer, and of each program two that are counted throughout
USUAL = len(_FIRST)
MOST = 200


def people(count: int, calendar: Calendar, chance: random.Random) -> list[Person]:
    """``count`` people with a program; beyond the ones that are always there, more who come at any time."""
    more = (_anybody(number, calendar, chance) for number in range(1, count - USUAL + 1))
    return [person for person in (*_FIRST[:count], *more) if person.arrives < len(calendar.days)]


def _anybody(number: int, calendar: Calendar, chance: random.Random) -> Person:
    """One more person; the programs have their shares as among the first."""
    habit = chance.choice(("daily", "weekly", "monthly"))
    program = _FIRST[number % USUAL].program
    return Person(f"more-{number}", habit, chance.randrange(len(calendar.days)), program=program)
