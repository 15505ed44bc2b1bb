"""What a run, or a cell of a notebook, was counted as: an author's expectation, and the real reader's answer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from footfall import Client, _spawn, _system, spool_reader, wire
from footfall._project import stored_vocabulary
from footfall._spool import day_of
from footfall._state import State

# ("rows", command, outcome), ("flags", command, flag), ("errors", command, kind); of sessions, whose lists have no
# command: ("cells", "", outcome), ("magics", "", magic), ("sessions", "", "") and so on.
Cells = Counter[tuple[str, str, str]]

# Lists of a report that are compared, and the field that tells their cells apart; how long it took is nobody's to say.
_COMPARED = {
    "cli.command": {"rows": "outcome", "flags": "flag", "errors": "kind"},
    "notebook.session": {
        "sessions": "",
        "frontends": "frontend",
        "cells": "outcome",
        "errors": "kind",
        "magics": "magic",
        "modules": "module",
        "session_sizes": "bucket",
    },
}


@dataclass(frozen=True)
class Counted:
    """What one run of a command is to be counted as.

    Args:
        command: path of the command in the program's declared tree; ``(main)`` for the program itself.
        flags: declared names of the options given.
        outcome: one of ``footfall.wire.OUTCOMES``.
        kind: what sort of error it was, if it was one.
    """

    command: str
    flags: tuple[str, ...] = ()
    outcome: str = "ok"
    kind: str = ""

    def cells(self) -> Cells:
        """The cells that such a run adds one to."""
        errors = [("errors", self.command, self.kind)] if self.kind else []
        flags = [("flags", self.command, flag) for flag in self.flags]
        return Counter([("rows", self.command, self.outcome), *flags, *errors])


@dataclass(frozen=True)
class CountedCell:
    """What one cell of a notebook or shell is to be counted as.

    Args:
        outcome: one of ``footfall.wire.OUTCOMES``.
        kind: what sort of error it was, if it was one.
        magics: those of ``footfall.wire.MAGICS`` that it uses; ``other`` stands for a user's own.
        modules: those of the client's that this cell is the first to import.
    """

    outcome: str = "ok"
    kind: str = ""
    magics: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()

    def cells(self) -> Cells:
        """The cells that it adds one to."""
        errors = [("errors", "", self.kind)] if self.kind else []
        magics = [("magics", "", name) for name in self.magics]
        return Counter(
            [("cells", "", self.outcome), *errors, *magics, *(("modules", "", name) for name in self.modules)]
        )


def cells_of(expected: Iterable[Counted | CountedCell]) -> Cells:
    """The sum of what several runs, or cells of a notebook, add to."""
    return sum((one.cells() for one in expected), Counter())


def session_of(expected: Sequence[CountedCell], frontend: str) -> Cells:
    """What a session of these cells adds to, once it is over."""
    size = wire.size_bucket_of(len(expected))
    about = [("sessions", "", ""), ("frontends", "", frontend), ("session_sizes", "", size)]
    return cells_of(expected) + Counter(about)


def told(bodies: Iterable[bytes]) -> Cells:
    """What all these reports add up to."""
    cells: Cells = Counter()
    for part in map(wire.decode, bodies):
        for name, word in _COMPARED.get(part["part"], {}).items():
            for row in part.get(name, ()):
                cells[name, row.get("command", ""), row.get(word, "")] += row["n"]
    return cells


class Tally:
    """Reads a project's spool as the sender does, without being one.

    Args:
        folder: ``<state home>/<project>``.
        plan: the folder whose ``plan.json`` has the words; the same, if none is given.
    """

    def __init__(self, folder: Path, plan: Path | None = None) -> None:
        self.folder = folder
        self.plan = plan or folder
        self._client: Client | None = None
        self._state = State()
        self._before: Cells = Counter()

    @classmethod
    def of(cls, client: Client) -> Tally:
        """The tally of a client in this process; its words are those of its commands, as they are when it is read."""
        tally = cls(Path(client.folder))
        tally._client = client
        return tally

    def new(self) -> Cells:
        """What was counted since the last call; a run whose process is gone without an end counts as killed."""
        if self._client is not None and self.folder.is_dir():
            _spawn.write_plan(self._client)
        if not (self.plan / "plan.json").exists():
            return Counter()
        words, today = stored_vocabulary(self.plan), day_of(time.time())
        for is_local in (False, True):
            spool_reader.absorb(self._state, str(self.folder), words, _system.is_alive, today, is_local=is_local)
        now: Cells = Counter()
        for day in self._state.pending.values():
            for (name, command, *more), n in day.cells.items():
                if name != "durations":
                    now[name, command, more[-1]] += n
            for (name, *more), n in day.sessions.items():
                if not name.endswith("durations"):
                    now[name, "", "".join(more)] += n
        now.update({("lost", "", reason): n for reason, n in self._state.lost.items() if n})
        fresh, self._before = now - self._before, now
        return fresh
