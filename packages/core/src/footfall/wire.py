"""Wire format 1: the closed lists, and the bytes, of a report part.

Nothing here does I/O or knows a program's own words (those are in :mod:`footfall.plan`), so client and collector
share it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from footfall import _magics
from footfall.errors import WireError

FORMAT = 1
MAX_PART_BYTES = 4096  # small enough to be read by a person, and for a collector to refuse more unread
COUNT_MAX = 10_000  # a loop over thousands of files is use; more in a day is a runaway, and would outweigh everybody
WORD_MAX = 120  # longest name or path of a command that is still a word
DIGEST_DIGITS = 12  # of a plan's SHA-256: short enough for a person to compare, and to no other plan by chance
CELLS_MAX = 200  # more cannot fit in MAX_PART_BYTES

MAIN = "(main)"  # the program itself: it has no command, or ran without one
OTHER = "other"  # whatever is not declared
DEV = "dev"  # a version that is not a release

OUTCOMES = ("ok", "exit", "error", "usage", "aborted", "killed")
CELL_OUTCOMES = tuple(outcome for outcome in OUTCOMES if outcome != "usage")  # a cell has no command line
USAGE_KINDS = (
    "bad_argument",
    "bad_option",
    "bad_parameter",
    "missing_parameter",
    "no_such_command",
    "no_such_option",
    "usage",
)
BUCKETS = ("<0.1s", "0.1-0.3s", "0.3-1s", "1-3s", "3-10s", "10-30s", "30-100s", "100-1000s", ">1000s")
BUCKET_EDGES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 1000.0)  # seconds; one more bucket than edges
# Of notebook sessions: what a kernel can tell apart.
FRONTENDS = ("lab", "notebook", "vscode", "colab", "console", "batch", OTHER)
MAGICS = _magics.MAGICS
SESSION_BUCKETS = ("<1min", "1-10min", "10-60min", "1-3h", "3-10h", ">10h")
SESSION_EDGES = (60.0, 600.0, 3600.0, 10_800.0, 36_000.0)  # seconds from the first cell's begin to the last one's end
SIZE_BUCKETS = ("1-9", "10-99", "100-999", ">=1000")
SIZE_EDGES = (10, 100, 1000)  # cells run in a session
# Why a collector refuses a part. Each has a hyphen, as no part's name has: it can stand beside one in a file's name.
REFUSALS = (
    "not-json",
    "not-an-object",
    "not-application-json",
    "too-large",
    "unknown-format",
    "unknown-part",
    "unknown-project",
    "unknown-command",
    "unknown-flag",
    "unknown-error",
    "unknown-event",
    "unknown-field",
    "unknown-value",
    "unknown-module",
    "unknown-sample",
    "missing-field",
    "repeated-field",
    "bad-value",
    "day-too-old",
    "day-in-future",
)
# Shares of the installs that send, where not all do: few and round, so that telling one tells apart nobody.
SAMPLES = (0.5, 0.25, 0.2, 0.1, 0.05, 0.02, 0.01)
AGES = (*(str(week) for week in range(13)), "13-25", "26-51", "52+")

# Digits of all other scripts stay out: in them, the same version could be spelled in many ways.
RELEASE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,3}(\.post[0-9]{1,3})?")
_SHORT_RELEASE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")
_PYTHON = re.compile(r"[0-9]\.[0-9]{1,2}")
_KEY = re.compile(r"[0-9a-f]{32}")
_DIGEST = re.compile(rf"[0-9a-f]{{{DIGEST_DIGITS}}}")
_PROJECT = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_EVENT = re.compile(r"[a-z][a-z0-9_]{0,31}\.[a-z][a-z0-9_]{0,31}")

ENVIRONMENT: Mapping[str, tuple[str, ...] | re.Pattern[str]] = {
    "version": RELEASE,
    "python": _PYTHON,
    "os": ("linux", "macos", "windows", "freebsd", OTHER),
    "arch": ("x86_64", "arm64", "x86", "arm", "riscv64", "ppc64le", "s390x", OTHER),
    "implementation": ("cpython", "pypy", "graalpy", OTHER),
    "surface": ("terminal", "script", "ci", "notebook", "batch", "service", OTHER),
    "plan": _DIGEST,  # of the words that this install may send
}


def bucket_of(seconds: float) -> str:
    """Name of the duration bucket that holds ``seconds``."""
    return BUCKETS[sum(seconds >= edge for edge in BUCKET_EDGES)]


def session_bucket_of(seconds: float) -> str:
    """Name of the bucket that holds a notebook session's length of ``seconds``."""
    return SESSION_BUCKETS[sum(seconds >= edge for edge in SESSION_EDGES)]


