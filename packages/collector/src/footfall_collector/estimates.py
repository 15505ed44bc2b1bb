"""What the installs that sent tell of all, where a share of them sends: an estimate, with its standard error.

An install that sends at a share of 1/10 stands for ten (Horvitz and Thompson's estimate). Whether a group is too small
to be shown is asked of the installs that sent, never of an estimate.
"""

from __future__ import annotations

from math import sqrt


class Estimate(int):
    """A number of installs, with its standard ``error``: 0 where all send. One stands for ``one_in`` at most."""

    error: float
    one_in: int

    def __new__(cls, installs: int, one_in: int = 1) -> Estimate:
        """An estimate, where one install stands for ``one_in`` at most.

        Where one stands for so many in every part, n that sent are an estimate of n / share with an error of
        sqrt(n (1 - share)) / share, which this is. Where releases have different shares it is no less than the exact
        error, and says nothing that the estimate does not: the exact one would tell how many of few sent at which.
        """
        made = super().__new__(cls, installs)
        made.error, made.one_in = sqrt(installs * (one_in - 1)), one_in
        return made
