"""An install's secret, and a rotating pseudonym that is made of it.

The pseudonym is for transports of plugins whose service cannot count without an id of its own.

Footfall's own collector needs none, and its wire format has no place for one. Such an id tells installs apart within
one week (or month) for one project and one collector, and cannot be joined with that of another.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from pathlib import Path

from footfall import _state
from footfall._consent import read_answer

KINDS = ("week", "month")
SECRET_BYTES = 32
FILE_NAME = "pseudonym"  # in the project's folder, so that ``off`` removes it with all the rest
_WINDOW = re.compile(r"[0-9]{4}-(W[0-9]{2}|[0-9]{2})")
_LABEL = b"tele/window-id/v1"  # changes with the way in which ids are made, so that old and new ones never meet


def window_id(secret: bytes, collector: str, project: str, kind: str, window: str) -> str:
    """The id of one install in one window, 32 hexadecimal digits. Never put ids of two kinds into one report.

    Args:
        secret: of :func:`secret_of`.
        collector: the endpoint that gets the id.
        project: the program that is counted.
        kind: ``week`` or ``month``.
        window: an ISO week, ``2026-W47``, or a month, ``2026-11``.

    Raises:
        ValueError: when kind and window do not go together, or the secret is too short.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes")
    if kind not in KINDS or not _WINDOW.fullmatch(window) or ("W" in window) != (kind == "week"):
        raise ValueError("a week is written 2026-W47, a month 2026-11")
    message = _LABEL + b"".join(map(with_length, (collector, project, kind, window)))
    return hmac.new(secret, message, hashlib.sha256).digest()[:16].hex()


def secret_of(folder: Path) -> bytes:
    """The secret of a project's folder, random and readable by its owner only; made when it is first asked for.

    Ask for it where a part is about to be posted, not before: until records may leave there has to be none. It goes
    with ``off``, and what is made after the next ``on`` is another one.

    Raises:
        FileNotFoundError: when the user has said off meanwhile, or the folder is gone.
        OSError: when it cannot be stored.
    """
    path = folder / FILE_NAME
    secret = stored_secret(folder)
    if secret is None:
        _check_consent(folder)
        secret = os.urandom(SECRET_BYTES)
        _state.write_whole(str(path), secret)
        try:
            _check_consent(folder)  # said while we wrote: who said it has looked for files already
        except FileNotFoundError:
            path.unlink(missing_ok=True)
            raise
    return secret


def stored_secret(folder: Path) -> bytes | None:
    """The secret of a project's folder if there is one; none is made.

    Raises:
        OSError: when it cannot be read.
    """
    try:
        secret = (folder / FILE_NAME).read_bytes()
    except FileNotFoundError:
        return None
    return secret if len(secret) == SECRET_BYTES else None  # else it is not ours


def _check_consent(folder: Path) -> None:
    if read_answer(str(folder / "consent")).word == "off":
        raise FileNotFoundError(f"{folder}: telemetry is off")


def with_length(text: str) -> bytes:
    """A text behind its length, so that no two different lists of texts make the same bytes."""
    raw = text.encode()
    return len(raw).to_bytes(4, "big") + raw
