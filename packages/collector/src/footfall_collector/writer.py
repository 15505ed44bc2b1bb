"""The one thread that writes to SQLite: natural group commit.

It takes all that queued while the last commit went to the disk, adds it up, and writes it in one transaction; those
who wait are told after the commit. So no answer is earlier than the disk, and a busy collector commits seldom.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from footfall_collector.counters import summed
from footfall_collector.forgetting import Forgetting
from footfall_collector.queries import texts
from footfall_collector.store import StoreError, StoreFull

QUEUE_MAX = 10_000  # parts; at 4 KiB each this bounds what waits to 40 MB
GROUP_MAX = 1_000  # parts in one transaction, so that the first of them does not wait long
IDLE_SECONDS = 30.0  # how often the thread looks, without reports, whether a new day asks for forgetting

_ADD = texts("add")


class Waiting(NamedTuple):
    """A part in the queue, the day it came, and who waits for its commit. A probe has no part."""

    part: Mapping[str, Any] | None
    received: date
    answer: asyncio.Future[bool]


class Writer:
    """Owns the writing connection that ``connect`` makes; one that failed is thrown away and made anew."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], today: Callable[[], date]) -> None:
        self.commits = 0  # transactions of parts so far
        self._connect = connect
        self._today = today
        self._connection: sqlite3.Connection | None = None
        self._forgetting = Forgetting()
        self._queue: deque[Waiting] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="footfall-writer", daemon=True)

    def start(self) -> None:
        """Start taking from the queue."""
        self._thread.start()

    async def put(self, part: Mapping[str, Any] | None, received: date) -> bool:
        """Queue ``part``; returns after its commit whether it was counted (``False``: its key was seen before)."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        with self._wake:
            if self._closing or len(self._queue) >= QUEUE_MAX:
                raise StoreFull("too many parts are waiting")
            self._queue.append(Waiting(part, received, answer))
            self._wake.notify()
        return await answer

    def close(self) -> None:
        """Write all that waits, then end the thread and let go of the connection."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while group := self._take():
            _tell(group, self._write(group))
            self._forget()
        self._drop_connection()

    def _take(self) -> list[Waiting]:
        """The next group; empty when closing and nothing waits."""
        while True:
            with self._wake:
                if not (self._queue or self._closing or self._forgetting.due(self._today())):
                    self._wake.wait(IDLE_SECONDS)
                if self._queue or self._closing:
                    return [self._queue.popleft() for _ in range(min(len(self._queue), GROUP_MAX))]
            self._forget()

    def _write(self, group: Sequence[Waiting]) -> list[bool] | StoreError:
        try:
            return self._commit(group)
        except Exception as error:  # noqa: BLE001 - a fault of ours too: who waits is told, and the thread goes on
            self._drop_connection()
            return StoreError(type(error).__name__)

    def _commit(self, group: Sequence[Waiting]) -> list[bool]:
        connection = self._connected()
        connection.execute("BEGIN IMMEDIATE")
        counted = [_remember(connection, waiting) for waiting in group]
        fresh = [waiting.part for waiting, new in zip(group, counted, strict=True) if new and waiting.part is not None]
        for table, cells in summed(fresh).items():
            connection.executemany(_ADD[table], [(*key, *amounts) for key, amounts in cells.items()])
        connection.execute("COMMIT")
        self.commits += 1
        return counted

    def _forget(self) -> None:
        if not self._forgetting.due(self._today()):
            return
        try:
            self._forgetting.step(self._connected())
        except sqlite3.Error:
            self._drop_connection()

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()  # what it had begun is rolled back


def _remember(connection: sqlite3.Connection, waiting: Waiting) -> bool:
    """Put the key's hash among the seen ones; whether it was not there."""
    if waiting.part is None:
        connection.execute("PRAGMA user_version = 1")  # a write like any other, to the file's first page
        return True
    digest = hashlib.sha256(waiting.part["key"].encode()).digest()
    return connection.execute(_ADD["seen_key"], (digest, waiting.received.isoformat())).rowcount == 1


def _tell(group: Sequence[Waiting], outcome: list[bool] | StoreError) -> None:
    """Wake those who wait, in their event loop (one for all: a store belongs to one)."""

    def resolve() -> None:
        for at, waiting in enumerate(group):
            if waiting.answer.done():  # its client has gone
                continue
            if isinstance(outcome, StoreError):
                waiting.answer.set_exception(outcome)
            else:
                waiting.answer.set_result(outcome[at])

    loop = group[0].answer.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(resolve)
