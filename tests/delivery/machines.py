"""An install of the program, its senders, and the collector that is the judge: all of them processes."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from footfall.testing import _processes

PROGRAMS = Path(__file__).parent / "programs"
SECONDS_MAX = 60.0  # for anything to happen that must; never for how fast it does
DAYS = 44  # simulated days there are: the last is today, and a collector takes no part older than 45 days


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Install:
    """One install of ``hello`` that may count, in a world that holds nothing else."""

    program = "hello"

    def __init__(self, place: Path, address: str) -> None:
        self.home = place / "home"
        self.home.mkdir()
        self.folder = self.home / "hello"
        self.address = address
        self.day = 0
        self._noon = datetime.now(timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)

    @property
    def date(self) -> str:
        """The simulated day, ``YYYY-MM-DD``."""
        return f"{self._now:%Y-%m-%d}"

    @property
    def _now(self) -> datetime:
        return self._noon + timedelta(days=self.day - DAYS)

    def environ(self, **more: str) -> dict[str, str]:
        """What a run of the program is given."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROGRAMS),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(self.home),
            "FOOTFALL_HOME": str(self.home),
            "FOOTFALL_ENDPOINT": self.address,
            "HELLO_TELEMETRY": "1",
            "HELLO_CLOCK": str(self._now.timestamp()),
            **more,
        }

    def start(self, *words: str, environ: dict[str, str] | None = None, **more: object) -> subprocess.Popen[bytes]:
        """Start a run of the program: ``greet`` if nothing is said."""
        command = [sys.executable, "-m", self.program, *(words or ("greet",))]
        environ = environ or self.environ()
        settings = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **more}
        return subprocess.Popen(command, env=environ, **settings)  # type: ignore[call-overload]

    def run(self, *words: str, environ: dict[str, str] | None = None) -> int:
        """Run the program; its exit status."""
        with self.start(*words, environ=environ) as process:
            return process.wait(SECONDS_MAX)

    def run_many(self, n: int, *words: str, at_once: int = 4) -> list[int]:
        """Run it ``n`` times, so many at once; their exit statuses."""
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(lambda _: self.run(*words), range(n)))

    @property
    def starts(self) -> list[int]:
        """Process ids of all senders that were ever started."""
        path = self.home / "starts"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def senders(self) -> list[int]:
        """Process ids of the senders that live; a sender is there as soon as the run that started it has ended."""
        return [int(process.name) for process in _processes.living() if self._is_sender(process)]

    def _is_sender(self, process: Path) -> bool:
        command = _processes.read(process).split(b"\0")
        return any(b"footfall.sender" in word for word in command) and str(self.folder).encode() in command

    def wait(self) -> None:
        """Until no sender lives."""
        wait_until(lambda: not self.senders(), "a sender does not end")

    def kill_senders(self) -> int:
        """Kill those that live, as a power cut would; how many."""
        living = self.senders()
        for process in living:
            os.kill(process, signal.SIGKILL)
        self.wait()
        return len(living)

    def next_day(self, *words: str) -> None:
        """The first run of the next day, and its sender's end."""
        self.day += 1
        self.run(*words)
        self.wait()


def wait_until(holds: object, otherwise: str) -> None:
    """Until ``holds()`` does.

    Raises:
        AssertionError: when it never does.
    """
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


class Collector:
    """``footfall-collector serve`` with an SQLite file, on a port that stays the same."""

    def __init__(self, place: Path, plan: Path) -> None:
        self.store = place / "footfall.db"
        self.port = free_port()
        self._plan = plan

    @contextmanager
    def up(self, *options: str) -> Iterator[None]:
        """It listens."""
        command = [sys.executable, "-m", "footfall_collector", "serve", f"--port={self.port}"]
        command += [f"--store=sqlite:///{self.store}", f"--plan={self._plan}", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline().startswith("listening on ")
                yield
            finally:
                process.terminate()
                process.wait(SECONDS_MAX)

    def runs(self) -> dict[str, int]:
        """Runs counted, by outcome."""
        return self._rows("SELECT outcome, SUM(runs) FROM command GROUP BY outcome")

    def actives(self) -> dict[str, int]:
        """Installs counted as active, by day."""
        return self._rows("SELECT day, installs FROM activity")

    def firsts(self) -> tuple[int, int]:
        """How many installs were counted as new, and how many weeks had a first."""
        return next(iter(self._rows("SELECT SUM(new), SUM(first_in_week) FROM activity").items()))

    def _rows(self, query: str) -> dict[str, int]:
        connection = sqlite3.connect(self.store)
        try:
            return dict(connection.execute(query).fetchall())
        finally:
            connection.close()
