"""What a user has done with a tool, from what is kept on their machine: for their own eyes, and nothing is written."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from footfall import NOTEBOOK_ENDING, Client, _project, _spawn, _state, _system, outbox, spool_reader, wire
from footfall._consent import read_answer
from footfall._state import Day, State
from footfall.errors import FootfallError
from footfall.vocabulary import NOTEBOOK, Vocabulary

COMMANDS = "cli.command"
FINE = ("ok", "aborted")  # outcomes that are no failure: who presses Ctrl-C has had enough

_BY_DAY = ((COMMANDS, "rows"), (NOTEBOOK, "cells"))  # lists that hold each run or cell once


@dataclass(frozen=True)
class CommandUse:
    """How one command was used.

    Attributes:
        command: its path (``db migrate``; ``(main)`` for the program itself).
        runs: how often it ran.
        failures: runs that ended in another way than well or by Ctrl-C.
        usual_duration: the bucket (``0.1-0.3s``) of the middle one of all runs; empty when none is known.
        options: how many runs were given each option, most used first.
    """

    command: str
    runs: int
    failures: int
    usual_duration: str
    options: Mapping[str, int]


@dataclass(frozen=True)
class Usage:
    """How one tool was used on this machine, as far as it was recorded and is still kept.

    Attributes:
        project: the tool's name.
        days: runs and cells by UTC day (``YYYY-MM-DD``), oldest first; days without any are left out.
        commands: its commands, most used first.
        sessions: notebook sessions; one that spans two weeks is counted in each.
        cells: cells that were run.
        failed_cells: cells that ended in another way than well or by an interruption.
        magics: how many cells used each magic, most used first.
        errors: how often runs or cells ended in each kind of error, most frequent first.
        events: how often each event of the tool's own happened, most frequent first.
    """

    project: str
    days: Mapping[str, int] = field(default_factory=dict)
    commands: tuple[CommandUse, ...] = ()
    sessions: int = 0
    cells: int = 0
    failed_cells: int = 0
    magics: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)

    def rows(self) -> list[tuple[str, str]]:
        """All of it as rows of a name and a text, for who shows tables."""
        from footfall import _chart

        return [*_chart.command_rows(self), *_chart.facts(self, _chart.Screen())]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.days or self.events)


@dataclass
class _Tally:
    """Counts of all days: each list's cells by part, list and the cell's words; events; runs and cells by day."""

    lists: dict[tuple[str, str], Counter[tuple[str, ...]]] = field(default_factory=dict)
    events: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)

    def add(self, day: str, part: str, name: str, words: tuple[str, ...], n: int) -> None:
        """Add a cell of one day."""
        self.of(part, name)[words] += n
        if (part, name) in _BY_DAY:
            self.days[day] += n

    def of(self, part: str, name: str) -> Counter[tuple[str, ...]]:
        """One list's cells."""
        return self.lists.setdefault((part, name), Counter())

    def by_word(self, part: str, name: str, position: int = 0) -> Counter[str]:
        """One list's counts by one of its words."""
        found: Counter[str] = Counter()
        for words, n in self.of(part, name).items():
            found[words[position]] += n
        return found

    def of_command(self, name: str, command: str, position: int) -> Counter[str]:
        """Counts of one command's cells in a list by one of their words."""
        found: Counter[str] = Counter()
        for words, n in self.of(COMMANDS, name).items():
            if words[0] == command:
                found[words[position]] += n
        return found


def usage_of(folder: Path, today: str, client: Client | None = None) -> Usage:
    """How the tool was used whose state is in ``folder``; ``client`` knows words that are not stored yet.

    Raises:
        FootfallError: when a sender is at work.
        OSError: when the folder cannot be read.
    """
    tally = _Tally()
    with _undisturbed(folder):
        for path in (*outbox.waiting(folder), *folder.glob("sent/*/*.json"), *folder.glob("unsent/*/*.json")):
            _add_part(tally, path.read_bytes())
        for days in (_pending(folder, today, client), _recorded_for_the_user_only(folder, today, client)):
            for day, waiting in days.items():
                _add_day(tally, day, waiting)
    return _summary(client.project if client else folder.name, tally)


