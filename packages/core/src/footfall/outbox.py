"""The outbox: sealed parts, byte for byte as they will be posted, until the collector has confirmed each.

``outbox/<day>.<random>/<nn>-<part>.json`` are the parts. A batch comes into being by one rename, and carries the state
that follows from it, so a sender that dies in the middle has sealed a day wholly or not at all.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from footfall import _state, periods, wire
from footfall._spawn import KEEP_DAYS
from footfall._spool import LOCAL, SPOOL_MAX_BYTES
from footfall._spool_files import make_private
from footfall._state import State

SENT_DAYS = 28  # how long `log` can show what left
SPOOL_DAYS = 2  # a day's file stays so long after it was read, for runs that began in it
_NEXT_STATE = "next-state.json"
_REFUSED = ".rejected.json"
_POSTED = ".posted"  # beside a part: what an event sink was sent for it, a line each, as it was posted


def commit(folder: Path, day: str, documents: list[dict[str, Any]], state: State) -> None:
    """Put a day's parts into the outbox and make ``state`` the state, both or neither."""
    outbox = folder / "outbox"
    batch = f"{day}.{os.urandom(4).hex()}"
    unfinished = outbox / f".{batch}"
    make_private(str(outbox))
    unfinished.mkdir(mode=0o700)
    for number, document in enumerate(documents):
        _state.write_whole(str(unfinished / f"{number:02}-{document['part']}.json"), wire.encode(document))
    _state.write_whole(str(unfinished / _NEXT_STATE), state.to_json().encode())
    unfinished.rename(outbox / batch)
    recover(folder)


def recover(folder: Path) -> None:
    """Finish what an earlier sender left: take over a committed batch's state, drop what was never committed."""
    for batch in _batches(folder):
        if batch.name.startswith("."):
            shutil.rmtree(batch, ignore_errors=True)
        elif (batch / _NEXT_STATE).exists():
            os.replace(batch / _NEXT_STATE, folder / _state.STATE_FILE)
        else:
            for left in batch.glob(f"*{_POSTED}"):
                if not left.with_suffix("").exists():
                    left.unlink()  # its part was moved or dropped, and then the sender died
            _remove_if_empty(batch)


def waiting(folder: Path) -> list[Path]:
    """Files of the parts that are not confirmed, by day."""
    return [path for batch in _batches(folder) if batch.name[0] != "." for path in sorted(batch.glob("[0-9]*.json"))]


def day_of(path: Path) -> str:
    """The day of a waiting part."""
    return path.parent.name[:10]


def move_to_sent(folder: Path, path: Path, ending: str = ".json") -> None:
    """Keep a part that has left in the ledger."""
    sent = folder / "sent" / day_of(path)
    make_private(str(sent.parent))
    sent.mkdir(mode=0o700, exist_ok=True)
    kept = sent / f"{path.parent.name[11:]}-{path.stem}{ending}"
    path.rename(kept)
    if _posted(path).exists():
        _posted(path).rename(_posted(kept))
    _remove_if_empty(path.parent)


def move_to_refused(folder: Path, path: Path, reason: str) -> None:
    """Keep a part that the collector would not take in the ledger, with its ``reason`` if that is a known token."""
    move_to_sent(folder, path, f".{reason}{_REFUSED}" if reason in wire.REFUSALS else _REFUSED)


def keep_unsent(folder: Path, day: str, documents: list[dict[str, Any]]) -> None:
    """Keep what this install was not drawn to send, for its user's own figures, and as long as what has left.

    Kept again, as by a sender after one that died before it could note it, it is there once. No sender reads it.
    """
    if not documents:
        return
    place = folder / "unsent" / f"{day}.{documents[0]['key'][:8]}"
    make_private(str(place.parent))
    place.mkdir(mode=0o700, exist_ok=True)
    for path in place.iterdir():
        path.unlink()
    for number, document in enumerate(documents):
        _state.write_whole(str(place / f"{number:02}-{document['part']}.json"), wire.encode(document))


def note_posted(path: Path, bodies: list[bytes]) -> None:
    """Keep what an event sink took of a waiting part, or refused: it is not posted again, and ``log`` shows it.

    Raises:
        FileNotFoundError: when ``off`` has removed the outbox meanwhile.
    """
    descriptor = os.open(_posted(path), os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"".join(body + b"\n" for body in bodies))


def posted(path: Path) -> list[bytes] | None:
    """What an event sink was sent for a part, waiting or in the ledger; ``None``: the part itself is what is sent."""
    try:
        return _posted(path).read_bytes().split(b"\n")[:-1]  # without what a power cut has torn
    except FileNotFoundError:
        return None


def _posted(path: Path) -> Path:
    return path.with_name(path.name + _POSTED)


def is_refused(sent: Path) -> bool:
    """Whether a part in the ledger is one that the collector would not take."""
    return sent.name.endswith(_REFUSED)


def reason_of(sent: Path) -> str:
    """Why the collector would not take a part in the ledger: one of ``wire.REFUSALS``; empty when that is not known."""
    reason = sent.name.removesuffix(_REFUSED).rpartition(".")[2]
    return reason if is_refused(sent) and reason in wire.REFUSALS else ""


def drop(path: Path) -> None:
    """Give up a part."""
    path.unlink()
    _posted(path).unlink(missing_ok=True)
    _remove_if_empty(path.parent)


def _remove_if_empty(batch: Path) -> None:
    if not any(batch.iterdir()):
        batch.rmdir()


def forget_before(folder: Path, today: str, state: State) -> None:
    """Remove ledger, day files and tokens that are past their time. ``today`` is a UTC day."""
    oldest_sent, oldest_spool = periods.shift(today, -SENT_DAYS), periods.shift(today, -SPOOL_DAYS)
    for kept in (*folder.glob("sent/*-*-*"), *folder.glob("unsent/*-*-*")):
        if kept.name[:10] < oldest_sent:
            shutil.rmtree(kept)
    for path in (folder / "spool").glob("*-*-*.*"):
        if path.name[:10] < oldest_spool and path.is_file() and _is_read(path, state.cursors.get(path.name, 0)):
            path.unlink()
            state.cursors.pop(path.name, None)
    oldest_local = periods.shift(today, -KEEP_DAYS)
    for path in (folder / "spool").glob(f"*{LOCAL}.log"):
        if path.name[:10] < oldest_local and path.is_file():
            path.unlink()


def _is_read(path: Path, cursor: int) -> bool:
    """Whether no line is left unread; a torn one at the end will not be completed any more."""
    with path.open("rb") as file:
        file.seek(cursor)
        return b"\n" not in file.read(SPOOL_MAX_BYTES)


def _batches(folder: Path) -> list[Path]:
    outbox = folder / "outbox"
    return sorted(path for path in outbox.iterdir() if path.is_dir()) if outbox.is_dir() else []
