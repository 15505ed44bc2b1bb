"""Numbers in the spool's lines, as far as they can be ours."""

from __future__ import annotations

import math

_DIGITS_MAX = 9  # of a process id or a count in the spool; more is not ours
NUMBER_MAX = 10**_DIGITS_MAX - 1


def process_of(run: str) -> int:
    """Process id in a run's name.

    Raises:
        ValueError: when there is none.
    """
    process = run.partition(".")[0]
    if not is_number(process):
        raise ValueError("no process id")
    return int(process)


def is_number(text: str) -> bool:
    """Whether a text is a process id or a count that can be ours."""
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX


def seconds_in(text: str = "") -> float:
    """A duration in a line, in seconds; 0 where there is none that can be ours."""
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < math.inf else 0.0
