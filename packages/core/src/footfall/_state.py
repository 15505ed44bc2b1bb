"""What the sender remembers: how far it has read, what waits to be sealed, what the collector has confirmed.

One JSON file, replaced whole, so that each step of the sender either happened or did not.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from footfall import periods, wire
from footfall._lines import process_of
from footfall._spawn import KEEP_DAYS

STATE_FILE = "state.json"
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)  # what a file that holds no state raises
KEEP_WINDOWS = 64  # newest windows remembered; by number, not by date: a clock that jumps must not make us forget
KEEP_WEEKS = 8  # weeks that a day at most KEEP_DAYS old can fall in
KEEP_CELLS = 4000  # cells remembered; more would be the vocabularies of many releases
CELL_WORDS = {"rows": 4, "flags": 3, "durations": 3, "errors": 3}  # words in a cell's key, its list's name included


@dataclass
class Start:
    """A command that has begun: what its start line said."""

    day: str
    version: str
    command: str
    flags: list[str]


@dataclass
class Sitting:
    """A notebook session as far as its lines were read.

    ``day`` is that of its newest line, ``week`` the newest ISO week in which it was counted; ``running`` holds the days
    of cells that have begun and not ended; ``cells`` have, by ``seconds`` after its first began.
    """

    day: str
    week: str
    running: list[str] = field(default_factory=list)
    cells: int = 0
    seconds: int = 0
    is_over: bool = False


@dataclass
class Day:
    """What waits to be sealed of one UTC day.

    ``environment`` is the day's first run's, by field; ``cells`` counts (list, words...) of ``cli.command``,
    ``sessions`` the same of ``notebook.session``, ``events`` (event,) and (event, field, value). The parts' keys are
    drawn from ``salt``, which never leaves: so a preview shows the keys that will be sent.
    """

    salt: str = field(default_factory=lambda: os.urandom(16).hex())
    environment: dict[str, str] = field(default_factory=dict)
    cells: Counter[tuple[str, ...]] = field(default_factory=Counter)
    events: Counter[tuple[str, ...]] = field(default_factory=Counter)
    sessions: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def is_empty(self) -> bool:
        """Whether nothing was counted."""
        return not (self.cells or self.events or self.sessions)


@dataclass
class Confirmed:
    """What the collector has: windows with an activity part, and per cell the weeks in which it was counted.

    And what this install was not drawn to send: it was the first of its window all the same, and no later day is.
    ``unknown_until`` is the day on which an earlier state file was lost: nothing up to it counts as a first again.
    """

    first_week: str = ""
    days: list[str] = field(default_factory=list)
    weeks: list[str] = field(default_factory=list)
    months: list[str] = field(default_factory=list)
    cells: dict[str, list[str]] = field(default_factory=dict)
    unknown_until: str = ""

    def is_first(self, window: str, known: Collection[str], windows_of: Callable[[str], str]) -> bool:
        """Whether ``window`` (a week or month, as ``windows_of`` names a day's) is counted for the first time."""
        return window not in known and not (self.unknown_until and window <= windows_of(self.unknown_until))

    def forget(self) -> None:
        """Keep the newest windows and cells only."""
        for windows in (self.days, self.weeks, self.months):
            del windows[:-KEEP_WINDOWS]
        for weeks in self.cells.values():
            del weeks[:-KEEP_WEEKS]
        for name in list(self.cells)[:-KEEP_CELLS]:
            del self.cells[name]


@dataclass
class Last:
    """What became of the parts that the last sender posted, on its UTC day; ``why`` some failed, in words."""

    day: str = ""
    delivered: int = 0
    refused: int = 0
    failed: int = 0
    why: str = ""


@dataclass
class State:
    """All of it.

    ``open`` are runs that go on; ``settled`` are counted: a line that comes late must not count again. ``release`` is
    the newest one of the program that a day began with.
    """

    cursors: dict[str, int] = field(default_factory=dict)
    open: dict[str, Start] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)
    sittings: dict[str, Sitting] = field(default_factory=dict)
    pending: dict[str, Day] = field(default_factory=dict)
    reported: list[str] = field(default_factory=list)
    confirmed: Confirmed = field(default_factory=Confirmed)
    stopped_until: str = ""
    lost: Counter[str] = field(default_factory=Counter)
    last: Last = field(default_factory=Last)
    release: str = ""

    def day(self, day: str) -> Day:
        """What waits of ``day``, made empty if nothing did."""
        return self.pending.setdefault(day, Day())

    def has_activity_of(self, day: str) -> bool:
        """Whether the day's activity was sealed, or may have been before the state file was lost."""
        return day in self.reported or day <= self.confirmed.unknown_until

    def days(self) -> list[str]:
        """Days with something to tell: counts, or a first run that still goes on. A look at a help text is nothing."""
        counted = {day for day, waiting in self.pending.items() if not waiting.is_empty()}
        going_on = {start.day for start in self.open.values() if not self.has_activity_of(start.day)}
        return sorted(counted | going_on)

    def forget_before(self, today: str) -> None:
        """Drop what is too old to be sent or needed, and count what was lost by it."""
        oldest = periods.shift(today, -KEEP_DAYS)
        for day in sorted(self.pending):
            if day < oldest or len(self.pending) > KEEP_WINDOWS:
                old = self.pending.pop(day)
                counts = [*old.cells.items(), *old.sessions.items()]
                self.lost["expired"] += sum(n for key, n in counts if key[0] in ("rows", "cells"))
        self.open = {run: start for run, start in self.open.items() if start.day >= oldest}
        self.settled = {run: day for run, day in self.settled.items() if day >= oldest}
        self.sittings = {run: sitting for run, sitting in self.sittings.items() if sitting.day >= oldest}
        self.reported = self.reported[-KEEP_WINDOWS:]
        self.confirmed.forget()

    def to_json(self) -> str:
        """The file's text."""
        document = {
            **vars(self),
            "open": {run: vars(start) for run, start in self.open.items()},
            "sittings": {run: vars(sitting) for run, sitting in self.sittings.items()},
            "pending": {day: _day_to(waiting) for day, waiting in self.pending.items()},
            "confirmed": vars(self.confirmed),
            "last": vars(self.last),
        }
        return json.dumps(document, indent=1)

    @classmethod
    def from_json(cls, text: str) -> State:
        """The state in a file's text.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: when it is not one.
        """
        try:
            raw: dict[str, Any] = json.loads(text)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        return cls(
            cursors={name: _count(at) for name, at in raw["cursors"].items()},
            open={run: _start_from(run, start) for run, start in raw["open"].items()},
            settled={run: _day(day) for run, day in raw["settled"].items()},
            sittings={run: _sitting_from(run, raw) for run, raw in raw.get("sittings", {}).items()},
            pending={_day(day): _day_from(waiting) for day, waiting in raw["pending"].items()},
            reported=list(map(_day, raw["reported"])),
            confirmed=_confirmed_from(raw["confirmed"]),
            stopped_until=_text(raw["stopped_until"]),
            lost=Counter({reason: _count(n) for reason, n in raw["lost"].items()}),
            last=_last_from(raw.get("last", vars(Last()))),
            release=_text(raw.get("release", "")),
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return list(map(_text, value))


def _day(value: object) -> str:
    if not wire.is_day(value):
        raise ValueError("no day")
    return _text(value)


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no count")
    return value


def _start_from(run: str, raw: dict[str, Any]) -> Start:
    process_of(run)
    return Start(_day(raw["day"]), _text(raw["version"]), _text(raw["command"]), _texts(raw["flags"]))


def _sitting_from(run: str, raw: dict[str, Any]) -> Sitting:
    process_of(run)
    if type(raw["is_over"]) is not bool:
        raise TypeError("no flag")
    running = list(map(_day, raw["running"]))
    return Sitting(
        _day(raw["day"]), _text(raw["week"]), running, _count(raw["cells"]), _count(raw["seconds"]), raw["is_over"]
    )


def _confirmed_from(raw: dict[str, Any]) -> Confirmed:
    cells = {name: _texts(known) for name, known in raw["cells"].items()}
    days, weeks, months = (_texts(raw[name]) for name in ("days", "weeks", "months"))
    first, unknown = _text(raw["first_week"]), _text(raw["unknown_until"])
    if first:
        periods.monday_of(first)
    return Confirmed(first, days, weeks, months, cells, unknown and _day(unknown))


def _last_from(raw: dict[str, Any]) -> Last:
    day, why = _text(raw["day"]), _text(raw["why"])
    return Last(day and _day(day), _count(raw["delivered"]), _count(raw["refused"]), _count(raw["failed"]), why)


def _day_to(day: Day) -> dict[str, Any]:
    names = ("cells", "events", "sessions")
    counts = {name: [[*key, n] for key, n in sorted(getattr(day, name).items())] for name in names}
    return {"salt": day.salt, "environment": day.environment, **counts}


def _day_from(raw: dict[str, Any]) -> Day:
    cells, events, sessions = (_counts(raw.get(name, [])) for name in ("cells", "events", "sessions"))
    if any(len(key) != CELL_WORDS[key[0]] for key in cells) or any(len(key) not in (1, 3) for key in events):
        raise ValueError("cells of another shape")
    if any(len(key) != 1 + len(wire.words_of("notebook.session", key[0])) for key in sessions):
        raise ValueError("cells of another shape")
    environment = {name: _text(value) for name, value in raw["environment"].items()}
    return Day(_text(raw["salt"]), environment, cells, events, sessions)


def _counts(raw: list[list[Any]]) -> Counter[tuple[str, ...]]:
    return Counter({tuple(map(_text, key)): _count(n) for *key, n in raw})


def load(folder: str, today: str) -> State:
    """The state of ``folder``; a new one if there was none.

    A file that cannot be read is set aside. Where it is lost, or somebody removed it, what was in the spool is skipped,
    and until this week and month are over nothing counts as a first: rather one install too few than one counted twice.
    """
    path = os.path.join(folder, STATE_FILE)
    try:
        return read(path)
    except FileNotFoundError:
        return without_file(folder, today)
    except UNREADABLE:
        os.replace(path, path + ".unreadable")
        return after_loss(folder, today)


def stored(folder: str) -> State | None:
    """The state of ``folder`` as the last sender left it; ``None`` when there is none, or it cannot be read."""
    try:
        return read(os.path.join(folder, STATE_FILE))
    except (OSError, *UNREADABLE):
        return None


def read(path: str) -> State:
    """The state in a file.

    Raises:
        OSError: when it cannot be opened.
        ValueError, KeyError, TypeError, AttributeError: when it holds none, or is no file.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        raise ValueError("no file")  # a pipe would make us wait, a device could have no end
    with open(path, encoding="utf-8") as file:
        return State.from_json(file.read())


def without_file(folder: str, today: str) -> State:
    """The state of ``folder`` where there is no file: a new one, unless there was one that somebody has removed."""
    return after_loss(folder, today) if _has_sent(folder) else State()


def _has_sent(folder: str) -> bool:
    """Whether a part waits, has left or was kept back here: then there was a state, which somebody has removed."""
    return any(any(Path(folder).glob(parts)) for parts in ("outbox/*/[0-9]*.json", "sent/*/*.json", "unsent/*/*.json"))


def after_loss(folder: str, today: str) -> State:
    """A state that takes all of the spool for read, and nothing for a first until this week and month are over."""
    spool = os.path.join(folder, "spool")
    entries = os.scandir(spool) if os.path.isdir(spool) else ()
    logs = [entry for entry in entries if entry.name.endswith(".log") and entry.is_file()]
    return State(
        cursors={entry.name: entry.stat().st_size for entry in logs},
        confirmed=Confirmed(first_week=periods.week_of(today), unknown_until=today),
        lost=Counter({"state": 1}),
    )


def save(state: State, folder: str) -> None:
    """Replace the state file by ``state``, whole or not at all."""
    write_whole(os.path.join(folder, STATE_FILE), state.to_json().encode())


def write_whole(path: str, content: bytes) -> None:
    """Write a file that only its owner can read, so that it is there whole or not at all, even after a power cut."""
    new = path + ".new"
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
