"""The spool: one text line for each thing that happened, appended with one write; the run that writes; the day's token.

Hot: loaded in every run that is recorded, so it imports nothing but what is loaded already. The application only ever
appends; reading, counting and deleting are the sender's (:mod:`footfall.spool_reader`).
"""

from __future__ import annotations

import os
import time
from _thread import get_ident

from footfall import Invocation, _consent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from footfall import Client

SPOOL_MAX_BYTES = 1 << 20  # a day's file; some eight thousand commands, more is a runaway loop
ENDS_BYTES = 1 << 16  # kept free for the ends of runs that have begun
WORD_MAX = 120
FRESH_SECONDS = 0.1  # that a decision holds until the first line if the user gives no other answer: a program may wait
LOCAL = ".local"  # after the day in the name of a file with what was recorded for the user only

# Not waiting: where a pipe stands in the file's place, opening it would wait for a reader.
# Not following: a link there would have us write into another file of the user's.
APPEND = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
APPEND |= getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
CREATE = APPEND | os.O_CREAT | os.O_EXCL


def day_of(seconds: float) -> str:
    """UTC day (``YYYY-MM-DD``) of a time in seconds since the epoch."""
    year, month, day = time.gmtime(seconds)[:3]
    return f"{year:04}-{month:02}-{day:02}"


def word(text: str) -> str:
    """``text`` if it can stand in a line, else ``other``: a name with a tab or comma would be read as several."""
    return text if 0 < len(text) <= WORD_MAX and text.isprintable() and "," not in text else "other"


def line(*fields: str) -> bytes:
    """One line. It begins and ends with a line break, so that a torn line before it (full disk) costs only itself."""
    return ("\n" + "\t".join(fields) + "\n").encode("utf-8", "replace")


def path_of(folder: str, day: str, mode: str) -> str:
    """The day's file in ``folder`` for what is recorded in ``mode``."""
    return f"{folder}/spool/{day}.log" if mode == "on" else f"{folder}/spool/{day}{LOCAL}.log"


def ending_of(client: Client, error: BaseException | None) -> tuple[str, str]:
    """How a run or cell ended, one of ``footfall.wire.OUTCOMES``, and the kind of error, or an empty string."""
    if error is None:
        return "ok", ""
    if isinstance(error, SystemExit):
        is_good = error.code is None or (type(error.code) in (int, bool) and not error.code)  # no user's __eq__
        return ("ok", "") if is_good else ("exit", "")
    if isinstance(error, KeyboardInterrupt):
        return "aborted", ""
    return "error", client.name_of(error)


