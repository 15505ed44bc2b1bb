"""SIGKILL, and a full disk, right before each single call of program and sender that changes a file or talks."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter

import pytest
from homes import CHAOTIC, is_settled, lost, runs_in
from machines import SECONDS_MAX

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def one_by_one(what, kind, home, judge, faults, step=1):
    """How the process ended in each copy of ``home``, by the copy's folder: at one call after another, at none.

    The next day's sender has come and gone in each.
    """
    place = home.home.parent
    command = [
        sys.executable,
        CHAOTIC / "one_by_one.py",
        what,
        kind,
        str(step),
        home.home,
        place / "copies",
        judge.address,
    ]
    environ = home.environ(LD_PRELOAD=str(faults), PYTHONHASHSEED="0")
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, timeout=4 * SECONDS_MAX, check=True)
    ends = dict(map(int, line.split()) for line in done.stdout.splitlines())
    return {place / "copies" / str(n) / "hello": end for n, end in ends.items()}


@pytest.fixture
def waiting(home, judge):
    """An install of which one run was told, and two days' runs wait."""
    home.run()
    home.wait()
    assert judge.runs() == {"ok": 1}
    home.run()
    home.day += 1
    home.without_sender()
    home.run()
    home.see("no-such-command")
    return home


def check_waiting(copies, judge):
    """All that waited was counted once, in each copy."""
    for folder in copies:
        name = folder.parent.name
        assert judge.runs(name) == {"ok": 2, "usage": 1}, name
        assert list(judge.days(name).values()) == [1], name
        assert judge.news(name) == 0, name
        assert not lost(folder), name
        assert is_settled(folder), name


def test_the_sender_is_killed(waiting, judge, faults):
    """Whenever the sender is killed, the next day's finds all that ran: each run is counted once, nothing is lost."""
    copies = one_by_one("sender", "kill", waiting, judge, faults)
    *killed, last = copies.values()
    assert (set(killed), last) == ({-signal.SIGKILL}, 0)
    assert len(killed) > 60
    check_waiting(copies, judge)
    assert judge.again > 0, "some were killed when the collector had counted, and they did not know"


def test_the_senders_disk_is_full(waiting, judge, faults):
    """Whenever the disk is full under the sender, the next day's, with room again, counts each run once."""
    copies = one_by_one("sender", "full", waiting, judge, faults, step=3)
    assert set(copies.values()) == {0}
    assert len(copies) > 10
    check_waiting(copies, judge)


def check_first_runs(home, copies, judge):
    """The run is counted if its start line is whole, as killed if its end line is not; and so is the next day's."""
    began = 0
    for folder in copies:
        name = folder.parent.name
        begun, ended = (runs_in(folder, home.date, kind) for kind in "SE")
        killed = len(begun - ended)
        assert judge.runs(name) == +Counter(ok=len(ended) + 1, killed=killed), name
        assert set(judge.days(name).values()) == {1}, name
        assert len(judge.days(name)) == 1 + bool(begun | ended), name
        assert judge.news(name) == 1, name
        assert is_settled(folder), name
        began += bool(begun)
    assert 0 < began < len(copies), "some before the start line, some after it"


def test_the_program_is_killed(home, judge, faults):
    """Whenever a first run is killed, it is counted if its start line was written, and later runs are in any case."""
    copies = one_by_one("program", "kill", home, judge, faults)
    *killed, last = copies.values()
    assert (set(killed), last) == ({-signal.SIGKILL}, 0)
    check_first_runs(home, copies, judge)


def test_the_programs_disk_is_full(home, judge, faults):
    """Whenever the disk is full, the user sees what the bare program shows; what was written whole is counted once."""
    copies = one_by_one("program", "full", home, judge, faults)
    assert set(copies.values()) == {0}
    outputs = [path.read_bytes() for path in (home.home.parent / "copies").glob("*.output")]
    assert set(outputs) == {b"Hello world!\n"}
    assert len(outputs) == 2 * len(copies)
    check_first_runs(home, copies, judge)
