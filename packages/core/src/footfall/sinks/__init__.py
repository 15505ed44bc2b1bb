"""Transports for authors who run something already; each is a plugin like anybody's, by ``footfall_transport``."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from footfall._places import is_loopback
from footfall.transport import HttpTransport, Outcome

if TYPE_CHECKING:
    import httpx

_TOO_MANY = 429


class ServerSink(HttpTransport):
    """What posts to a service that is no collector of ours: 200 alone is a yes, and few answers are a no for good.

    What is neither is tried again for as long as a collector's is. ``wait_seconds`` is for how long the last answer
    asked to be left in peace.

    Args:
        address: host, with a port or without, and whatever stands behind a slash.
        path: the path that is posted to.
    """

    final: ClassVar[tuple[int, ...]] = ()

    def __init__(self, address: str, path: str) -> None:
        super().__init__(origin(address))
        self.url = origin(address) + path
        self.wait_seconds = 0

    def heard(self, answer: httpx.Response) -> Outcome:
        """What the service's answer means; its body is not read."""
        status, after = answer.status_code, answer.headers.get("Retry-After", "")
        self.why = f"HTTP {status}"
        if status == 200:
            return Outcome.DELIVERED
        if status in self.final:
            return Outcome.REJECTED
        is_number = after.isascii() and after.isdigit() and len(after) < 10
        self.wait_seconds = int(after) if is_number else int(status == _TOO_MANY)  # at least this run is over then
        return Outcome.RETRY


def origin(address: str) -> str:
    """The URL at whose root a sink's server listens: plain HTTP for this machine only."""
    host = address.partition("/")[0]
    return f"http://{host}" if is_loopback(host) else f"https://{host}"
