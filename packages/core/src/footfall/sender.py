"""The sender as a program: ``python -m footfall.sender FOLDER``, detached, at most once a UTC day, alone by a lock."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from footfall import _system
from footfall._consent import read_answer
from footfall._project import stored_client, wait_for_lock, wipe
from footfall._sending import Sender
from footfall.errors import FootfallError

__all__ = ["Sender", "main"]

WATCHDOG_SECONDS = 120  # a collector that drips its answer must not keep a process for ever


def main(argv: list[str] | None = None) -> int:
    """Run once for the folder named on the command line; 0 whatever comes of it but wrong usage."""
    what = "Send what waits in a project's folder."
    parser = argparse.ArgumentParser(prog="python -m footfall.sender", description=what)
    parser.add_argument("folder", type=Path)
    clock_text = "added to the clock, for demos"
    parser.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS", help=clock_text)
    options = parser.parse_args(argv)
    _system.close_inherited()
    threading.Timer(WATCHDOG_SECONDS, os._exit, (1,)).start()
    code = _run(options.folder.absolute(), options.clock_offset)
    os._exit(code)  # not waiting for the watchdog


def _run(folder: Path, offset: float) -> int:
    try:
        os.chdir(folder.anchor)  # not to keep the user's folder, which may be on a disk to be removed
        # Waiting, as a command that only looks (`preview`) may hold the lock, and no other sender comes today.
        if _is_wanted(folder) and wait_for_lock(folder) is not None:
            _work(folder, lambda: time.time() + offset)
            if read_answer(str(folder / "consent")).word == "off":
                wipe(folder)  # said meanwhile: the answer is all that stays
    except Exception as error:  # noqa: BLE001 - nobody watches; what is unsent waits for the next day's sender
        if (folder / "debug").is_dir():
            (folder / "debug" / "sender.log").write_text(f"{type(error).__name__}: {error}\n", encoding="utf-8")
    return 0


def _is_wanted(folder: Path) -> bool:
    """Whether nobody has said off since this process was started: even a lock would be a file too many then."""
    try:
        return stored_client(folder).decide().records
    except FootfallError:
        return (folder / "plan.json").exists()  # and cannot be read


def _work(folder: Path, clock: Callable[[], float]) -> None:
    try:
        sender = Sender(folder, clock)
    except FootfallError:
        (folder / "plan.json").unlink(missing_ok=True)  # the next day's first run writes a new one
        raise
    sender.run()


if __name__ == "__main__":
    sys.exit(main())
