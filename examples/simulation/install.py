"""One install: its files, its state, and how its user's deeds are done."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from footfall import _system
from simulation.collector_process import DemoError
from simulation.lines import Line
from simulation.people import Person
from simulation.process import Ended, own_environ, run

SENDER_SECONDS_MAX = 60.0


class Install:
    """A person's copy of a program: a folder for the work, a home, an environment.

    Args:
        person: whose it is, and of which program.
        folder: the person's home, where all of it is kept; a person's installs of several programs share it.
        files: what the folder for the work looks like before each run.
        endpoint: the collector's address.
        plan: the file with the program's words, which it brings along.
        switch: whether agreeing takes the program's switch too, as for root and in containers.
    """

    def __init__(self, person: Person, folder: Path, files: Path, endpoint: str, plan: Path, *, switch: bool) -> None:
        self.person = person
        self.program = person.program
        self.state = folder / "state" / self.program.project
        self._work = folder / f"work-{self.program.project}"
        self._files = files
        self._switch = switch or person.surface == "ci"
        self._environ = {**own_environ(folder), "FOOTFALL_ENDPOINT": endpoint, "FOOTFALL_DEMO_PLAN": str(plan)}
        if person.answer == "dnt":
            self._environ["DO_NOT_TRACK"] = "1"
        if person.surface == "ci":
            self._environ["CI"] = "true"

    def run(self, line: Line, now: float) -> Ended:
        """Run a line on fresh files; ``now`` in seconds since the epoch. Raises ``DemoError`` if it belies its row."""
        shutil.rmtree(self._work, ignore_errors=True)
        shutil.copytree(self._files, self._work)
        ended = self._start(
            line.words, now, stdin=self._work / line.stdin if line.stdin else None, outcome=line.outcome
        )
        problem = line.problem(ended.code, ended.stderr)
        if problem:
            raise DemoError(f"{self.program.project}: {problem}")
        return ended

    def answer(self, word: str, now: float) -> Ended:
        """Say ``on`` or ``off``, with the program's own ``telemetry`` command."""
        self._work.mkdir(parents=True, exist_ok=True)
        if word == "on" and self._switch:
            self._environ[self.program.switch] = "1"
        return self._start(["telemetry", word], now)

    def send(self, now: float) -> Ended:
        """Let what waits leave."""
        return self._start(["telemetry", "send", "--now"], now)

    def kept(self) -> list[str]:
        """Names of the files in the program's state folder."""
        return sorted(path.name for path in self.state.rglob("*") if path.is_file())

    def wait_for_sender(self) -> None:
        """Until the sender that today's token was taken for is done. Raises ``DemoError`` if it never is."""
        wait_for_sender(self.state, self.person.name)

    def _start(self, words: list[str], now: float, *, stdin: Path | None = None, outcome: str = "ok") -> Ended:
        environ = {**self._environ, "FOOTFALL_DEMO_NOW": f"{now:.0f}"}
        is_terminal = self.person.surface == "terminal"
        return run(self.program.command(words), environ, self._work, stdin=stdin, outcome=outcome, terminal=is_terminal)


def wait_for_sender(state: Path, person: str) -> None:
    """Until the sender that today's token was taken for is done, by a person's state folder of one project."""
    tokens = sorted((state / "spool").glob("*.sender"))
    what = f"a sender of {person}, for {state.name},"
    if tokens:
        _wait(lambda: _time_of(state / "state.json") > _time_of(tokens[-1]), what)
        _wait(lambda: _is_free(state / "lock"), what)


def _time_of(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _is_free(lock: Path) -> bool:
    held = _system.try_lock(str(lock))
    if held is not None:
        os.close(held)
    return held is not None


def _wait(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SENDER_SECONDS_MAX
    while not is_so():
        if time.monotonic() > deadline:
            raise DemoError(f"{what} has not ended")
        time.sleep(0.02)
