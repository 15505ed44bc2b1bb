"""``python -m footfall.sender`` as a process: nobody watches it, so nothing of it may be seen or left."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import pytest

from footfall import _project


@pytest.fixture
def start(tmp_path):
    """Run the program; gives the finished process."""

    def run(*words, cwd=tmp_path, **environ):
        found = {"PYTHONPATH": os.pathsep.join(sys.path), "MYTOOL_TELEMETRY": "1", **environ}
        command = [sys.executable, "-m", "footfall.sender", *words]
        return subprocess.run(command, env=found, capture_output=True, check=False, cwd=cwd, timeout=60)

    return run


@pytest.fixture
def used(new_install):
    """An install with a run, a plan, and a collector where nobody listens."""
    install = new_install()
    install.run()
    install.sender()
    return install


def test_it_says_nothing_whatever_happens(start, used, tmp_path):
    """A folder that is not there, empty or broken gives no output and no file."""
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "gone", tmp_path / "empty"):
        found = start(str(folder))
        assert (found.returncode, found.stdout, found.stderr) == (0, b"", b"")
    assert not (tmp_path / "gone").exists()
    assert list((tmp_path / "empty").iterdir()) == []


def test_wrong_usage_gives_2(start):
    """Without a folder there is a usage text for whoever tries it by hand."""
    assert start().returncode == 2
    assert start("x", "--clock-offset", "soon").returncode == 2


def test_a_folder_may_be_named_relative_to_where_the_program_ran(start, used):
    """FOOTFALL_HOME may be a relative path: the sender finds the folder that the program meant."""
    offset = used.clock() - time.time()
    found = start("mytool", f"--clock-offset={offset:.0f}", cwd=used.client.home)
    assert (found.returncode, found.stderr) == (0, b"")
    assert list((used.folder / "outbox").iterdir()) != []


@pytest.mark.statement(22)
@pytest.mark.privacy
@pytest.mark.parametrize("environ", [{"DO_NOT_TRACK": "1"}, {"FOOTFALL": "off"}, {"MYTOOL_TELEMETRY": "0"}])
def test_it_decides_for_itself(start, used, environ):
    """Statement 22: a sender whose environment says off reads and writes nothing."""
    before = used.files
    assert start(str(used.folder), **environ).returncode == 0
    assert used.files == before


def test_who_makes_the_debug_folder_learns_what_went_wrong(start, used):
    """An unreadable plan leaves a line in ``debug/sender.log``, if the user has made that folder; and the plan goes."""
    (used.folder / "plan.json").write_text("{")
    (used.folder / "debug").mkdir()
    assert start(str(used.folder)).returncode == 0
    assert "FootfallError" in (used.folder / "debug" / "sender.log").read_text()
    assert not (used.folder / "plan.json").exists()


def test_a_sender_gives_way_to_another(start, used):
    """While one sender is at work, a second ends before long and touches nothing."""
    held = _project.wait_for_lock(used.folder)
    before = used.files
    assert start(str(used.folder)).returncode == 0
    assert used.files == before
    _project.release(held)


def test_who_only_looks_does_not_keep_the_sender_from_its_work(start, used):
    """A command that holds the lock for a moment, as `preview` does, does not cost the day its one sender."""
    held = _project.wait_for_lock(used.folder)
    threading.Timer(1, _project.release, (held,)).start()
    offset = used.clock() - time.time()
    assert start(str(used.folder), f"--clock-offset={offset:.0f}").returncode == 0
    assert list((used.folder / "outbox").iterdir()) != []
