"""How a part's bytes reach a collector, and the closed set of what can come of it. No other module opens sockets."""

from __future__ import annotations

import enum
import json
import re
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import httpx

from footfall import wire

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
POST_SECONDS = 30.0
SEEN_HEADER = "Footfall-Collector"  # in every answer of a collector; a captive portal's "200 OK" has none
_TOKEN = re.compile(r"[a-z][a-z-]{0,40}")
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


class Sink(Transport, Protocol):
    """A transport that makes of a part what another service takes; users see that in ``preview`` and ``log``."""

    def bodies_for(self, part: dict[str, Any], secret: Callable[[], bytes]) -> list[bytes]:
        """What is posted for ``part``, one body after the other: JSON without line breaks, the same at each call.

        ``secret`` gives that of :mod:`footfall.pseudonym`, for services that cannot count without an id.
        """
        ...


def bodies_of(way: Transport, body: bytes, secret: Callable[[], bytes]) -> list[bytes]:
    """What ``way`` posts for a part that may leave: the very part, unless it is a :class:`Sink`.

    Raises:
        ValueError: when a sink's bodies cannot be kept a line each.
    """
    make = getattr(way, "bodies_for", None)
    made: list[bytes] = [body] if make is None else make(json.loads(body), secret)
    if any(b"\n" in one for one in made):
        raise ValueError("a body has a line break")
    return made


class HttpTransport:
    """Posts each part on a connection of its own: no cookies, no redirects, a constant User-Agent, answers unread.

    Args:
        endpoint: ``https://`` address of a collector, or ``http://`` on the loopback.
    """

    def __init__(self, endpoint: str) -> None:
        self.url = endpoint + "/v1/reports"
        self.health = endpoint + "/healthz"
        self.why = ""  # what became of the last post, in words for a person
        self.reason = ""  # the collector's for not taking it: a token of our own list, never a text of a server's
        self._is_remote = endpoint.startswith("https")
        # All that a request tells of its sender; httpx's own accept-encoding would tell which packages are installed.
        self._headers = {
            "accept": "*/*",
            "accept-encoding": "identity",
            "connection": "close",
            "content-type": "application/json",
            "user-agent": f"footfall/{version('footfall')}",
        }

    def post(self, body: bytes) -> Outcome:
        """Post ``body`` once; what takes longer than ``POST_SECONDS`` in all, byte by byte, say, is tried again."""
        outcomes: list[Outcome] = []
        posting = threading.Thread(target=lambda: outcomes.append(self._post(body)), daemon=True)
        posting.start()
        posting.join(POST_SECONDS)
        return outcomes[0] if outcomes else Outcome.RETRY

    def _post(self, body: bytes) -> Outcome:
        try:
            content = self.packed(body)
            with self._client() as client, client.stream("POST", self.url, content=content) as answer:
                self.why, self.reason = why(answer), reason_of(answer)
                return self.heard(answer)
        except Exception as error:  # noqa: BLE001 - a proxy's address that httpx cannot use raises ImportError, say
            self.why = f"no answer ({failure(error)})"
            return Outcome.RETRY

    def probe(self) -> str:
        """Ask for the collector's health, and tell what is wrong, in words; empty when a collector answers."""
        try:
            with self._client() as client, client.stream("GET", self.health) as answer:
                return "" if answer.status_code == 200 and SEEN_HEADER in answer.headers else why(answer)
        except Exception as error:  # noqa: BLE001 - as for a post
            return f"no answer ({failure(error)})"

    def packed(self, body: bytes) -> bytes:
        """``body`` as it goes over the wire."""
        return body

    def heard(self, answer: httpx.Response) -> Outcome:
        """What a server's answer means; its body is not read."""
        return outcome_of(answer.status_code, SEEN_HEADER in answer.headers)

    def _client(self) -> httpx.Client:
        import httpx  # once the sender has left the user's folder: a package that httpx looks for asks for its name

        return httpx.Client(
            verify=httpx.create_ssl_context() if self._is_remote else False,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            headers=self._headers,
            trust_env=self._is_remote,  # what is not encrypted stays on the loopback: no proxy gets it
        )


def failure(error: BaseException) -> str:
    """Why there was no answer, in words for a person, from the innermost cause that tells."""
    import socket
    import ssl

    words = {
        socket.gaierror: "no such host",
        ConnectionRefusedError: "nobody listens there",
        ConnectionResetError: "the connection was broken off",
        TimeoutError: "it took too long",
    }
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not accepted: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "it does not speak TLS"
        for kind, text in words.items():
            if isinstance(cause, kind):
                return text
    return type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def why(answer: httpx.Response) -> str:
    """An answer in words: its status, and the collector's reason if that is one of its plain tokens."""
    if SEEN_HEADER not in answer.headers:
        return f"HTTP {answer.status_code}, and not from a collector"
    reason = answer.headers.get("Footfall-Reason", "")
    return f"HTTP {answer.status_code}" + (f", {reason}" if _TOKEN.fullmatch(reason) else "")


def reason_of(answer: httpx.Response) -> str:
    """A collector's reason for not taking a part, one of ``wire.REFUSALS``; anything else is no reason."""
    reason = answer.headers.get("Footfall-Reason", "") if SEEN_HEADER in answer.headers else ""
    return reason if reason in wire.REFUSALS else ""


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
    """The transport for an endpoint: a plugin's (``plugins`` asks them), else ours, which speaks HTTP.

    Raises:
        ValueError: when no transport knows the scheme.
    """
    found = plugins(endpoint)
    if found is not None:
        return found
    if endpoint.startswith(("https://", "http://")):
        return HttpTransport(endpoint)
    raise ValueError("no transport for this endpoint")
