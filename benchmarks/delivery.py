"""What arrives: runs of a real program, against a real collector, in four situations; each must be counted once.

``sequential``: 100 runs in a row. ``outage``: 50 with no collector, then 50 with it. ``killed``: 100 that SIGKILL
themselves in the body's last line. ``parallel``: 8 x 50 at once.
"""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pairs import APPS

PLAN = 'format = 1\nproject = "hello"\n[commands]\n"(main)" = []\ngreet = ["--name", "--count", "--shout"]\n'
START = "import os, sys; from footfall_on import cli; {kill} sys.argv[0] = 'hello'; cli()"
KILL = "cli.commands['greet'].callback = lambda **k: os.kill(os.getpid(), 9);"
ARGUMENTS = ("greet", "--name", "x")
SENDER_SECONDS = 30.0


class Install:
    """One install's home, and the address of its collector, which may be there or not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        (folder / "hello.toml").write_text(PLAN, encoding="utf-8")
        self.store = folder / "footfall.db"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def environ(self) -> dict[str, str]:
        """What a run of the program is given."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(APPS),
            "HOME": str(self.home),
            "FOOTFALL_HOME": str(self.home),
            "FOOTFALL_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "HELLO_TELEMETRY": "1",
        }

    def run(self, *arguments: str, kill: bool = False) -> int:
        """One run of the program; its exit status."""
        code = START.format(kill=KILL if kill else "")
        command = [sys.executable, "-c", code, *(arguments or ARGUMENTS)]
        return subprocess.run(command, env=self.environ, check=False, stdout=subprocess.DEVNULL).returncode

    def send(self) -> None:
        """What the next day's first run would start: send all that waits."""
        self.run("telemetry", "send", "--now")

    def counted(self) -> int:
        """Runs of the command that the collector has counted."""
        with sqlite3.connect(self.store) as store:
            return int(store.execute("SELECT COALESCE(SUM(runs), 0) FROM command").fetchone()[0])

    @contextmanager
    def collector(self) -> Iterator[None]:
        """A real collector at the install's address."""
        command = [
            sys.executable,
            "-c",
            "import sys; from footfall_collector.cli import main; sys.exit(main())",
            "serve",
        ]
        command += [
            "--store",
            f"sqlite:///{self.store}",
            "--plan",
            str(self.folder / "hello.toml"),
            "--port",
            str(self.port),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                if process.stdout is None or "listening" not in process.stdout.readline():
                    raise SystemExit("the collector did not start")
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=30)

    def wait_for_sender(self) -> None:
        """Until the detached sender of the first run has ended: it holds the lock while it works."""
        deadline = time.monotonic() + SENDER_SECONDS
        while time.monotonic() < deadline:
            if (self.home / "hello" / "state.json").exists():
                with (self.home / "hello" / "lock").open("w") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                return
            time.sleep(0.05)


def sequential(install: Install) -> tuple[int, int]:
    """Runs made and runs counted."""
    with install.collector():
        made = [install.run() for _ in range(100)]
        install.wait_for_sender()
        install.send()
    return len(made), install.counted()


def outage(install: Install) -> tuple[int, int]:
    """Half of the runs are made while nothing listens."""
    for _ in range(50):
        install.run()
    install.wait_for_sender()
    with install.collector():
        for _ in range(50):
            install.run()
        install.send()
    return 100, install.counted()


def killed(install: Install) -> tuple[int, int]:
    """Every run kills itself before its command returns."""
    with install.collector():
        ends = [install.run(kill=True) for _ in range(100)]
        if set(ends) != {-signal.SIGKILL}:
            raise SystemExit(f"these runs were to be killed: {set(ends)}")
        install.send()
    return len(ends), install.counted()


def parallel(install: Install) -> tuple[int, int]:
    """Eight at a time."""
    with install.collector():
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: install.run(), range(400)))
        install.wait_for_sender()
        install.send()
    return 400, install.counted()


def table() -> list[str]:
    """The counts as a Markdown table.

    Raises:
        SystemExit: when a run is missing or counted twice.
    """
    rows, wrong = ["| situation | runs | counted |", "|---|---|---|"], False
    for situation in (sequential, outage, killed, parallel):
        with tempfile.TemporaryDirectory() as folder:
            made, counted = situation(Install(Path(folder)))
        print(f"  {situation.__name__}: {counted} of {made}", file=sys.stderr, flush=True)
        rows.append(f"| {situation.__name__} | {made} | {counted} |")
        wrong = wrong or made != counted
    if wrong:
        raise SystemExit("\n".join([*rows, "", "not every run was counted once"]))
    return rows
