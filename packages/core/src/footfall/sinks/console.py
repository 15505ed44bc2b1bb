"""``console:``: parts are printed by ``send --now``, for authors who try out what their program would tell."""

from __future__ import annotations

import os
import sys

from footfall._spawn import CHILD_MARK
from footfall.hookspecs import hookimpl
from footfall.transport import Outcome, Transport


class ConsoleSink:
    """Prints each part to standard output; the detached sender has none, and leaves the parts for a person's own."""

    why = "nobody sees the daily sender's output: `send --now` prints"

    def post(self, body: bytes) -> Outcome:
        """Print ``body`` as one line."""
        if CHILD_MARK in os.environ or sys.stdout is None:
            return Outcome.RETRY
        print(body.decode(), flush=True)
        return Outcome.DELIVERED


@hookimpl
def footfall_transport(endpoint: str) -> Transport | None:
    """The sink for ``console:``."""
    return ConsoleSink() if endpoint == "console:" else None