def size_bucket_of(cells: int) -> str:
    """Name of the bucket that holds a notebook session's number of cells."""
    return SIZE_BUCKETS[sum(cells >= edge for edge in SIZE_EDGES)]


def age_of(weeks: int) -> str:
    """Name of the age, in whole weeks since an install's first report."""
    if weeks > 51:
        return "52+"
    return "26-51" if weeks > 25 else "13-25" if weeks > 12 else str(max(weeks, 0))


def version_of(text: str) -> str:
    """``text`` if it is a release by the fixed grammar, else ``dev``: a local build's version can name its owner."""
    return text if RELEASE.fullmatch(text) else DEV


def release_of(text: str) -> str:
    """Major and minor of a release version, or ``dev``."""
    return ".".join(text.partition(".post")[0].split(".")[:2]) if RELEASE.fullmatch(text) else DEV


def is_project(name: str) -> bool:
    """Whether ``name`` can name a project: lower case letters, digits, ``. _ -``, at most 64."""
    return _PROJECT.fullmatch(name) is not None


def is_event(name: str) -> bool:
    """Whether ``name`` can name an author's own event: ``noun.noun``, and not one of ours."""
    return _EVENT.fullmatch(name) is not None and not name.startswith(("cli.", "notebook."))


def encode(document: Mapping[str, Any]) -> bytes:
    """The one spelling of a part: what ``preview`` prints is byte for byte what is posted."""
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode("ascii")


def decode(body: bytes) -> dict[str, Any]:
    """The part in ``body``, its shape checked to the last field; its words are the vocabulary's to check.

    Raises:
        WireError: with a reason that holds nothing of ``body``.
    """
    if len(body) > MAX_PART_BYTES:
        raise WireError("too-large")
    try:
        document = _JSON.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise WireError("not-json") from None
    if not isinstance(document, dict):
        raise WireError("not-an-object")
    _check_shape(document)
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a name twice in an object")  # of which it would not be plain which one counts
    return document


_JSON = json.JSONDecoder(object_pairs_hook=_once)


def _check_shape(document: dict[str, Any]) -> None:
    if document.get("format") != FORMAT or type(document["format"]) is not int:
        raise WireError("unknown-format")
    part = document.get("part")
    shape = SHAPES.get(part, _OWN_EVENT) if isinstance(part, str) else {}
    if not shape or (part not in SHAPES and not is_event(str(part))):
        raise WireError("unknown-part")
    expected = {**_COMMON, **shape}
    if not document.keys() <= {*expected, "sample"}:
        raise WireError("unknown-field")
    if "sample" in document and not is_sample(document["sample"]):
        raise WireError("bad-value")
    for name, check in expected.items():
        if name not in document and not isinstance(check, dict):
            raise WireError("missing-field")
        if name in document and not _fits(document[name], check):
            raise WireError("bad-value")


def _fits(value: object, check: _Check | dict[str, _Check]) -> bool:
    if not isinstance(check, dict):
        return check(value)
    if not isinstance(value, list) or not 0 < len(value) <= CELLS_MAX:
        return False
    return all(
        isinstance(cell, dict) and cell.keys() == check.keys() and all(fits(cell[name]) for name, fits in check.items())
        for cell in value
    )


_Check = Callable[[object], bool]


def _is_flag(value: object) -> bool:
    return value is True or value is False


def _is_count(value: object) -> bool:
    return type(value) is int and 1 <= value <= COUNT_MAX


