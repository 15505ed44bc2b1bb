"""The folders and files of the spool: made with a day's first line, and looked into; not in every run.

Warm: beside :mod:`footfall._spool`, which appends to what is there.
"""

from __future__ import annotations

import os
import sys

from footfall import _consent
from footfall._spool import APPEND, CREATE, SPOOL_MAX_BYTES, line, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footfall import Client

DROPS_MAX_BYTES = 1 << 16  # dropped lines are counted by the size of a file, one byte each


def machine() -> tuple[str, str, str, str]:
    """Python's version and name, operating system and architecture, as the interpreter tells them without an import."""
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    arch = os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    return python, sys.implementation.name, sys.platform, arch


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


def begin(client: Client, day: str, path: str, text: bytes) -> tuple[int, bytes]:
    """The descriptor of a day's new file, and ``text`` with what stands before a day's first line.

    Raises:
        OSError: when the folder or the file cannot be made.
    """
    make_private(os.path.dirname(path))
    try:
        return os.open(path, CREATE, 0o600), _about(client, day) + text
    except FileExistsError:  # another run began the day just now
        return os.open(path, APPEND), text


def _about(client: Client, day: str) -> bytes:
    return line("D", day, word(client.version), *machine(), _surface(client.environ, client.surface))


def count_drop(folder: str) -> None:
    """Count, beside a spool's files, a line that found no room."""
    descriptor = os.open(folder + "/dropped", APPEND | os.O_CREAT, 0o600)
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
        descriptor = os.open(f"{place}/{path}", CREATE, 0o600)
    except FileExistsError:
        return
    except FileNotFoundError:
        os.makedirs(place, mode=0o700)
        descriptor = os.open(f"{place}/{path}", CREATE, 0o600)
    try:
        os.write(descriptor, ",".join(map(word, flags)).encode())
    finally:
        os.close(descriptor)


def _surface(environ: Mapping[str, str], known: str) -> str:
    if any(name in environ for name in _consent.CI_MARKERS):
        return "ci"
    if known:
        return known
    try:
        return "terminal" if os.isatty(1) or os.isatty(2) else "script"
    except OSError:
        return "script"
