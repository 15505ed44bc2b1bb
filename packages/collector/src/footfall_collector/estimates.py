"""What the installs that sent tell of all, where a share of them sends: an estimate, with its standard error.

An install that sends at a share of 1/10 stands for ten (Horvitz and Thompson's estimate). Whether a group is too small
to be shown is asked of the installs that sent, never of an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt


class Estimate(int):
    """A number of installs, with its standard ``error``: 0 where all send. ``scale`` is that of its window."""

    error: float
    scale: Scale

    def __new__(cls, installs: int, scale: Scale) -> Estimate:
        """An estimate that the scale has rounded.

        Where one stands for so many in every part, n that sent are an estimate of n / share with an error of
        sqrt(n (1 - share)) / share, which this is. Where releases have different shares it is an upper bound: as if
        all had sent at the smallest share, and the number been rounded down. It is far too large where most installs
        sent at a larger one, but says nothing that the estimate does not: the exact error would tell how many of few
        sent at which. What rounding adds is not in it.
        """
        made = super().__new__(cls, installs)
        made.scale = scale
        made.error = sqrt((installs + scale.rounded_to // 2) * (scale.one_in - 1))
        return made


@dataclass(frozen=True)
class Scale:
    """For how many installs one stands that has sent in a window: ``least`` to ``one_in``; both are 1 where all send.

    Sums of parts with several shares would tell by their last digits how many sent at the largest one, though k hides
    them. So all that is told of such a window is rounded to multiples of ``one_in``, and here only.
    """

    least: int = 1
    one_in: int = 1

    @property
    def rounded_to(self) -> int:
        """What every number told of the window is a multiple of: 1 where one share has sent."""
        return self.one_in if self.least < self.one_in else 1

    def number(self, exact: int) -> int:
        """What is told of a sum, of runs or of installs: the nearest multiple, the larger of two."""
        return (exact + self.rounded_to // 2) // self.rounded_to * self.rounded_to

    def installs(self, exact: int) -> Estimate:
        """The same of a sum of installs, with its error."""
        return Estimate(self.number(exact), self)
