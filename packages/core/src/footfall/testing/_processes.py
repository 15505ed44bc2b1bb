"""What the system's list tells of a process, on a system that keeps it in ``/proc``."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["living", "read"]


def living() -> Iterator[Path]:
    """The folders of all processes; none where the system has no such list."""
    return Path("/proc").glob("[0-9]*")


def read(process: Path, name: str = "cmdline") -> bytes:
    """A process's zero-terminated words, in ``cmdline`` or ``environ``; empty when it has ended.

    For a moment, while a process becomes another program (``exec``), both files are empty: that is waited out, as a
    sender that has just been started would not be found else.
    """
    try:
        while not (words := (process / name).read_bytes()) and os.readlink(process / "exe"):
            time.sleep(0.001)
    except OSError:
        return b""  # it has ended, or is somebody else's
    return words
