"""What a run executes: the user's instructions (callgrind), system calls (strace) and modules, told as the floor's.

These do not depend on how busy a machine is. Hash seeds are fixed, and of two runs the second is counted: the first
makes what is made once. The sender is a process of its own and not in the figures.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from costs import modules
from environments import Installed
from headers import BARE, FIRST, FLOOR, OFF, ON
from network import free_port
from runs import Home

COUNTED = (BARE, FLOOR, "floor_nojson", OFF, ON, FIRST)
_COLLECTED = re.compile(r"Collected\s*:\s*(\d+)")
_CALL = re.compile(r"[a-z_0-9]+\(")


@dataclass(frozen=True)
class Work:
    """What one run executes; ``None`` where the tool that counts it is not there or does not work."""

    instructions: int | None
    calls: int | None
    modules: int


def instructions_in(report: str) -> int:
    """Instructions of the user's that callgrind says it has collected.

    Raises:
        ValueError: when it does not say.
    """
    found = _COLLECTED.search(report)
    if not found:
        raise ValueError("callgrind told no count")
    return int(found[1])


def calls_in(trace: str) -> int:
    """System calls in strace's output, a line each; signals and exits are none."""
    return sum(bool(_CALL.match(line)) for line in trace.splitlines())


def work_of(program: Installed, url: str) -> Work:
    """What a run of the program executes."""
    return Work(_instructions(program, url), _calls(program, url), modules(program, url))


def _second_run(program: Installed, url: str, tool: Sequence[str]) -> str:
    """What the second run writes to standard error under a tool; empty when the tool does not work here."""
    with Home(program, url) as home:
        environ = {**home.environ(), "PYTHONHASHSEED": "0"}
        for before in ((), (*tool,)):
            home.forget()
            command = [*before, *home.command()]
            done = subprocess.run(
                command, env=environ, cwd=home.folder / "cwd", capture_output=True, text=True, check=False, timeout=600
            )
    if done.returncode:
        print(f"  {tool[0]} does not work here: {done.stderr[-300:]}", file=sys.stderr)
        return ""
    return done.stderr or "\n"


def _instructions(program: Installed, url: str) -> int | None:
    valgrind = shutil.which("valgrind")
    if not valgrind:
        return None
    tool = (valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null")
    report = _second_run(program, url, tool)
    return instructions_in(report) if report else None


def _calls(program: Installed, url: str) -> int | None:
    strace = shutil.which("strace")
    if not strace:
        return None
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, "trace")
        if not _second_run(program, url, (strace, "-o", str(trace))):
            return None
        return calls_in(trace.read_text(encoding="utf-8", errors="replace"))


def measure(programs: Sequence[Installed]) -> dict[str, Work]:
    """What runs of bare Click, the floor and Footfall execute."""
    url = f"http://127.0.0.1:{free_port()}"
    found = {}
    for program in programs:
        if program.peer.name in COUNTED:
            print(f"  instructions: {program.peer.name}", file=sys.stderr, flush=True)
            found[program.peer.name] = work_of(program, url)
    return found
