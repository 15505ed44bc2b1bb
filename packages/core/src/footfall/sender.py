"""The sender: ``python -m footfall.sender FOLDER`` reads a project's spool, seals whole days into parts and posts them.

It runs detached, at most once a UTC day, alone (a lock), and decides anew before every single post. It alone writes
state, outbox and ledger.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from footfall import _plugins, _state, _system, outbox, periods, seal, spool_reader, wire
from footfall._consent import Decision, read_answer
from footfall._project import stored_client, stored_vocabulary
from footfall._install import how_installed
from footfall.errors import FootfallError
from footfall.transport import Outcome, transport_for

WATCHDOG_SECONDS = 120  # a collector that drips its answer must not keep a process for ever
STOP_DAYS = 30
RETRIES_MAX = 2  # parts that may fail in one run: the collector is down then, and the rest would fare no better
NOTICE_DAYS = 2  # days after the notice's own before anything is sent: at least 24 hours, without keeping an hour


class Sender:
    """One run of the sender for one project's folder.

    Args:
        folder: ``<state home>/<project>``.
        clock: seconds since the epoch.

    Raises:
        FootfallError: when ``plan.json`` is missing or cannot be read.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.words = stored_vocabulary(folder)
        self.client = stored_client(folder, clock)
        self.plugins = _plugins.installed().hook
        self.sent: list[Outcome] = []

    def decide(self) -> Decision:
        """The mode in force now."""
        return self.client.decide()

    def run(self) -> list[Outcome]:
        """Read, seal and post all that may leave now; the outcome of each post."""
        if not self.decide().records:
            return []
        outbox.recover(self.folder)
        self.state = _state.load(str(self.folder), self.client.today)
        self.absorb()
        self._save()
        if self._may_send():
            self._send_all()
        outbox.forget_before(self.folder, self.client.today, self.state)
        self._save()
        return self.sent

    def _save(self) -> None:
        if self.decide().records:  # the user may have said off meanwhile, and off leaves nothing behind
            _state.save(self.state, str(self.folder))

    def absorb(self) -> None:
        """Take the spool's new lines into the state, and drop what is too old or from before consent."""
        spool_reader.absorb(self.state, str(self.folder), self.words, _system.is_alive)
        agreed = read_answer(str(self.folder / "consent")).day
        for day in [day for day in self.state.pending if day < agreed]:
            del self.state.pending[day]
        self.state.forget_before(self.client.today)

    def documents(self, day: str) -> list[dict[str, Any]]:
        """The parts that a pending day would give now, checked as the collector will."""
        made = seal.seal(self.client.project, day, self.state.day(day), self.state)
        kept = [document for document in made if self.words.refusal(wire.decode(wire.encode(document))) is None]
        self.state.lost["refused"] += len(made) - len(kept)
        return kept

    def _may_send(self) -> bool:
        today = self.client.today
        answer = read_answer(str(self.folder / "consent"))
        if answer.word == "notice" and today < periods.shift(answer.day, NOTICE_DAYS):
            return False
        if today < self.state.stopped_until:
            return False
        how = how_installed(self.client.project)
        _state.write_whole(str(self.folder / "install"), f"{self.client.version} {how}".encode())
        return self.decide().mode == "on"

    def _send_all(self) -> None:
        self._post_waiting()
        last = periods.shift(self.client.today, -1) if self.client.delay == "next-day" else self.client.today
        for day in [day for day in self.state.days() if day <= last]:
            if outbox.waiting(self.folder):
                return  # flags follow from what is confirmed: nothing more is sealed until it is
            self._seal(day)
            self._post_waiting()

    def _seal(self, day: str) -> None:
        documents = self.documents(day)
        del self.state.pending[day]
        if day not in self.state.reported:
            self.state.reported.append(day)
        outbox.commit(self.folder, day, documents, self.state)

    def _post_waiting(self) -> None:
        oldest = periods.shift(self.client.today, -_state.KEEP_DAYS)
        paths = outbox.waiting(self.folder)
        for path in [path for path in paths if outbox.day_of(path) < oldest]:
            paths.remove(path)
            outbox.drop(path)
            self.state.lost["expired-parts"] += 1
        random.SystemRandom().shuffle(paths)
        failed = 0
        for path in paths:
            outcome = self._gate(path)
            failed += outcome is Outcome.RETRY
            if outcome in (None, Outcome.STOP) or failed == RETRIES_MAX:
                break
        self._save()

    def _gate(self, path: Path) -> Outcome | None:
        """The one caller of a transport: decides anew, checks the very bytes, posts them, and keeps account."""
        body = path.read_bytes()
        try:
            document = wire.decode(body)
        except FootfallError:
            document = {}
        if not document or self.words.refusal(document) is not None:
            outbox.drop(path)  # edited by hand, or declared no longer
            self.state.lost["refused"] += 1
            return Outcome.REJECTED
        if self.decide().mode != "on":
            return None
        transport = transport_for(self.client.endpoint, lambda url: self.plugins.footfall_transport(endpoint=url))
        outcome = transport.post(body)
        self.sent.append(outcome)
        self._settle(path, document, outcome)
        self.plugins.footfall_part_sent(part=document, outcome=outcome)
        return outcome

    def _settle(self, path: Path, document: dict[str, Any], outcome: Outcome) -> None:
        if outcome is Outcome.DELIVERED:
            seal.confirm(self.state.confirmed, document)
            self._save()
            outbox.move_to_sent(self.folder, path)
        elif outcome is Outcome.REJECTED:
            self.state.lost["rejected"] += 1
            outbox.move_to_sent(self.folder, path, ".rejected.json")
        elif outcome is Outcome.STOP:
            self.state.stopped_until = periods.shift(self.client.today, STOP_DAYS)


def lock(folder: Path) -> int | None:
    """The lock that makes a sender the only one of its folder, or ``None`` if another is at work."""
    return _system.try_lock(str(folder / "lock"))


def main(argv: list[str] | None = None) -> int:
    """Run once for the folder named on the command line; 0 whatever comes of it but wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m footfall.sender", description="Send what waits in a project's folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS", help="added to the clock, for demos")
    options = parser.parse_args(argv)
    _system.close_inherited()
    threading.Timer(WATCHDOG_SECONDS, os._exit, (1,)).start()
    code = _run(options.folder, options.clock_offset)
    os._exit(code)  # not waiting for the watchdog


def _run(folder: Path, offset: float) -> int:
    try:
        os.chdir(folder)
        if lock(folder) is not None:
            Sender(folder, lambda: time.time() + offset).run()
    except Exception as error:  # noqa: BLE001 - nobody watches; what is unsent waits for the next day's sender
        if (folder / "debug").is_dir():
            (folder / "debug" / "sender.log").write_text(f"{type(error).__name__}: {error}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
