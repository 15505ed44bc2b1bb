"""People who use the library cafes in notebooks: real kernels, reported to the demo's collector, figures compared."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

from simulation.calendar import week_of
from simulation.collector_process import DemoError
from simulation.compare import Figure
from simulation.install import wait_for_sender
from simulation.play import Play
from simulation.process import own_environ, run
from simulation.programs import CAFES
from simulation.sittings import SITTINGS, Sitting

COUNTED = ("notes-1", "notes-2", "notes-3")  # each does the same in a week, so that no group is under k
_OTHERS = ("notes-silent", "notes-off")
_AT_A_TIME = 2
_LISTS = {
    "cells": "cells",
    "cell-errors": "cells",
    "magics": "cells",
    "modules": "sessions",
    "session-sizes": "sessions",
}


class Notebooks:
    """The sessions of every second day of the demo's last two weeks.

    Args:
        play: what was played before: its folder, calendar and collector are used on.
        folder: for the state of those who use notebooks.
    """

    def __init__(self, play: Play, folder: Path, *, switch: bool) -> None:
        self.play = play
        self.happened: list[tuple[str, date, Sitting]] = []
        self._folder = folder
        self._switch = switch
        self.days = play.calendar.days[-14::2]

    def run(self) -> None:
        """Play all. Raises ``DemoError``."""
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            list(pool.map(self._live, COUNTED))
            list(pool.map(self._live_uncounted, _OTHERS))

    def kept(self, person: str) -> list[str]:
        """Names of the files in a person's state folder."""
        return sorted(path.name for path in self._state(person).rglob("*") if path.is_file())

    def _live(self, person: str) -> None:
        """One session a day, of each sort in turn; on the last day two at once. Then what waits is sent."""
        self._sit(person, self.days[0], Sitting(("load", "%footfall on"), {}, "cafes"), counts=False)
        for number, day in enumerate(self.days):
            self._sit(person, day, SITTINGS[number % len(SITTINGS)])
            wait_for_sender(self._state(person), person)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(partial(self._sit, person, self.days[-1]), SITTINGS[:2]))
        wait_for_sender(self._state(person), person)
        self._send(person)

    def _live_uncounted(self, person: str) -> None:
        """Sessions of somebody who says nothing, and of one who says on and, before anything was sent, off."""
        words = ("%footfall on", "%footfall off") if person == "notes-off" else ("%footfall",)
        for word in words:
            self._sit(
                person, self.days[0], Sitting(("load", "read", word, "read"), {}, "22"), counts=False, sends=False
            )

    def _sit(self, person: str, day: date, sitting: Sitting, *, counts: bool = True, sends: bool = True) -> None:
        environ = own_environ(self._folder / person) | {"FOOTFALL_ENDPOINT": self.play.collector.url}
        environ |= {"FOOTFALL_DEMO_NOW": f"{self._now(day):.0f}", "FOOTFALL_DEMO_PLAN": str(self.play.plan_of(CAFES))}
        if self._switch:
            environ[CAFES.switch] = "1"
        if not sends:
            environ["FOOTFALL_SENDER"] = "1"  # the mark of a sender, which starts none
        (self._folder / person).mkdir(parents=True, exist_ok=True)
        ended = run(CAFES.command(list(sitting.cells)), environ, self._folder / person)
        problem = sitting.problem(ended.code, ended.stdout)
        if problem:
            raise DemoError(f"{CAFES.project}: {problem}")
        if counts:
            self.happened.append((person, day, sitting))

    def _send(self, person: str) -> None:
        """Let what waits leave, as the sender of a next day would; all sessions are over by then."""
        environ = own_environ(self._folder / person) | ({CAFES.switch: "1"} if self._switch else {})
        ahead = self._now(self.days[-1]) - time.time()
        command = [sys.executable, "-m", "footfall.sender", str(self._state(person)), f"--clock-offset={ahead:.0f}"]
        run(command, environ, self._folder / person)

    def _now(self, day: date) -> float:
        return self.play.calendar.seconds(self.play.calendar.days.index(day), 12.0)

    def _state(self, person: str) -> Path:
        return self._folder / person / "state" / f"{CAFES.project}.notebook"


def compare_notebooks(notebooks: Notebooks) -> list[Figure]:
    """Every figure of notebook sessions in every week, and what is kept of those who did not agree."""
    weeks = list(dict.fromkeys(week_of(day) for day in notebooks.days))
    figures = [figure for week in weeks for figure in _of_week(notebooks, week)]
    kept = {"notes-silent": [], "notes-off": ["consent"]}
    return [*figures, *(Figure("kept files", "at the end", who, kept[who], notebooks.kept(who)) for who in kept)]


def _of_week(notebooks: Notebooks, week: str) -> Iterator[Figure]:
    get: Callable[..., dict[str, object]] = partial(notebooks.play.collector.get, CAFES)
    happened = [(person, sitting) for person, day, sitting in notebooks.happened if week_of(day) == week]
    people, n = len({person for person, _ in happened}), len(happened)
    truth: dict[str, dict[str, tuple[int, int]]] = {
        "sessions": {"batch": (people, n)},
        "surfaces": {"batch": (people, 0)},
        "plans": {notebooks.play.digests[CAFES]: (people, 0)},
    }
    for chart in _LISTS:
        words = dict.fromkeys(word for _, sitting in happened for word in sitting.told.get(chart, {}))
        truth[chart] = {word: _sums(happened, chart, word) for word in words}
    for chart, rows in truth.items():
        shown = {row[0]: (*row[1:], 0)[:2] for row in get(f"charts/{chart}.json", week=week)["rows"]}  # type: ignore[attr-defined]
        for word in dict.fromkeys((*rows, *shown)):
            yield Figure(chart, week, word, rows.get(word, "(missing)"), shown.get(word, "(missing)"))
    ended = sum(count for outcome, (_, count) in truth["cells"].items() if outcome != "killed")
    for chart, total in {"cell-durations": ended, "session-durations": n}.items():
        shown_total = sum(row[-1] for row in get(f"charts/{chart}.json", week=week)["rows"])  # type: ignore[attr-defined]
        yield Figure(chart, week, "all buckets", range(total + 1), shown_total)  # a bucket of few installs is hidden


def _sums(happened: list[tuple[str, Sitting]], chart: str, word: str) -> tuple[int, int]:
    """Installs, and sessions or cells, that a word of a chart is told of."""
    found = [(person, sitting.told[chart][word]) for person, sitting in happened if word in sitting.told.get(chart, {})]
    return len({person for person, _ in found}), sum(count for _, count in found)
