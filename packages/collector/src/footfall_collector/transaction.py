"""What the SQLite store writes: for a group of parts, the keys not seen before and the sums of their parts.

One statement a table, however many the parts: between two statements the interpreter may go to another thread, and
the rows of a group would each wait for it to come back.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from footfall_collector.counters import summed
from footfall_collector.queries import texts
from footfall_collector.retention import Oldest
from footfall_collector.store import Part

KEY_DAYS = 46  # a part may come a day early or 45 days late: for so long the same bytes could be taken again
SLICES = 256  # of the key table by first byte: forgotten one by one, a large table never holds up the reports

_ADD = texts("add")
_KEYS = texts("keys")
_PRUNE = texts("prune")
PRUNED = tuple(_PRUNE)  # what is pruned one after the other, so that reports come in between


def write(connection: sqlite3.Connection, parts: Sequence[Part], today: date) -> list[bool]:
    """Count, in one transaction, those of ``parts`` whose key was not seen; which ones were counted."""
    connection.execute("BEGIN IMMEDIATE")
    if parts:
        counted = _add(connection, parts, today)
    else:
        counted = []
        connection.execute("PRAGMA user_version = 1")  # only to see that a write reaches the disk
    connection.execute("COMMIT")
    return counted


def prune(connection: sqlite3.Connection, name: str, oldest: Oldest) -> int:
    """Delete what one table holds of before ``oldest``; what was there is overwritten. How many rows it was."""
    return connection.execute(_PRUNE[name], oldest.values()).rowcount


def forget(connection: sqlite3.Connection, at: int, today: date) -> int:
    """Forget the old keys of slice ``at``; how many. The log holds them until it is emptied."""
    oldest = (today - timedelta(days=KEY_DAYS)).isoformat()
    end = bytes([at + 1]) if at + 1 < SLICES else b"\xff" * 33  # more than any hash of 32 bytes
    return connection.execute(_KEYS["forget"], {"from_hash": bytes([at]), "to_hash": end, "day": oldest}).rowcount


def term_of(connection: sqlite3.Connection) -> int | None:
    """For how many months the collector that serves this store keeps counters; ``None``: none has said so yet."""
    found = connection.execute("SELECT value FROM setting WHERE name = 'retention-months'").fetchone()
    return int(found[0]) if found else None


def keep_term(connection: sqlite3.Connection, months: int) -> None:
    """Write down for how many months counters are kept."""
    connection.execute("INSERT OR REPLACE INTO setting (name, value) VALUES ('retention-months', ?)", (str(months),))


def empty_log(connection: sqlite3.Connection) -> bool:
    """Copy the log into the file and cut it; whether nobody's reading was in the way."""
    is_busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not is_busy


def _add(connection: sqlite3.Connection, parts: Sequence[Part], today: date) -> list[bool]:
    hashes = [hashlib.sha256(part["key"].encode()).digest() for part in parts]
    seen = {hashes[at] for at in _seen(connection, hashes)}
    fresh = {digest: part for digest, part in zip(hashes, parts, strict=True) if digest not in seen}
    if fresh:
        connection.execute(_KEYS["remember"], {**_joined(fresh), "day": today.isoformat()})
    for table, cells in summed(fresh.values()).items():
        rows = [(*key, *amounts) for key, amounts in cells.items()]
        connection.execute(_ADD[table], {"rows": json.dumps(rows)})
    return [fresh.pop(digest, None) is not None for digest in hashes]  # a key twice in one group counts once


def _seen(connection: sqlite3.Connection, hashes: Sequence[bytes]) -> list[int]:
    found: list[int] = json.loads(connection.execute(_KEYS["seen"], _joined(hashes)).fetchone()[0])
    return found


def _joined(hashes: Collection[bytes]) -> dict[str, bytes | int]:
    return {"hashes": b"".join(hashes), "count": len(hashes)}
