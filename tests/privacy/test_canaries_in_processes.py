"""Statement 27 for Click with real processes: program, detached sender, wire, collector's database."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from canaries import Canaries, files_of, plant, salts_in
from click_programs import Line, Programs
from collecting import collect
from recording import Recorder, senders_of, told_to

pytestmark = [
    pytest.mark.privacy,
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="reads other processes' environment"),
]

HERE = Path(__file__).parent
DAYS = 6
LINES_A_DAY = 6
SEED = 52  # a collection of groups of several kinds, with scripts and a plugin
PROGRAMS = 24
LINES = 6

PROGRAM = """
    import os, sys, time
    sys.path.insert(0, {here!r})
    import footfall, footfall_click
    from canaries import Canaries
    from click_programs import Programs

    days = int(os.environ["PROGRAM_DAY"]) * 86400
    terms = {{"version": "1.4.2", "endpoint": "https://usage.example.org"}}
    client = footfall.Client("mytool", clock=lambda: time.time() + days, **terms)
    cli = Programs({seed}, Canaries()).program()
    footfall_click.instrument(cli, client, packages=["click_programs"])
    {leak}
    cli()
"""


class Machine:
    """A machine whose names and folders are canaries, with the program installed in editable mode."""

    def __init__(self, root: Path, canaries: Canaries, address: str, *, leak: str = "", seed: int = SEED) -> None:
        self.cwd = root / canaries["cwd name"]
        self.home = root / canaries["HOME"]
        self.folder = self.home / ".local/state/footfall/mytool"
        self.script = root / canaries["editable path"] / canaries["argv[0]"]
        plant(self.cwd, canaries)
        self.home.mkdir()
        self.script.parent.mkdir()
        (self.home / ".gitconfig").write_text(f"[user]\nemail = {canaries['git e-mail']}@example.org\n")
        self.script.write_text(textwrap.dedent(PROGRAM).format(here=str(HERE), seed=seed, leak=leak))
        user, host = canaries["user"], canaries["host"]
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "MYTOOL_TELEMETRY": "1",
            "FOOTFALL_ENDPOINT": address,
            "SECRET": canaries["environment value"],
            **dict.fromkeys(("USER", "LOGNAME", "SUDO_USER", "USERNAME"), user),
            **dict.fromkeys(("HOSTNAME", "HOST", "COMPUTERNAME"), host),
        }

    def run(self, line: Line, day: int = 0) -> int:
        """Run the program once, until no sender of this machine is at work any more; its exit code."""
        environ = {**self.environ, **line.environ, "PROGRAM_DAY": str(day)}
        command = [sys.executable, str(self.script), *(word[:100_000] for word in line.words)]
        answers = line.answers.encode()
        done = subprocess.run(command, cwd=self.cwd, env=environ, input=answers, capture_output=True, check=False)
        until = time.monotonic() + 30
        while senders_of(self.folder) and time.monotonic() < until:
            time.sleep(0.02)
        return done.returncode

    def send_what_is_left(self) -> None:
        """As the user may, by hand."""
        command = [sys.executable, "-m", "footfall.cli", "send", "--now", "mytool"]
        subprocess.run(command, cwd=self.cwd, env=self.environ, capture_output=True, check=True)


@contextlib.contextmanager
def observed(root: Path, canaries: Canaries, **settings: Any) -> Iterator[tuple[Machine, Recorder, list[bytes]]]:
    """A machine, the collector that it reports to, and what there is to know of each sender at each of its requests."""
    processes: list[bytes] = []
    recorder = Recorder(observe=lambda: processes.extend(senders_of(machine.folder).values()))
    try:
        machine = Machine(root, canaries, recorder.address, **settings)
        yield machine, recorder, processes
    finally:
        recorder.close()


LEAKS = {
    "environment": "import footfall._spawn as s; s._PASSED += ('USER', 'HOSTNAME', 'SECRET')",
    "argument": "import footfall._spawn as s; s._START = ('-X', sys.argv[0], *s._START)",
    "folder": "import footfall._spawn as s; s._START = ('-X', os.getcwd(), *s._START)",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_to_the_sender_is_found(tmp_path, canaries, leak):
    """What a sender is told by mistake, in its argv or its environment, is found there."""
    with observed(tmp_path, canaries, leak=LEAKS[leak]) as (machine, _, processes):
        machine.run(Line(["--nope"]))
    assert canaries.traces(told_to(processes, canaries))


@pytest.mark.statement(27)
@pytest.mark.slow
def test_no_canary_is_told_to_any_sender(tmp_path, canaries):
    """Two dozen programs, each on a machine of its own: its detached senders know no word of a user's, nor send one."""
    for seed in range(PROGRAMS):
        programs = Programs(seed, canaries)
        cli = programs.program()
        with observed(tmp_path / str(seed), canaries, seed=seed) as (machine, recorder, processes):
            for turn in range(LINES):
                machine.run(programs.line(cli), day=turn // 3 - 1)
        assert processes, f"program {seed}"
        assert canaries.traces(told_to(processes, canaries)) == [], f"program {seed}"
        assert canaries.traces(files_of(machine.folder) + b"\0".join(recorder.requests)) == [], f"program {seed}"


@pytest.mark.statement(27)
def test_no_canary_leaves_a_real_machine(tmp_path, canaries):
    """Three dozen real runs on six days with their detached senders: no trace in any place it could leave from."""
    cli = Programs(SEED, canaries).program()
    lines = Programs(SEED + 1, canaries)
    codes = set()
    with observed(tmp_path, canaries) as (machine, recorder, processes):
        for day in range(1 - DAYS, 1):
            for _ in range(LINES_A_DAY):
                codes.add(machine.run(lines.line(cli), day))
        machine.send_what_is_left()
    assert {0, 1, 2} <= codes
    assert len(set(processes)) == DAYS
    assert len(recorder.bodies) > 2 * DAYS
    kept = files_of(machine.folder) + b"\0".join(recorder.requests)
    assert canaries.traces(kept) == []
    assert canaries.salted_traces(kept, salts_in(kept)) == []
    assert canaries.traces(told_to(processes, canaries)) == []

    pytest.importorskip("footfall_collector")
    statuses, data = collect(recorder.bodies, machine.folder / "plan.json", tmp_path / "served")
    assert statuses == {202: len(recorder.bodies)}
    assert canaries.traces(data) == []
