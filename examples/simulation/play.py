"""Plays the schedule day by day: real processes, a real collector, an outage; and remembers what happened."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from simulation.calendar import Calendar, week_of
from simulation.collector_process import PROJECT, Collector, export_plan
from simulation.files import make_files
from simulation.install import Install
from simulation.lines import read_lines
from simulation.people import Person, people
from simulation.schedule import Deed, schedule
from simulation.truth import Run, Truth

AT_A_TIME = 3  # installs whose deeds of one day are done beside each other
_MORNING, _EVENING = 8.0, 21.0  # hours
_BETWEEN = 0.5  # hours from one deed to the next

Item = TypeVar("Item")


class Play:
    """The demo's people, files and collector, all in ``folder``, which the caller makes and removes.

    Args:
        folder: where.
        calendar: the days.
        installs: how many people there are.
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
        self.happened: list[Run] = []
        self._folder = folder
        self._say = say
        self._pool = ThreadPoolExecutor(AT_A_TIME)
        chance = random.Random(seed)
        self._days = schedule(people(installs, calendar, chance), calendar, read_lines(), chance)

    def truth(self) -> Truth:
        """Figures of what happened."""
        return Truth(self.happened, version(PROJECT))

    def deeds(self) -> list[Deed]:
        """All that is done, by anybody."""
        return [deed for day in self._days for deeds in day.values() for deed in deeds]

    def prepare(self) -> bool:
        """Make files, plan and installs; tells whether agreeing takes a switch here, as for root and in containers."""
        make_files(self._folder / "files")
        export_plan(self._folder)
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
        files = self._folder / "files"
        return Install(person, self._folder / "installs" / person.name, files, self.collector.url, switch=switch)

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
                    self.happened.append(Run(person.name, day, deed.line, person.surface))

    def _report(self, number: int) -> None:
        week = week_of(self.calendar.days[number])
        runs = [deed for day in self._days[: number + 1] for deeds in day.values() for deed in deeds if deed.line]
        state = "" if self.collector.is_up else ", no collector"
        agreed = f"{len(self.happened)} of them by people who agreed, without help texts"
        self._say(f"  {week}: {len(runs)} runs so far, {agreed}{state}")
