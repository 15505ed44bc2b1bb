"""What a cell costs: real kernels over ZMQ and bare shells, with the extension and without, cell by cell in turn.

    python benchmarks/cells.py [--rounds 300]

Of each kind one process lives through all rounds, and each runs one empty cell in a round, in another order each time.
They come with pauses, as a person's do: IPython writes its history in a thread, which would run in what is measured.
Every cost is told against the bare kind's cells of the same round. Budget: 1 ms a cell.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pairs import Cost, added

APPS = Path(__file__).parent / "apps"
PAUSE = 0.004  # seconds before each cell
WARM = 20  # cells before the first round: the day begins, and its sender is started and ends
STARTS = 9  # fresh shells of each kind, for what loading takes
BUDGET = 1.0  # milliseconds a cell
LOAD = "%load_ext footfall_jupyter"
# An answer cannot be missing as root and in CI, where it is off; there this is what is measured as anybody else.
ANYBODY = "from footfall import _consent; _consent.restriction = lambda environ: ''"


@dataclass(frozen=True)
class Kind:
    """What is measured: what the environment adds, and the cells that prepare it."""

    name: str
    environ: Mapping[str, str]
    prepare: tuple[str, ...] = (LOAD,)


KINDS = (
    Kind("bare", {}, ()),
    Kind("off", {"DO_NOT_TRACK": "1"}),
    Kind("undecided", {}, (ANYBODY, LOAD)),
    Kind("on", {"JUPYTER_TELEMETRY": "1", "FOOTFALL_ENDPOINT": "http://127.0.0.1:9"}, (LOAD, "%footfall on")),
)


class Place(Protocol):
    """A process in which cells run, and what it says of its beginning."""

    about: Mapping[str, Any]

    def cost(self) -> Cost:
        """What an empty cell takes."""


class Shell:
    """A bare shell in a process of its own."""

    def __init__(self, kind: Kind, home: Path) -> None:
        command = [sys.executable, str(APPS / "shell.py"), *kind.prepare]
        pipe = subprocess.PIPE
        environ = environ_of(kind, home)
        self.process = subprocess.Popen(command, env=environ, cwd=home, stdin=pipe, stdout=pipe, text=True)
        self.about: Mapping[str, Any] = json.loads(next(line for line in self._lines() if line.startswith('{"')))

    def _lines(self) -> Iterator[str]:
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            yield line
        raise SystemExit("a shell has ended early")

    def cost(self) -> Cost:
        """What an empty cell takes."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return Cost(*map(float, next(self._lines()).split()))

    def close(self) -> None:
        """End it."""
        self.process.communicate()


class Kernel:
    """A kernel, asked over ZMQ as frontends do; a cell lasts until its reply is here."""

    about: Mapping[str, Any] = {}

    def __init__(self, kind: Kind, home: Path) -> None:
        from jupyter_client.manager import KernelManager

        self.manager: Any = KernelManager()
        self.manager.start_kernel(env=environ_of(kind, home), cwd=str(home), stderr=subprocess.DEVNULL)
        self.client: Any = self.manager.blocking_client()
        self.client.start_channels(iopub=False, stdin=False, hb=False)
        self.client.kernel_info(reply=True, timeout=120)
        for cell in kind.prepare:
            reply = self.client.execute(cell, reply=True, timeout=120)
            assert reply["content"]["status"] == "ok", reply["content"]

    def cost(self) -> Cost:
        """What an empty cell takes."""
        before, began = self._worked(), time.perf_counter()
        self.client.execute("pass", reply=True, timeout=120)
        wall = time.perf_counter() - began
        time.sleep(PAUSE)  # what it does after its reply is a part of it
        return Cost(wall, self._worked() - before)

    def _worked(self) -> float:
        """Seconds that the kernel's main thread has had of a processor."""
        pid = self.manager.provisioner.pid
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9

    def close(self) -> None:
        """End it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def environ_of(kind: Kind, home: Path) -> dict[str, str]:
    """What a process of this kind is given, in a home of its own."""
    place = str(home)
    own = {"HOME": place, "IPYTHONDIR": f"{place}/ipython", "FOOTFALL_HOME": f"{place}/footfall"}
    return {"PATH": os.environ["PATH"], "JUPYTER_RUNTIME_DIR": place, **own, **kind.environ}


@contextmanager
def places(make: type[Shell | Kernel]) -> Iterator[dict[str, Place]]:
    """One process of each kind."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, ExitStack() as ends:
        made: dict[str, Place] = {}
        for kind in KINDS:
            home = Path(folder, kind.name)
            home.mkdir()
            opened = make(kind, home)
            ends.callback(opened.close)
            made[kind.name] = opened
        yield made