@contextlib.contextmanager
def _undisturbed(folder: Path) -> Iterator[None]:
    """While no sender moves anything from one place that is looked at to another."""
    if not (folder / "lock").exists():
        yield  # no sender was ever here; and the lock would be a file that looking has made
        return
    held = _project.wait_for_lock(folder)
    if held is None:
        raise FootfallError("a sender is at work; try again in a moment")
    try:
        yield
    finally:
        _project.release(held)


def _pending(folder: Path, today: str, client: Client | None) -> dict[str, Day]:
    """What no part tells of yet: what a sender has read, and the spool's lines since."""
    state = _stored_state(folder, today)
    spool_reader.absorb(state, str(folder), _words(folder, client), _system.is_alive, today)
    state.forget_before(today)
    agreed = read_answer(str(folder / "consent")).day
    return {day: waiting for day, waiting in state.pending.items() if day >= agreed}


def _recorded_for_the_user_only(folder: Path, today: str, client: Client | None) -> dict[str, Day]:
    return spool_reader.of_the_user_only(str(folder), _words(folder, client), _system.is_alive, today).pending


def _stored_state(folder: Path, today: str) -> State:
    """The sender's state, or that of a batch which a sender has committed without coming to take it over."""
    unfinished = sorted(folder.glob("outbox/[0-9]*/next-state.json"))
    for path in (*unfinished[-1:], folder / _state.STATE_FILE):
        try:
            return _state.read(str(path))
        except FileNotFoundError:
            continue
        except _state.UNREADABLE:
            return _state.after_loss(str(folder), today)
    return _state.without_file(str(folder), today)


def _words(folder: Path, client: Client | None) -> Vocabulary:
    """All words that are known: the user sees their own, also those that would leave as ``other``."""
    known = Vocabulary.from_document(_spawn.plan_document(client)) if client else Vocabulary(folder.name)
    try:
        return _project.stored_vocabulary(folder).union(known)
    except FootfallError:
        return known


def _add_part(tally: _Tally, body: bytes) -> None:
    try:
        document = wire.decode(body)
    except FootfallError:
        return  # edited by hand
    day, part = document["day"], document["part"]
    if part not in wire.SHAPES:
        tally.events[part] += document["n"]
    elif part in (COMMANDS, NOTEBOOK):
        for name in wire.SHAPES[part]:
            for cell in document.get(name, ()):
                words = tuple(cell[word] for word in wire.words_of(part, name))
                tally.add(day, part, name, words, cell.get("n", 0))


def _add_day(tally: _Tally, day: str, waiting: Day) -> None:
    for part, cells in ((COMMANDS, waiting.cells), (NOTEBOOK, waiting.sessions)):
        for (name, *words), n in cells.items():
            tally.add(day, part, name, tuple(words), n)
    for (name, *words), n in waiting.events.items():
        if not words:
            tally.events[name] += n


def _summary(name: str, tally: _Tally) -> Usage:
    cells = tally.by_word(NOTEBOOK, "cells")
    return Usage(
        project=name.removesuffix(NOTEBOOK_ENDING),
        days={day: n for day, n in sorted(tally.days.items()) if n},
        commands=tuple(_use(tally, command, n) for command, n in _ranked(tally.by_word(COMMANDS, "rows")).items()),
        sessions=sum(tally.of(NOTEBOOK, "sessions").values()),
        cells=sum(cells.values()),
        failed_cells=_failures(cells),
        magics=_ranked(tally.by_word(NOTEBOOK, "magics")),
        errors=_ranked(tally.by_word(COMMANDS, "errors", 1) + tally.by_word(NOTEBOOK, "errors")),
        events=_ranked(tally.events),
    )


def _use(tally: _Tally, command: str, runs: int) -> CommandUse:
    failures = _failures(tally.of_command("rows", command, 2))
    usual = _middle(tally.of_command("durations", command, 1))
    return CommandUse(command, runs, failures, usual, _ranked(tally.of_command("flags", command, 1)))


def _failures(outcomes: Mapping[str, int]) -> int:
    return sum(n for outcome, n in outcomes.items() if outcome not in FINE)


def _middle(lasted: Mapping[str, int]) -> str:
    """The bucket of the middle run, the shorter of two."""
    before, half = 0, sum(lasted.values()) / 2
    for bucket in wire.BUCKETS:
        before += lasted.get(bucket, 0)
        if before and before >= half:
            return bucket
    return ""


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    """The same, the greatest first."""
    return dict(sorted(((name, n) for name, n in counts.items() if n), key=lambda item: (-item[1], item[0])))
