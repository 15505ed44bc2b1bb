"""How a part's bytes reach a collector, and the closed set of what can come of it. The one module that opens sockets."""

from __future__ import annotations

import enum
from collections.abc import Callable
from importlib.metadata import version
from typing import Protocol

import httpx

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
SEEN_HEADER = "Footfall-Collector"  # in every answer of a collector; a captive portal's "200 OK" has none
_TRY_AGAIN = (408, 425, 429)


class Outcome(enum.Enum):
    """What came of posting a part."""

    DELIVERED = "delivered"  # counted, now or before
    RETRY = "retry"  # unknown or temporary: the same bytes again, another day
    REJECTED = "rejected"  # the collector will never take it
    STOP = "stop"  # the collector wants to hear nothing for STOP_DAYS


class Transport(Protocol):
    """Takes a part's exact bytes somewhere."""

    def post(self, body: bytes) -> Outcome:
        """Post ``body`` once; any failure is an outcome, not an exception."""
        ...


class HttpTransport:
    """Posts each part on a connection of its own: no cookies, no redirects, a constant User-Agent, answers unread.

    Args:
        endpoint: ``https://`` address of a collector, or ``http://`` on the loopback.
    """

    def __init__(self, endpoint: str) -> None:
        self.url = endpoint + "/v1/reports"
        self._tls = httpx.create_ssl_context() if endpoint.startswith("https") else False
        self._agent = f"footfall/{version('footfall')}"

    def post(self, body: bytes) -> Outcome:
        """Post ``body`` once."""
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        headers = {"content-type": "application/json", "user-agent": self._agent, "connection": "close"}
        try:
            with (
                httpx.Client(verify=self._tls, timeout=timeout, follow_redirects=False, headers=headers) as client,
                client.stream("POST", self.url, content=body) as answer,
            ):
                return outcome_of(answer.status_code, SEEN_HEADER in answer.headers)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            return Outcome.RETRY


def outcome_of(status: int, from_collector: bool) -> Outcome:
    """The outcome for an HTTP status; what no collector said (a portal, a proxy) is worth another try."""
    if not from_collector or status in _TRY_AGAIN:
        return Outcome.RETRY
    if status in (200, 202):
        return Outcome.DELIVERED
    if status == 410:
        return Outcome.STOP
    return Outcome.REJECTED if 400 <= status < 500 else Outcome.RETRY


def transport_for(endpoint: str, plugins: Callable[[str], Transport | None]) -> Transport:
    """The transport for an endpoint: ours for HTTP, else a plugin's (``plugins`` asks them).

    Raises:
        ValueError: when no transport knows the scheme.
    """
    if endpoint.startswith(("https://", "http://")):
        return HttpTransport(endpoint)
    found = plugins(endpoint)
    if found is None:
        raise ValueError("no transport for this endpoint")
    return found