def is_word(value: object) -> bool:
    """Whether ``value`` is a string that could be a declared name: printable, not too long."""
    return isinstance(value, str) and 0 < len(value) <= WORD_MAX and value.isprintable()


def is_sample(value: object) -> bool:
    """Whether ``value`` is a share of the installs that a part can tell; of all of them it tells none."""
    return type(value) is float and value in SAMPLES


def one_in(part: Mapping[str, Any]) -> int:
    """For how many installs the one stands that has sent a part."""
    share: float = part.get("sample", 1)
    return round(1 / share)


def is_day(value: object) -> bool:
    """Whether ``value`` is a calendar day written ``YYYY-MM-DD``."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _one_of(words: tuple[str, ...]) -> _Check:
    return lambda value: isinstance(value, str) and value in words


def _matching(pattern: re.Pattern[str], *words: str) -> _Check:
    return lambda value: isinstance(value, str) and (value in words or pattern.fullmatch(value) is not None)


_COMMON: dict[str, _Check | dict[str, _Check]] = {
    "format": lambda value: value == FORMAT,
    "project": _matching(_PROJECT),
    "day": is_day,
    "part": is_word,
    "key": _matching(_KEY),
}
_COUNTED: dict[str, _Check] = {"n": _is_count, "first_in_week": _is_flag}
# A dict is a list of cells, each with just these fields; such a list may be absent.
SHAPES: dict[str, dict[str, _Check | dict[str, _Check]]] = {
    "activity": {
        "new": _is_flag,
        "first_in_week": _is_flag,
        "first_in_month": _is_flag,
        "age": _one_of(AGES),
    },
    "environment": {"rows": {"field": _one_of(tuple(ENVIRONMENT)), "value": is_word, "first_in_week": _is_flag}},
    "cli.command": {
        "rows": {
            "command": is_word,
            "release": _matching(_SHORT_RELEASE, DEV),
            "outcome": _one_of(OUTCOMES),
            **_COUNTED,
        },
        "commands": {"command": is_word, "first_in_week": _is_flag},
        "flags": {"command": is_word, "flag": is_word, **_COUNTED},
        "durations": {"command": is_word, "bucket": _one_of(BUCKETS), **_COUNTED},
        "errors": {"command": is_word, "kind": is_word, **_COUNTED},
    },
    "notebook.session": {
        "sessions": _COUNTED,
        "frontends": {"frontend": _one_of(FRONTENDS), **_COUNTED},
        "cells": {"outcome": _one_of(CELL_OUTCOMES), **_COUNTED},
        "errors": {"kind": is_word, **_COUNTED},
        "magics": {"magic": _one_of(MAGICS), **_COUNTED},
        "cell_durations": {"bucket": _one_of(BUCKETS), **_COUNTED},
        "session_durations": {"bucket": _one_of(SESSION_BUCKETS), **_COUNTED},
        "session_sizes": {"bucket": _one_of(SIZE_BUCKETS), **_COUNTED},
        "modules": {"module": is_word, **_COUNTED},
    },
}
_OWN_EVENT: dict[str, _Check | dict[str, _Check]] = {
    **_COUNTED,
    "rows": {"field": is_word, "value": is_word, **_COUNTED},
}


def words_of(part: str, name: str) -> tuple[str, ...]:
    """Fields that tell the cells of a part's list apart."""
    return _WORDS[part].get(name, ())


def _words(shape: dict[str, _Check | dict[str, _Check]]) -> dict[str, tuple[str, ...]]:
    lists = {name: check for name, check in shape.items() if isinstance(check, dict)}
    return {name: tuple(field for field in cell if field not in _COUNTED) for name, cell in lists.items()}


_WORDS = {part: _words(shape) for part, shape in SHAPES.items()}
_WORDS_OF_EVENT = _words(_OWN_EVENT)


def repeats(part: Mapping[str, Any]) -> bool:
    """Whether a list of a part has one cell twice: its install would be counted as two."""
    for name, words in _WORDS.get(part["part"], _WORDS_OF_EVENT).items():
        cells = part.get(name, ())
        if len(cells) > 1 and len({tuple([cell[word] for word in words]) for cell in cells}) < len(cells):
            return True
    return False
