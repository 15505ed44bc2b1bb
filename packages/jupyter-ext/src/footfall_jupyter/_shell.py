"""What one shell runs, followed by its own events, for each client whose sessions are counted in it."""

from __future__ import annotations

import sys
import time
from _thread import get_ident
from functools import partial
from typing import TYPE_CHECKING, Any

from footfall_jupyter import _command, _magics, _place

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from footfall import Cell, Client, Guard, Session

_NAME = "_footfall_shell"  # among the shell's attributes: it outlives a reload of this module


class Running:
    """A cell that runs: what the shell knows it by, and one cell for each session.

    ``info`` is ``None`` for a cell that was running already when it began to be followed. Whether such a one is the
    user's is known when it ends: its ``late`` sessions, each with the moment, have their cell then.
    """

    def __init__(self, info: object, cells: list[Cell]) -> None:
        self.info = info
        self.cells = cells
        self.late: list[tuple[Session, float]] = []
        self.inner = 0  # cells that this cell's code runs


class Shell:
    """Follows the cells of one shell. Every step is guarded: nothing of ours ever shows in a cell's output."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.sessions: dict[str, Session] = {}  # by the client's folder
        self.rested: dict[str, Session] = {}  # of before the extension was unloaded
        self.running: dict[int, Running] = {}  # by thread
        self.guard: Callable[[], Guard] | None = None  # while it follows
        self.has_hinted = False
        self.unloaded_in = -1  # execution count of the cell, which was counted to its end
        self.frontend = ""  # as an operator has named it
        self.theirs: Any = None  # a magic of the user's that was named as ours is

    def add(self, client: Client) -> None:
        """Count sessions for ``client`` too, with the cell that runs now."""
        known = self.sessions.get(client.folder)
        if known is not None:
            if client not in known.clients:
                client.join(known)
            return
        session = client.session("other", "notebook")
        self._place(session)
        if client.folder in self.rested:
            session.resume(self.rested.pop(client.folder))
        self.sessions[client.folder] = session
        is_new_cell = is_in_cell(sys._getframe()) and self.shell.execution_count != self.unloaded_in
        if is_new_cell and session.is_counted():
            running = self.running.setdefault(get_ident(), Running(None, []))
            running.late.append((session, time.perf_counter()))

    def follow(self, guard: Callable[[], Guard]) -> None:
        """Hear of each cell, and bring ``%footfall``; what fails ends in ``guard``."""
        if self.guard is not None:
            return
        self.guard = guard
        self.shell.events.register("pre_run_cell", self.pre_run_cell)
        self.shell.events.register("post_run_cell", self.post_run_cell)
        _magics.count(self.shell, self.used)
        self.theirs = self.shell.magics_manager.magics["line"].get("footfall")
        self.shell.register_magic_function(_command.magic(self), "line", "footfall")

    def unfollow(self, guard: Callable[[], Guard]) -> None:
        """Leave the shell as it was found, as far as no other extension has undone it already."""
        for undo in (
            self._end_all,
            partial(self.shell.events.unregister, "pre_run_cell", self.pre_run_cell),
            partial(self.shell.events.unregister, "post_run_cell", self.post_run_cell),
            partial(_magics.restore, self.shell, {"footfall": self.theirs}),
        ):
            with guard():
                undo()
        self.guard = None
        self.rested.update(self.sessions)
        self.sessions.clear()

    def _end_all(self) -> None:
        self.unloaded_in = self.shell.execution_count
        self._late(self.running.get(get_ident()))
        self._end(get_ident(), None)

    def pre_run_cell(self, info: Any) -> None:
        """A cell's code is about to run."""
        if self.guard is not None:
            with self.guard():
                self._begin(info)

    def post_run_cell(self, result: Any) -> None:
        """A cell's code has ended; ``result`` is ``None`` where it was interrupted while it waited."""
        if self.guard is not None:
            with self.guard():
                self._returned(result)

    def used(self, magic: str) -> None:
        """The cell that runs in this thread uses a magic, by the name under which that is registered."""
        running = self.running.get(get_ident())
        for cell in running.cells if running and magic != "footfall" else ():
            cell.magics.add(magic)

    def _begin(self, info: Any) -> None:
        thread, running = get_ident(), self.running.get(get_ident())
        if running is not None and is_in_cell(sys._getframe()):
            running.inner += 1
            return
        if running is not None:
            self._end(thread, KeyboardInterrupt())  # its end was never heard of
        if not info.store_history and not is_command_line(sys._getframe()):
            return  # a frontend's own question, or a configured line at the start
        for session in self.sessions.values():
            if not session.counted:
                self._place(session)
        self.running[thread] = Running(info, [session.begin() for session in self.sessions.values()])

    def _returned(self, result: Any) -> None:
        thread, running = get_ident(), self.running.get(get_ident())
        if running is None:
            return
        is_its_own = result is not None and result.info is running.info
        if not is_its_own and (running.inner or (result is not None and running.info is not None)):
            running.inner -= running.inner > 0  # an empty one has not begun: IPython tells its end only
            return
        if result is not None and (result.info.store_history or is_command_line(sys._getframe())):
            self._late(running)
        if result is None:
            error: BaseException | None = KeyboardInterrupt()
        else:
            error = result.error_before_exec or result.error_in_exec
        self._end(thread, self._interruption(error) or error)

    def _late(self, running: Running | None) -> None:
        """Begin a cell that was running when it began to be followed, as of then."""
        for session, since in running.late if running else ():
            if running and not session.has_changed():
                running.cells.append(session.begin(since))

    def _interruption(self, error: BaseException | None) -> BaseException | None:
        """A kernel interrupts a cell that awaits by cancelling it."""
        cancelled = getattr(sys.modules.get("asyncio"), "CancelledError", None)
        is_cancelled = hasattr(self.shell, "kernel") and cancelled is not None and type(error) is cancelled
        return KeyboardInterrupt() if is_cancelled else None

    def _end(self, thread: int, error: BaseException | None) -> None:
        running = self.running.pop(thread, None)
        for cell in running.cells if running else ():
            cell.end(error)

    def _place(self, session: Session) -> None:
        found = _place.of(self.shell)
        session.frontend, session.client.surface = self.frontend or found[0], found[1]


def is_in_cell(frame: FrameType | None) -> bool:
    """Whether a cell's code is running further out."""
    return _has(frame, "run_code", "IPython.core.interactiveshell")


def is_command_line(frame: FrameType | None) -> bool:
    """Whether ``ipython -c`` runs further out."""
    return _has(frame, "_run_cmd_line_code", "IPython.core.shellapp")


def is_configured(frame: FrameType | None) -> bool:
    """Whether a line of the configuration, or of the command line, runs further out."""
    return _has(frame, "_run_exec_lines", "IPython.core.shellapp") or is_command_line(frame)


def _has(frame: FrameType | None, function: str, module: str) -> bool:
    while frame is not None:
        if frame.f_code.co_name == function and frame.f_globals.get("__name__") == module:
            return True
        frame = frame.f_back
    return False


def of(shell: Any) -> Shell:
    """The one follower of a shell, made when it is first asked for."""
    found: Shell | None = vars(shell).get(_NAME)
    if found is None:
        found = vars(shell)[_NAME] = Shell(shell)
    return found


def follow(client: Client) -> None:
    """Count sessions for ``client`` in the shell that runs here, if one does."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is not None:
        here = of(shell)
        here.follow(client.guard)
        here.add(client)


def unload(shell: Any) -> None:
    """Follow a shell no more."""
    here: Shell | None = vars(shell).get(_NAME)
    if here is not None and here.guard is not None:
        here.unfollow(here.guard)
