"""Exceptions that signal handlers of a program raise: they may strike while our code runs. Cold: see ``Guard``."""

from __future__ import annotations

import signal
from types import TracebackType


def have_raised(trace: TracebackType | None) -> bool:
    """Whether an exception comes out of a signal handler of the program's: a time limit, say."""
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    codes = {getattr(one, "__code__", None) or getattr(type(one).__call__, "__code__", None) for one in handlers}
    while trace is not None:
        if trace.tb_frame.f_code in codes:
            return True
        trace = trace.tb_next
    return False
