"""Brings a SQLite file's schema up to date: dated, append-only SQL files, each run once and remembered by checksum."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.resources import files
from typing import NamedTuple

from footfall_collector.store import StoreError

_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migration (
  name TEXT NOT NULL PRIMARY KEY,
  checksum TEXT NOT NULL,
  applied TEXT NOT NULL
) WITHOUT ROWID
"""


class Migration(NamedTuple):
    """One step of the schema: its name sorts by date."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def packaged() -> list[Migration]:
    """The migrations that this version of the collector brings, oldest first."""
    folder = files("footfall_collector") / "sql" / "migrations"
    found = (
        Migration(entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".sql")
    )
    return sorted(found)


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration], today: date) -> list[str]:
    """Run what has not run yet, all in one transaction; gives the names of what it ran.

    Raises:
        StoreError: as ``check`` says.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        check(connection, migrations)
        connection.execute(_LEDGER)
        done = _done(connection)
        pending = [step for step in migrations if step.name not in done]
        for step in pending:
            _run(connection, step, today)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return [step.name for step in pending]


def is_new(connection: sqlite3.Connection) -> bool:
    """Whether a database has nothing in it."""
    return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None


def check(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """See that a database is new or a store of ours; nothing in it is changed.

    Raises:
        StoreError: when it is something else, was written by a newer collector, or a migration was edited after it ran.
    """
    if is_new(connection):
        return
    if not connection.execute("SELECT 1 FROM pragma_table_info('schema_migration') WHERE name = 'checksum'").fetchone():
        raise StoreError("a database, but not of a collector; it was left as it is")
    _check(_done(connection), migrations)


def _done(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, checksum FROM schema_migration"))


def _check(done: dict[str, str], migrations: Sequence[Migration]) -> None:
    known = {step.name: step.checksum for step in migrations}
    for name, checksum in done.items():
        if name not in known:
            raise StoreError(f"the store has migration {name}: it was written by a newer collector")
        if known[name] != checksum:
            raise StoreError(f"migration {name} is not the one that made this store")


def _run(connection: sqlite3.Connection, step: Migration, today: date) -> None:
    for statement in _statements(step.text):
        connection.execute(statement)
    connection.execute(
        "INSERT INTO schema_migration (name, checksum, applied) VALUES (?, ?, ?)",
        (step.name, step.checksum, today.isoformat()),
    )


def _statements(text: str) -> Iterator[str]:
    # executescript() would commit first, and half a migration could then stay.
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
