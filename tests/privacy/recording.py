"""Who sends, as the system's list of processes shows it; what is sent is recorded by Footfall's own test kit."""

from __future__ import annotations

import threading
from pathlib import Path

from canaries import Canaries

from footfall.testing import Recorder, _processes

__all__ = ["BlackHole", "Recorder", "senders_of", "told_to"]


def senders_of(folder: Path) -> dict[int, bytes]:
    """Argument vector and environment of each process that is a sender for ``folder``, by process id."""
    found = {}
    for process in _processes.living():
        command = _processes.read(process)
        if b"footfall.sender" in command and str(folder).encode() in command:
            found[int(process.name)] = command + _processes.read(process, "environ")
    return found


def told_to(processes: list[bytes], canaries: Canaries) -> bytes:
    """What senders knew but for HOME, where the state folder is that they work on, and the user's own packages."""
    return b"\0".join(processes).replace(canaries["HOME"].encode(), b"")


class BlackHole:
    """A collector that lets all wait, until it is let go."""

    def __init__(self) -> None:
        self.arrived, self.let_go = threading.Event(), threading.Event()
        self.recorder = Recorder(observe=self._wait)

    def _wait(self) -> None:
        self.arrived.set()
        self.let_go.wait()