def measure(rounds: int, made: Mapping[str, Place]) -> dict[str, list[Cost]]:
    """What cells took, by kind and round."""
    found: dict[str, list[Cost]] = {name: [] for name in made}
    names = [*made]
    for number in range(-WARM, rounds):
        at = number % len(names)
        for name in names[at:] + names[:at]:
            time.sleep(PAUSE)
            taken = made[name].cost()
            if number >= 0:
                found[name].append(taken)
    return found


def rows(where: str, found: Mapping[str, list[Cost]]) -> Iterator[tuple[str, float]]:
    """Each kind's row in Markdown, and the milliseconds that a cell of it takes more than a bare one."""
    for name in [*found][1:]:
        (cpu, cpu_ratio), (wall, ratio) = (added(found[name], found["bare"], part) for part in ("cpu", "wall"))
        figures = f"{cpu * 1000:+.0f} | {cpu_ratio:.3f} | {wall * 1000:+.0f} | {ratio:.3f}"
        yield f"| {where} | {name} | {figures} |", wall


def loading() -> list[str]:
    """What loading the extension takes, each time in a fresh shell; and what IPython loads of ours by itself: nothing.

    Raises:
        SystemExit: when something of ours is there before it was asked for.
    """
    taken: dict[str, list[float]] = {kind.name: [] for kind in KINDS[1:]}
    modules = 0
    for _ in range(STARTS):
        with places(Shell) as made:
            for name, times in taken.items():
                about = made[name].about
                times.append(about["prepared"][-1][0])
                modules = max(modules, about["modules"])
                if about["ours"]:
                    raise SystemExit("IPython has loaded what nobody asked for")
    medians = ", ".join(f"{statistics.median(times) * 1000:.1f} ms {name}" for name, times in taken.items())
    return [
        "Of what is installed but not loaded, IPython imports nothing (0 modules).",
        f"`{LOAD}` takes {medians}, and loads up to {modules} modules; medians of {STARTS} fresh shells.",
    ]


def table(rounds: int) -> list[str]:
    """The costs as a Markdown table."""
    lines = [
        "| cells in | extension | CPU added, µs | CPU x bare | wall added, µs | wall x bare |",
        "|---|---|---|---|---|---|",
    ]
    most, bare = 0.0, {}
    for where, make in (("ipykernel", Kernel), ("InteractiveShell", Shell)):
        with places(make) as made:
            found = measure(rounds, made)
        bare[where] = statistics.median(cost.wall for cost in found["bare"]) * 1e6
        for line, more in rows(where, found):
            lines.append(line)
            most = max(most, more)
    middle = " and ".join(f"{value:.0f} µs in {where}" for where, value in bare.items())
    verdict = "met" if most <= BUDGET else "MISSED"
    return [
        *lines,
        "",
        f"An empty cell takes {middle} here; medians of {rounds} rounds, each kind in turn.",
        f"Budget {BUDGET:.0f} ms a cell: {verdict}.",
        *loading(),
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=300, help="of each kind (default: %(default)s)")
    print("\n".join(table(parser.parse_args().rounds)))


if __name__ == "__main__":
    main()
