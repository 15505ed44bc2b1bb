"""A real collector: its process, started and stopped as the days go by, and what it answers."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener

from simulation.process import own_environ
from simulation.programs import EXAMPLES, Program
from simulation.words import digest_of

SECONDS_MAX = 30.0  # to start, to stop, to answer
PLANS = "plans"  # the folder with the plan of each program


class DemoError(Exception):
    """Something that the demo needs did not work; says what."""


class Collector:
    """``footfall-collector serve`` with an SQLite file in ``folder``, on a loopback port that stays the same."""

    def __init__(self, folder: Path, k: int) -> None:
        self._folder = folder
        self.k = k
        self._port = _free_port()
        self._process: subprocess.Popen[str] | None = None
        self._open = build_opener(ProxyHandler({})).open  # the loopback is not behind a proxy

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def is_up(self) -> bool:
        """Whether it has been started, and not stopped."""
        return self._process is not None

    def start(self, today: date) -> None:
        """Start it, with a clock that says ``today``. Raises ``DemoError``."""
        now = datetime.now(timezone.utc)
        offset = datetime.combine(today, now.timetz()) - now
        options = {
            "store": f"sqlite:///{self._folder}/footfall.db",
            "plan": self._folder / PLANS,
            "port": self._port,
        }
        options |= {"k": self.k, "clock-offset": f"{offset.total_seconds():.0f}"}
        self._process = subprocess.Popen(
            [_program(), "serve", *(f"--{name}={value}" for name, value in options.items())],
            env=own_environ(self._folder),
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.startswith("listening on "):
            raise DemoError(f"the collector does not start: {line or 'it ended'}")

    def stop(self) -> None:
        """Stop it, if it is up. Raises ``DemoError`` if it had to be killed."""
        process, self._process = self._process, None
        if process is None:
            return
        with process:
            process.terminate()
            try:
                process.wait(SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                raise DemoError("the collector did not end when it was asked to") from None

    def page(self, program: Program) -> str:
        """Address of a program's dashboard."""
        return f"{self.url}/projects/{program.project}"

    def get(self, program: Program, path: str, **query: str) -> dict[str, Any]:
        """The JSON document at a path of a program's API."""
        url = f"{self.url}/api/projects/{program.project}/{path}?{urlencode(query)}"
        with self._open(url, timeout=SECONDS_MAX) as answer:
            return dict(json.load(answer))

    def wait(self) -> None:
        """Until it ends, or somebody presses Ctrl-C."""
        with contextlib.suppress(KeyboardInterrupt):
            while self._process is not None and self._process.poll() is None:
                time.sleep(0.5)


def plan_of(program: Program, folder: Path) -> Path:
    """The file with a program's vocabulary, for the collector, and for each install of the program."""
    return folder / PLANS / f"{program.project}.json"


def export_plan(program: Program, folder: Path) -> str:
    """Write a program's vocabulary to a file in ``folder``'s plans, with ``footfall plan``; the digest of its words.

    Raises ``DemoError``.
    """
    (folder / PLANS).mkdir(exist_ok=True)
    path = plan_of(program, folder)
    made = subprocess.run(
        [sys.executable, "-m", "footfall.cli", "plan", program.plan, "--output", str(path)],
        check=False,
        cwd=EXAMPLES,
        env=own_environ(folder),
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise DemoError(f"footfall plan {program.plan}: {made.stderr.strip()}")
    return digest_of(json.loads(path.read_text("utf-8")))


def _program() -> str:
    found = shutil.which("footfall-collector", path=str(Path(sys.executable).parent))
    if found is None:
        raise DemoError("footfall-collector is not installed beside this Python: run `nox -s demo`")
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
