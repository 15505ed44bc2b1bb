"""The spool: one text line for each thing that happened, appended with one write; and the day's token.

Hot: loaded in every instrumented run, so it imports nothing but ``os``, ``sys`` and ``time``. The application only ever
appends; reading, counting and deleting are the sender's (:mod:`footfall.spool_reader`).
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SPOOL_MAX_BYTES = 1 << 20  # a day's file; some eight thousand commands, more is a runaway loop
ENDS_BYTES = 1 << 16  # kept free for the ends of runs that have begun
DROPS_MAX_BYTES = 1 << 16  # dropped lines are counted by the size of a file, one byte each
WORD_MAX = 120
LOCAL = ".local"  # after the day in the name of a file with what was recorded for the user only

# Not waiting: where a pipe stands in the file's place, opening it would wait for a reader.
# Not following: a link there would have us write into another file of the user's.
_WAYS = [getattr(os, name, 0) for name in ("O_CLOEXEC", "O_BINARY", "O_NONBLOCK", "O_NOFOLLOW")]
_APPEND = os.O_WRONLY | os.O_APPEND | sum(_WAYS)
_CREATE = _APPEND | os.O_CREAT | os.O_EXCL


def day_of(seconds: float) -> str:
    """UTC day (``YYYY-MM-DD``) of a time in seconds since the epoch."""
    year, month, day = time.gmtime(seconds)[:3]
    return f"{year:04}-{month:02}-{day:02}"


def word(text: str) -> str:
    """``text`` if it can stand in a line, else ``other``: a name with a tab or comma would be read as several."""
    return text if 0 < len(text) <= WORD_MAX and text.isprintable() and "," not in text else "other"


def line(*fields: str) -> bytes:
    """One line. It begins and ends with a line break, so that a torn line before it (full disk) costs only itself."""
    return ("\n" + "\t".join(fields) + "\n").encode("utf-8", "replace")


def machine() -> tuple[str, str, str, str]:
    """Python's version and name, operating system and architecture, as the interpreter tells them without an import."""
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    arch = os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    return python, sys.implementation.name, sys.platform, arch


def path_of(folder: str, day: str, mode: str) -> str:
    """The day's file in ``folder`` for what is recorded in ``mode``."""
    return f"{folder}/spool/{day}.log" if mode == "on" else f"{folder}/spool/{day}{LOCAL}.log"


def append(path: str, text: bytes, first: Callable[[], bytes], *, is_end: bool = False, goes_on: bool = False) -> bool:
    """Append ``text`` to a day's file; if this begins the file, with what ``first`` gives before it.

    What ``goes_on`` began in this very file: where that is no more, ``off`` was said, and nothing is written.
    Returns whether it was written; a full file takes no more, and the drop is counted. The end of a run (``is_end``)
    finds room a little longer, or a run that began in time would count as killed.

    Raises:
        OSError: when the folder cannot be made or written.
    """
    try:
        descriptor = os.open(path, _APPEND)
    except FileNotFoundError:
        if goes_on:
            return False
        descriptor, text = _begin(path, first, text)
    try:
        room = SPOOL_MAX_BYTES if is_end else SPOOL_MAX_BYTES - ENDS_BYTES
        if os.fstat(descriptor).st_size + len(text) > room:
            _count_drop(os.path.dirname(path))
            return False
        if os.name == "nt":
            from footfall._system import write_locked

            write_locked(descriptor, text)
        else:
            os.write(descriptor, text)
    finally:
        os.close(descriptor)
    return True


def _begin(path: str, first: Callable[[], bytes], text: bytes) -> tuple[int, bytes]:
    make_private(os.path.dirname(path))
    try:
        return os.open(path, _CREATE, 0o600), first() + text
    except FileExistsError:  # another run began the day just now
        return os.open(path, _APPEND), text


def holds(path: str, run: str) -> bool:
    """Whether a line of ``run`` is in a day's file."""
    try:
        with open(path, "rb") as file:
            return f"\t{run}\t".encode() in file.read(SPOOL_MAX_BYTES)
    except OSError:
        return False


def make_private(folder: str) -> None:
    """Make ``folder`` (``<state home>/<project>/<name>``); it and the two above it are for their owner only."""
    project = os.path.dirname(folder)
    home = os.path.dirname(project)
    os.makedirs(os.path.dirname(home), exist_ok=True)
    for path in (home, project, folder):
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            continue


def _count_drop(folder: str) -> None:
    descriptor = os.open(folder + "/dropped", _APPEND | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size < DROPS_MAX_BYTES:
            os.write(descriptor, b".")
    finally:
        os.close(descriptor)


def declare(folder: str, version: str, path: str, flags: Sequence[str]) -> None:
    """Keep what a lazily loaded command declares, as a file of its name beside the plan, once per version.

    Raises:
        OSError: when it cannot be written.
    """
    place = f"{folder}/plan.d/{version}"
    if not path.replace(" ", "").replace("-", "").replace("_", "").isalnum() or not version.replace(".", "").isalnum():
        return  # not a name for a file everywhere
    try:
        descriptor = os.open(f"{place}/{path}", _CREATE, 0o600)
    except FileExistsError:
        return
    except FileNotFoundError:
        os.makedirs(place, mode=0o700)
        descriptor = os.open(f"{place}/{path}", _CREATE, 0o600)
    try:
        os.write(descriptor, ",".join(map(word, flags)).encode())
    finally:
        os.close(descriptor)


def take_token(folder: str, day: str) -> bool:
    """Take the day's token, which entitles to start its one sender; ``False`` if another run has it."""
    try:
        os.close(os.open(f"{folder}/spool/{day}.sender", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True
