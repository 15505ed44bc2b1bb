"""What a part adds to which counters."""

from __future__ import annotations

from parts import TODAY, activity, notebook

from footfall import wire
from footfall_collector import counters
from footfall_collector.queries import texts

LISTS = {
    "sessions": [("", 3)],
    "frontends": [("lab", 2), ("vscode", 1)],
    "cells": [("ok", 40), ("error", 2)],
    "errors": [("KeyError", 2)],
    "magics": [("time", 5)],
    "cell_durations": [("<0.1s", 42)],
    "session_durations": [("10-60min", 3)],
    "session_sizes": [("10-99", 3)],
    "modules": [("mytool", 3)],
}


def test_every_part_of_the_wire_format_has_counters():
    """No part that passes the door is without counters, and no list of a notebook's part is left out."""
    assert set(counters.KINDS) == set(wire.SHAPES)
    for name, cell in wire.SHAPES["notebook.session"].items():
        word = counters.WORD_OF[name]
        assert set(cell) == {"n", "first_in_week"} | ({word} if word else set())
    assert set(counters.TABLES) == set(texts("add"))


def test_what_has_counters():
    """Parts of this format and own events do; what another format may bring, and what is no name, do not."""
    assert all(map(counters.has_counters, (*wire.SHAPES, "model.loaded")))
    assert not any(map(counters.has_counters, ("notebook.cell", "cli.plugin", "gui", "", "Model.Loaded")))


def test_a_sessions_part_adds_to_one_table():
    """Each cell is a row by day, list and word: its n, and whether it is the install's first of the week."""
    part = notebook(**LISTS)
    part["frontends"][1]["first_in_week"] = False
    found = list(counters.increments(part))
    assert {table for table, _, _ in found} == {"notebook"}
    cells = {key[2:4]: amounts for _, key, amounts in found}
    assert all((*key[:2], key[4]) == ("mytool", str(TODAY), 1) for _, key, _ in found)
    assert cells == {(name, word): (n, int(word != "vscode")) for name, rows in LISTS.items() for word, n in rows}


def test_a_list_of_a_later_format_adds_nothing():
    """A list that this version does not know is passed over; the ones that it knows are counted."""
    part = {**notebook(sessions=[("", 1)]), "kernels": [{"kernel": "xeus", "n": 1, "first_in_week": True}]}
    assert list(counters.increments(part)) == [("notebook", ("mytool", str(TODAY), "sessions", "", 1), (1, 1))]


def test_parts_of_several_kinds_are_summed():
    """Cells of the same day, list and word add up, whatever comes between."""
    parts = [notebook(sessions=[("", 2)]), activity(), notebook(sessions=[("", 5)], magics=[("time", 1)])]
    assert counters.summed(parts)["notebook"] == {
        ("mytool", str(TODAY), "sessions", "", 1): (7, 2),
        ("mytool", str(TODAY), "magics", "time", 1): (1, 1),
    }
