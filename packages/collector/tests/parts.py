"""Parts as a client would post them."""

from __future__ import annotations

import os
from datetime import date

import population

from footfall import wire

TODAY = date(2026, 11, 21)
JSON = {"content-type": "application/json"}


def new_key():
    """A part's key."""
    return os.urandom(16).hex()


def activity(day=TODAY, **changes):
    """An activity part of an install in its second week."""
    return {
        "format": 1,
        "project": population.PROJECT,
        "day": str(day),
        "part": "activity",
        "key": new_key(),
        "new": False,
        "first_in_week": True,
        "first_in_month": False,
        "age": "1",
        **changes,
    }


def command(rows, day=TODAY, **lists):
    """A cli.command part; ``rows`` are (command, outcome, n)."""
    cells = [{"command": c, "release": "1.4", "outcome": o, "n": n, "first_in_week": True} for c, o, n in rows]
    commands = [{"command": name, "first_in_week": True} for name in dict.fromkeys(row[0] for row in rows)]
    head = {"format": 1, "project": population.PROJECT, "day": str(day), "part": "cli.command", "key": new_key()}
    return {**head, "rows": cells, "commands": commands, **lists}


def notebook(day=TODAY, **lists):
    """A notebook.session part; each list is of (word, n), each cell the first of its week."""
    cells = {name: [_cell(name, *row) for row in rows] for name, rows in lists.items()}
    head = {"format": 1, "project": population.PROJECT, "day": str(day), "part": "notebook.session", "key": new_key()}
    return {**head, **cells}


def _cell(name, word, n):
    field = next(
        (field for field in wire.SHAPES["notebook.session"][name] if field not in ("n", "first_in_week")), None
    )
    return {**({field: word} if field else {}), "n": n, "first_in_week": True}
