"""What a client counts, kept in memory and written at bounded intervals. Warm: only programs that count load it.

To count is to append to a queue, which no thread, signal handler or finalizer can disturb: no lock is waited for, so
none can be held for ever. What waits is added up and written when its window ends. A window begins with a decision:
where that is off, nothing is kept at all.
"""

from __future__ import annotations

import atexit
import os
import sys
import time
from _thread import allocate_lock
from collections import Counter, deque
from contextlib import suppress

from footfall import _events, _spool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footfall import Client

WINDOW_SECONDS = 1.0  # of the first window; each is half as long again as the one before
WINDOW_SECONDS_MAX = 600.0  # and what a process that is killed may lose
WRITES_FIRST = 1024  # up to so many counts outside of runs and cells, each 1st, 2nd, 4th, 8th, ... writes all of them
QUEUE_MAX = 8192  # entries that wait to be added up
QUEUE_LONG = 16 * QUEUE_MAX  # entries that wait while another thread cannot write: they become few
FAST_SECONDS = 0.001  # between two counts, on the average: then
COUNTS_A_LOOK = 64  # are counted before the clock is looked at again

Entry = tuple[str, str, int]  # event, the word of its one field or nothing, how often
_monotonic = time.monotonic
_all: set[Counting] = set()  # all that there are: what they keep is written when the process ends


