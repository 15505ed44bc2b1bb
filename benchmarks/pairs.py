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
    """The median of ``added`` over that of ``floor``, of the rounds that both have: an interval draws them together.

    ``None`` when the floor's median is not above zero: the machine was too noisy to tell.
    """
    rounds = list(zip(added, floor, strict=False))
    middle = _ratio_of_medians(rounds)
    if middle == float("inf"):
        return None
    dice = random.Random(len(rounds))
    return _with_interval(middle, [_ratio_of_medians(dice.choices(rounds, k=len(rounds))) for _ in range(RESAMPLES)])


def _ratio_of_medians(rounds: Sequence[tuple[float, float]]) -> float:
    above, below = (statistics.median(values) for values in zip(*rounds, strict=True))
    return above / below if below > 0 else float("inf")


def _with_interval(middle: float, found: list[float]) -> Estimate:
    found.sort()
    cut = int(len(found) * (1 - SHARE) / 2)
    return Estimate(middle, found[cut], found[-1 - cut])


def added(costs: Sequence[Cost], bare: Sequence[Cost], part: str) -> tuple[float, float]:
    """Median milliseconds added to the bare one's of the same round, and the median ratio to it."""
    measured, without = ([getattr(cost, part) for cost in some] for some in (costs, bare))
    more, times = differences(measured, without), ratios(measured, without)
    return statistics.median(more) * 1000, statistics.median(times)
