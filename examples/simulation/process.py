"""Runs an instrumented program as its users do: a process for each command line, in a folder with files."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

SECONDS_MAX = 60.0  # none takes a second; what hangs must not keep the demo for ever
_SIGNALS = {"aborted": signal.SIGINT, "killed": getattr(signal, "SIGKILL", signal.SIGTERM)}
# All that a run knows of this process's environment: markers of CI are not among it, so it is a person's own use.
_PASSED = ("PATH", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code (a signal's number, negative) and what it wrote."""

    code: int
    stdout: str
    stderr: str


def own_environ(home: Path) -> dict[str, str]:
    """The environment of an install whose user's home is ``home``."""
    kept = {name: os.environ[name] for name in _PASSED if name in os.environ}
    # What a run says on a terminal is read here: colours and broken lines would be in the way.
    return {**kept, "HOME": str(home), "FOOTFALL_HOME": str(home / "state"), "NO_COLOR": "1", "COLUMNS": "240"}


def run(
    command: list[str],
    environ: dict[str, str],
    folder: Path,
    *,
    stdin: Path | None = None,
    outcome: str = "ok",
    terminal: bool = False,
) -> Ended:
    """Run one command in ``folder``.

    ``aborted`` and ``killed`` ones get their signal as soon as they have written a line: their code runs then. With
    ``terminal`` the run's stderr is one.
    """
    with contextlib.ExitStack() as open_:
        source = open_.enter_context(stdin.open("rb")) if stdin else subprocess.DEVNULL
        errors = Errors(terminal)
        open_.callback(errors.close)
        process = open_.enter_context(
            subprocess.Popen(
                command,
                cwd=folder,
                env=environ,
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=errors.target,
                start_new_session=True,  # a Ctrl-C is for the demo, which ends what it has started
            )
        )
        open_.callback(process.kill)
        errors.read()
        if outcome in _SIGNALS and process.stdout is not None:
            process.stdout.readline()
            process.send_signal(_SIGNALS[outcome])
        output, _ = process.communicate(timeout=SECONDS_MAX)
        return Ended(process.returncode, output.decode(errors="replace"), errors.text())


class Errors:
    """A process's stderr, read while it runs: a pipe, or a terminal."""

    def __init__(self, terminal: bool) -> None:
        self._source, self.target = os.openpty() if terminal and hasattr(os, "openpty") else os.pipe()
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._read: list[bytes] = []

    def read(self) -> None:
        """Begin reading, once the process has its own copy of the other end."""
        os.close(self.target)
        self.target = -1
        self._reader.start()

    def text(self) -> str:
        """All that was written, once the process has ended."""
        self._reader.join(SECONDS_MAX)
        return b"".join(self._read).decode(errors="replace").replace("\r\n", "\n")

    def close(self) -> None:
        """Let go of it."""
        for descriptor in (self._source, self.target):
            if descriptor >= 0:
                os.close(descriptor)

    def _drain(self) -> None:
        with contextlib.suppress(OSError):  # how a terminal says that nobody has it open any more
            while piece := os.read(self._source, 4096):
                self._read.append(piece)