class Counting:
    """What one client has counted in this process and not written yet.

    Attributes:
        until: when its window ends, by ``time.monotonic``; 0 before the first.
        is_open: whether what is counted in this window is kept.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.waiting: deque[Entry] = deque()
        self.switch: Callable[..., None] | None = None  # has calls told to us, or not
        self.begin_anew()
        _all.add(self)

    def begin_anew(self) -> None:
        """Forget all: also in a forked child, where what waits is its parent's, and a lock may be held by nobody."""
        self.waiting.clear()
        self.counts: dict[tuple[str, str], int] = {}
        self.until, self.is_open = 0.0, True
        self._turning = allocate_lock()
        self._wait, self._is_eager, self._full, self._written = WINDOW_SECONDS, False, 1, False
        self._look_at, self._looked, self._step = 0, 0.0, 0
        self._day, self._mode = "", ""
        self._answer: tuple[int, int] | None = None

    def add(self, entry: Entry) -> None:
        """Count. Never raises, and never waits for another thread."""
        if len(self.waiting) >= self._look_at:
            self._look()
        if self.is_open:
            self.waiting.append(entry)
            if self._is_eager and len(self.waiting) >= self._full:
                self.turn()

    def _look(self, clock: Callable[[], float] = _monotonic) -> None:
        """See whether the window has ended: at each count, or at some where they come fast."""
        now = clock()
        if now >= self.until or len(self.waiting) >= QUEUE_MAX:
            self.turn()
        if len(self.waiting) >= QUEUE_LONG:
            self._squeeze()
        is_fast = now - self._looked < FAST_SECONDS * (self._step or 1)
        self._looked, self._step = now, COUNTS_A_LOOK if is_fast else 0
        self._look_at = len(self.waiting) + self._step if self.is_open else 0

    def turn(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        """Add up what waits; write it if its window has ended, or early on, and begin the next."""
        if is_finalizing():  # of the interpreter only ruins are left; a default is there still
            self.is_open = False
            return
        if not self._turning.acquire(blocking=False):
            return  # another thread is at it, or what it interrupted
        try:
            with self.client.guard():
                self._turn()
        finally:
            self._turning.release()

    def _turn(self) -> None:
        self._add_up()
        is_over = _monotonic() >= self.until
        if is_over or self._is_eager:
            self._write()
        if is_over:
            self._begin_window()
        elif self._is_eager and not is_leaving:
            self._full *= 2
            self._is_eager = self._full <= WRITES_FIRST

    def write(self) -> None:
        """Write what waits now: a run, a cell or the process has ended. What is counted next begins a new window."""
        if self._turning.acquire(timeout=WINDOW_SECONDS):
            try:
                with self.client.guard():
                    self._add_up()
                    self._write()
            finally:
                self.renew()
                self._turning.release()

    def flush(self) -> None:
        """Write what waits now, in the window that goes on; where it is off, decide anew with the next count."""
        if self._turning.acquire(blocking=False):
            try:
                with self.client.guard():
                    self._add_up()
                    self._write()
            finally:
                self._turning.release()
        if not self.is_open:
            self.renew()

    def tell(self, switch: Callable[..., None]) -> None:
        """Have ``switch`` called when calls are to be told from now on, or no more."""
        self.switch = switch

    def renew(self) -> None:
        """Begin a new window with the next count."""
        self.until, self._wait, self._look_at = 0.0, WINDOW_SECONDS, 0
        if not self.is_open and self.switch:
            self.switch(is_open=True)

    def drop(self) -> None:
        """Forget what waits: off was said after it."""
        self.waiting.clear()
        self.counts = {}
        self.renew()

    def _add_up(self) -> None:
        self._look_at = 0
        self._take(self.counts)

    def _squeeze(self) -> None:
        """Make few entries of many: another thread writes and does not come back, as on a drive that is gone."""
        with self.client.guard():
            counts: dict[tuple[str, str], int] = {}
            self._take(counts)
            self.waiting.extend((event, word, n) for (event, word), n in counts.items())

    def _take(self, counts: dict[tuple[str, str], int]) -> None:
        """Take what waits from the queue, and add it to ``counts``."""
        for (event, word, n), times in Counter(self._entries()).items():
            if not self.client.declares(event):
                _events.explain(self.client, f"{event!r} is not counted: the plan has no such event")
            elif n > 0:
                counts[event, word] = counts.get((event, word), 0) + n * times

    def _entries(self) -> Iterator[Entry]:
        """What waits by now, taken one by one: another thread may be taking, too."""
        take = self.waiting.popleft
        with suppress(IndexError):
            for _ in range(len(self.waiting)):
                yield take()

    def _write(self) -> None:
        counts, self.counts = self.counts, {}
        if not counts or not self._day:
            return
        decision = self.client.decide()
        if decision.records and self.client.answered == self._answer:  # else an answer came after they were counted
            _events.record_counts(self.client, counts, self._day, "local" if self._mode == "local" else decision.mode)
            if not self._written:
                self._written = True
                _keep_words(self.client)
            if self._wait >= WINDOW_SECONDS_MAX:
                start_sender(self.client)  # who runs for so long may never end

    def _begin_window(self) -> None:
        client, run = self.client, self.client.current
        decision, self._answer = run.decided() if run else (client.decide(), client.answered)
        self._mode = decision.mode
        was_open, self.is_open = self.is_open, decision.records and client.may_count()
        if not (was_open and self.is_open):
            self.waiting.clear()
        now = client.clock()
        self._day = _spool.day_of(now)
        self.until = _monotonic() + min(self._wait, 86400 - now % 86400)
        if self._wait == WINDOW_SECONDS:
            self._is_eager, self._full = is_leaving or not client.defers(), 1
            _write_at_workers_end()
        self._wait = min(1.5 * self._wait, WINDOW_SECONDS_MAX)
        if self.switch and was_open != self.is_open:
            self.switch(is_open=self.is_open)

    def leave(self) -> None:
        """The process ends: write what waits. What is counted after it, in what else ends it, is written at once."""
        self.write()
        if self._written and not self.client.defers() and not _forked:
            with self.client.guard():
                start_sender(self.client)


def _keep_words(client: Client) -> None:
    """Have a service's words beside its counts before its first sender comes: else no command could show them."""
    if not client.has_runs and not _is_worker() and not os.path.exists(client.folder + "/plan.json"):
        from footfall import _spawn  # once per version

        _spawn.write_plan(client)


def start_sender(client: Client) -> None:
    """Start the day's sender, if none has been; workers leave that to the process that they are a part of."""
    if not _is_worker():
        _spool.start_sender(client)


is_leaving = False  # whether this process ends
_has_finalizer = False  # whether this process, a worker, writes at its end
_forked = False  # whether this process was forked from one that counted


def _leave() -> None:
    global is_leaving  # noqa: PLW0603 - a fact of the process
    is_leaving = True
    for counting in list(_all):
        counting.leave()


def _in_child() -> None:
    global _forked, _has_finalizer
    _forked, _has_finalizer = True, False
    for counting in list(_all):
        counting.begin_anew()


def _is_worker() -> bool:
    """Whether this is a worker process of ``multiprocessing``."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


def _write_at_workers_end() -> None:
    """A worker of ``multiprocessing`` ends without what ``atexit`` holds, but runs finalizers of its own."""
    global _has_finalizer  # noqa: PLW0603 - a fact of the process
    util = sys.modules.get("multiprocessing.util")
    if util is not None and _is_worker() and not _has_finalizer:
        _has_finalizer = True
        util.Finalize(None, _leave, exitpriority=-100)


atexit.register(_leave)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
