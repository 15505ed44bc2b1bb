"""What programs talk to: a sink that answers, one that never does, a port nobody listens on, or our own collector."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from environments import Installed
from network import free_port

SITUATIONS = ("up", "black hole", "refused")
SERVE = "import sys; from footfall_collector.cli import main; sys.exit(main())"


class Counter(Protocol):
    """Something that counts what arrives."""

    def tokens(self) -> dict[str, int]:
        """How often each token has arrived."""


class Sink:
    """A ``sink.py`` process."""

    def __init__(self, mode: str = "fast", port: int = 0) -> None:
        command = [sys.executable, str(Path(__file__).with_name("sink.py")), "--mode", mode, "--port", str(port)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline().split()[1])}"

    def tokens(self) -> dict[str, int]:
        """How often each token has arrived."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url + "/__stats", timeout=10) as answer:
            tokens: dict[str, int] = json.load(answer)["tokens"]
        return tokens

    def close(self) -> None:
        """End it; connections that still wait for an answer end with it."""
        self._process.kill()
        self._process.communicate()


class Collector:
    """Our collector as its users run it: every part is decoded, checked against the plan and stored."""

    def __init__(self, port: int, plan: Path, store: Path) -> None:
        self._store = store
        options = ["serve", "--store", f"sqlite:///{store}", "--plan", str(plan), "--port", str(port)]
        self._process = subprocess.Popen([sys.executable, "-c", SERVE, *options], stdout=subprocess.PIPE, text=True)
        if self._process.stdout is None or "listening" not in self._process.stdout.readline():
            raise SystemExit("the collector did not start")

    def tokens(self) -> dict[str, int]:
        """How often each token has been counted."""
        with sqlite3.connect(self._store) as store:
            return dict(store.execute("SELECT value, SUM(runs) FROM event_field GROUP BY value").fetchall())

    def runs(self) -> int:
        """How many runs of the command have been counted."""
        with sqlite3.connect(self._store) as store:
            found = store.execute("SELECT COALESCE(SUM(runs), 0) FROM command WHERE command = 'greet'").fetchone()
        return int(found[0])

    def close(self) -> None:
        """End it as an operator does."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=30)
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def collecting(installed: Installed, port: int, folder: Path) -> Iterator[Sink | Collector]:
    """What counts this peer's runs on ``port``."""
    opened: Sink | Collector
    if installed.peer.collector == "footfall":
        opened = Collector(port, plan_of(installed, folder), folder / "footfall.db")
    else:
        opened = Sink(port=port)
    try:
        yield opened
    finally:
        opened.close()


def plan_of(installed: Installed, folder: Path) -> Path:
    """The plan of the program whose runs can be told apart, exported as an author exports it."""
    made = folder / "plan.toml"
    footfall = str(Path(installed.python).with_name("footfall"))
    place = Path(installed.hello(delivery=True)).parent
    subprocess.run([footfall, "plan", "hello_app:cli", "-o", str(made)], cwd=place, check=True, capture_output=True)
    return made


@contextmanager
def urls() -> Iterator[dict[str, str]]:
    """The address of each situation, all at once."""
    sinks = [Sink("fast"), Sink("blackhole")]
    try:
        yield dict(zip(SITUATIONS, (*(sink.url for sink in sinks), f"http://127.0.0.1:{free_port()}"), strict=True))
    finally:
        for sink in sinks:
            sink.close()
