"""``phonehome://host/organisation/repository``: a call for each run, for authors who have phonehome's chart and badge.

phonehome counts calls and has no way to say that one is sent again: a call whose answer was lost is counted twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from footfall import wire
from footfall.hookspecs import hookimpl
from footfall.sinks import ServerSink
from footfall.transport import Sink

_SCHEME = "phonehome://"
CALLS_MAX = 100  # of one part: a loop over thousands of files must not be as many requests
_WORDS = ("command", "release", "outcome")  # phonehome keeps strings and numbers, side by side


class PhonehomeSink(ServerSink):
    """Posts each run of a command, and each notebook session, as one call; nothing else, as ``/count`` counts all.

    Args:
        endpoint: ``phonehome://``, host, ``/``, organisation, ``/`` and repository.
    """

    # Not 400: phonehome says that too when its database fails, or GitHub does not tell it that the repository is there.
    final = (413,)

    def __init__(self, endpoint: str) -> None:
        address = endpoint.removeprefix(_SCHEME)
        super().__init__(address, "/" + address.partition("/")[2])

    def bodies_for(self, part: dict[str, Any], secret: Callable[[], bytes]) -> list[bytes]:  # noqa: ARG002 - no id here
        """The calls, at most ``CALLS_MAX``: each command and outcome once, then those that ran again, and so on."""
        counted = [(wire.encode(payload), n) for payload, n in _counted(part)]
        turns = max((n for _, n in counted), default=0)
        calls = (body for turn in range(turns) for body, n in counted if n > turn)
        return [body for body, _ in zip(calls, range(CALLS_MAX), strict=False)]


def _counted(part: dict[str, Any]) -> Iterator[tuple[dict[str, str], int]]:
    if part["part"] == "cli.command":
        for row in part.get("rows", ()):
            yield {word: row[word] for word in _WORDS}, row["n"]
    if part["part"] == "notebook.session":
        for row in part.get("sessions", ()):
            yield {"event": "notebook.session"}, row["n"]


@hookimpl
def footfall_transport(endpoint: str) -> Sink | None:
    """The sink for an endpoint that is one of its own."""
    return PhonehomeSink(endpoint) if endpoint.startswith(_SCHEME) else None
