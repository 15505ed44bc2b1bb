"""What a run costs: each kind of program in turn, round after round, so that a machine's drift hits all alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

APPS = Path(__file__).parent / "apps"
ARGUMENTS = ("greet", "--name", "x", "--shout")
START = "import sys; from {app} import main; sys.argv[0] = 'hello'; main()"


@dataclass(frozen=True)
class Kind:
    """A program under measurement: its module, what its environment adds, what is done before each run."""

    name: str
    app: str
    environ: Mapping[str, str]
    before: Callable[[Path], None] = lambda _: None


@dataclass(frozen=True)
class Cost:
    """Seconds of one process, as the kernel accounts them."""

    wall: float
    cpu: float


def kinds() -> list[Kind]:
    """The programs, the bare one first."""
    on = {"HELLO_TELEMETRY": "1", "FOOTFALL_ENDPOINT": "http://127.0.0.1:9"}
    return [
        Kind("bare", "bare", {}),
        Kind("floor: one JSON line appended", "floor", {}),
        Kind("Footfall, off", "footfall_on", {"DO_NOT_TRACK": "1"}),
        Kind("Footfall, on", "footfall_on", on),
        Kind("Footfall, on, first run of a day", "footfall_on", on, before=_next_day),
    ]


def _next_day(home: Path) -> None:
    """Make the coming run the first of its day, on a machine that has counted before."""
    for path in (home / "hello" / "spool").glob("*"):
        path.unlink()


def run(kind: Kind, home: Path) -> Cost:
    """One run of a program, its output thrown away."""
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(APPS), "HOME": str(home), "FOOTFALL_HOME": str(home)}
    command = [sys.executable, "-c", START.format(app=kind.app), *ARGUMENTS]
    null = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    kind.before(home)
    began = time.perf_counter()
    process = os.posix_spawn(command[0], command, {**environ, **kind.environ}, file_actions=null)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - began
    if status:
        raise SystemExit(f"{kind.name}: exit status {status}")
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def measure(rounds: int, programs: list[Kind]) -> dict[str, list[Cost]]:
    """All costs by program, ``rounds`` of each, in turn, each round in another order."""
    costs: dict[str, list[Cost]] = {kind.name: [] for kind in programs}
    with tempfile.TemporaryDirectory() as folder:
        homes = {kind.name: Path(folder, str(number)) for number, kind in enumerate(programs)}
        for home in homes.values():
            home.mkdir()
        for kind in programs:
            run(kind, homes[kind.name])  # compiles, and begins the day
        for number in range(rounds):
            for kind in programs[number % len(programs) :] + programs[: number % len(programs)]:
                costs[kind.name].append(run(kind, homes[kind.name]))
                if kind.before is not _next_day:
                    continue
                time.sleep(0.25)  # its sender works on; let it not be the next program's burden
    return costs


def modules(kind: Kind) -> int:
    """How many modules a run of the program has loaded at its end."""
    code = f"import sys, click, atexit; atexit.register(lambda: print(len(sys.modules), file=sys.stderr)); {START[11:]}"
    with tempfile.TemporaryDirectory() as home:
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(APPS), "HOME": home, "FOOTFALL_HOME": home}
        command = [sys.executable, "-c", code.format(app=kind.app), *ARGUMENTS]
        for _ in range(2):  # the second run of the day is every other run
            done = subprocess.run(command, env={**environ, **kind.environ}, capture_output=True, text=True, check=True)
    return int(done.stderr)


def added(costs: list[Cost], bare: list[Cost], part: str) -> tuple[float, float]:
    """Median milliseconds added to the bare program's run of the same round, and the median ratio to it."""
    pairs = [(getattr(a, part), getattr(b, part)) for a, b in zip(costs, bare, strict=True)]
    return statistics.median(a - b for a, b in pairs) * 1000, statistics.median(a / b for a, b in pairs)


def table(rounds: int) -> list[str]:
    """The costs as a Markdown table."""
    programs = kinds()
    costs = measure(rounds, programs)
    bare = costs["bare"]
    count = {kind.name: modules(kind) for kind in programs[:4]}
    rows = [
        "| program | CPU added, ms | CPU x bare | wall added, ms | wall x bare | modules added |",
        "|---|---|---|---|---|---|",
    ]
    for kind in programs:
        cpu, wall = added(costs[kind.name], bare, "cpu"), added(costs[kind.name], bare, "wall")
        loaded = str(count[kind.name] - count["bare"]) if kind.name in count else "-"
        rows.append(f"| {kind.name} | {cpu[0]:+.2f} | {cpu[1]:.3f} | {wall[0]:+.2f} | {wall[1]:.3f} | {loaded} |")
    middle = statistics.median(cost.wall for cost in bare) * 1000
    return [
        *rows,
        "",
        f"The bare program's run takes {middle:.0f} ms here; medians of {rounds} rounds, each program in turn.",
    ]
