"""What arrives: runs of each program in four situations; every run's event must be counted once.

``in a row``: 100 runs. ``outage``: 50 while nothing listens, then 50 with a collector. ``killed``: 100 that SIGKILL
themselves in the body's last line, then one that ends well. ``at once``: 8 x 50. After the runs comes the peer's
``flush``, if its header has one. An event has arrived when its token was counted, at the latest SETTLE seconds later.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from environments import Installed
from network import free_port
from runs import Home, Run, Runner
from targets import Collector, Counter, collecting
from tokens import token

SETTLE = 30.0  # seconds after the last run, while something that could still send is alive
AT_ONCE = 8
SLOW = 1.5  # seconds of a run from which an outage's runs do not wait for each other
WAYS_OUT = 10


@dataclass(frozen=True)
class Count:
    """What became of the runs of one situation."""

    made: int
    arrived: int
    twice: int  # more copies than runs, of those that arrived
    hung: int = 0  # runs ended because their time was over
    failed: int = 0  # runs with another exit status than the bare program's
    runs: int | None = None  # of the command, where our collector counts them besides the tokens

    @property
    def is_whole(self) -> bool:
        """Whether each run was counted once."""
        return self.arrived == self.made and not self.twice and self.runs in (None, self.made)


def count_of(made: Iterable[str], arrived: dict[str, int]) -> tuple[int, int]:
    """How many of the tokens ``made`` have arrived, and how many copies of them too many."""
    copies = [arrived[each] for each in made if arrived.get(each, 0) > 0]
    return len(copies), sum(copies) - len(copies)


class Trial:
    """One program in one situation: its home, which all runs share, and the processes that run it."""

    def __init__(self, installed: Installed, folder: Path, opened: ExitStack, cap: float) -> None:
        self.installed, self.folder, self.cap = installed, folder, cap
        self.port = free_port()
        self.home = opened.enter_context(Home(installed, f"http://127.0.0.1:{self.port}", delivery=True))
        self._opened = opened
        self._runners = [opened.enter_context(Runner())]
        self.runs: list[Run] = []

    def run(self, tokens: Sequence[str], *, kill: bool = False, runner: Runner | None = None) -> list[Run]:
        """One run after the other, none waiting for what the one before left behind."""
        asked = runner or self._runners[0]
        jobs = (self.home.job(token=each, kill=kill, timeout=self.cap, linger=None) for each in tokens)
        done = [asked.ask(job) for job in jobs]
        self.runs += done
        return done

    def run_at_once(self, tokens: Sequence[str], ways: int) -> None:
        """The same in several processes."""
        runners = [self._opened.enter_context(Runner()) for _ in range(ways)]
        self._runners += runners
        parts = [tokens[way::ways] for way in range(ways)]
        with ThreadPoolExecutor(ways) as pool:
            list(pool.map(lambda pair: self.run(pair[1], runner=pair[0]), zip(runners, parts, strict=True)))

    def settle(self, counter: Counter, made: Sequence[str]) -> dict[str, int]:
        """What has arrived once all has, nothing is alive that could send, or SETTLE seconds are over."""
        self._wait(counter, made)
        if self.installed.peer.flush:
            self._runners[0].ask(self.home.job(*self.installed.peer.flush, timeout=self.cap, linger=self.cap))
            self._wait(counter, made)
        return counter.tokens()

    def _wait(self, counter: Counter, made: Sequence[str]) -> None:
        end = time.monotonic() + SETTLE
        while time.monotonic() < end and count_of(made, counter.tokens())[0] < len(made):
            if not any(runner.ask({"drain": 0.3})["alive"] for runner in self._runners):
                time.sleep(0.5)
                return

    def result(self, counter: Counter, made: Sequence[str], aside: int = 0) -> Count:
        """What became of the runs; ``aside``: runs of the command that no token of ``made`` stands for."""
        arrived, twice = count_of(made, self.settle(counter, made))
        return Count(
            made=len(made),
            arrived=arrived,
            twice=twice,
            hung=sum(run["timed_out"] for run in self.runs),
            failed=sum(run["code"] not in (0, -9) for run in self.runs),
            runs=counter.runs() - aside if isinstance(counter, Collector) else None,
        )


def in_a_row(trial: Trial, size: int) -> Count:
    """Runs with a collector."""
    made = [token("seq", number) for number in range(size)]
    with collecting(trial.installed, trial.port, trial.folder) as counter:
        trial.run(made)
        return trial.result(counter, made)


def outage(trial: Trial, size: int) -> Count:
    """Half of the runs are made while nothing listens: of those it is told how many arrive."""
    made = [token("out", number) for number in range(size)]
    down, up = made[: size // 2], made[size // 2 :]
    first = trial.run(down[:1])
    if first[0]["wall"] > SLOW:
        trial.run_at_once(down[1:], WAYS_OUT)
    else:
        trial.run(down[1:])
    with collecting(trial.installed, trial.port, trial.folder) as counter:
        trial.run(up)
        return trial.result(counter, down, aside=len(up))


def killed(trial: Trial, size: int) -> Count:
    """Every run kills itself in its body's last line; one that ends well comes after them."""
    made = [token("kil", number) for number in range(size)]
    with collecting(trial.installed, trial.port, trial.folder) as counter:
        ends = {run["code"] for run in trial.run(made, kill=True)}
        trial.run([token("aft", 0)])
        if ends != {-9}:
            print(f"  {trial.installed.peer.name}: these runs were to be killed: {ends}", file=sys.stderr)
        return trial.result(counter, made, aside=1)


def at_once(trial: Trial, size: int) -> Count:
    """Eight at a time."""
    made = [token("par", number) for number in range(4 * size)]
    with collecting(trial.installed, trial.port, trial.folder) as counter:
        trial.run_at_once(made, AT_ONCE)
        return trial.result(counter, made)


SITUATIONS: dict[str, Callable[[Trial, int], Count]] = {
    "in a row": in_a_row,
    "outage": outage,
    "killed": killed,
    "at once": at_once,
}
Delivery = dict[str, dict[str, Count]]  # by program, then by situation


def measure(programs: Sequence[Installed], size: int, cap: float) -> Iterator[tuple[str, dict[str, Count]]]:
    """What arrives of ``size`` runs (four times as many at once) of each program that sends anything, by its name."""
    for program in programs:
        if program.peer.kind == "bare" or program.peer.local_only:
            continue
        counts: dict[str, Count] = {}
        for name, situation in SITUATIONS.items():
            with ExitStack() as opened:
                folder = opened.enter_context(tempfile.TemporaryDirectory())
                counts[name] = situation(Trial(program, Path(folder), opened, cap), size)
        told = ", ".join(f"{name} {count.arrived} of {count.made}" for name, count in counts.items())
        print(f"  {program.peer.name}: {told}", file=sys.stderr, flush=True)
        yield program.peer.name, counts
