"""What a user sees of a program: exit code, standard output and standard error, each a terminal of its own."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

SECONDS_MAX = 60.0  # for what must happen, never for how fast it does


class Seen(NamedTuple):
    """What a program showed, and how it ended."""

    code: int
    output: bytes
    errors: bytes


def seen(command: Sequence[str], environ: Mapping[str, str], cwd: Path) -> Seen:
    """Run a command on terminals to its end; a process that it leaves behind is not waited for."""
    output, errors = pty.openpty(), pty.openpty()
    program = subprocess.Popen(
        command,
        env=dict(environ),
        cwd=cwd,
        stdin=errors[1],
        stdout=output[1],
        stderr=errors[1],
        start_new_session=True,
    )
    os.close(output[1])
    os.close(errors[1])
    told: dict[int, bytes] = {output[0]: b"", errors[0]: b""}
    _read(told, program)
    for end in told:
        os.close(end)
    return Seen(program.wait(), *told.values())


def _read(told: dict[int, bytes], program: subprocess.Popen[bytes]) -> None:
    """Read both terminals until nobody has them open."""
    deadline, ends = time.monotonic() + SECONDS_MAX, set(told)
    while ends:
        if time.monotonic() > deadline:
            program.kill()
        for end in select.select(ends, [], [], 0.1)[0]:
            try:
                told[end] += os.read(end, 65536)
            except OSError:  # nobody holds the other end any more
                ends.remove(end)
