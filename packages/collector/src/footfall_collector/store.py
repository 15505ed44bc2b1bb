"""What the collector asks of a store, and how a store is chosen.

A store keeps counters and the hashes of keys. Another engine needs these methods and its own text for the named
queries of ``sql/read``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Any, NamedTuple, Protocol

from footfall_collector.windows import Clock, utc_today

Part = Mapping[str, Any]
"""A report part that wire and vocabulary have passed."""
Row = tuple[Any, ...]
Reading = Callable[[str, Mapping[str, Any]], Sequence[Row]]
"""Runs a named query with its parameters; all within one ``Store.reading()`` see the same moment."""


class StoreError(Exception):
    """The store cannot do it now (full, locked, damaged): nothing was counted, the client may try again."""


class StoreFull(StoreError):
    """More parts wait to be written than the store lets wait."""


class Pruned(NamedTuple):
    """What was deleted: the first day of which something is kept, the term, and how many rows went."""

    oldest: date
    months: int
    counters: int
    keys: int


class Store(Protocol):
    """Counters, and keys that were seen."""

    def open(self) -> None:
        """Make ready to count and read, bringing the schema up to date. Raises ``StoreError``."""

    async def count(self, part: Part) -> bool:
        """Add ``part`` to the counters and remember its key; returns after the commit has reached the disk.

        ``False`` when the key was seen before, and so nothing was added. Raises ``StoreError`` when nothing was kept.
        """

    async def probe(self) -> None:
        """Write something and commit it. Raises ``StoreError``."""

    async def tidy(self) -> bool:
        """Forget counters and keys that were kept for long enough. Asked for daily.

        ``False`` when not all of it could be done: ask again. What failed is logged.
        """

    def keep_term(self) -> None:
        """Settle how long this store keeps counters, and write it down for later. Raises ``StoreError``."""

    def prune(self, months: int | None = None, *, may_shorten: bool = False) -> Pruned:
        """Delete what ``tidy`` would, then the room that it took; no ``count`` or reading is under way here.

        Counters are kept for ``months``, by default for as long as the collector that serves this store keeps them.
        Raises ``StoreError``; also when ``months`` are fewer than that and nobody said that it ``may_shorten``.
        """

    def reading(self) -> AbstractContextManager[Reading]:
        """One consistent view of all that was committed. Raises ``StoreError``."""

    def close(self) -> None:
        """Let what is being written reach the disk, then let go of everything; no ``count`` is pending any more."""


def open_store(url: str, today: Clock = utc_today, months: int | None = None) -> Store:
    """The store that ``url`` names, not yet open: ``sqlite:///relative.db`` or ``sqlite:////absolute.db``.

    It keeps counters for so many ``months``; ``None``: for as long as it did when it was served last, else for 25.

    Raises:
        ValueError: when no store has that scheme, or that is too short.
    """
    from footfall_collector.sqlite import SqliteStore

    scheme, _, path = url.partition(":///")
    if scheme != "sqlite" or not path:
        raise ValueError("a store is written sqlite:///footfall.db")
    return SqliteStore(path, today, months)
