"""What a run was counted as: an author's expectation, and the real reader's answer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from footfall import _spawn, _system, spool_reader
from footfall._client import Client
from footfall._project import stored_vocabulary
from footfall._spool import day_of
from footfall._state import State

Cells = Counter[tuple[str, str, str]]  # ("rows", command, outcome), ("flags", command, flag), ("errors", command, kind)


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


def cells_of(expected: Iterable[Counted]) -> Cells:
    """The sum of several runs' cells."""
    return sum((one.cells() for one in expected), Counter())


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
        spool_reader.absorb(self._state, str(self.folder), words, _system.is_alive, today)
        now: Cells = Counter()
        for day in self._state.pending.values():
            for (name, command, *more), n in day.cells.items():
                if name != "durations":
                    now[name, command, more[-1]] += n
        now.update({("lost", "", reason): n for reason, n in self._state.lost.items() if n})
        fresh, self._before = now - self._before, now
        return fresh
