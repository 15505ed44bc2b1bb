"""The spool: one text line for each thing that happened, appended with one write; the run that writes; the day's token.

Hot: loaded in every run that is recorded, so it imports nothing but what is loaded already. The application only ever
appends; reading, counting and deleting are the sender's (:mod:`footfall.spool_reader`).
"""

from __future__ import annotations

import os
import sys
import time

from footfall import Invocation, _consent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from footfall import Client

SPOOL_MAX_BYTES = 1 << 20  # a day's file; some eight thousand commands, more is a runaway loop
ENDS_BYTES = 1 << 16  # kept free for the ends of runs that have begun
DROPS_MAX_BYTES = 1 << 16  # dropped lines are counted by the size of a file, one byte each
WORD_MAX = 120
FRESH_SECONDS = 0.1  # that a decision holds until the first line: a program may ask for a parameter, and wait
LOCAL = ".local"  # after the day in the name of a file with what was recorded for the user only

# Not waiting: where a pipe stands in the file's place, opening it would wait for a reader.
# Not following: a link there would have us write into another file of the user's.
_WAYS = [getattr(os, name, 0) for name in ("O_CLOEXEC", "O_BINARY", "O_NONBLOCK", "O_NOFOLLOW")]
_APPEND = os.O_WRONLY | os.O_APPEND | sum(_WAYS)
_CREATE = _APPEND | os.O_CREAT | os.O_EXCL


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


def machine() -> tuple[str, str, str, str]:
    """Python's version and name, operating system and architecture, as the interpreter tells them without an import."""
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    arch = os.uname().machine if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    return python, sys.implementation.name, sys.platform, arch


def path_of(folder: str, day: str, mode: str) -> str:
    """The day's file in ``folder`` for what is recorded in ``mode``."""
    return f"{folder}/spool/{day}.log" if mode == "on" else f"{folder}/spool/{day}{LOCAL}.log"


def append(path: str, text: bytes, first: Callable[[], bytes], *, is_end: bool = False, goes_on: bool = False) -> bool:
    """Append ``text`` to a day's file; if this begins the file, with what ``first`` gives before it.

    What ``goes_on`` began in this very file: where that is no more, ``off`` was said, and nothing is written.
    Returns whether it was written; a full file takes no more, and the drop is counted. The end of a run (``is_end``)
    finds room a little longer, or a run that began in time would count as killed.

    Raises:
        OSError: when the folder cannot be made or written.
    """
    try:
        descriptor = os.open(path, _APPEND)
    except FileNotFoundError:
        if goes_on:
            return False
        descriptor, text = _begin(path, first, text)
    try:
        room = SPOOL_MAX_BYTES if is_end else SPOOL_MAX_BYTES - ENDS_BYTES
        if os.fstat(descriptor).st_size + len(text) > room:
            _count_drop(os.path.dirname(path))
            return False
        if os.name == "nt":
            from footfall._system import write_locked

            write_locked(descriptor, text)
        else:
            os.write(descriptor, text)
    finally:
        os.close(descriptor)
    return True


def _begin(path: str, first: Callable[[], bytes], text: bytes) -> tuple[int, bytes]:
    make_private(os.path.dirname(path))
    try:
        return os.open(path, _CREATE, 0o600), first() + text
    except FileExistsError:  # another run began the day just now
        return os.open(path, _APPEND), text


def holds(path: str, run: str) -> bool:
    """Whether a line of ``run`` is in a day's file."""
    try:
        with open(path, "rb") as file:
            return f"\t{run}\t".encode() in file.read(SPOOL_MAX_BYTES)
    except OSError:
        return False


def make_private(folder: str) -> None:
    """Make ``folder`` (``<state home>/<project>/<name>``); it and the two above it are for their owner only."""
    project = os.path.dirname(folder)
    home = os.path.dirname(project)
    os.makedirs(os.path.dirname(home), exist_ok=True)
    for path in (home, project, folder):
        try:
            os.mkdir(path, 0o700)
        except FileExistsError:
            continue


