"""A service's heartbeat: every hour or so its counts and gauges are written. Warm: only services load it."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from footfall import BEAT, _counting, _events
from footfall.errors import PlanError

if TYPE_CHECKING:
    from footfall import Client

EVERY_MIN, EVERY_MAX = 60, 86_400  # seconds
SWAY = 0.1  # a beat comes so much earlier or later, at most: no two installs stay in step, and none has a rhythm
_random = random.SystemRandom()

Gauges = Callable[[], Mapping[str, object]]


class Heartbeat:
    """The heartbeat of one process; :meth:`stop` ends it. A process that is forked from this one has none."""

    def __init__(self, client: Client, every: float, gauges: Gauges | None) -> None:
        self.client = client
        self.every = every
        self._gauges = gauges
        self._process = os.getpid()
        self._is_over = threading.Event()

    def start(self) -> Heartbeat:
        """Begin to beat; nothing ever waits for the thread, not even the end of the interpreter."""
        with self.client.guard():
            threading.Thread(target=self._live, name="footfall", daemon=True).start()
        return self

    def stop(self) -> None:
        """Beat no more. Returns at once; a beat that is under way is its last."""
        self._is_over.set()

    @property
    def beats(self) -> bool:
        """Whether it goes on, in this process."""
        return self._process == os.getpid() and not self._is_over.is_set()

    def _live(self) -> None:
        pause = _random.uniform(0, self.every)
        while not self._is_over.wait(pause):
            try:
                self.beat()
            except BaseException as error:  # noqa: BLE001 - whatever an author's gauges raise, SystemExit too
                with self.client.guard():
                    raise RuntimeError(f"gauges: {type(error).__name__}: {error}") from None
            pause = self.every * _random.uniform(1 - SWAY, 1 + SWAY)

    def beat(self) -> None:
        """Write what was counted and the gauges, if that is on now, and start the day's sender if none has been."""
        client = self.client
        if client._counting is not None:
            client._counting.flush()
        if not client.decide().records:
            return  # and an author's gauges are not asked
        fields = dict(self._gauges()) if self._gauges else {}
        with client.guard():
            decision = client.decide()  # anew: gauges may take their time
            if decision.records and not self._is_over.is_set() and not _counting.is_leaving:
                _events.record(client, BEAT, fields, decision.mode)
                _counting.start_sender(client)


def begin(client: Client, every: float, gauges: Gauges | None) -> Heartbeat:
    """The client's heartbeat: the one that beats in this process, or else a new one.

    Raises:
        PlanError: when an argument cannot be used, or the plan does not declare the event.
    """
    if type(every) not in (int, float) or not EVERY_MIN <= every <= EVERY_MAX:
        raise PlanError(f"heartbeat every {every!r}: seconds, from {EVERY_MIN} to {EVERY_MAX}")
    if gauges is not None and not callable(gauges):
        raise PlanError("heartbeat gauges: a function that gives a dict is expected")
    if client.plan is None or BEAT not in client.plan.events:
        raise PlanError(f'heartbeat: declare EventType("{BEAT}", {{…}}) in the plan, with a field for each gauge')
    if client.heart is None or not client.heart.beats:
        client.surface = client.surface or "service"
        client.heart = Heartbeat(client, every, gauges).start()
    return client.heart
