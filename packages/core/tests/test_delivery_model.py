"""Spool, seal, post, confirm: whatever ends, is killed, is lost or crashes on the way, each run is counted once."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    precondition,
    rule,
    run_state_machine_as_test,
)

from footfall import _spool, periods
from footfall.transport import Outcome

_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a disk's fsync would be most of this test
_FILE_EVENTS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.listdir", "os.scandir", "shutil.rmtree")
_armed: list[int] = []  # file operations until the crash, while one is wanted


class Crash(BaseException):
    """The sender's process ends here, in the middle of what it does."""


def _crash_when_armed(event, args):
    if _armed and event in _FILE_EVENTS:
        _armed[0] -= 1
        if _armed[0] < 0:
            _armed.clear()
            raise Crash


sys.addaudithook(_crash_when_armed)  # there is no taking it off; it does nothing unless armed


answers = st.lists(st.sampled_from(["ok", "ok", "lost answer", Outcome.RETRY, Outcome.REJECTED]), max_size=6)


class Delivery(RuleBasedStateMachine):
    """One install over some weeks; the model is a list of its runs."""

    running = Bundle("running")
    over = Bundle("over")

    def __init__(self, install_class):
        super().__init__()
        self.place = tempfile.mkdtemp(dir=_MEMORY)
        self.install = install_class(Path(self.place) / "home", "2026-11-18")
        self.client = self.install.client
        self.runs = {}  # name: [day, command, outcome]
        self.alive = set()
        self.days_left = 40

    def teardown(self):
        """Deliver what is left, then compare."""
        try:
            self.deliver_all()
            self.compare()
        finally:
            shutil.rmtree(self.place)

    def sender(self):
        """A sender that does the same each time."""
        return self.install.sender(
            is_alive=self.alive.__contains__, shuffle=lambda paths: paths.sort(key=lambda path: path.name)
        )

    def deliver_all(self):
        """Let senders run until nothing can be left."""
        self.alive.clear()
        last = max((run[0] for run in self.runs.values()), default="")
        for _ in range(3):
            self.sender().run()
        while self.install.clock.day <= last:
            self.install.clock.forward()
            self.sender().run()

    @rule(target=running, command=st.sampled_from(["(main)", "db migrate", "db"]))
    def begin(self, command):
        """A process starts a run and says so."""
        process = 1000 + len(self.runs)
        name = f"{process}.{len(self.runs):012x}"
        self.runs[name] = [self.client.today, command, "killed"]
        self.alive.add(process)
        _spool.write(self.client, "S", self.client.today, name, "1.4.2", command, "-", mode="on")
        return name

    @rule(target=over, name=consumes(running), outcome=st.sampled_from(["ok", "exit", "error", "usage", "aborted"]))
    def end(self, name, outcome):
        """The run ends in order: its line, then its process."""
        self.say_end(name, outcome)
        self.alive.discard(int(name.split(".")[0]))
        self.runs[name][2] = outcome
        return name

    @rule(name=consumes(running))
    def kill(self, name):
        """The run's process is gone without a word."""
        self.alive.discard(int(name.split(".")[0]))

    @rule(name=consumes(running))
    def seem_dead(self, name):
        """The process seems gone, is counted as killed, and its end line comes after all."""
        self.alive.discard(int(name.split(".")[0]))
        self.sender().run()
        self.say_end(name, "ok")

    @rule(name=consumes(running))
    def withdraw(self, name):
        """What began turns out to be a help text."""
        day, command, _ = self.runs.pop(name)
        _spool.write(self.client, "X", day, name, "1.4.2", command, "-", mode="on")
        self.runs[name] = [day, command, ""]

    def say_end(self, name, outcome):
        """Append the run's end line."""
        day, command, _ = self.runs[name]
        _spool.write(self.client, "E", day, name, "1.4.2", command, "-", outcome, "-", "0.050", mode="on")

    @precondition(lambda self: any(self.install.folder.glob("spool/*.log")))
    @rule(torn=st.sampled_from([b"\nE\t2026-11-2", b"\nS\t", b"\n", b"\xff\xfe", b"\nE\t2026-11-18\t99.00\t1"]))
    def tear(self, torn):
        """A line is cut off, as on a full disk."""
        name = self.install.folder / "spool" / f"{self.client.today}.log"
        if name.exists():
            with name.open("ab") as file:
                file.write(torn)

    @precondition(lambda self: self.days_left > 0)
    @rule(days=st.sampled_from([0, 0.4, 1, 1, 2, 5, -1]))
    def wait(self, days):
        """Time goes by; sometimes the clock is set back."""
        self.days_left -= abs(days)
        self.install.clock.forward(days)

    @rule(said=answers)
    def send(self, said):
        """A sender runs, and some of its requests or answers are lost or refused."""
        self.install.collector.answers = list(said)
        self.sender().run()
        self.install.collector.answers = []

    @rule(said=answers, operations=st.integers(0, 90))
    def send_and_crash(self, said, operations):
        """A sender runs, and ends in the middle, at one of its file operations."""
        self.install.collector.answers = list(said)
        sender = self.sender()
        _armed[:] = [operations]
        try:
            sender.run()
        except Crash:
            pass
        finally:
            _armed.clear()
        self.install.collector.answers = []

    def compare(self):
        """What was collected, and what was refused, is what happened; every first is told once."""
        collector = self.install.collector
        told = collector.runs + collector.runs_of(collector.rejected)
        truth = Counter((day, command, "1.4", how) for day, command, how in self.runs.values() if how)
        assert told == truth
        active = {day for day, _, how in self.runs.values() if how}
        refused = Counter(part["day"] for part in collector.rejected if part["part"] == "activity")
        began_and_withdrawn = {day for day, _, how in self.runs.values() if not how} - active
        counted = {day: n for day, n in (collector.actives + refused).items() if day not in began_and_withdrawn}
        assert counted == dict.fromkeys(active, 1)
        environments = Counter(part["day"] for part in collector.of("environment"))
        assert set(environments.values()) <= {1}
        assert_firsts_are_told_once(collector.parts)
        assert self.install.sender().state.pending == {}


