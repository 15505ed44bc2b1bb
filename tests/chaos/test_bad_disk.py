"""Locks that fail, files that hold anything but what they should, a small disk that is full."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from homes import is_settled, lost, runs_in

pytestmark = pytest.mark.e2e

HELLO = (0, b"Hello world!\n")
NO_LOCKS = "3"  # as faults.c has it


@pytest.mark.parametrize("error", ["ENOLCK", "EOPNOTSUPP"])
def test_a_file_system_without_locks(home, judge, faults, error):
    """Where nothing can be locked no sender works, so none counts twice; with locks again all that ran is counted."""
    bad = {"FAULT_KIND": NO_LOCKS, "FAULT_AT": "1" if error == "ENOLCK" else "2", "FAULT_HOME": str(home.home)}
    home.run()
    home.wait()
    home.day += 1
    home.without_sender()
    home.run()
    senders = [home.start_sender(LD_PRELOAD=str(faults), **bad) for _ in range(3)]
    assert [sender.wait(60) for sender in senders] == [0] * 3
    assert judge.runs() == {"ok": 1}
    code, said = home.see("telemetry", "off", LD_PRELOAD=str(faults), **bad)
    assert code == 0, said
    assert sorted(path.name for path in home.folder.iterdir()) == ["consent"], "no is no, with locks or without"


def test_locks_come_back(home, judge, faults):
    """What a sender could not send for want of a lock waits for one that can."""
    bad = {"FAULT_KIND": NO_LOCKS, "FAULT_HOME": str(home.home), "LD_PRELOAD": str(faults)}
    home.run()
    home.wait()
    home.day += 1
    home.without_sender()
    home.run()
    assert home.start_sender(**bad).wait(60) == 0
    home.next_day()
    assert judge.runs() == {"ok": 3}
    assert set(judge.days().values()) == {1}


def without(path):
    """A path at which nothing is any more."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    return path


SPOILT = {
    "removed": without,
    "binary": lambda path: without(path).write_bytes(b"\x00\xff{]\n" * 1000),
    "empty": lambda path: without(path).write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "huge": lambda path: without(path).write_bytes(b"[" * 5_000_000),
    "a folder": lambda path: without(path).mkdir(),
    "a link to nowhere": lambda path: without(path).symlink_to("/nowhere/at/all"),
}
CASES = {
    "state.json": ("removed", "cut", "huge", "a folder"),
    "plan.json": ("cut", "a folder", "a link to nowhere"),
    "install": ("binary", "a folder"),
    "lock": ("a folder",),
    "sent": ("empty",),
    "outbox": ("a link to nowhere",),
    "spool": ("empty",),
    "spool/today.log": ("binary", "cut", "huge", "a folder", "a link to nowhere"),
}
# Somebody has put that there, and it is let be: nothing is sent, and nothing counted twice, until it is gone.
STAYS = {
    *(("plan.json", "a folder"), ("install", "a folder"), ("spool", "empty")),
    *(("lock", "a folder"), ("outbox", "a link to nowhere")),
}


@pytest.mark.slow
def test_files_that_hold_anything(home, judge):
    """Whatever stands in a file's place: the user sees nothing of it, nothing counts twice, later days are counted."""
    home.run()
    home.wait()
    home.run()
    home.day += 1
    home.without_sender()
    home.run()
    cases = [(name, how) for name, ways in CASES.items() for how in ways]
    faults, stuck = {}, set()

    def case(number):
        name, how = cases[number]
        copy = home.copy(f"copy{number}", f"{judge.address}/{number}")
        SPOILT[how](copy.folder / name.replace("today", copy.date))
        seen = [copy.see()]
        for _ in range(2):
            copy.day += 1
            seen.append(copy.see())
            copy.wait()
        runs, days = judge.runs(str(number)), judge.days(str(number))
        if set(seen) != {HELLO} or sum(runs.values()) > 5 or set(days.values()) - {1} or judge.news(str(number)):
            faults[cases[number]] = (seen, runs, days)
        elif not runs:
            stuck.add(cases[number])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(case, range(len(cases))))
    assert not faults
    assert stuck == STAYS


@pytest.fixture
def small_disk(tmp_path):
    """A disk of half a megabyte, which can be filled."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", place], check=False)
    if made.returncode:
        pytest.skip("only root may mount a small disk")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(place):
    """Fill a disk to its last byte; what has to be removed to make room."""
    ballast = place / "ballast"
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 512):
            pass
    return ballast


@pytest.mark.skipif(os.name != "posix", reason="a tmpfs")
def test_a_small_disk(small_disk, judge):
    """On a disk that is full the program is as it is bare; what found no room is lost, and nothing is counted twice."""
    from homes import Home

    ballast = fill(small_disk) if (home := Home(small_disk, judge.address)) else None
    assert home.see() == HELLO, "before the first line"
    ballast.unlink()
    home.run()
    home.wait()
    told = judge.runs()
    assert told["ok"] in (1, 2)
    fill(small_disk)
    for _ in range(25):
        assert home.see("greet", "--name", "world") == HELLO
    home.next_day()
    ballast.unlink()
    written = sum(len(runs_in(home.folder, path.name[:10], "S")) for path in (home.folder / "spool").glob("*.log"))
    home.next_day()
    home.next_day()
    seen = judge.runs()
    assert told["ok"] + 2 <= seen["ok"] + seen["killed"] <= written + 2
    assert set(judge.days().values()) == {1}
    assert is_settled(home.folder)
    assert not set(lost(home.folder)) - {"torn"}
    home.kill_senders()
