"""A user's account in which a program runs: all that it may change, and what the kernel was asked for."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from recording import senders_of

from footfall import _agreed
from footfall._agreed import Agreed
from footfall.vocabulary import Notebook, Vocabulary

PROGRAMS = Path(__file__).parent / "programs"
SECONDS_MAX = 60.0  # for what must happen, never for how fast it does
PLACES = ("home", "state", "config", "cache", "data", "runtime", "tmp", "cwd")
HOT = {"footfall", "footfall_click"}  # loaded by every run
RULES = {"footfall._consent"}  # loaded besides where it is not plainly off
RECORDING = {"footfall._spool", "footfall_click._reader"}  # loaded besides where something is recorded

_START = "import sys\nfrom {program} import main\nsys.argv[0] = 'hello'\nmain()"
_SHOW = "import sys\nfrom {program} import main\ntry:\n main()\nfinally:\n print(*sys.modules, file=sys.stderr)"
_WRITES = re.compile(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)")
_CHANGES = re.compile(r"\b(mkdir|unlink|rename|rmdir|link|symlink|creat|truncate|chmod|chown|mknod|utime)\w*\(")
_SOCKETS = re.compile(r"\b(socket|socketpair|connect|bind|listen|sendto|sendmsg)\(")
_CHILDREN = re.compile(r"\b(clone|clone3|fork|vfork|execve|execveat)\(")


@dataclass(frozen=True)
class Trace:
    """What one run said and asked of the kernel, its children included."""

    output: bytes
    modules: set[str]
    sockets: list[str]
    children: list[str]
    changes: list[str]

    @property
    def is_quiet(self) -> bool:
        """Whether it opened no socket, started nothing, and changed no file."""
        return not (self.sockets or self.children or self.changes)


class World:
    """An account whose folders are empty, and in which nothing was ever said about telemetry."""

    def __init__(self, place: Path, address: str = "http://127.0.0.1:9") -> None:
        self.place = place / "account"
        for name in PLACES:
            (self.place / name).mkdir(parents=True)
        self.footfall = self.place / "footfall"
        self.folder = self.footfall / "hello"
        self.gate = self.footfall / "gate"
        self.address = address
        self.program, self.asking = "ordinary", "asking"  # what runs where a test names none, and on a terminal
        self._trace = place / "trace"

    def environ(self, **more: str) -> dict[str, str]:
        """What programs in this world are given, and nothing else."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROGRAMS),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(self.place / "home"),
            **{f"XDG_{name.upper()}_HOME": str(self.place / name) for name in ("state", "config", "cache", "data")},
            "XDG_RUNTIME_DIR": str(self.place / "runtime"),
            "TMPDIR": str(self.place / "tmp"),
            "FOOTFALL_HOME": str(self.footfall),
            "FOOTFALL_ENDPOINT": self.address,
            **more,
        }

    def command(self, *words: str, program: str, start: str = _START) -> list[str]:
        """The command line of a run."""
        return [sys.executable, "-c", start.format(program=program or self.program), *words]

    def run(
        self, *words: str, program: str = "", ends: int | None = 0, **more: str
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program to its end; ``more`` is added to its environment."""
        command, environ = self.command(*words, program=program), self.environ(**more)
        ended = subprocess.run(
            command,
            env=environ,
            cwd=self.place / "cwd",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        assert ends in (None, ended.returncode), ended.stderr.decode()
        return ended

    def start(self, *words: str, program: str = "", **more: str) -> subprocess.Popen[bytes]:
        """Start a program that reads what the test writes to it."""
        command, pipe = self.command(*words, program=program), subprocess.PIPE
        return subprocess.Popen(command, env=self.environ(**more), cwd=self.place / "cwd", stdin=pipe, stdout=pipe)

    def trace(self, *words: str, program: str = "", start: str = _SHOW, **more: str) -> Trace:
        """Run a program to its end, its senders' too, and watch."""
        ended = subprocess.run(
            [*self.tracer(), *self.command(*words, program=program, start=start)],
            env=self.environ(**more),
            cwd=self.place / "cwd",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        return self.traced(ended.stdout, ended.stderr)

    def tracer(self) -> list[str]:
        """What to put before a command line to have it watched."""
        if shutil.which("strace") is None:
            cannot_prove("strace is not installed: what a program asks of the kernel cannot be seen")
        return ["strace", "-f", "-qq", "-e", "trace=network,process,file", "-e", "signal=none", "-o", str(self._trace)]

    def traced(self, output: bytes, errors: bytes = b"") -> Trace:
        """What was seen."""
        lines = self._trace.read_text(encoding="utf-8", errors="replace").splitlines()
        first = next(i for i, line in enumerate(lines) if "execve(" in line and sys.executable in line)
        calls = lines[first + 1 :]
        writes = [line for line in calls if _WRITES.search(line) and '"/dev/' not in line]
        return Trace(
            output,
            set((errors.splitlines() or [b""])[-1].decode().split()),
            [line for line in calls if _SOCKETS.search(line)],
            [line for line in calls if _CHILDREN.search(line)],
            writes + [line for line in calls if _CHANGES.search(line)],
        )

    def tree(self) -> dict[str, tuple[int, int, bytes]]:
        """Every file and folder of the account: mode, time of the last change, content."""
        return {str(path.relative_to(self.place)): _look(path) for path in sorted(self.place.rglob("*"))}

    def files(self) -> dict[str, bytes]:
        """Contents of all files in the account, by path from the folder of all tools' state."""
        found = {}
        for path in self.place.rglob("*"):
            if path.is_file() and path != self.gate:
                with contextlib.suppress(FileNotFoundError):  # a program that runs has removed it meanwhile
                    found[os.path.relpath(path, self.footfall)] = path.read_bytes()
        return found

    def agree(self) -> None:
        """The user says yes."""
        self.run("telemetry", "on")

    def wait(self) -> None:
        """Until no sender lives."""
        wait_until(lambda: not senders_of(self.folder), "a sender does not end")


def agree_to_notebooks(folder: Path) -> None:
    """Keep in a project's folder, beside an answer, that it was given to what every notebook tells."""
    words = Vocabulary("jupyter", notebook=Notebook()).alphabet()
    _agreed.write(folder, Agreed(("1.4.2",), words))


def cannot_prove(why: str) -> NoReturn:
    """Skip a test for want of something; in CI, where all is to be there, it fails: a statement would go unproved."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def _look(path: Path) -> tuple[int, int, bytes]:
    status = path.lstat()
    return status.st_mode, status.st_mtime_ns, path.read_bytes() if path.is_file() else b""


def wait_until(holds: Callable[[], object], otherwise: str) -> None:
    """Until ``holds()`` does.

    Raises:
        AssertionError: when it never does.
    """
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)
