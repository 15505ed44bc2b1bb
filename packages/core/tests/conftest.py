"""What several tests of the core share: a calm environment, a clock that is set by hand, an install and a collector."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from footfall import Client, _consent, _counting, _spawn, _spool_files, wire
from footfall.sender import Sender
from footfall.transport import Outcome

sys.path.insert(0, str(Path(__file__).parent))  # planted_faults

_QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}
settings.register_profile("here", **_QUIET)
settings.register_profile("ci", derandomize=True, database=None, **_QUIET)
settings.load_profile("ci" if "CI" in os.environ else "here")


@pytest.fixture(autouse=True)
def calm(monkeypatch):
    """No test is decided by the machine it runs on."""
    for name in ("DO_NOT_TRACK", "FOOTFALL", "FOOTFALL_HOME", "FOOTFALL_ENDPOINT", "FOOTFALL_DEBUG", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    for name in _consent.CI_MARKERS:
        monkeypatch.delenv(name, raising=False)
    yield
    _counting._all.clear()  # the end of all tests is not the end of any of their programs


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self, day):
        self.now = datetime.fromisoformat(day + "T12:00:00").replace(tzinfo=timezone.utc)

    def __call__(self):
        """Seconds since the epoch."""
        return self.now.timestamp()

    def forward(self, days=1, **more):
        """Move by days, hours, ..."""
        self.now += timedelta(days=days, **more)

    @property
    def day(self):
        """Today, ``YYYY-MM-DD``."""
        return self.now.strftime("%Y-%m-%d")


class Collector:
    """A transport that ends in a collector's bookkeeping: keys it has seen, and every cell's sum.

    ``answers`` are used up one a post: an outcome (RETRY: it never came), an outcome and the reason for it, or
    ``lost answer``; then all goes well.
    """

    def __init__(self):
        self.reason = ""
        self.answers = []
        self.bodies = []
        self.keys = set()
        self.parts = []
        self._rejected = {}

    def post(self, body):
        """Count ``body`` once, whatever the sender is told."""
        answer = self.answers.pop(0) if self.answers else "ok"
        answer, self.reason = answer if isinstance(answer, tuple) else (answer, "")
        part = wire.decode(body)
        if answer is Outcome.REJECTED and part["key"] not in self.keys:
            self._rejected[part["key"]] = part
            return answer
        if answer in (Outcome.RETRY, Outcome.STOP):
            return answer
        self.bodies.append(body)
        self._rejected.pop(part["key"], None)  # a sender that died with the answer asks again
        if part["key"] not in self.keys:
            self.keys.add(part["key"])
            self.parts.append(part)
        return Outcome.RETRY if answer == "lost answer" else Outcome.DELIVERED

    def of(self, part):
        """Accepted parts of one kind."""
        return [document for document in self.parts if document["part"] == part]

    @property
    def rejected(self):
        """Parts refused, and not taken later."""
        return list(self._rejected.values())

    @property
    def runs(self):
        """Runs counted, by day, command, release and outcome."""
        return self.runs_of(self.parts)

    @staticmethod
    def runs_of(parts):
        """Runs told by these parts, by day, command, release and outcome."""
        found = Counter()
        for part in (part for part in parts if part["part"] == "cli.command"):
            for row in part.get("rows", ()):
                found[part["day"], row["command"], row["release"], row["outcome"]] += row["n"]
        return found

    @property
    def actives(self):
        """Activity parts by day."""
        return Counter(part["day"] for part in self.of("activity"))


class Install:
    """One install of ``mytool``, its folder, its clock, and the sender that is run by hand."""

    def __init__(self, home, day="2026-11-18", **settings):
        self.clock = Clock(day)
        self.environ = {"MYTOOL_TELEMETRY": "1", _spawn.CHILD_MARK: "1"}  # on, and no process is started
        known = {"version": "1.4.2", "endpoint": "http://127.0.0.1:9", "environ": self.environ, "clock": self.clock}
        self.client = Client("mytool", home=str(home), **{**known, **settings})
        self.client.commands = lambda: {"(main)": ["--verbose"], "db": [], "db migrate": ["--dry-run"]}
        self.collector = Collector()

    @property
    def folder(self):
        """The project's state."""
        return Path(self.client.folder)

    def run(self, command="(main)", *, flags=(), error=None):
        """One run of the program, through the client as an adapter would use it."""
        try:
            with self.client.invocation("test") as run:
                run.command, run.flags = command, flags
                with self.client.guard():  # as adapters do
                    run.begin()
                if error is not None:
                    raise error
        except BaseException as raised:
            if raised is not error:
                raise

    def answer(self, text):
        """Keep an answer, given to all words of this version, as another process would have."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "agreed.json").write_text(json.dumps({"version": self.client.version, "words": []}))
        (self.folder / "consent").write_text(text)

    def line(self, *fields, first=False):
        """Write a line into today's spool file, as another process would."""
        name = self.folder / "spool" / f"{self.clock.day}.log"
        name.parent.mkdir(parents=True, exist_ok=True)
        with name.open("ab") as file:
            file.write(("\n" + "\t".join(fields) + "\n").encode())

    def sender(self, **more):
        """A sender for this folder, as it is now."""
        _spool_files.make_private(str(self.folder / "spool"))
        _spawn.write_plan(self.client)
        return Sender(self.folder, self.clock, environ=self.environ, transport=self.collector, **more)

    def send(self, alive=None):
        """Let the day's sender run, to which the processes in ``alive`` live; its outcomes."""
        return self.sender(**({} if alive is None else {"is_alive": alive.__contains__})).run()

    def lose(self):
        """Two days: one sent, one with a part refused and the others waiting; and three lines that found no room."""
        self.run()
        self.send()
        self.clock.forward(1)
        self.run()
        self.collector.answers = [Outcome.REJECTED, *[Outcome.RETRY] * 5]
        self.send()
        (self.folder / "spool" / "dropped").write_bytes(b"...")

    @property
    def files(self):
        """All files of the state folder, by their path in it."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture
def install_class():
    """The class of installs, for those that make many."""
    return Install


@pytest.fixture
def new_install(tmp_path):
    """Make installs of ``mytool``, each with a home of its own."""
    made = []

    def make(day="2026-11-18", **settings):
        made.append(Install(tmp_path / f"home{len(made)}", day, **settings))
        return made[-1]

    return make


@pytest.fixture
def install(new_install):
    """One install of ``mytool`` that may count."""
    return new_install()
