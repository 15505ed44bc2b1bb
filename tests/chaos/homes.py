"""Installs of the chaotic program, and what is left of them when something has happened."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from machines import PROGRAMS, SECONDS_MAX, Install

from footfall._spawn import _START

CHAOTIC = Path(__file__).parent / "programs"


class Home(Install):
    """An install of ``chaotic``, whose project is ``hello``."""

    program = "chaotic"

    def environ(self, **more: str) -> dict[str, str]:
        """What a run of the program is given; the folder of both programs is a place to import from."""
        return {**super().environ(), "PYTHONPATH": f"{CHAOTIC}:{PROGRAMS}", **more}

    def see(self, *words: str, before: tuple[str, ...] = (), **more: str) -> tuple[int, bytes]:
        """Run the program, by way of what is ``before`` it; its exit status and all that its user sees."""
        command = [*before, sys.executable, "-m", self.program, *(words or ("greet",))]
        out = subprocess.STDOUT
        run = subprocess.run(
            command, env=self.environ(**more), stdout=subprocess.PIPE, stderr=out, timeout=SECONDS_MAX, check=False
        )
        return run.returncode, run.stdout

    def copy(self, name: str, address: str) -> Home:
        """Another install of the same past, which posts to ``address``."""
        place = self.home.parent / name
        place.mkdir()
        made = Home(place, address)
        shutil.copytree(self.home, made.home, dirs_exist_ok=True)
        made.day = self.day
        return made

    def start_sender(self, **more: str) -> subprocess.Popen[bytes]:
        """Start a sender, as the day's first run would."""
        environ = self.environ(FOOTFALL_SENDER="1", **more)
        offset = f"--clock-offset={float(environ['HELLO_CLOCK']) - time.time():.0f}"
        return subprocess.Popen([sys.executable, *_START, self.folder, offset], env=environ)

    def without_sender(self) -> None:
        """The day's sender has come and gone."""
        (self.folder / "spool" / f"{self.date}.sender").touch()


def runs_in(folder: Path, day: str, kind: str) -> set[bytes]:
    """The runs of which a day's file in a project's spool has a whole line of ``kind``."""
    path = folder / "spool" / f"{day}.log"
    found = [line.split(b"\t") for line in (path.read_bytes() if path.exists() else b"").split(b"\n")[:-1]]
    return {fields[2] for fields in found if fields[0] == kind.encode() and len(fields) > 5}


def lost(folder: Path) -> dict[str, int]:
    """What a project's state says was lost."""
    state = json.loads((folder / "state.json").read_text())
    return {name: n for name, n in state["lost"].items() if n}


def is_settled(folder: Path) -> bool:
    """Whether nothing waits, nothing lies about half done, and all that was kept can be read."""
    for path in (folder / "sent").rglob("*.json"):
        json.loads(path.read_bytes())
    unfinished = [*folder.rglob("*.new"), *folder.rglob("*.unreadable"), *(folder / "outbox").glob("*")]
    return not unfinished
