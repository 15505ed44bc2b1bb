"""What differs between operating systems, as far as this one can show it; the others' pure parts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from footfall import _system, state_home
from footfall._consent import admin_file

SECONDS_MAX = 30
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX only")


def wait_for(path):
    """Text of a file that another process writes."""
    deadline = time.monotonic() + SECONDS_MAX
    while not path.exists() or not path.read_text().endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return path.read_text().splitlines()


def test_a_process_lives_until_it_has_ended():
    """One's own process lives, one that has ended and been waited for does not."""
    assert _system.is_alive(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert _system.is_alive(child.pid)
        child.stdin.close()
        child.wait(SECONDS_MAX)
    assert not _system.is_alive(child.pid)


@posix
def test_a_process_that_may_not_be_asked_counts_as_living():
    """Process 1 is somebody else's, and lives; a number that can be no process does not."""
    assert _system.is_alive(1)
    assert not _system.is_alive(2**40)


def test_one_process_holds_a_lock(tmp_path):
    """Whoever is first has the lock until it is closed; nobody waits."""
    path = str(tmp_path / "lock")
    held = _system.try_lock(path)
    assert held is not None
    code = "import sys; from footfall import _system; print(_system.try_lock(sys.argv[1]))"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    other = [sys.executable, "-c", code, path]
    assert subprocess.run(other, capture_output=True, text=True, env=environ, check=True).stdout == "None\n"
    os.close(held)
    assert subprocess.run(other, capture_output=True, text=True, env=environ, check=True).stdout != "None\n"


def test_a_lock_that_cannot_be_made_is_an_error(tmp_path):
    """Where no lock can be, there is no sender that thinks it is alone."""
    with pytest.raises(OSError, match="gone"):
        _system.try_lock(str(tmp_path / "gone" / "lock"))


REPORT = """
import os, sys
from footfall import _system
_system.close_inherited()
kept = []
for number in range(256):
    try:
        kept.append(f"{number}:{os.readlink(f'/proc/self/fd/{number}')}")
    except OSError:
        pass
try:
    os.ttyname(0)
    kept.append("terminal")
except OSError:
    pass
lines = [" ".join(kept), str(os.getsid(0)), " ".join(sorted(os.environ))]
open(sys.argv[1] + ".new", "w").write("\\n".join(lines) + "\\n")
os.rename(sys.argv[1] + ".new", sys.argv[1])
"""


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="what a process holds is read from /proc")
def test_a_detached_process_holds_nothing_of_ours(tmp_path):
    """It is in a session of its own, its streams go nowhere, it has the environment given and no inherited pipe."""
    read, write = os.pipe()
    os.set_inheritable(write, True)
    environ = {"PYTHONPATH": os.pathsep.join(sys.path), "ONLY": "this"}
    command = [sys.executable, "-c", REPORT, str(tmp_path / "report")]
    _system.spawn_detached(command, environ)
    held, session, names = wait_for(tmp_path / "report")
    os.close(write)
    os.close(read)
    assert held == "0:/dev/null 1:/dev/null 2:/dev/null"
    assert int(session) != os.getsid(0)
    assert set(names.split()) <= {"PYTHONPATH", "ONLY", "LC_CTYPE"}  # the last is Python's own doing


@posix
def test_a_program_that_cannot_be_started_is_an_error(tmp_path):
    """What cannot be started raises here, where the client's guard catches it."""
    with pytest.raises(OSError, match="nothing"):
        _system.spawn_detached([str(tmp_path / "nothing")], {})


def test_text_is_appended_whole(tmp_path):
    """A locked write appends at the end, wherever the descriptor stands."""
    path = tmp_path / "file"
    path.write_bytes(b"before")
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    _system.write_locked(descriptor, b" after")
    os.close(descriptor)
    assert path.read_bytes() == b"before after"


@pytest.mark.parametrize(
    ("platform", "environ", "home", "admin"),
    [
        ("linux", {"HOME": "/h"}, "/h/.local/state/footfall", "/etc/footfall/consent"),
        ("linux", {"HOME": "/h", "XDG_STATE_HOME": "/s"}, "/s/footfall", "/etc/footfall/consent"),
        ("linux", {}, "", "/etc/footfall/consent"),
        ("freebsd14", {"HOME": "/h"}, "/h/.local/state/footfall", "/etc/footfall/consent"),
        (
            "darwin",
            {"HOME": "/h"},
            "/h/Library/Application Support/footfall",
            "/Library/Application Support/footfall/consent",
        ),
        ("darwin", {}, "", "/Library/Application Support/footfall/consent"),
        ("win32", {"LOCALAPPDATA": "C:\\L", "HOME": "/h"}, "C:\\L/footfall", "C:\\ProgramData\\footfall\\consent"),
        ("win32", {"PROGRAMDATA": "D:\\P"}, "", "D:\\P\\footfall\\consent"),
        ("linux", {"FOOTFALL_HOME": "/x", "HOME": "/h"}, "/x", "/etc/footfall/consent"),
    ],
)
def test_each_platform_has_its_places(monkeypatch, platform, environ, home, admin):
    """State is kept where each platform keeps a user's state, and the administrator's file is beyond a user's reach."""
    monkeypatch.setattr(sys, "platform", platform)
    assert (state_home(environ), admin_file(environ)) == (home, admin)


@posix
def test_an_interrupt_reaches_no_detached_process(tmp_path):
    """Ctrl-C at the terminal, sent to the program's group, does not end a process that has a session of its own."""
    code = "import os, sys, time; open(sys.argv[1], 'w').write(f'{os.getpid()} {os.getpgid(0)}\\n'); time.sleep(60)"
    _system.spawn_detached([sys.executable, "-c", code, str(tmp_path / "ids")], {})
    process, group = map(int, wait_for(tmp_path / "ids")[0].split())
    os.kill(process, signal.SIGKILL)
    assert group != os.getpgid(0)


@pytest.mark.statement(29)
@posix
@pytest.mark.privacy
def test_an_orphan_is_not_told_the_current_folder(tmp_path, monkeypatch):
    """Statement 29: the shell that starts an orphan adds no folder of the user's to its environment."""
    monkeypatch.chdir(tmp_path)
    told = tmp_path / "told"
    code = f"import os, pathlib; pathlib.Path({str(told)!r}).write_text('\\n'.join([*os.environ, '']))"
    _system.spawn_detached([sys.executable, "-c", code], {"A": "1"})
    assert not {"PWD", "OLDPWD"} & set(wait_for(told))
