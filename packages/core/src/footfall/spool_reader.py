"""Reading the spool: new lines since the last time, paired into runs that ended, go on or were killed.

The application only appends and the sender only reads, each file from a byte cursor; so no line can be lost between
the two, and none is read twice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

from footfall import periods, wire
from footfall._lines import is_number, process_of, seconds_in
from footfall._sittings import Sessions
from footfall._spool import LOCAL, SPOOL_MAX_BYTES
from footfall._state import Start, State
from footfall.vocabulary import Vocabulary

OPEN_DAYS = 30  # a run that began so long ago counts as killed: by then its process id is more likely another's

_FIELDS = {"D": 7, "S": 6, "E": 9, "X": 6, "R": 4, "N": 5, "B": 4, "C": 10}  # at least so many in a line of each kind
_OS = {"linux": "linux", "darwin": "macos", "win32": "windows", "freebsd": "freebsd"}
_ARCH = {"amd64": "x86_64", "aarch64": "arm64", "i686": "x86", "i386": "x86", "armv7l": "arm", "armv6l": "arm"}

UPGRADED = "tool.upgraded"  # an event that an author declares and the sender counts

Line = list[str]


def absorb(
    state: State,
    folder: str,
    vocabulary: Vocabulary,
    is_alive: Callable[[int], bool],
    today: str,
    *,
    is_local: bool = False,
) -> None:
    """Take the spool's new lines into ``state``: ended runs are counted, runs whose process is gone count as killed.

    These are the lines that may be sent, or, if ``is_local``, those of what was recorded for the user only.

    A process may end between the reading and the question whether it lives; its end line is then there by the second
    reading, so only who was gone before that reading counts as killed.
    """
    counting = _Counting(state, vocabulary)
    counting.take(new_lines(folder, state, is_local=is_local))
    oldest = periods.shift(today, -OPEN_DAYS)
    closed = [
        run
        for run, sitting in state.sittings.items()
        if not sitting.is_over and (sitting.day < oldest or not is_alive(process_of(run)))
    ]
    gone = [run for run, start in state.open.items() if start.day < oldest or not is_alive(process_of(run))]
    counting.take(new_lines(folder, state, is_local=is_local))
    for run in gone:
        if run in state.open:
            start = state.open.pop(run)
            counting.killed(start)
            state.settled[run] = start.day
    for run in closed:
        counting.sessions.close(state.sittings[run])


def of_the_user_only(folder: str, vocabulary: Vocabulary, is_alive: Callable[[int], bool], today: str) -> State:
    """What was recorded in local mode, read anew each time: no sender's state holds any of it."""
    state = State()
    absorb(state, folder, vocabulary, is_alive, today, is_local=True)
    state.forget_before(today)
    return state


def new_lines(folder: str, state: State, *, is_local: bool = False) -> Iterator[Line]:
    """Complete lines appended since the last reading, by file; moves ``state``'s cursors, counts torn ones."""
    spool = os.path.join(folder, "spool")
    for name in sorted(os.listdir(spool)) if os.path.isdir(spool) else ():
        path = os.path.join(spool, name)
        # A folder, a pipe or a broken link that somebody put there must not stop the reading.
        if name.endswith(".log") and name.endswith(LOCAL + ".log") == is_local and os.path.isfile(path):
            at = state.cursors.get(name, 0)
            with open(path, "rb") as file:
                if os.fstat(file.fileno()).st_size < at:
                    at = 0  # a new file under an old name: the clock went back
                file.seek(at)
                text = file.read(SPOOL_MAX_BYTES)  # the application writes no more into a file
            complete = text[: text.rfind(b"\n") + 1]
            if not complete and len(text) == SPOOL_MAX_BYTES:
                complete = text  # no line of ours is that long, and what comes after must not wait for its end
            state.cursors[name] = at + len(complete)
            yield from _parse(complete, state)


def _parse(text: bytes, state: State) -> Iterator[Line]:
    for raw in text.split(b"\n"):
        if not raw:
            continue
        fields = raw.decode("utf-8", "replace").split("\t")
        if _is_whole(fields):
            yield fields
        else:
            state.lost["torn"] += 1


def _is_whole(fields: Line) -> bool:
    if fields[0] not in _FIELDS or len(fields) < _FIELDS[fields[0]] or not wire.is_day(fields[1]):
        return False
    return fields[0] in "DRN" or is_number(fields[2].partition(".")[0])


