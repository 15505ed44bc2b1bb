"""A program on a terminal of its own, as a person sits at one."""

from __future__ import annotations

import os
import select
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from worlds import SECONDS_MAX, wait_until

fcntl = pytest.importorskip("fcntl", reason="terminals are simulated where there are pseudo-terminals")
pty = pytest.importorskip("pty", reason="terminals are simulated where there are pseudo-terminals")
termios = pytest.importorskip("termios", reason="terminals are simulated where there are pseudo-terminals")

# Makes the terminal its session's own, so that Ctrl-C comes through, and becomes the program that is to run there.
AT_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0 if os.isatty(0) else 2, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
PROMPTS = ("[y/N/show] ", "[y/N] ")


class Terminal:
    """A program on a terminal; its standard output is a second one, so that it can be told from the question."""

    def __init__(self, world, *words, tracer=(), columns=80, program="", plain="", **environ):
        """Start it; ``plain`` names streams, of ``012``, that go to a file instead."""
        self.terminal, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.output, output_end = pty.openpty()
        self._file = world.place.parent / "redirected"
        file = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", AT_TERMINAL, *tracer, *world.command(*words, program=program or world.asking)],
            env=world.environ(**environ),
            cwd=world.place / "cwd",
            stdin=subprocess.DEVNULL if "0" in plain else end,
            stdout=file if "1" in plain else output_end,
            stderr=file if "2" in plain else end,
            start_new_session=True,
        )
        os.close(end)
        os.close(output_end)
        os.close(file)
        self.shown = self.said = ""

    def read(self, until=None, said=""):
        """Read until the last that is shown is a text, and the last of the output another; or until the end.

        Two terminals: what was written first may come last.
        """
        deadline = time.monotonic() + SECONDS_MAX
        open_ends = {self.terminal, self.output}
        while open_ends and not (until and self.shown.endswith(until) and self.said.endswith(said)):
            assert time.monotonic() < deadline, self.shown
            for end in select.select(open_ends, [], [], 0.1)[0]:
                try:
                    text = os.read(end, 65536).decode().replace("\r\n", "\n")
                except OSError:  # nobody holds the other end any more
                    open_ends.remove(end)
                    continue
                if end == self.terminal:
                    self.shown += text
                else:
                    self.said += text

    def type(self, text):
        """Type, as a person would: after the program has begun to wait, not microseconds before."""
        state = Path(f"/proc/{self.process.pid}/stat")
        wait_until(lambda: not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "S", "it is busy")
        os.write(self.terminal, text.encode())

    def end(self):
        """Wait for the end; the exit status."""
        self.read()
        code = self.process.wait(SECONDS_MAX)
        os.close(self.terminal)
        os.close(self.output)
        return code

    @property
    def redirected(self):
        """What was written to the file."""
        return self._file.read_text()

    def stop(self):
        """End it, if it has not ended."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
