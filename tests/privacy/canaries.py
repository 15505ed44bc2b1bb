"""The privacy statements' canaries: their places, and what is planted there. Footfall's test kit has the search."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from footfall import testing
from footfall.testing import digests, files_of, strings_in, undeclared

__all__ = ["LONG", "NAMES", "PLACES", "Canaries", "files_of", "plant", "salts_in", "strings_in", "undeclared"]

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
    "cell source",
    "cell magic",
    "magic argument",
    "display output",
    "exception note",
    "notebook file",
    "notebook metadata",
    "cell metadata",
    "kernel name",
)
# What programs made at random declare.
NAMES = "add build clean deploy export fetch graph import join list merge new open push query remove show test update"
LONG = "all batch-size color depth format ignore jobs kind limit mode number output path quiet rate size target user"
_SALT = re.compile(rb"[0-9a-f]{12,64}")
_HEX = re.compile(rb"[0-9a-f]{16,}")
_BASE64 = re.compile(rb"[0-9A-Za-z+/]{12,}")


class Canaries(testing.Canaries):
    """Tokens for the places of these tests."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(PLACES, seed)

    @property
    def many_lines(self) -> str:
        """The multi-line word."""
        return f"{self['multi-line']}\n{self['multi-line'][::-1]}\n"

    @property
    def long(self) -> str:
        """The word of a megabyte."""
        return self["1 MB long"] * 75_000

    def salted_traces(self, data: bytes, salts: set[bytes]) -> list[str]:
        """Places of which a hash with any of ``salts`` before or after the token is in ``data``."""
        there = {*_windows(_HEX, data.lower(), 16), *_windows(_BASE64, data, 12)}
        return [
            place
            for place, token in self.tokens.items()
            for salt in salts
            for text in (salt + token.encode(), token.encode() + salt)
            if not there.isdisjoint(digests(text))
        ]


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


def salts_in(data: bytes) -> set[bytes]:
    """Random numbers in a state folder, with which a word could have been hashed."""
    return set(_SALT.findall(data))
