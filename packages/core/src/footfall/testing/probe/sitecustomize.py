# ruff: noqa: INP001 - a folder for PYTHONPATH, not a package
"""Loaded by Python before a program under test: keeps what it imports, writes and starts, in the file that is named.

Where it is asked to, it has the program find a person's own machine, though that of the tests be root's or a container.

It imports nothing that is not loaded anyway, and does nothing in processes that the program starts with a clean
environment.
"""

import atexit
import os
import sys

_IS_A_PERSONS = os.environ.get("FOOTFALL_TESTING_PERSON", "")
_LOG = os.environ.get("FOOTFALL_TESTING_LOG", "")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {"chmod", "link", "mkdir", "remove", "rename", "rmdir", "symlink", "truncate"}
_STARTS = {"exec", "fork", "forkpty", "posix_spawn", "spawn", "startfile", "system"}
_EVENTS = {
    *(f"os.{name}" for name in (*_CHANGES, *_STARTS)),
    "_thread.start_joinable_thread",
    "_thread.start_new_thread",
    "socket.__new__",
    "socket.connect",
    "subprocess.Popen",
}
_seen: list[str] = []


def _note(event: str, details: tuple[object, ...]) -> None:
    if event == "open":
        path, _, flags = details
        if isinstance(path, int) or not isinstance(flags, int) or not flags & _WRITES:
            return  # a descriptor was opened before
    elif event not in _EVENTS:
        return
    what = str(details[0]) if event.startswith("o") and details else ""
    if "__pycache__" not in what:  # Python's own, at the first run after an installation
        _seen.append(f"{event} {what}")


def _write() -> None:
    text = "\n".join(["\t".join(sorted(sys.modules)), *_seen])
    descriptor = os.open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(descriptor, text.encode("utf-8", "replace"))
    os.close(descriptor)


if _LOG:
    atexit.register(_write)  # the first to be registered is the last to run
    sys.addaudithook(_note)

if _IS_A_PERSONS:
    _access = os.access
    os.access = lambda path, *more, **ways: (
        path not in ("/.dockerenv", "/run/.containerenv") and _access(path, *more, **ways)
    )
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.geteuid = lambda: 1000
