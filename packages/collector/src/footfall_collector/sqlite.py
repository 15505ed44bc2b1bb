"""The store that needs nothing else: one SQLite file, written by one thread, read beside it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from footfall_collector import migrations, retention, transaction, windows
from footfall_collector.queries import texts
from footfall_collector.store import Part, Pruned, Reading, Row, StoreError
from footfall_collector.storefile import FileGone, StoreFile
from footfall_collector.writer import Writer

BUSY_SECONDS = 2.0  # how long another process may hold the file before a report is put off
CACHE_KIB = 65_536  # the key table is touched all over: its pages should stay in memory
CHECKPOINT_PAGES = 8_000  # 32 MB of log: counters that change often are then copied to the file seldom

_READ = texts("read")
_SETTINGS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # a 202 is a promise: what it answers is on the disk
    "secure_delete = 1",  # what is forgotten is overwritten, not only unlinked
    f"cache_size = -{CACHE_KIB}",
    f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
)


class SqliteStore:
    """Counters in the SQLite file ``path``, for one event loop, kept for so many ``months``; see ``open_store``.

    Raises:
        ValueError: when that is too short.
    """

    def __init__(self, path: str, today: windows.Clock = windows.utc_today, months: int | None = None) -> None:
        self._path = Path(path)
        self._file = StoreFile(self._path)
        self._today = today
        self._months = None if months is None else retention.checked(months)
        self._writer = Writer(self._writing, self._file.check, today, months or retention.MONTHS_DEFAULT)
        self._reader: sqlite3.Connection | None = None
        self._reader_lock = threading.Lock()

    @property
    def commits(self) -> int:
        """Transactions of parts so far."""
        return self._writer.commits

    def open(self) -> None:
        """Make or migrate the file. Raises ``StoreError`` when it is no store of ours."""
        try:
            self._file.create()
            self._check_ours()
            with closing(self._writing()) as connection:
                migrations.migrate(connection, migrations.packaged(), self._today())
            self._file.remember()
        except (sqlite3.Error, StoreError) as error:
            raise StoreError(f"{self._path}: {error}") from error
        except OSError as error:
            raise StoreError(f"{self._path}: {error.strerror}") from error

    async def count(self, part: Part) -> bool:
        """See :meth:`footfall_collector.store.Store.count`."""
        return await self._writer.put(part)

    async def probe(self) -> None:
        """See :meth:`footfall_collector.store.Store.probe`."""
        await self._writer.put(None)

    async def tidy(self) -> bool:
        """See :meth:`footfall_collector.store.Store.tidy`."""
        return await self._writer.tidy()

    def keep_term(self) -> None:
        """See :meth:`footfall_collector.store.Store.keep_term`."""
        try:
            with closing(self._writing()) as connection:
                stored = transaction.term_of(connection) or retention.MONTHS_DEFAULT
                months = retention.checked(self._months or stored)
                transaction.keep_term(connection, months)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error
        self._writer.months = months

    def prune(self, months: int | None = None, *, may_shorten: bool = False) -> Pruned:
        """See :meth:`footfall_collector.store.Store.prune`."""
        if months is not None:
            retention.checked(months)
        if not self._is_there():
            raise StoreError(f"{self._path}: there is no such store")
        self.open()
        try:
            with closing(self._writing()) as connection:
                term = _term(transaction.term_of(connection), months, may_shorten)
                return self._prune(connection, retention.checked(term))
        except sqlite3.Error as error:
            raise StoreError(f"{self._path}: {error}") from error

    def _prune(self, connection: sqlite3.Connection, months: int) -> Pruned:
        oldest = retention.oldest(self._today(), months)
        counters = sum(transaction.prune(connection, name, oldest) for name in transaction.PRUNED)
        keys = sum(transaction.forget(connection, at, self._today()) for at in range(transaction.SLICES))
        connection.execute("VACUUM")
        if not transaction.empty_log(connection):
            raise StoreError(
                f"{self._path}: deleted, but somebody reads it and the log could not be emptied: try again"
            )
        return Pruned(oldest.day, months, counters, keys)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """See :meth:`footfall_collector.store.Store.reading`."""
        with self._reader_lock:
            try:
                self._file.check()
                connection = self._reader = self._reader or self._open("ro")
                connection.execute("BEGIN")
                yield lambda query, values: _rows(connection, query, values)
            except (sqlite3.Error, FileGone) as error:
                self._drop_reader()
                raise StoreError(type(error).__name__) from error
            finally:
                if self._reader is not None and self._reader.in_transaction:
                    self._reader.execute("ROLLBACK")

    def close(self) -> None:
        """See :meth:`footfall_collector.store.Store.close`."""
        self._drop_reader()
        self._writer.close()

    def _is_there(self) -> bool:
        """Whether there is a file, with something in it."""
        if not self._path.exists() or not self._path.stat().st_size:
            return False
        try:
            self._check_ours()
            with closing(self._open("rw")) as connection:
                return not migrations.is_new(connection)
        except (sqlite3.Error, StoreError) as error:
            raise StoreError(f"{self._path}: {error}") from error

    def _check_ours(self) -> None:
        """See that a file is no other program's, before a setting is made in it; not even its log is touched."""
        with closing(self._open("ro&immutable=1")) as connection:
            migrations.check(connection, migrations.packaged())

    def _writing(self) -> sqlite3.Connection:
        connection = self._open("rw")
        try:
            for setting in _SETTINGS:
                connection.execute(f"PRAGMA {setting}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _drop_reader(self) -> None:
        connection, self._reader = self._reader, None
        if connection is not None:
            connection.close()

    def _open(self, mode: str) -> sqlite3.Connection:
        uri = f"{self._path.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _term(stored: int | None, wanted: int | None, may_shorten: bool) -> int:
    """For how many months counters are kept.

    Raises:
        StoreError: when nobody said so, or when it is fewer than the collector that serves the store keeps them.
    """
    months = wanted or stored
    if months is None:
        raise StoreError("no collector that served this store has left word how long it keeps: say --retention-months")
    if stored is not None and months < stored and not may_shorten:
        raise StoreError(
            f"the collector keeps {stored} months, and {months} would delete more: say --shorten if you mean it"
        )
    return months


def _rows(connection: sqlite3.Connection, query: str, values: Mapping[str, Any]) -> Sequence[Row]:
    return connection.execute(_READ[query], values).fetchall()
