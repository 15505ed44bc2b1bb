"""What a run costs: all programs in turn, round after round, each beside a run of the bare one, in three situations.

What is measured of a run is what ``runner.py`` tells. A round has every program once in every situation, each round in
another order, so that a machine's drift hits all alike.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from environments import Installed, NotInstallableError, reason_of
from headers import ALWAYS, BARE
from runs import OUTPUT, Home, Run, Runner
from targets import SITUATIONS, urls

PAIRS_MIN = 2  # of a program so slow that its time is over at once
SLOW_SECONDS = 2.0  # a run of a program that one warm-up is enough for
TIMES_ALWAYS = 4  # as long as the others, as it takes more pairs to see how little these differ from the bare program
LINGER = 20.0  # seconds that a run waits for what the one before left behind


@dataclass
class Pairs:
    """A program's runs in one situation, and the bare program's beside them."""

    measured: list[Run] = field(default_factory=list)
    bare: list[Run] = field(default_factory=list)
    spent: float = 0.0  # seconds

    def of(self, part: str) -> tuple[list[float], list[float]]:
        """One figure of all runs, and of the bare runs beside them."""
        return [run[part] for run in self.measured], [run[part] for run in self.bare]

    @property
    def was_cut_off(self) -> bool:
        """Whether a run was ended because its time was over."""
        return any(run["timed_out"] for run in self.measured)


Costs = dict[str, dict[str, Pairs]]  # by situation, then by program


@dataclass(frozen=True)
class Limits:
    """How much is measured: rounds, seconds for one run, and seconds for one program in one situation."""

    rounds: int
    cap: float
    spend: float

    def time_for(self, name: str) -> float:
        """Seconds for one program in one situation."""
        return self.spend * (TIMES_ALWAYS if name in ALWAYS else 1)


class Bench:
    """The homes of all programs in all situations, and the process that runs them."""

    def __init__(self, programs: Sequence[Installed], addresses: dict[str, str], limits: Limits) -> None:
        self.programs, self.limits = programs, limits
        self.costs: Costs = {situation: {} for situation in SITUATIONS}
        self._homes: dict[tuple[str, str], Home] = {}
        with ExitStack() as opened:
            self._runner = opened.enter_context(Runner())
            for situation, url in addresses.items():
                for program in programs:
                    home = opened.enter_context(Home(program, url))
                    self._homes[situation, program.peer.name] = home
                self._homes[situation, ""] = opened.enter_context(Home(bare_of(programs), url))
            self.close = opened.pop_all().close

    def run(self, situation: str, name: str) -> Run:
        """One run; of the bare program that the others are told against, if ``name`` is empty."""
        linger = min(LINGER, self.limits.cap)
        return self._runner.ask(self._homes[situation, name].job(timeout=self.limits.cap, linger=linger))

    def warm_up(self) -> None:
        """Runs that do not count: they compile, make folders, begin the day."""
        for situation in SITUATIONS:
            for name in ("", *(program.peer.name for program in self.programs)):
                if self.run(situation, name)["wall"] < SLOW_SECONDS:
                    self.run(situation, name)

    def round(self, number: int) -> None:
        """Every program once in every situation, unless its time there is over."""
        for program in random.Random(number).sample(self.programs, len(self.programs)):
            for step in range(len(SITUATIONS)):
                situation = SITUATIONS[(number + step) % len(SITUATIONS)]
                pairs = self.costs[situation].setdefault(program.peer.name, Pairs())
                if len(pairs.measured) < PAIRS_MIN or pairs.spent < self.limits.time_for(program.peer.name):
                    self._pair(situation, program.peer.name, pairs, bare_first=bool(number % 2))

    def _pair(self, situation: str, name: str, pairs: Pairs, *, bare_first: bool) -> None:
        if bare_first:
            pairs.bare.append(self.run(situation, ""))
        pairs.measured.append(self.run(situation, name))
        if not bare_first:
            pairs.bare.append(self.run(situation, ""))
        pairs.spent += pairs.measured[-1]["wall"] + pairs.measured[-1]["left_wall"]


def bare_of(programs: Sequence[Installed]) -> Installed:
    """The bare program."""
    return next(program for program in programs if program.peer.name == BARE)


def measure(programs: Sequence[Installed], limits: Limits) -> Costs:
    """What all programs cost in all situations."""
    with urls() as addresses:
        bench = Bench(programs, addresses, limits)
        try:
            bench.warm_up()
            for number in range(limits.rounds):
                bench.round(number)
                print(f"  round {number + 1} of {limits.rounds}", file=sys.stderr, flush=True)
        finally:
            bench.close()
    return bench.costs


def check(program: Installed, url: str) -> None:
    """One run does what the bare program does.

    Raises:
        NotInstallableError: when it does not; with what it complained of.
    """
    with Home(program, url) as home, Runner() as runner:
        run = runner.ask(home.job())
        if run["code"] or not run["out"].endswith(OUTPUT):
            raise NotInstallableError(f"installed, but it does not run: {reason_of(home.complaint())}")


def modules(program: Installed, url: str) -> int:
    """How many modules the second run of a day has loaded at its end."""
    with Home(program, url) as home:
        hello = program.hello()
        code = (
            "import atexit, sys, click\n"
            "atexit.register(lambda: print('\\n%d' % len(sys.modules), file=sys.stderr))\n"
            f"sys.path[0] = {str(hello).removesuffix('/hello')!r}\n"
            f"sys.argv[0] = {hello!r}\n"
            "from hello_app import main\n"
            "main()\n"
        )
        _, _, *arguments = home.command()
        for _ in range(2):
            home.forget()
            done = subprocess.run(
                [program.python, "-c", code, *arguments],
                env=home.environ(),
                cwd=home.folder / "cwd",
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
    return int(done.stderr.split()[-1])
