"""Statistics of pairs: each run is told against the bare one beside it, so that a machine's drift hits both."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

RESAMPLES = 2000
SHARE = 0.95  # of the resamples, which an interval holds


@dataclass(frozen=True)
class Cost:
    """Seconds of one process or cell, as the kernel accounts them."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Estimate:
    """A median, and the interval that holds it in 95 of 100 resamples of the same pairs."""

    middle: float
    low: float
    high: float

    def is_beside(self, limit: float) -> bool:
        """Whether the interval is on one side of ``limit`` as a whole."""
        return self.high <= limit or self.low > limit

    def exceeds(self, other: Estimate) -> bool:
        """Whether it is more, by more than noise: its interval begins where the other's has ended."""
        return self.low > other.high


def differences(measured: Sequence[float], bare: Sequence[float]) -> list[float]:
    """What each run takes more than the bare one beside it."""
    return [a - b for a, b in zip(measured, bare, strict=True)]


def ratios(measured: Sequence[float], bare: Sequence[float]) -> list[float]:
    """How many times the bare one beside it each run takes."""
    return [a / b for a, b in zip(measured, bare, strict=True)]


def estimate(values: Sequence[float]) -> Estimate:
    """The median of ``values``, with its interval; the same for the same values."""
    dice = random.Random(len(values))
    found = [statistics.median(dice.choices(values, k=len(values))) for _ in range(RESAMPLES)]
    return _with_interval(statistics.median(values), found)


def share_of(added: Sequence[float], floor: Sequence[float]) -> Estimate | None:
    """The median of ``added`` over that of ``floor``: rounds are drawn together as long as both have the same.

    ``None`` when the floor's median is not above zero: the machine was too noisy to tell.
    """
    below = statistics.median(floor)
    if below <= 0:
        return None
    dice = random.Random(len(added))
    found = []
    for _ in range(RESAMPLES):
        if len(added) == len(floor):
            rounds = dice.choices(range(len(added)), k=len(added))
            drawn, drawn_floor = [added[at] for at in rounds], [floor[at] for at in rounds]
        else:
            drawn, drawn_floor = dice.choices(added, k=len(added)), dice.choices(floor, k=len(floor))
        under = statistics.median(drawn_floor)
        found.append(statistics.median(drawn) / under if under > 0 else float("inf"))
    return _with_interval(statistics.median(added) / below, found)


def _with_interval(middle: float, found: list[float]) -> Estimate:
    found.sort()
    cut = int(len(found) * (1 - SHARE) / 2)
    return Estimate(middle, found[cut], found[-1 - cut])


def added(costs: Sequence[Cost], bare: Sequence[Cost], part: str) -> tuple[float, float]:
    """Median milliseconds added to the bare one's of the same round, and the median ratio to it."""
    measured, without = ([getattr(cost, part) for cost in some] for some in (costs, bare))
    more, times = differences(measured, without), ratios(measured, without)
    return statistics.median(more) * 1000, statistics.median(times)
