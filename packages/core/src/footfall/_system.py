"""All that differs between operating systems: detached processes, locks, whether a process lives."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping

_DETACHED_PROCESS, _NEW_GROUP, _NO_WINDOW = 0x00000008, 0x00000200, 0x08000000
_SHELL = "/bin/sh"
_ERROR_ACCESS_DENIED, _STILL_ACTIVE, _QUERY = 5, 259, 0x1000
_HERE = "/proc/self/cwd"  # a shell that is told where it is, if truly, does not ask for the folder's name
_ORPHAN = 'unset PWD OLDPWD; exec "$@" &'  # a shell exports the current folder, whose name is the user's


def spawn_detached(command: list[str], environ: Mapping[str, str]) -> None:
    """Start ``command`` in a session of its own, with nothing of ours open: no terminal, no pipe.

    By way of a shell that ends at once, so that it is no child of this process: one that lives on, as a server that
    runs commands does, has nothing to clear away, and does not see it where it waits for children of its own.

    Raises:
        OSError: when it cannot be started.
    """
    if sys.platform == "win32":
        import subprocess  # Windows has no posix_spawn

        flags = _DETACHED_PROCESS | _NEW_GROUP | _NO_WINDOW
        null = subprocess.DEVNULL
        started = subprocess.Popen(
            command, env=dict(environ), stdin=null, stdout=null, stderr=null, creationflags=flags
        )
        started.returncode = 0  # nobody waits for it: Python would warn of that, if it were asked to
        return
    if not os.access(command[0], os.X_OK):
        raise FileNotFoundError(2, "cannot be started", command[0])  # a shell would say so to nobody
    if os.access(_SHELL, os.X_OK):
        os.waitpid(_spawn([_SHELL, "-c", _ORPHAN, "sh", *command], dict(environ, PWD=_HERE)), 0)
    else:
        _spawn(command, environ)


def _spawn(command: list[str], environ: Mapping[str, str]) -> int:
    null_for = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    try:
        return os.posix_spawn(command[0], command, environ, file_actions=null_for, setsid=True)
    except NotImplementedError:  # a C library without POSIX_SPAWN_SETSID: a group of its own is next best
        return os.posix_spawn(command[0], command, environ, file_actions=null_for, setpgroup=0)


def close_inherited() -> None:
    """Close all but standard streams: a shell may have handed the application a pipe that somebody reads to its end."""
    if sys.platform != "win32":
        os.closerange(3, min(os.sysconf("SC_OPEN_MAX"), 65536))


def is_alive(process: int) -> bool:
    """Whether the process with this id lives; one that may not be asked counts as living."""
    if sys.platform == "win32":
        return _is_alive_on_windows(process)
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def try_lock(path: str) -> int | None:
    """An open descriptor that holds the lock ``path`` until it is closed; ``None`` if another process holds it.

    Raises:
        OSError: when the file system has no locks or cannot be written.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def lock_for(descriptor: int, seconds: float) -> bool:
    """Lock an open file against others who do so, until it is closed; whether that was possible in time.

    Raises:
        OSError: when the file system has no locks.
    """
    if sys.platform == "win32":
        return True  # :func:`write_locked` locks there
    import fcntl

    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        else:
            return True


def write_locked(descriptor: int, text: bytes) -> int:
    """Append, and give how many bytes there was room for.

    Where ``O_APPEND`` is not atomic (Windows): under a lock on a byte that no text will reach.
    """
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 1 << 30, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        try:
            os.lseek(descriptor, 0, os.SEEK_END)
            return os.write(descriptor, text)
        finally:
            os.lseek(descriptor, 1 << 30, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    return os.write(descriptor, text)


def may_ask() -> bool:
    """Whether somebody sits at the terminal and waits.

    A job in the background would be stopped by reading; and who is typing already means something else by it.
    """
    if sys.platform == "win32":
        import msvcrt

        return not msvcrt.kbhit()
    import select

    return os.tcgetpgrp(0) == os.getpgrp() and not select.select([0], [], [], 0)[0]


def read_line(seconds: float) -> str:
    """A line from the terminal, or an empty one when none is begun in time.

    No thread: one that still waits for the terminal when the program ends would make the interpreter abort.
    """
    if sys.platform == "win32":
        import msvcrt

        deadline = time.monotonic() + seconds
        while not msvcrt.kbhit() and time.monotonic() < deadline:
            time.sleep(0.05)
        return sys.stdin.readline() if msvcrt.kbhit() else ""
    import select

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:  # in short waits: a Ctrl-C just before one is heard after it
        if select.select([sys.stdin], [], [], 0.2)[0]:
            return sys.stdin.readline()
    return ""


def _is_alive_on_windows(process: int) -> bool:
    if sys.platform != "win32":
        return False
    import ctypes  # os.kill(process, 0) would end it there

    kernel = ctypes.windll.kernel32
    handle = kernel.OpenProcess(_QUERY, False, process)
    if not handle:
        return bool(kernel.GetLastError() == _ERROR_ACCESS_DENIED)
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == _STILL_ACTIVE
