"""What one report part adds to which counters: a pure function, the same for every store.

Nothing of a part is kept but these sums. Each has a table of its own, so no two of a part's cells stay together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from footfall import wire
from footfall_collector.windows import week_of

Key = tuple[str | int, ...]
"""Project, day and words; last, for how many installs the one stands that has sent."""
Window = tuple[str, str]
Amounts = tuple[int, ...]
Increment = tuple[str, Key, Amounts]

TABLES = (
    "activity",
    "age",
    "environment",
    "command",
    "command_install",
    "flag",
    "duration",
    "error",
    "event",
    "event_field",
    "notebook",
)
# Lists of a notebook session's part, with the field of their cells that is a word. One that is not here adds nothing.
WORD_OF = {
    "sessions": None,
    "frontends": "frontend",
    "cells": "outcome",
    "errors": "kind",
    "magics": "magic",
    "cell_durations": "bucket",
    "session_durations": "bucket",
    "session_sizes": "bucket",
    "modules": "module",
}


def has_counters(kind: str) -> bool:
    """Whether parts of this kind can be counted: the wire format may know more of them than this collector."""
    return kind in KINDS or wire.is_event(kind)


def increments(part: Mapping[str, Any]) -> Iterator[Increment]:
    """The (table, key, amounts to add) of a part that wire and vocabulary have passed; of a kind that has counters."""
    for table, key, amounts in KINDS.get(part["part"], _of_event)(part, (part["project"], part["day"])):
        yield table, (*key, wire.one_in(part)), amounts


def summed(parts: Iterable[Mapping[str, Any]]) -> dict[str, dict[Key, Amounts]]:
    """The increments of many parts, one for each counter: parts of one moment mostly share theirs."""
    tables: dict[str, dict[Key, Amounts]] = {}
    for part in parts:
        for table, key, amounts in increments(part):
            cells = tables.setdefault(table, {})
            before = cells.get(key)
            cells[key] = amounts if before is None else tuple(map(sum, zip(before, amounts, strict=True)))
    return tables


def _of_activity(part: Mapping[str, Any], window: Window) -> Iterator[Increment]:
    flags = (int(part["new"]), int(part["first_in_week"]), int(part["first_in_month"]))
    yield "activity", window, (1, *flags)
    if part["first_in_week"]:
        week = week_of(date.fromisoformat(part["day"]))
        yield "age", (part["project"], week, part["age"]), (1,)


def _of_environment(part: Mapping[str, Any], window: Window) -> Iterator[Increment]:
    for row in part.get("rows", ()):
        yield "environment", (*window, row["field"], row["value"]), (1, int(row["first_in_week"]))


def _of_commands(part: Mapping[str, Any], window: Window) -> Iterator[Increment]:
    for row in part.get("rows", ()):
        key = (*window, row["command"], row["release"], row["outcome"])
        yield "command", key, (row["n"], int(row["first_in_week"]))
    for row in part.get("commands", ()):
        yield "command_install", (*window, row["command"]), (int(row["first_in_week"]),)
    for row in part.get("flags", ()):
        yield "flag", (*window, row["command"], row["flag"]), (row["n"], int(row["first_in_week"]))
    for row in part.get("durations", ()):
        yield "duration", (*window, row["command"], row["bucket"]), (row["n"], int(row["first_in_week"]))
    for row in part.get("errors", ()):
        yield "error", (*window, row["command"], row["kind"]), (row["n"], int(row["first_in_week"]))


def _of_sessions(part: Mapping[str, Any], window: Window) -> Iterator[Increment]:
    for name, field in WORD_OF.items():
        for row in part.get(name, ()):
            word = row[field] if field else ""
            yield "notebook", (*window, name, word), (row["n"], int(row["first_in_week"]))


def _of_event(part: Mapping[str, Any], window: Window) -> Iterator[Increment]:
    event = (*window, part["part"])
    yield "event", event, (part["n"], int(part["first_in_week"]))
    for row in part.get("rows", ()):
        yield "event_field", (*event, row["field"], row["value"]), (row["n"], int(row["first_in_week"]))


KINDS: Mapping[str, Callable[[Mapping[str, Any], Window], Iterator[Increment]]] = {
    "activity": _of_activity,
    "environment": _of_environment,
    "cli.command": _of_commands,
    "notebook.session": _of_sessions,
}
