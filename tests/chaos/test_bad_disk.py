"""Locks that fail, files that hold anything but what they should, a small disk that is full."""

from __future__ import annotations

import contextlib
import os
import subprocess

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


SPOILT = {
    "binary": lambda path: path.write_bytes(b"\x00\xff{]\n" * 1000),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if path.exists() else b"{"),
    "huge": lambda path: path.write_bytes(b"[" * 5_000_000),
    "folder": lambda path: (path.unlink(missing_ok=True), path.mkdir()),
    "dangling": lambda path: (path.unlink(missing_ok=True), path.symlink_to("/nowhere/at/all")),
}
FILES = ["state.json", "plan.json", "agreed.json", "install", "lock", "sent", "outbox", "spool/today.log", "plan.d"]


@pytest.mark.slow
@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_holds_anything(home, judge, name, how):
    """Whatever stands in a file's place: the user sees nothing of it, nothing is counted twice, later days are counted.

    At most the runs that are not told yet are lost. A folder that somebody put in a file's place stays in the way.
    """
    home.run()
    home.wait()
    home.run()
    home.day += 1
    home.without_sender()
    home.run()
    path = home.folder / name.replace("today", home.date)
    if path.is_dir():
        with contextlib.suppress(FileNotFoundError):
            path.rename(path.with_name("aside"))
    SPOILT[how](path)
    assert home.see() == HELLO
    home.day += 1
    for _ in range(3):
        assert home.see() == HELLO
        home.wait()
        home.day += 1
    seen = judge.runs()
    assert seen["ok"] + seen["killed"] <= 7
    assert set(judge.days().values()) == {1}
    assert judge.news() == 1
    if how != "folder":
        assert seen["ok"] >= 3, "the first, and what ran after the file was made good"


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
