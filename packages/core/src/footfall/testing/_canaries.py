"""Canaries: a token for each place where users' own words get into a program, and the search for traces of them."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from footfall import wire

LETTERS = "jkqvwxz"  # no six of these stand together in a declared word, in JSON, or in a hexadecimal number
GRAM = 6  # a shortened form of this many characters is a trace
_RUN = re.compile(rb"[jkqvwxz]{%d,}" % GRAM)
_RUN_IN_HEX = re.compile(rb"(?:6[ab]|7[1678a]){%d,}" % GRAM)
_RUN_ESCAPED = re.compile(rb"(?:(?:%%|\\x|\\u00|=)(?:6[ab]|7[1678a])){%d,}" % GRAM)


class Canaries:
    """Tokens by place. ``canaries["HOME"]`` is 14 letters; ``canaries.foreign`` is one that is not ASCII."""

    def __init__(self, places: Iterable[str], seed: int = 0) -> None:
        draw = random.Random(seed)  # noqa: S311 - no secret: the same tokens in each run
        self.tokens = {place: "".join(draw.choices(LETTERS, k=14)) for place in places}
        self.foreign = "".join(draw.choices("żółćęśąźńäöü", k=14))

    def __getitem__(self, place: str) -> str:
        return self.tokens[place]

    @cached_property
    def needles(self) -> list[tuple[str, bytes]]:
        """What to look for besides runs of the letters: a place and bytes that would be a trace of its token."""
        return [
            (place, needle)
            for place, token in {**self.tokens, "non-ASCII": self.foreign}.items()
            for needle in {*_encoded(token), *digests(token.encode()), *digests(token[::-1].encode())}
        ]

    def traces(self, data: bytes) -> list[str]:
        """Places whose tokens left a trace in ``data``: themselves, a part, reversed, encoded or hashed."""
        low = data.lower()
        found = {f"{run.group()[:40]!r}" for kind in (_RUN, _RUN_IN_HEX, _RUN_ESCAPED) for run in kind.finditer(low)}
        found |= {place for place, needle in self.needles if needle in data or needle in low}
        return sorted(found)


def _encoded(token: str) -> Iterator[bytes]:
    for at in range(len(token) - GRAM + 1):
        for part in (token[at : at + GRAM], token[at : at + GRAM][::-1]):
            raw = part.encode()
            yield base64.b64encode(raw)[: len(raw) // 3 * 4]
            yield base64.urlsafe_b64encode(raw)[: len(raw) // 3 * 4]
            if not part.isascii():
                yield from (raw, raw.hex().encode(), _percent(raw), json.dumps(part)[1:-1].encode())
                yield part.upper().encode()


def _percent(raw: bytes) -> bytes:
    return "".join(f"%{byte:02X}" for byte in raw).encode()


def digests(text: bytes) -> Iterator[bytes]:
    """The beginnings of a text's hashes, in hexadecimal and Base64: a shortened hash is one too."""
    for kind in (hashlib.md5, hashlib.sha1, hashlib.sha256):
        digest = kind(text).digest()
        yield digest.hex()[:16].encode()
        yield base64.b64encode(digest)[:12]


def files_of(folder: Path) -> bytes:
    """All that a folder holds: names, and contents of files."""
    parts = []
    for path in sorted(folder.rglob("*")):
        parts.append(str(path.relative_to(folder)).encode())
        parts.append(path.read_bytes() if path.is_file() else b"")
    return b"\0".join(parts)


def undeclared(document: object, alphabet: frozenset[str]) -> set[str]:
    """Strings of a report, but for its key and day, that are no words of ``alphabet`` and no releases."""
    return {text for text in strings_in(document) - alphabet if not wire.RELEASE.fullmatch(text)}


def strings_in(document: object) -> set[str]:
    """All strings of a report but its key and day."""
    if isinstance(document, str):
        return {document}
    if isinstance(document, dict):
        return {text for key, value in document.items() if key not in ("key", "day") for text in strings_in(value)}
    return {text for value in document for text in strings_in(value)} if isinstance(document, list) else set()
