"""Notebook sessions: two lines for each cell, so that a kernel that is killed loses nothing of what it has run.

Warm: imported by the adapters of notebooks and shells. Nothing of a cell's text, output or names comes here.
"""

from __future__ import annotations

import os
import sys
import time

from footfall import _spool, switch_of
from footfall._magics import MAGICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from footfall import Client

MAGICS_MAX = 20  # of one cell that are told; more would not fit a line


def begin(client: Client, frontend: str, surface: str) -> Session:
    """See :meth:`footfall.Client.session`."""
    client.in_notebooks()
    session = Session(client, frontend)
    client.surface, client._session = surface, session
    client.renew_counts()
    return session


def join(client: Client, session: Session) -> None:
    """See :meth:`footfall.Client.join`."""
    client.in_notebooks(session.client.modules)
    client.surface, client._session = session.client.surface, session
    session.clients.append(client)
    client.renew_counts()


class Session:
    """The cells that run in this process: :meth:`begin` one, and :meth:`Cell.end` it. Neither ever raises.

    A session begins with its first cell that may be counted; if the user says off and on again, that is a new one.
    A process that was forked from this one has no part in it.

    Attributes:
        frontend: one of ``footfall.wire.FRONTENDS``; may be set until the first cell begins.
        counted: number of cells that were written since the session began, or since the user said on.
    """

    def __init__(self, client: Client, frontend: str) -> None:
        self.client = client
        self.clients = [client]  # all those of the project in this process
        self.frontend = frontend
        self.process = os.getpid()
        self.run = ""
        self.began = 0.0
        self.counted = 0  # cells that were written
        self.deferring = 0  # counted cells that run now: what they count may wait for their end
        self._told: set[str] = set()  # modules whose use was written
        self._switches: tuple[str | None, ...] = ()
        self._answer: tuple[int, int] | None = None
        self._mode = ""
        self._is_local = False  # whether it began as one for the user only
        self._written = ""  # the day's file that was written last

    def has_changed(self) -> bool:
        """Whether the user has said something since it was decided last: an answer, or a switch in the environment.

        Much cheaper than to decide anew, which reads three files; those for all tools and of an administrator hold from
        the next cell on (``off`` for all tools is an answer to each tool, too).
        """
        return self._facts() != (self._switches, self._answer)

    def _facts(self) -> tuple[tuple[str | None, ...], tuple[int, int] | None]:
        """The environment's words, and what tells one stored answer from another."""
        environ, switch = self.client.environ, switch_of(self.client.project)
        words = (environ.get("DO_NOT_TRACK"), environ.get("FOOTFALL"), environ.get(switch))
        try:
            found = os.stat(self.client.folder + "/consent")
        except OSError:
            return words, None
        return words, (found.st_ino, found.st_mtime_ns)

    def resume(self, earlier: Session) -> None:
        """Be the same session as ``earlier``: its adapter was loaded anew."""
        self.run, self.began, self.counted = earlier.run, earlier.began, earlier.counted
        self._told, self._answer, self._mode = earlier._told, earlier._answer, earlier._mode
        self._is_local, self._written = earlier._is_local, earlier._written

    def begin(self, since: float = 0.0) -> Cell:
        """A cell's code is about to run; ``since``: it has run from then on, by ``time.perf_counter``."""
        cell = Cell(self)
        with self.client.guard():
            cell.begin(since)
        return cell

    @property
    def mode(self) -> str:
        """The mode as it was decided last."""
        return self._mode

    def is_counted(self) -> bool:
        """Whether a cell may be counted now; decided anew, and a new answer of the user's begins a new session."""
        if self.process != os.getpid():
            return False
        self._switches, answer = self._facts()
        decision = self.client.decide()
        is_new = not self.run or (answer != self._answer and (self._is_wiped() or self._mode != decision.mode == "on"))
        is_new = is_new or (self._is_local and decision.mode == "on")
        self._answer, self._mode = answer, decision.mode
        if not decision.records or is_new:
            self.run = ""
            self.forget_counts()
        if decision.records and is_new:
            self.run = f"{self.process}.{os.urandom(6).hex()}"
            self._is_local = decision.mode == "local"
            self.began, self.counted, self._told = time.perf_counter(), 0, set()
        return decision.records

    def _is_wiped(self) -> bool:
        """Whether what was written last is gone: off was said, and on again."""
        from footfall import _spool_files  # somebody has answered just now

        return not _spool_files.holds(self._written, self.run)

    def wrote(self, day: str, mode: str) -> None:
        """Remember that the day's file for what is recorded in ``mode`` holds a cell of this session."""
        self._written = _spool.path_of(self.client.folder, day, mode)

    def forget_counts(self) -> None:
        """What was counted before a yes is told to nobody."""
        for client in self.clients:
            client.drop_counts()

    def write_counts(self) -> None:
        """Write what cells have counted."""
        for client in self.clients:
            client.write_counts()

    def defer(self) -> None:
        """A counted cell begins: what it counts may wait from now on."""
        self.deferring += 1
        for client in self.clients:
            client.renew_counts()

    def defers(self) -> bool:
        """Whether what is counted now may wait for the end of a cell that runs."""
        return bool(self.deferring) and self.process == os.getpid()

    def new_modules(self) -> list[str]:
        """Those of the client's modules that were imported since this was last asked."""
        new = [name for name in self.client.modules if name in sys.modules and name not in self._told]
        self._told.update(new)
        return new


class Cell:
    """One cell that runs. Set :attr:`magics` to the names of the magics that it used, as they were registered."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.magics: set[str] = set()
        self._client = session.client
        self._run = ""  # of the session as it was when the cell began; empty when it is not counted
        self._day = self._mode = ""
        self._began = 0.0

    def begin(self, since: float = 0.0) -> None:
        """Write the start line, if cells are counted."""
        if self.session.is_counted():
            self._run, self._day, self._began = self.session.run, self._client.today, since or time.perf_counter()
            self._mode = self.session.mode
            self.session.began = min(self.session.began, self._began)
            self.session.defer()
            self._append("B")

    def end(self, error: BaseException | None = None) -> None:
        """The cell's code has ended, with ``error`` if one was raised."""
        with self._client.guard():
            if self.session.process != os.getpid():
                return
            self.session.deferring -= bool(self._run)
            is_counted = self._run and (not self.session.has_changed() or self.session.is_counted())
            if is_counted and self.session.run == self._run:
                self._end(error)
            if not self.session.deferring:
                self.session.write_counts()

    def _end(self, error: BaseException | None) -> None:
        now = time.perf_counter()
        outcome, kind = _spool.ending_of(self._client, error)
        times = (f"{now - self._began:.3f}", f"{now - self.session.began:.0f}")
        magics = sorted({name if name in MAGICS else "other" for name in self.magics})  # a user's own may say anything
        words = (",".join(magics[:MAGICS_MAX]) or "-", ",".join(map(_spool.word, self.session.new_modules())) or "-")
        self._append("C", outcome, _spool.word(kind or "-"), *times, *words)
        self.session.wrote(self._client.today, self._mode)
        self.session.counted += 1
        _spool.start_sender(self._client)

    def _append(self, kind: str, *words: str) -> None:
        about = (self._day, self._run, _spool.word(self.session.frontend))
        _spool.write(self._client, kind, *about, *words, mode=self._mode, goes_on=kind == "C")
