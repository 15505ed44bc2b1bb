"""Natural group commit: one thread writes what queued while it wrote what came before.

All that waits is added up and written in one transaction; those who wait are answered after the commit. So no answer
is earlier than the disk, nobody waits for a timer, and a busy collector commits seldom.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any, NamedTuple, TypeVar

from footfall_collector import retention, transaction
from footfall_collector.store import Part, StoreError, StoreFull

QUEUE_MAX = 10_000  # parts; at 4 KiB each this bounds what waits to 40 MB
GROUP_MAX = 1_000  # parts in one transaction, so that the first of them does not wait long

_LOG = logging.getLogger("footfall_collector")
Result = TypeVar("Result")
Step = tuple[Any, ...]  # where it is, a function, and what that takes beside the connection


class BusyLog(Exception):
    """Somebody reads the store, and so the log cannot be emptied now."""


class Waiting(NamedTuple):
    """A part in the queue, and who waits for its commit. A probe of the store has no part."""

    part: Part | None
    answer: asyncio.Future[bool]


class Writer:
    """Owns the writing connection that ``connect`` makes; one that failed is thrown away and made anew.

    ``check`` is asked before each transaction, and raises where what would be written is lost.

    The queue belongs to one event loop, the connection to the thread.
    """

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        check: Callable[[], None],
        today: Callable[[], date],
        months: int,
    ) -> None:
        self.commits = 0  # transactions of parts so far
        self._connect = connect
        self._check = check
        self._today = today
        self.months = months
        self._connection: sqlite3.Connection | None = None
        self._queue: deque[Waiting] = deque()
        self._pump: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "footfall-writer")

    async def put(self, part: Part | None) -> bool:
        """Queue ``part``; returns after its commit whether it was counted (``False``: its key was seen before)."""
        if len(self._queue) >= QUEUE_MAX:
            raise StoreFull("too many parts are waiting")
        loop = asyncio.get_running_loop()
        waiting = Waiting(part, loop.create_future())
        self._queue.append(waiting)
        if self._pump is None:
            self._pump = loop.create_task(self._empty_queue(loop))
        return await waiting.answer

    async def tidy(self) -> bool:
        """Forget counters that were kept for long enough, and keys that are too old to come again; empty the log.

        Groups of parts are written in between. Whether all of it is done; what failed is logged, by kind and place.
        """
        today = self._today()
        oldest = retention.oldest(today, self.months)
        steps: list[Step] = [(f"counters, {name}", transaction.prune, name, oldest) for name in transaction.PRUNED]
        steps += [(f"keys, slice {at}", transaction.forget, at, today) for at in range(transaction.SLICES)]
        steps += [("the log", _emptied)]
        done = [await self._did(*step) for step in steps]
        return all(done)

    async def _did(self, place: str, do: Callable[..., int], *arguments: object) -> bool:
        loop = asyncio.get_running_loop()
        outcome = await loop.run_in_executor(self._thread, self._attempt, do, *arguments)
        if isinstance(outcome, StoreError):
            _LOG.error("what is too old could not be deleted: %s at %s", outcome, place)
        return not isinstance(outcome, StoreError)

    def close(self) -> None:
        """Let the commit in progress end, then let go of the connection."""
        self._thread.submit(self._drop_connection)
        self._thread.shutdown()

    async def _empty_queue(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while self._queue:
                await asyncio.sleep(0)  # requests that have arrived already come into this group
                group = [self._queue.popleft() for _ in range(min(len(self._queue), GROUP_MAX))]
                _tell(group, await loop.run_in_executor(self._thread, self._write, group))
        finally:
            self._pump = None  # whatever happened, the next part starts anew

    def _write(self, group: Sequence[Waiting]) -> list[bool] | StoreError:
        parts = [waiting.part for waiting in group if waiting.part is not None]
        outcome = self._attempt(transaction.write, parts, self._today())
        if isinstance(outcome, StoreError):
            return outcome
        self.commits += 1
        counted = iter(outcome)
        return [waiting.part is None or next(counted) for waiting in group]

    def _attempt(self, do: Callable[..., Result], *arguments: object) -> Result | StoreError:
        try:
            self._check()
            if self._connection is None:
                self._connection = self._connect()
            return do(self._connection, *arguments)
        except Exception as error:  # noqa: BLE001 - a fault of ours too: who waits is told, and the thread goes on
            self._drop_connection()
            return StoreError(type(error).__name__)  # its text may quote what was sent

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()  # what it had begun is rolled back


def _emptied(connection: sqlite3.Connection) -> int:
    """Empty the log, in which what was deleted still is.

    Raises:
        BusyLog: when somebody reads the store.
    """
    if not transaction.empty_log(connection):
        raise BusyLog
    return 0


def _tell(group: Sequence[Waiting], outcome: list[bool] | StoreError) -> None:
    """Answer those who still wait: a client may have gone."""
    for at, waiting in enumerate(group):
        if waiting.answer.done():
            continue
        if isinstance(outcome, StoreError):
            waiting.answer.set_exception(outcome)
        else:
            waiting.answer.set_result(outcome[at])