def take_token(folder: str, day: str) -> bool:
    """Take the day's token, which entitles to start its one sender; ``False`` if another run has it."""
    token = f"{folder}/spool/{day}.sender"
    if os.access(token, os.F_OK):
        return False  # as in most runs, and cheaper than the exception
    try:
        os.close(os.open(token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def start_sender(client: Client) -> bool:
    """Start the day's sender; ``False`` if one has been."""
    is_first = take_token(client.folder, client.today)
    if is_first:
        from footfall import _spawn  # once a day

        _spawn.start_sender(client)
    return is_first


def write(client: Client, kind: str, day: str, *fields: str, mode: str, goes_on: bool = False) -> None:
    """Append a line of ``kind`` about ``day`` to the spool; what is in it has been admitted.

    ``mode`` is the one that it is recorded in: lines of ``local`` are in files of their own, which no sender reads.
    What ``goes_on`` began in this very file: where that is no more, ``off`` was said, and nothing is written.

    Raises:
        OSError: when it cannot be written.
    """
    today = client.today
    text, path = line(kind, day, *fields), path_of(client.folder, today, mode)
    try:
        descriptor = os.open(path, APPEND)
    except FileNotFoundError:
        if goes_on and day == today:
            return
        from footfall import _spool_files  # the day's first line

        descriptor, text = _spool_files.begin(client, today, path, text)
    try:
        _append(descriptor, text, path, is_end=kind in "EXC")
    finally:
        os.close(descriptor)


def _append(descriptor: int, text: bytes, path: str, *, is_end: bool) -> None:
    """Append to a day's file; a full one takes no more, and the drop is counted.

    The end of a run (``is_end``) finds room a little longer, or a run that began in time would count as killed.
    """
    room = SPOOL_MAX_BYTES if is_end else SPOOL_MAX_BYTES - ENDS_BYTES
    if os.fstat(descriptor).st_size + len(text) > room:
        from footfall import _spool_files  # a runaway loop

        _spool_files.count_drop(os.path.dirname(path))
    elif os.name == "nt":
        from footfall._system import write_locked

        write_locked(descriptor, text)
    else:
        os.write(descriptor, text)


_opens: dict[int, dict[int, Invocation]] = {}  # the runs that are open in each client, by thread


def _in_child() -> None:
    """Of the threads that were in a run, a forked child has the one that forked: the ids of others may come again."""
    for open_ in _opens.values():
        for thread in open_.keys() - {get_ident()}:
            del open_[thread]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)


class Recording(Invocation):
    """A run of a program that is recorded, or after which its user may be asked.

    ``decision``: by which that is so; ``None`` has it decided with the first line.
    """

    is_recorded = True

    def __init__(self, client: Client, framework: str, decision: _consent.Decision | None) -> None:
        super().__init__(client, framework)
        _opens[id(client)] = client._open
        self._decision = decision
        self._answer = client.answered  # the mark of the one that decided
        self._process = os.getpid()
        self._run = ""
        self._day = ""
        self._mode = ""  # in which the command was begun
        self._is_gone = False  # what the command has written: off was said, and perhaps on again
        self._last = ""  # outcome of the command that ended last
        self._has_written = False
        self._written: tuple[str, Sequence[str]] | None = None  # by the start line of the command that runs
        self._began = time.perf_counter()

    def close(self, error: BaseException | None) -> None:
        """Write the end, and do what is to be done after a run; in a forked child nothing: the run is its parent's."""
        if self._process != os.getpid():
            return
        with self.client.guard():
            self.end(error)
        if self._last:
            with self.client.guard():
                self._after()

    def discard(self) -> None:
        """See :meth:`Invocation.discard`."""
        if self._written is not None and not self._switched_off():
            self._append("X")
        self.command, self._written, self.followed = None, None, None

    def declare(self, path: str, flags: Sequence[str]) -> None:
        """See :meth:`Invocation.declare`."""
        if not self._switched_off():
            from footfall import _spool_files  # few programs load commands lazily

            _spool_files.declare(self.client.folder, self.client.version, path, flags)

    def begin(self) -> None:
        """See :meth:`Invocation.begin`."""
        if self.command is None or self._written == (self.command, self.flags):
            return
        if not self._switched_off():
            self._written = (self.command, self.flags)
            self._append("S")

    def end(self, error: BaseException | None = None) -> None:
        """See :meth:`Invocation.end`."""
        if self.command is None:
            return
        seconds = time.perf_counter() - self._began
        outcome, kind = (self.outcome, self.kind) if self.outcome else ending_of(self.client, error)
        if not self._switched_off():
            self._append("E", outcome, word(kind or "-"), f"{seconds:.3f}")
        self._last = outcome
        self.command, self.flags, self.outcome, self.kind = None, (), "", ""
        self._run, self._written, self._is_gone, self._began = "", None, False, time.perf_counter()

    def decided(self) -> tuple[_consent.Decision, tuple[int, int] | None]:
        """See :meth:`Invocation.decided`; in a run that goes on, as it is by now."""
        if time.perf_counter() - self._began > FRESH_SECONDS:
            return self.client.decide(), self.client.answered
        return self._decide(), self._answer

    def _decide(self) -> _consent.Decision:
        if self._decision is None:
            self._decision, self._answer = self.client.decide(), self.client.answered
        return self._decision

    def _switched_off(self) -> bool:
        """Whether ``off`` was said while the command ran, whatever was said since: what it wrote is gone then."""
        if self.outer is not None:
            return True  # a part of that one
        if not self._has_written and time.perf_counter() - self._began > FRESH_SECONDS:
            self._decision = None
        if self._decision is not None and _consent.mark_of(self.client.folder + "/consent") != self._answer:
            self._decision = None
            from footfall import _spool_files  # somebody has answered just now

            if self._run and not _spool_files.holds(path_of(self.client.folder, self._day, self._mode), self._run):
                self._is_gone = True
                self.client.drop_counts()
        return self._is_gone or not self._decide().records

    def _append(self, kind: str, *fields: str) -> None:
        client = self.client
        if self._process != os.getpid():
            return  # a forked child goes on with a chain, say: the run is its parent's
        goes_on = bool(self._run)
        if not goes_on:
            self._run, self._mode = f"{self._process}.{os.urandom(6).hex()}", self._decide().mode
            self._day = client.today
        flags = ",".join(map(word, self.flags)) or "-"
        words = (self._run, word(client.version), word(self.command or "other"), flags)
        self._has_written = True
        write(client, kind, self._day, *words, *fields, mode=self._mode, goes_on=goes_on)

    def _after(self) -> None:
        decision, client = self._decide(), self.client
        client.write_counts()
        if decision.records and start_sender(client):
            return
        if self._last == "ok" and _consent.may_ask(client, decision):
            from footfall import _ask  # only a person at a terminal gets here

            _ask.maybe_ask(client)
