"""What the test kit reads of processes."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from footfall.testing import _processes

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are read from /proc")


def test_a_process_that_becomes_another_is_never_without_words():
    """Who looks at a process over and over while it becomes another program finds words as long as it lives."""
    deadline, looks = time.monotonic() + 1.5, 0
    while time.monotonic() < deadline:
        with subprocess.Popen(["/bin/sh", "-c", "exec /bin/sh -c :"]) as process:
            folder = Path(f"/proc/{process.pid}")
            while _processes.read(folder):
                looks += 1
            with pytest.raises(OSError, match="exe"):
                (folder / "exe").readlink()
    assert looks > 100


def test_one_that_has_ended_has_none():
    """A process that is no more has no words."""
    with subprocess.Popen(["/bin/sh", "-c", ":"]) as process:
        pass
    assert _processes.read(Path(f"/proc/{process.pid}")) == b""
