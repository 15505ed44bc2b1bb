"""Canaries: a token for each place where users' own words get into a program, and the search for traces of them."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from footfall import wire

PLACES = (
    "positional path",
    "option value after a blank",
    "option value after =",
    "option value glued to its letter",
    "option value in a bundle",
    "unknown command",
    "unknown option",
    "extra argument",
    "bad choice",
    "environment value",
    "config value",
    "cwd name",
    "HOME",
    "user",
    "host",
    "git remote",
    "git e-mail",
    "exception message",
    "exception class",
    "local variable",
    "package name",
    "editable path",
    "plugin command",
    "alias",
    "argv[0]",
    "prompt answer",
    "command of a made-up name",
    "module name",
    "multi-line",
    "1 MB long",
    "script file",
    "configured command",
    "configured option",
)
# What programs made at random declare.
NAMES = "add build clean deploy export fetch graph import join list merge new open push query remove show test update"
LONG = "all batch-size color depth format ignore jobs kind limit mode number output path quiet rate size target user"
LETTERS = "jkqvwxz"  # no six of these stand together in a declared word, in JSON, or in a hexadecimal number
GRAM = 6  # a shortened form of this many characters is a trace
_RUN = re.compile(rb"[jkqvwxz]{%d,}" % GRAM)
_RUN_IN_HEX = re.compile(rb"(?:6[ab]|7[1678a]){%d,}" % GRAM)
_RUN_ESCAPED = re.compile(rb"(?:(?:%%|\\x|\\u00|=)(?:6[ab]|7[1678a])){%d,}" % GRAM)
_SALT = re.compile(rb"[0-9a-f]{12,64}")
_HEX = re.compile(rb"[0-9a-f]{16,}")
_BASE64 = re.compile(rb"[0-9A-Za-z+/]{12,}")


class Canaries:
    """Tokens by place. ``canaries["HOME"]`` is 14 letters; ``canaries.foreign`` is one that is not ASCII."""

    def __init__(self, seed: int = 0) -> None:
        draw = random.Random(seed)
        self.tokens = {place: "".join(draw.choices(LETTERS, k=14)) for place in PLACES}
        self.foreign = "".join(draw.choices("żółćęśąźńäöü", k=14))

    def __getitem__(self, place: str) -> str:
        return self.tokens[place]

    @property
    def many_lines(self) -> str:
        """The multi-line word."""
        return f"{self['multi-line']}\n{self['multi-line'][::-1]}\n"

    @property
    def long(self) -> str:
        """The word of a megabyte."""
        return self["1 MB long"] * 75_000

    @cached_property
    def needles(self) -> list[tuple[str, bytes]]:
        """What to look for besides runs of the letters: a place and bytes that would be a trace of its token."""
        return [
            (place, needle)
            for place, token in {**self.tokens, "non-ASCII": self.foreign}.items()
            for needle in {*_encoded(token), *_digests(token.encode()), *_digests(token[::-1].encode())}
        ]

    def traces(self, data: bytes) -> list[str]:
        """Places whose tokens left a trace in ``data``: themselves, a part, reversed, encoded or hashed."""
        low = data.lower()
        found = {f"{run.group()[:40]!r}" for kind in (_RUN, _RUN_IN_HEX, _RUN_ESCAPED) for run in kind.finditer(low)}
        found |= {place for place, needle in self.needles if needle in data or needle in low}
        return sorted(found)

    def salted_traces(self, data: bytes, salts: set[bytes]) -> list[str]:
        """Places of which a hash with any of ``salts`` before or after the token is in ``data``."""
        there = {*_windows(_HEX, data.lower(), 16), *_windows(_BASE64, data, 12)}
        return [
            place
            for place, token in self.tokens.items()
            for salt in salts
            for text in (salt + token.encode(), token.encode() + salt)
            if not there.isdisjoint(_digests(text))
        ]


def _encoded(token: str) -> Iterator[bytes]:
    for at in range(len(token) - GRAM + 1):
        for part in (token[at : at + GRAM], token[at : at + GRAM][::-1]):
            raw = part.encode()
            yield base64.b64encode(raw)[: len(raw) // 3 * 4]
            yield base64.urlsafe_b64encode(raw)[: len(raw) // 3 * 4]
            if not part.isascii():
                yield from (raw, raw.hex().encode(), quote(part).encode(), json.dumps(part)[1:-1].encode())
                yield part.upper().encode()


def _digests(text: bytes) -> Iterator[bytes]:
    for kind in (hashlib.md5, hashlib.sha1, hashlib.sha256):
        digest = kind(text).digest()
        yield digest.hex()[:16].encode()  # a shortened hash is one too
        yield base64.b64encode(digest)[:12]


def _windows(kind: re.Pattern[bytes], data: bytes, width: int) -> Iterator[bytes]:
    for run in kind.findall(data):
        yield from (run[at : at + width] for at in range(len(run) - width + 1))


def plant(folder: Path, canaries: Canaries) -> None:
    """Make ``folder`` a user's working folder: a git checkout with scripts and a configuration of the user's own."""
    (folder / ".git").mkdir(parents=True)
    remote, mail = canaries["git remote"], canaries["git e-mail"]
    (folder / ".git" / "config").write_text(f'[remote "origin"]\nurl = {remote}\n[user]\nemail = {mail}@example.org\n')
    (folder / "scripts").mkdir()
    (folder / "scripts" / f"{canaries['script file']}.py").touch()
    words = {"commands": [canaries["configured command"]], "options": [canaries["configured option"]]}
    (folder / "commands.json").write_text(json.dumps(words))


def files_of(folder: Path) -> bytes:
    """All that a folder holds: names, contents and link targets."""
    parts = []
    for path in sorted(folder.rglob("*")):
        parts.append(str(path.relative_to(folder)).encode())
        parts.append(path.read_bytes() if path.is_file() else b"")
    return b"\0".join(parts)


def salts_in(data: bytes) -> set[bytes]:
    """Random numbers in a state folder, with which a word could have been hashed."""
    return set(_SALT.findall(data))


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
