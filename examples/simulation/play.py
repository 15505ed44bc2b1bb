"""Plays the schedule day by day: real processes, a real collector, an outage; and remembers what happened."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from simulation.calendar import Calendar, week_of
from simulation.collector_process import Collector, export_plan, plan_of
from simulation.install import Install
from simulation.lines import Line
from simulation.people import Person, people
from simulation.programs import CAFES, PROGRAMS, Program
from simulation.schedule import Day, schedule
from simulation.truth import Run, Truth, machine

AT_A_TIME = 3  # installs whose deeds of one day are done beside each other
_MORNING, _EVENING = 8.0, 21.0  # hours
_BETWEEN = 0.5  # hours from one deed to the next

Item = TypeVar("Item")


class Play:
    """The demo's people, files and collector, all in ``folder``, which the caller makes and removes.

    Args:
        folder: where.
        calendar: the days.
        installs: how many there are, of all programs together.
        seed: of all that is left to chance.
        k: groups of fewer installs are hidden.
        say: told a line of progress after each week.
    """

    def __init__(
        self, folder: Path, calendar: Calendar, *, installs: int, seed: int, k: int, say: Callable[[str], None]
    ) -> None:
        self.calendar = calendar
        self.collector = Collector(folder, k)
        self.installs: dict[Person, Install] = {}
        self.digests: dict[Program, str] = {}  # of each program's words
        self.happened: dict[Program, list[Run]] = {program: [] for program in PROGRAMS}
        self._folder = folder
        self._say = say
        self._pool = ThreadPoolExecutor(AT_A_TIME)
        chance = random.Random(seed)
        everybody = people(installs, calendar, chance)
        self._days = _together(_of(program, everybody, calendar, chance) for program in PROGRAMS)

    def truth(self, program: Program) -> Truth:
        """Figures of what happened to a program."""
        return Truth(self.happened[program], machine(program.version(), self.digests[program]))

    def installs_of(self, program: Program) -> dict[Person, Install]:
        """The installs of a program."""
        return {person: install for person, install in self.installs.items() if person.program is program}

    def runs_of(self, program: Program) -> list[Line]:
        """The line of each run of a program, by anybody."""
        deeds = (deed for day in self._days for who, own in day.items() if who.program is program for deed in own)
        return [deed.line for deed in deeds if deed.line]

    def prepare(self) -> bool:
        """Make files, plan and installs; tells whether agreeing takes a switch here, as for root and in containers."""
        for program in PROGRAMS:
            program.make_files(self._files(program))
        self.digests = {program: export_plan(program, self._folder) for program in (*PROGRAMS, CAFES)}
        nobody = self._install(Person("nobody", "daily", 0), switch=False)
        switch = "(rule 8)" in nobody.answer("on", self.calendar.seconds(0, 0)).stdout
        everybody = dict.fromkeys(person for day in self._days for person in day)
        self.installs = {person: self._install(person, switch=switch) for person in everybody}
        return switch

    def run(self) -> None:
        """Play all days; at the end each install sends what still waits. Raises ``DemoError``."""
        # A shell's background job ignores Ctrl-C, and would have all that it starts ignore it; some runs here get one.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, day in enumerate(self._days):
            self._look_after_collector(number)
            self._each(partial(self._live, number), day)
            self._each(Install.wait_for_sender, [self.installs[person] for person in day])
            if number % 7 == 6 or day is self._days[-1]:
                self._report(number)
        now = self.calendar.seconds(-1, _EVENING)
        self._each(lambda install: install.send(now), self.installs.values())

    def close(self) -> None:
        """Stop what runs: no process is left."""
        self._pool.shutdown(cancel_futures=True)
        self.collector.stop()
        for install in self.installs.values():
            install.wait_for_sender()

    def _install(self, person: Person, *, switch: bool) -> Install:
        home, files = self._folder / "installs" / person.name, self._files(person.program)
        return Install(person, home, files, self.collector.url, self.plan_of(person.program), switch=switch)

    def plan_of(self, program: Program) -> Path:
        """The file with a program's words."""
        return plan_of(program, self._folder)

    def _files(self, program: Program) -> Path:
        return self._folder / "files" / program.project

    def _each(self, do: Callable[[Item], object], items: Iterable[Item]) -> None:
        for _ in self._pool.map(do, items):  # also raises what one of them raised
            continue

    def _look_after_collector(self, number: int) -> None:
        """It is stopped for the outage, and started anew each Monday, with a clock that says that week's Sunday."""
        days = self.calendar.days
        is_out = number in self.calendar.outage
        if is_out or number % 7 == 0:
            self.collector.stop()
        if not is_out and not self.collector.is_up:
            self.collector.start(days[min(number - number % 7 + 6, len(days) - 1)])

    def _live(self, number: int, person: Person) -> None:
        install, day = self.installs[person], self.calendar.days[number]
        for at, deed in enumerate(self._days[number][person]):
            now = self.calendar.seconds(number, _MORNING + at * _BETWEEN)
            if deed.what == "wait":
                install.wait_for_sender()
            elif deed.line is None:
                install.answer(deed.what, now)
            else:
                install.run(deed.line, now)
                if deed.counts and deed.line.command:
                    self.happened[person.program].append(Run(person.name, day, deed.line, person.surface))

    def _report(self, number: int) -> None:
        week = week_of(self.calendar.days[number])
        runs = [deed for day in self._days[: number + 1] for deeds in day.values() for deed in deeds if deed.line]
        state = "" if self.collector.is_up else ", no collector"
        agreed = f"{sum(map(len, self.happened.values()))} of them by people who agreed, without help texts"
        self._say(f"  {week}: {len(runs)} runs so far, {agreed}{state}")


def _of(program: Program, everybody: list[Person], calendar: Calendar, chance: random.Random) -> list[Day]:
    """The days of those who use a program."""
    users = [person for person in everybody if person.program is program]
    return schedule(users, calendar, program.lines(), chance)


def _together(schedules: Iterable[list[Day]]) -> list[Day]:
    """Days that hold what is done with every program."""
    return [{who: deeds for day in days for who, deeds in day.items()} for days in zip(*schedules, strict=True)]
