"""One run of a sender: it reads a project's spool, seals whole days into parts, and posts them.

It alone writes state, outbox and ledger, and decides anew before every single post.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from footfall import _plugins, _sampling, _spawn, _state, _system, outbox, periods, seal, spool_reader, wire
from footfall._consent import Decision, read_answer
from footfall._project import forget_plans, stored_client, stored_vocabulary
from footfall._state import Last, State
from footfall.errors import FootfallError
from footfall.pseudonym import secret_of
from footfall.transport import Outcome, Transport, bodies_of, transport_for

STOP_DAYS = 30
RETRIES_MAX = 2  # parts that may fail in one run: the collector is down then, and the rest would fare no better
_SHUFFLE = random.SystemRandom().shuffle
NOTICE_DAYS = 2  # days after the notice's own before anything is sent: at least 24 hours, without keeping an hour


def is_stopped(state: State, today: str) -> bool:
    """Whether the collector's stop still holds; one that is further off was heard while the clock was ahead."""
    return today < state.stopped_until <= periods.shift(today, STOP_DAYS)


class Sender:
    """One run of the sender for one project's folder; the caller holds the folder's lock.

    Args:
        folder: ``<state home>/<project>``.
        clock: seconds since the epoch.
        environ: the environment that decides.
        transport: what takes the parts; found by the endpoint when it is not given.
        is_alive: tells whether a process with this id lives.
        shuffle: puts a list into an order that nobody can foretell.

    Raises:
        FootfallError: when ``plan.json`` is missing or cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        clock: Callable[[], float] = time.time,
        *,
        environ: Mapping[str, str] | None = None,
        transport: Transport | None = None,
        is_alive: Callable[[int], bool] = _system.is_alive,
        shuffle: Callable[[list[Path]], None] = _SHUFFLE,
    ) -> None:
        self.folder = folder
        self.words = stored_vocabulary(folder)
        self.client = stored_client(folder, clock, environ)
        self.plugins = _plugins.installed().hook
        self.sent: list[Outcome] = []
        self.why = ""  # what became of the last post that was not confirmed, in words for a person
        self.wait_seconds = 0  # for which an event sink's server wants to hear nothing
        self.reason = ""  # why the collector would not take the last one, as the collector says it
        self.state = State()
        self._transport = transport
        self._is_alive = is_alive
        self._shuffle = shuffle
        self._lock = self._lock_file()

    def decide(self) -> Decision:
        """The mode in force now."""
        return self.client.decide()

    def run(self) -> list[Outcome]:
        """Read, seal and post all that may leave now; the outcome of each post."""
        if not self.decide().records:
            return []
        self.load()
        self._save()
        if self._may_send():
            self._send_all()
            self.state.last = self._result()
        if self._records():
            outbox.forget_before(self.folder, self.client.today, self.state)
            forget_plans(self.folder)
        self._save()
        return self.sent

    def _result(self) -> Last:
        delivered, refused = map(self.sent.count, (Outcome.DELIVERED, Outcome.REJECTED))
        failed = len(self.sent) - delivered - refused
        return Last(self.client.today, delivered, refused, failed, self.why if failed or refused else "")

    def load(self) -> None:
        """Take up what an earlier sender left, and the spool's new lines."""
        outbox.recover(self.folder)
        self.state = _state.load(str(self.folder), self.client.today)
        self.absorb()

    def absorb(self) -> None:
        """Take the spool's new lines into the state, and drop what is too old or from before consent."""
        today = self.client.today
        spool_reader.absorb(self.state, str(self.folder), self.words, self._is_alive, today)
        agreed = read_answer(str(self.folder / "consent")).day
        for day in [day for day in self.state.pending if day < agreed]:
            del self.state.pending[day]
        self._forget_expired(today)
        self.state.forget_before(today)

    def _forget_expired(self, today: str) -> None:
        """Drop what was counted in time of events that are over by now."""
        over = {name for name, event in self.words.events.items() if event.expired(today)}
        for waiting in self.state.pending.values():
            for name, *words in [key for key in waiting.events if key[0] in over]:
                n = waiting.events.pop((name, *words))
                self.state.lost["expired-events"] += 0 if words else n

    def documents(self, day: str) -> list[dict[str, Any]]:
        """The parts that a pending day would give now, checked as the collector will."""
        made = seal.seal(self.client.project, day, self.state.day(day), self.state, self.client.sample)
        kept = [document for document in made if self.admitted(wire.encode(document)) is not None]
        self.state.lost["refused"] += len(made) - len(kept)
        return kept

    def admitted(self, body: bytes) -> dict[str, Any] | None:
        """The part in ``body`` if it may leave; ``None`` if not."""
        try:
            document = wire.decode(body)
        except FootfallError:
            return None
        return document if self.words.refusal(document, self.client.today) is None else None

    def _lock_file(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.folder / "lock")
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _records(self) -> bool:
        """Whether the folder still is what it was: ``off`` removes all of it, our lock too, for good."""
        return self._lock_file() == self._lock and self.decide().records

    def _save(self) -> None:
        if self._records():
            _state.save(self.state, str(self.folder))

    def _may_send(self) -> bool:
        today = self.client.today
        answer = read_answer(str(self.folder / "consent"))
        if answer.word == "notice" and today < periods.shift(answer.day, NOTICE_DAYS):
            return False
        if is_stopped(self.state, today) or not self._records():
            return False
        return self.decide().mode == "on"

    def _send_all(self) -> None:
        self._post_waiting()
        last = periods.shift(self.client.today, -1) if self.client.delay == "next-day" else self.client.today
        for day in [day for day in self.state.days() if day <= last]:
            if outbox.waiting(self.folder) or not self._records():
                return  # flags follow from what is confirmed: nothing more is sealed until it is
            if _sampling.sends(self.client, day):
                self._seal(day)
                self._post_waiting()
            else:
                self._keep_back(day)

    def _seal(self, day: str) -> None:
        documents = self._settled(day)
        outbox.commit(self.folder, day, documents, self.state)

    def _keep_back(self, day: str) -> None:
        """Leave a day to the user's own figures: it is in no report, now or later.

        What it was the first of in its week stays so: each week of an install then goes with the first day of its use,
        and is told with the same chance as that, also where a new year, another draw, begins in the week.
        """
        documents = self._settled(day)
        outbox.keep_unsent(self.folder, day, documents)
        for document in documents:
            seal.confirm(self.state.confirmed, document)
        self._save()

    def _settled(self, day: str) -> list[dict[str, Any]]:
        """The parts of a day, of which nothing is pending any more."""
        documents = self.documents(day)
        self.state.pending.pop(day, None)
        if day not in self.state.reported:
            self.state.reported.append(day)
        return documents

    def _post_waiting(self) -> None:
        oldest = periods.shift(self.client.today, -_spawn.KEEP_DAYS)
        paths = outbox.waiting(self.folder)
        for path in [path for path in paths if outbox.day_of(path) < oldest]:
            paths.remove(path)
            outbox.drop(path)
            self.state.lost["expired-parts"] += 1
        self._shuffle(paths)
        failed = 0
        for path in paths:
            outcome = self._gate(path)
            failed += outcome is Outcome.RETRY
            if outcome in (None, Outcome.STOP) or failed == RETRIES_MAX or self.wait_seconds:
                break
        self._save()

    def _gate(self, path: Path) -> Outcome | None:
        """The one caller of a transport: decides anew, checks the very bytes, posts them, and keeps account.

        Gives ``None`` when nothing may be sent any more.
        """
        body = path.read_bytes()
        document = self.admitted(body)
        if document is None:
            outbox.drop(path)  # edited by hand, or declared no longer
            self.state.lost["refused"] += 1
            return Outcome.REJECTED
        outcome, bodies = Outcome.DELIVERED, None
        while outcome is Outcome.DELIVERED and bodies != []:
            if self.decide().mode != "on" or self._lock_file() != self._lock:
                return None
            try:
                way = self._way()
                bodies = self._unposted(way, path, body) if bodies is None else bodies
                outcome = way.post(bodies[0]) if bodies else outcome
                self._keep_account(way, path, bodies[:1], outcome)
                bodies = bodies[1:]
            except Exception as error:  # noqa: BLE001 - a plugin's transport; ours gives an outcome for any failure
                _plugins.complain("footfall_transport", error)
                outcome = Outcome.RETRY
        self.sent.append(outcome)
        if not self._records():
            return None
        self._settle(path, document, outcome)
        try:
            self.plugins.footfall_part_sent(part=document, outcome=outcome)
        except Exception as error:  # noqa: BLE001 - a plugin's failure is not the sender's
            _plugins.complain("footfall_part_sent", error)
        return outcome

    def _unposted(self, way: Transport, path: Path, body: bytes) -> list[bytes]:
        """What is still to be posted of a waiting part: the part, or what an event sink was not sent yet."""
        return bodies_of(way, body, lambda: secret_of(self.folder))[len(outbox.posted(path) or ()) :]

    def _keep_account(self, way: Transport, path: Path, sent: list[bytes], outcome: Outcome) -> None:
        self.reason = getattr(way, "reason", "")
        self.why = self.why if outcome is Outcome.DELIVERED else getattr(way, "why", "")
        self.wait_seconds = getattr(way, "wait_seconds", 0)
        if hasattr(way, "bodies_for") and outcome in (Outcome.DELIVERED, Outcome.REJECTED):
            outbox.note_posted(path, sent)

    def _way(self) -> Transport:
        def plugins(endpoint: str) -> Transport | None:
            found: Transport | None = self.plugins.footfall_transport(endpoint=endpoint, folder=self.folder)
            return found

        return self._transport or transport_for(self.client.endpoint, plugins)

    def _settle(self, path: Path, document: dict[str, Any], outcome: Outcome) -> None:
        if outcome is Outcome.DELIVERED:
            seal.confirm(self.state.confirmed, document)
            self._save()
            outbox.move_to_sent(self.folder, path)
        elif outcome is Outcome.REJECTED:
            self.state.lost["rejected"] += 1
            self._save()
            outbox.move_to_refused(self.folder, path, self.reason)
        elif outcome is Outcome.STOP:
            self.state.stopped_until = periods.shift(self.client.today, STOP_DAYS)
        elif self.wait_seconds:  # nothing blocks: it is heard by sending no sooner than on a later day
            days = min(-(-self.wait_seconds // 86400), STOP_DAYS)
            self.state.stopped_until = periods.shift(self.client.today, days)