def assert_firsts_are_told_once(parts):
    """Each cell of each week, and each week and month, is a first exactly once."""
    firsts, seen = Counter(), set()
    for part in parts:
        week = periods.week_of(part["day"])
        if part["part"] == "activity":
            seen |= {week, part["day"][:7]}
            firsts[week] += part["first_in_week"]
            firsts[part["day"][:7]] += part["first_in_month"]
            firsts["new"] += part["new"]
            seen.add("new")
        for name, cells in part.items():
            for cell in cells if isinstance(cells, list) else ():
                words = tuple(v for k, v in sorted(cell.items()) if k not in ("n", "first_in_week"))
                seen.add((week, part["part"], name, words))
                firsts[week, part["part"], name, words] += cell["first_in_week"]
    assert dict(firsts) == dict.fromkeys(seen, 1)


def test_every_run_and_every_first_is_counted_once(install_class):
    """Whatever sequence of runs, losses, refusals, crashes and clock changes: sums of what arrived are the truth."""
    found = settings(max_examples=100, stateful_step_count=30)
    run_state_machine_as_test(lambda: Delivery(install_class), settings=found)


def test_a_crash_at_any_one_file_operation_loses_nothing(install_class):
    """A sender dies at its first, second, ... last file operation, with two days waiting: the next makes it good."""
    place = Path(tempfile.mkdtemp(dir=_MEMORY))
    try:
        at = 0
        while send_with_crash(install_class(place / str(at), "2026-11-18"), at):
            at += 1
        assert at > 40
    finally:
        shutil.rmtree(place)


def send_with_crash(install, at):
    """Whether the sender died at operation ``at``; after that, or without, all must be told once."""
    install.run()
    install.clock.forward(1)
    install.run("db")
    sender, has_crashed = install.sender(), False
    _armed[:] = [at]
    try:
        sender.run()
    except Crash:
        has_crashed = True
    finally:
        _armed.clear()
    install.send()
    found = install.collector
    assert found.runs == {("2026-11-18", "(main)", "1.4", "ok"): 1, ("2026-11-19", "db", "1.4", "ok"): 1}, at
    assert found.actives == {"2026-11-18": 1, "2026-11-19": 1}, at
    assert_firsts_are_told_once(found.parts)
    return has_crashed