def _count_drop(folder: str) -> None:
    descriptor = os.open(folder + "/dropped", _APPEND | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size < DROPS_MAX_BYTES:
            os.write(descriptor, b".")
    finally:
        os.close(descriptor)


def declare(folder: str, version: str, path: str, flags: Sequence[str]) -> None:
    """Keep what a lazily loaded command declares, as a file of its name beside the plan, once per version.

    Raises:
        OSError: when it cannot be written.
    """
    place = f"{folder}/plan.d/{version}"
    if not path.replace(" ", "").replace("-", "").replace("_", "").isalnum() or not version.replace(".", "").isalnum():
        return  # not a name for a file everywhere
    try:
        descriptor = os.open(f"{place}/{path}", _CREATE, 0o600)
    except FileExistsError:
        return
    except FileNotFoundError:
        os.makedirs(place, mode=0o700)
        descriptor = os.open(f"{place}/{path}", _CREATE, 0o600)
    try:
        os.write(descriptor, ",".join(map(word, flags)).encode())
    finally:
        os.close(descriptor)


def take_token(folder: str, day: str) -> bool:
    """Take the day's token, which entitles to start its one sender; ``False`` if another run has it."""
    try:
        os.close(os.open(f"{folder}/spool/{day}.sender", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
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
    ``goes_on``: a line of the same run is there already; where it was removed, nothing is written.

    Raises:
        OSError: when it cannot be written.
    """
    today = client.today
    text, is_end = line(kind, day, *fields), kind in "EXC"
    path, goes_on = path_of(client.folder, today, mode), goes_on and day == today
    append(path, text, lambda: _first_line(client, today), is_end=is_end, goes_on=goes_on)


def _first_line(client: Client, day: str) -> bytes:
    return line("D", day, word(client.version), *machine(), _surface(client.environ, client.surface))


def _surface(environ: Mapping[str, str], known: str) -> str:
    if any(name in environ for name in _consent.CI_MARKERS):
        return "ci"
    if known:
        return known
    try:
        return "terminal" if os.isatty(1) or os.isatty(2) else "script"
    except OSError:
        return "script"


class Recording(Invocation):
    """A run of a program that is recorded, or after which its user may be asked.

    ``decision``: by which that is so; ``None`` has it decided with the first line.
    """

    is_recorded = True

    def __init__(self, client: Client, framework: str, decision: _consent.Decision | None) -> None:
        self.client = client
        self.framework = framework
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
            declare(self.client.folder, self.client.version, path, flags)

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
        outcome, kind = (self.outcome, self.kind) if self.outcome else self.client.ending_of(error)
        if not self._switched_off():
            self._append("E", outcome, word(kind or "-"), f"{seconds:.3f}")
        self._last = outcome
        self.command, self.flags, self.outcome, self.kind = None, (), "", ""
        self._run, self._written, self._is_gone, self._began = "", None, False, time.perf_counter()

    def decided(self) -> tuple[_consent.Decision, tuple[int, int] | None]:
        """See :meth:`Invocation.decided`."""
        return self._decide(), self._answer

    def _decide(self) -> _consent.Decision:
        if self._decision is None:
            self._decision, self._answer = self.client.decide(), self.client.answered
        return self._decision

    def _switched_off(self) -> bool:
        """Whether ``off`` was said while the command ran, whatever was said since: what it wrote is gone then."""
        if self.outer is not None:
            return True  # a part of that one
        if not self._has_written:
            if time.perf_counter() - self._began > FRESH_SECONDS:
                self._decision = None
        elif _consent.mark_of(self.client.folder + "/consent") != self._answer:
            self._decision = None
            self._decide()
            if self._run and not holds(path_of(self.client.folder, self._day, self._mode), self._run):
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
        if self._last == "ok" and client.may_ask(decision):
            from footfall import _ask  # only a person at a terminal gets here

            _ask.maybe_ask(client)
