"""The sorts of notebook sessions that are played, and what is true of each: by hand, checked against its output."""

from __future__ import annotations

from dataclasses import dataclass

KILL = "import os; os.kill(os.getpid(), 9)"
DIED = 3  # how run_notebook.py ends when its kernel has
_LARGE = 12  # cells: with one more, a session of another size


@dataclass(frozen=True)
class Sitting:
    """One session: the cells that are run, by name in cafes.ipynb or by their text, and the counts that it adds.

    ``told`` is the sum of cells of each list of the session's report, by word; ``seen`` stands in what it prints.
    """

    cells: tuple[str, ...]
    told: dict[str, dict[str, int]]
    seen: str
    code: int = 0

    def problem(self, code: int, output: str) -> str:
        """How a session that was watched belies what is written here; empty if it does not."""
        if code == self.code and self.seen in output:
            return ""
        wanted = f"should end with {self.code} and show {self.seen!r}"
        return f"cells {', '.join(self.cells)}: {wanted}, but ended with {code} and {output!r}"


SITTINGS = (
    Sitting(
        ("load", "status", "read", "busiest", "chart", "nowhere", "timing"),
        {
            "cells": {"ok": 6, "error": 1},
            "cell-errors": {"KeyError": 1},
            "magics": {"time": 1, "timeit": 1},
            "modules": {"cafes_chart": 1},
            "session-sizes": {"1-9": 1},
        },
        "KeyError: 'Nowhere'",
    ),
    Sitting(("load", "read"), {"cells": {"ok": 2}, "session-sizes": {"1-9": 1}}, "22"),
    Sitting(
        ("load", *["read"] * _LARGE, "%alias_magic busy time", "%busy 1"),
        {"cells": {"ok": _LARGE + 3}, "magics": {"other": 2}, "session-sizes": {"10-99": 1}},
        "Created `%busy` as an alias for `%time`",
    ),
    Sitting(
        ("load", "busiest", KILL),
        {"cells": {"ok": 2, "killed": 1}, "magics": {"time": 1}, "session-sizes": {"1-9": 1}},
        "Lantern",
        DIED,
    ),
)
