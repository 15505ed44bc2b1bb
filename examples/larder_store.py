"""What the larder keeps: a library whose functions are counted by name, and nothing of what they are called with."""

from __future__ import annotations

_shelf: dict[str, int] = {}


def put(what: str, n: int = 1) -> int:
    """Put ``n`` of it on the shelf; how many there are now."""
    _shelf[what] = _shelf.get(what, 0) + n
    return _shelf[what]


def take(what: str) -> int:
    """Take one from the shelf; how many there are now.

    Raises:
        KeyError: when there is none.
    """
    if not _shelf.get(what):
        raise KeyError(what)
    _shelf[what] -= 1
    return _shelf[what]


def size() -> int:
    """How many kinds there are."""
    return len(_shelf)
