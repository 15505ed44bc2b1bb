"""Statement 27 for Click with real processes: program, detached sender, wire, collector's database."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from canaries import Canaries, files_of, salts_in
from click_programs import Programs
from recording import Recorder, senders_of

pytestmark = [
    pytest.mark.privacy,
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="reads other processes' environment"),
]

HERE = Path(__file__).parent
DAYS = 6
LINES_A_DAY = 6
SEED = 3  # a group with groups and a plugin

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

    def __init__(self, root: Path, canaries: Canaries, address: str, leak: str = "") -> None:
        self.canaries = canaries
        self.cwd = root / canaries["cwd name"]
        self.home = root / canaries["HOME"]
        self.folder = self.home / ".local/state/footfall/mytool"
        self.script = root / canaries["editable path"] / canaries["argv[0]"]
        for folder in (self.cwd / ".git", self.home, self.script.parent):
            folder.mkdir(parents=True)
        (self.cwd / ".git" / "config").write_text(f'[remote "origin"]\nurl = {canaries["git remote"]}\n')
        (self.home / ".gitconfig").write_text(f"[user]\nemail = {canaries['git e-mail']}@example.org\n")
        self.script.write_text(textwrap.dedent(PROGRAM).format(here=str(HERE), seed=SEED, leak=leak))
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

    def run(self, words: list[str], day: int, environ: dict[str, str], answers: str) -> int:
        """Run the program once; its exit code."""
        environ = {**self.environ, **environ, "PROGRAM_DAY": str(day)}
        command = [sys.executable, str(self.script), *(word[:100_000] for word in words)]
        done = subprocess.run(
            command, cwd=self.cwd, env=environ, input=answers.encode(), capture_output=True, check=False
        )
        return done.returncode

    def wait_for_sender(self) -> None:
        """Until no sender of this machine is at work."""
        until = time.monotonic() + 30
        while senders_of(self.folder) and time.monotonic() < until:
            time.sleep(0.02)

    def send_what_is_left(self) -> None:
        """As the user may, by hand."""
        command = [sys.executable, "-m", "footfall.cli", "send", "--now", "mytool"]
        subprocess.run(command, cwd=self.cwd, env=self.environ, capture_output=True, check=True)


def collect(bodies: list[bytes], plan: Path, folder: Path) -> list[int]:
    """Post what was recorded to a real collector with its database in ``folder``; the status of each answer."""
    start = "import sys; from footfall_collector.cli import main; sys.exit(main())"
    serve = ["serve", "--store", f"sqlite:///{folder}/footfall.db", "--plan", str(plan), "--port", "0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", start, *serve], cwd=folder, stdout=subprocess.PIPE, stderr=log
        )
    try:
        address = urlsplit(process.stdout.readline().split()[-1].decode())
        connection = http.client.HTTPConnection(address.hostname, address.port)
        statuses = []
        for body in bodies:
            connection.request("POST", "/v1/reports", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
        connection.close()
    finally:
        process.terminate()
        (folder / "output").write_bytes(process.communicate()[0])
    return statuses


def told_to(processes: list[bytes], canaries: Canaries) -> bytes:
    """What senders knew but for HOME, where the state folder is that they work on, and the user's own packages."""
    return b"\0".join(processes).replace(canaries["HOME"].encode(), b"")


LEAKS = {
    "environment": "import footfall._spawn as s; s._PASSED += ('USER', 'HOSTNAME', 'SECRET')",
    "argument": "import footfall._spawn as s; s._START = ('-X', sys.argv[0], *s._START)",
    "folder": "import footfall._spawn as s; s.CHILD_MARK = os.getcwd()",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_to_the_sender_is_found(tmp_path, canaries, leak):
    """What a sender is told by mistake, in its argv or its environment, is found there."""
    processes: list[bytes] = []
    recorder = Recorder(observe=lambda: processes.extend(senders_of(machine.folder).values()))
    machine = Machine(tmp_path, canaries, recorder.address, LEAKS[leak])
    machine.run(["--nope"], 0, {}, "")
    machine.wait_for_sender()
    recorder.close()
    assert canaries.traces(told_to(processes, canaries))


def test_no_canary_leaves_a_real_machine(tmp_path, canaries):
    """Three dozen real runs on six days with their detached senders: no trace in any place it could leave from."""
    processes: list[bytes] = []
    recorder = Recorder(observe=lambda: processes.extend(senders_of(machine.folder).values()))
    machine = Machine(tmp_path, canaries, recorder.address)
    cli = Programs(SEED, canaries).program()
    lines = Programs(SEED + 1, canaries)
    codes = set()
    try:
        for day in range(1 - DAYS, 1):
            for _ in range(LINES_A_DAY):
                line = lines.line(cli)
                codes.add(machine.run(line.words, day, line.environ, line.answers))
                machine.wait_for_sender()
        machine.send_what_is_left()
    finally:
        recorder.close()
    assert {0, 1, 2} <= codes
    assert len(set(processes)) == DAYS
    assert len(recorder.bodies) > 2 * DAYS
    kept = files_of(machine.folder) + b"\0".join(recorder.requests)
    assert canaries.traces(kept) == []
    assert canaries.salted_traces(kept, salts_in(kept)) == []
    assert canaries.traces(told_to(processes, canaries)) == []

    pytest.importorskip("footfall_collector")
    served = tmp_path / "served"
    served.mkdir()
    statuses = collect(recorder.bodies, machine.folder / "plan.json", served)
    assert set(statuses) == {202}
    assert canaries.traces(files_of(served)) == []
