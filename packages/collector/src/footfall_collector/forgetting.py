"""Removes the hashes of old keys once a day, a slice at a time."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta

from footfall_collector.queries import texts

KEY_DAYS = 46  # a part may come a day early or 45 days late: for so long the same bytes could be taken again
SLICES = 256  # of the key table by first byte, one a transaction, so that a large table never holds up the reports

_FORGET = texts("keep")["forget_keys"]


class Forgetting:
    """How far the forgetting of today has come."""

    def __init__(self) -> None:
        self._day = date.min
        self._slice = SLICES

    def due(self, today: date) -> bool:
        """Whether something remains to be forgotten on ``today``."""
        if today != self._day:
            self._day, self._slice = today, 0
        return self._slice < SLICES

    def step(self, connection: sqlite3.Connection) -> None:
        """Forget the next slice; one that fails waits for the next day."""
        at, self._slice = self._slice, self._slice + 1
        oldest = (self._day - timedelta(days=KEY_DAYS)).isoformat()
        after = bytes([at + 1]) if at < SLICES - 1 else b"\xff" * 33
        connection.execute(_FORGET, {"from_hash": bytes([at]), "to_hash": after, "day": oldest})
        if self._slice == SLICES:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log, too, holds no more of what was forgotten
