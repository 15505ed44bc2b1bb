"""Which installs send, where a program wants to hear of a share of them only.

Each install draws for itself, by a secret of its own, once for each calendar year, and nobody else can know what came
of it. Cold: the sender and the user's commands ask, no run does.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from footfall import Client
from footfall.pseudonym import SECRET_BYTES, secret_of, stored_secret, with_length
from footfall.vocabulary import few

_LABEL = b"tele/sample/v1"
_BITS = 64


def is_drawn(secret: bytes, project: str, window: str, sample: float) -> bool:
    """Whether the install with this secret sends what is of this window; with a larger share it still does.

    Args:
        secret: of :func:`footfall.pseudonym.secret_of`.
        project: the program that is counted.
        window: a calendar year, ``2026``.
        sample: the share of the installs that send, 1 or one of ``footfall.wire.SAMPLES``.

    Raises:
        ValueError: when the secret is too short.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes")
    message = _LABEL + with_length(project) + with_length(window)
    drawn = int.from_bytes(hmac.new(secret, message, hashlib.sha256).digest()[: _BITS // 8], "big")
    return drawn * round(1 / sample) < 1 << _BITS


def window_of(day: str) -> str:
    """The window in which a UTC day is drawn for: its calendar year."""
    return day[:4]


def sends(client: Client, day: str) -> bool:
    """Whether this install sends what is of ``day``; makes its secret where there is none and one is needed.

    Raises:
        FileNotFoundError: when the user has said off meanwhile.
        OSError: when the secret cannot be kept.
    """
    return client.sample == 1 or is_drawn(secret_of(Path(client.folder)), client.project, window_of(day), client.sample)


def may_send(client: Client, day: str) -> bool:
    """Whether this install sends what is of ``day``, or has not drawn yet. Looks, and makes nothing.

    Raises:
        OSError: when the secret cannot be read.
    """
    return client.sample == 1 or _known_draw(client, day) is not False


def _known_draw(client: Client, day: str) -> bool | None:
    """What this install has drawn for the window of ``day``; ``None``: nothing yet."""
    secret = stored_secret(Path(client.folder))
    return None if secret is None else is_drawn(secret, client.project, window_of(day), client.sample)


@dataclass(frozen=True)
class Sample:
    """The sample of a program of which not all installs send, and whether this one is in it.

    Attributes:
        share: of the installs that send, one of ``footfall.wire.SAMPLES``.
        year: the calendar year (UTC) that is told of.
        is_in: whether this install sends in it; ``None``: it has not drawn yet, as its first sender does.
    """

    share: float
    year: str
    is_in: bool | None

    @property
    def text(self) -> str:
        """In words."""
        if self.is_in is None:
            return f"{few(self.share)} sends; whether this one does is drawn by its first sender"
        return f"{few(self.share)} sends; in {self.year} this one does{'' if self.is_in else ' not'}"

    @property
    def why_nothing(self) -> str:
        """Why nothing of the year is sent, in words; empty where this install sends, or may."""
        told = f"nothing of {self.year} is sent: {few(self.share)} sends, and this one was not drawn"
        return told if self.is_in is False else ""

    @property
    def why_unsure(self) -> str:
        """That it has not drawn yet, in words; empty where it has."""
        return self.text if self.is_in is None else ""


def sample_of(client: Client) -> Sample | None:
    """The sample of ``client`` this year; ``None`` where all installs send. Looks, and makes nothing.

    Raises:
        OSError: when the secret cannot be read.
    """
    if client.sample == 1:
        return None
    today = client.today
    return Sample(client.sample, window_of(today), _known_draw(client, today))