class _Counting:
    """Counts lines into a state, every word checked against the vocabulary."""

    def __init__(self, state: State, vocabulary: Vocabulary) -> None:
        self.state = state
        self.words = vocabulary
        self.ended: set[str] = set()
        self.sessions = Sessions(state, vocabulary)
        self.readers: dict[str, Callable[..., None]] = {
            "D": self._first,
            "S": self._start,
            "E": self._end,
            "X": self._withdraw,
            "R": self._event,
            "N": self._words,
            "B": self.sessions.begin,
            "C": self.sessions.end,
        }

    def take(self, lines: Iterable[Line]) -> None:
        """Count lines, oldest first."""
        for kind, day, *rest in lines:
            self.readers[kind](day, *rest)

    def _first(self, day: str, version: str, *about: str) -> None:
        waiting = self.state.day(day)
        digest = next(iter((self.words.digests or {}).get(version, ())), "")
        waiting.environment = waiting.environment or environment_of(version, *about, plan=digest)
        self._upgrade(day, wire.version_of(version))

    def _upgrade(self, day: str, version: str) -> None:
        """Count the event ``tool.upgraded``, if the plan has it: a day begins with a newer release than any before."""
        before = self.state.release
        if version == wire.DEV or (before and _parts(version) <= _parts(before)):
            return
        self.state.release = version
        if before:
            self._event(day, UPGRADED, "1", f"from={before}", f"to={version}")

    def _start(self, day: str, run: str, version: str, command: str, flags: str, *_: str) -> None:
        if not self._is_settled(run):
            self.state.open[run] = Start(day, version, command, flags.split(",") if flags != "-" else [])

    def _withdraw(self, day: str, run: str, *_: str) -> None:
        self._settle(run, day)

    def _settle(self, run: str, day: str) -> None:
        if self.state.open.pop(run, None) is None:
            self.state.settled[run] = day  # its start line, in another day's file, may be read later than this
        self.ended.add(run)

    def _is_settled(self, run: str) -> bool:
        return run in self.ended or run in self.state.settled

    def _end(
        self, day: str, run: str, version: str, command: str, flags: str, outcome: str, kind: str, *rest: str
    ) -> None:
        if self._is_settled(run):
            return
        begun, given = self.state.open.get(run), flags.split(",") if flags != "-" else []
        self._settle(run, day)
        if begun is not None and wire.OTHER in (begun.command, *begun.flags):
            command, given = begun.command, begun.flags  # it began before a yes that its words were not in
        cells = self._count(Start(day, version, command, given), outcome if outcome in wire.OUTCOMES else "error")
        if kind != "-":
            cells["errors", self._command(command), kind if self.words.has_error(kind) else wire.OTHER] += 1
        cells["durations", self._command(command), wire.bucket_of(seconds_in(*rest[:1]))] += 1

    def killed(self, start: Start) -> None:
        """Count a run whose process is gone without an end line."""
        self._count(start, "killed")

    def _count(self, start: Start, outcome: str) -> dict[tuple[str, ...], int]:
        cells, command = self.state.day(start.day).cells, self._command(start.command)
        cells["rows", command, wire.release_of(start.version), outcome] += 1
        for flag in sorted({flag if self.words.has_flag(command, flag) else wire.OTHER for flag in start.flags}):
            cells["flags", command, flag] += 1
        return cells

    def _command(self, path: str) -> str:
        return path if self.words.has_command(path) else wire.OTHER

    def _event(self, day: str, name: str, count: str, *fields: str) -> None:
        event = self.words.events.get(name)
        if event is None or event.expired(day) or not is_number(count) or int(count) == 0:
            return
        events = self.state.day(day).events
        events[(name,)] += int(count)
        for field in fields:
            key, _, value = field.partition("=")
            kind = event.fields.get(key)
            if kind is not None:
                events[name, key, kind.keep(value)] += int(count)

    def _words(self, day: str, name: str, key: str, *counted: str) -> None:
        """An event that is nothing but words of one field, each with its count."""
        for text in counted:
            word, _, n = text.rpartition("=")
            self._event(day, name, n, f"{key}={word}")


def environment_of(
    version: str, python: str, implementation: str, system: str, arch: str, surface: str = wire.OTHER, *_: str,
    plan: str = "",
) -> dict[str, str]:  # fmt: skip
    """The environment's fields by name, from a ``D`` line's words; a word of no list is ``other`` or left out.

    ``plan`` is the digest of the version's words; empty: not known.
    """
    found = {
        "version": wire.version_of(version),
        "python": python,
        "os": _OS.get(system, system),
        "arch": _ARCH.get(arch.lower(), arch.lower()),
        "implementation": implementation,
        "surface": surface,
        "plan": plan,
    }
    return {name: _closed(name, value) for name, value in found.items() if _closed(name, value)}


def _parts(release: str) -> list[int]:
    """The numbers of a release, to be compared."""
    return [int(part) for part in release.replace("post", "").split(".")]


def _closed(name: str, value: str) -> str:
    known = wire.ENVIRONMENT[name]
    if isinstance(known, tuple):
        return value if value in known else wire.OTHER
    return value if known.fullmatch(value) or (name, value) == ("version", wire.DEV) else ""
