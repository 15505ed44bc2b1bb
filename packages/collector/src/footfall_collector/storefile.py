"""The file of the SQLite store: made for its owner alone, and the same one for as long as it is open."""

from __future__ import annotations

import os
from pathlib import Path

Identity = tuple[int, int]
_NONE: Identity = (-1, -1)


class FileGone(Exception):
    """Another file, or none, is where the store's was: what is written to that one is lost when it is closed."""


class StoreFile:
    """The file at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: Identity | None = None

    def create(self) -> None:
        """Make an empty file that only its owner can read, if there is none; SQLite gives its log the same mode."""
        if not self.path.exists():
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))

    def remember(self) -> None:
        """Take the file that is there now for the store's."""
        self._opened = self._identity()

    def check(self) -> None:
        """See that the path still leads to the file that was opened.

        Raises:
            FileGone: when it does not; from then on always, as a file that comes later may have the same number.
        """
        if self._opened not in (None, self._identity()):
            self._opened = _NONE
            raise FileGone

    def _identity(self) -> Identity:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return 0, 0
        return found.st_dev, found.st_ino
