"""Sealing: what waits of one UTC day becomes independent report parts, each with its flags of who is counted first.

The way of counting people without an identifier follows Fedora's countme and Brave's usage ping: the machine itself
knows what the collector has confirmed and says "first in this week" once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from footfall import periods, wire
from footfall._state import Confirmed, Day, State

Document = dict[str, Any]
Cell = dict[str, Any]

_LISTS_ROOM = 80  # bytes that the names and brackets of a part's lists take


def seal(project: str, day: str, waiting: Day, state: State, sample: float = 1) -> list[Document]:
    """The parts of one day, each with a key of its own; ``activity`` and ``environment`` only once for the day.

    ``sample`` is the share of the installs that send; parts tell it where that is not all of them.
    """
    documents: list[Document] = []
    if not state.has_activity_of(day):
        documents.append({"part": "activity", **_activity(day, state.confirmed)})
        if waiting.environment:
            documents.append({"part": "environment", "rows": _environment(day, waiting, state.confirmed)})
    head: Document = {"format": wire.FORMAT, "project": project, "day": day}
    if sample < 1:
        head["sample"] = sample
    documents.extend(_split("cli.command", _command_cells(day, waiting, state.confirmed), head))
    documents.extend(_split("notebook.session", _session_cells(day, waiting, state.confirmed), head))
    documents.extend(_events(day, waiting, state.confirmed, head))
    return [{**head, "key": _key(waiting.salt, number), **document} for number, document in enumerate(documents)]


def _key(salt: str, number: int) -> str:
    """The key of a day's part: random to all who do not have the day's salt, which never leaves and is used once."""
    return hashlib.sha256(f"{salt} {number}".encode()).hexdigest()[:32]


def _activity(day: str, confirmed: Confirmed) -> Document:
    week = periods.week_of(day)
    age = periods.weeks_between(confirmed.first_week, week) if confirmed.first_week else 0
    return {
        "new": not confirmed.first_week,
        "first_in_week": confirmed.is_first(week, confirmed.weeks, periods.week_of),
        "first_in_month": confirmed.is_first(periods.month_of(day), confirmed.months, periods.month_of),
        "age": wire.age_of(age),
    }


def _environment(day: str, waiting: Day, confirmed: Confirmed) -> list[Cell]:
    found = waiting.environment
    cells = [{"field": name, "value": found[name]} for name in wire.ENVIRONMENT if name in found]
    return [{**cell, "first_in_week": _is_first("environment", "rows", cell, day, confirmed)} for cell in cells]


def _command_cells(day: str, waiting: Day, confirmed: Confirmed) -> Iterator[tuple[str, Cell]]:
    for command in sorted({key[1] for key in waiting.cells if key[0] == "rows"}):
        cell = {"command": command}
        yield "commands", {**cell, "first_in_week": _is_first("cli.command", "commands", cell, day, confirmed)}
    for (name, *words), n in sorted(waiting.cells.items()):
        yield name, _counted("cli.command", name, words, n, day, confirmed)


def _session_cells(day: str, waiting: Day, confirmed: Confirmed) -> Iterator[tuple[str, Cell]]:
    for (name, *words), n in sorted(waiting.sessions.items()):
        yield name, _counted("notebook.session", name, words, n, day, confirmed)


def _counted(part: str, name: str, words: list[str], n: int, day: str, confirmed: Confirmed) -> Cell:
    cell = dict(zip(wire.words_of(part, name), words, strict=True))
    return {**cell, "n": min(n, wire.COUNT_MAX), "first_in_week": _is_first(part, name, cell, day, confirmed)}


def _split(part: str, cells: Iterable[tuple[str, Cell]], common: Document) -> Iterator[Document]:
    """Documents of ``part`` that hold ``cells`` in turn, each small enough with the ``common`` fields besides."""
    document: Document = {}
    head = len(wire.encode({**common, "part": part, "key": _key("", 0)})) + _LISTS_ROOM
    size = head
    for name, cell in cells:
        length = len(wire.encode(cell)) + 1
        if size + length > wire.MAX_PART_BYTES:
            yield {"part": part, **document}
            document, size = {}, head
        document.setdefault(name, []).append(cell)
        size += length
    if document:
        yield {"part": part, **document}


def _events(day: str, waiting: Day, confirmed: Confirmed, head: Document) -> Iterator[Document]:
    for (name, *words), n in sorted(waiting.events.items()):
        if not words:
            rows = [
                {"field": key[1], "value": key[2], "n": min(m, wire.COUNT_MAX)}
                for key, m in sorted(waiting.events.items())
                if key[0] == name and len(key) > 1
            ]
            flagged = [("rows", {**row, "first_in_week": _is_first(name, "rows", row, day, confirmed)}) for row in rows]
            first = _is_new(name, day, confirmed)
            parts = list(_split(name, flagged, {**head, "n": wire.COUNT_MAX, "first_in_week": False})) or [
                {"part": name}
            ]
            yield from _share(parts, min(n, wire.COUNT_MAX), first=first)


def _share(parts: list[Document], n: int, *, first: bool) -> Iterator[Document]:
    """Parts of one event, told how often it was: each at least once, as the format wants, and together ``n`` times.

    There are never more parts than events: an event's own fields fill no more than half a part
    (:class:`footfall.plan.EventType`).
    """
    for number, part in enumerate(parts):
        yield {**part, "n": 1 if number else max(n - len(parts) + 1, 1), "first_in_week": first and not number}


def _is_first(part: str, name: str, cell: Cell, day: str, confirmed: Confirmed) -> bool:
    return _is_new(_cell_name(part, name, cell), day, confirmed)


def _is_new(name: str, day: str, confirmed: Confirmed) -> bool:
    return confirmed.is_first(periods.week_of(day), confirmed.cells.get(name, ()), periods.week_of)


def _cell_name(part: str, name: str, cell: Cell) -> str:
    words = (str(value) for key, value in sorted(cell.items()) if key not in ("n", "first_in_week"))
    return "\t".join((part, name, *words))


def confirm(confirmed: Confirmed, document: Document) -> None:
    """Remember that the collector has ``document``; a second time changes nothing."""
    day = document["day"]
    week, part = periods.week_of(day), document["part"]
    if part == "activity":
        confirmed.first_week = min(filter(None, (confirmed.first_week, week)))
        month = periods.month_of(day)
        for known, window in ((confirmed.days, day), (confirmed.weeks, week), (confirmed.months, month)):
            if window not in known:
                known.append(window)
        return
    lists = [(name, cells) for name, cells in document.items() if isinstance(cells, list)]
    names = [_cell_name(part, name, cell) for name, cells in lists for cell in cells]
    if part not in wire.SHAPES:
        names.append(part)
    for name in names:
        weeks = confirmed.cells.pop(name, [])  # and put in again at the end: the oldest are forgotten first
        confirmed.cells[name] = weeks if week in weeks else [*weeks, week]
