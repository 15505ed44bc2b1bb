"""Runs the application under uvicorn: nothing logged of a request, an address printed when ready, a clean end."""

from __future__ import annotations

import signal
import socket
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from footfall_collector.protocol import LimitedProtocol

CONNECTIONS_MAX = 2_000  # beyond that an answer of 503, which clients take for "later"
GRACE_SECONDS = 10  # for requests in flight, once asked to end
_PORT_MAX = 65_535


class Server(uvicorn.Server):
    """uvicorn, saying where it listens as soon as a request would be answered."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the store and start accepting."""
        self._listening = sockets or []
        await super().startup(sockets)

    async def main_loop(self) -> None:
        """Serve. Not before this does a signal end all in good order, so whoever waits is told now."""
        for listening in self._listening[:1]:
            print(f"listening on {address_of(listening)}", flush=True)  # noqa: T201
        await super().main_loop()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at an address: whoever connects waits until ``serve`` answers.

    Raises:
        OSError: when the address cannot be taken.
        ValueError: when there is no such port.
    """
    if not 0 <= port <= _PORT_MAX:
        raise ValueError(f"port {port}: from 0 to {_PORT_MAX}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def serve(app: ASGIApp, listening: socket.socket) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit code."""
    signal.signal(signal.SIGTERM, _end)
    server = Server(
        uvicorn.Config(
            app,
            access_log=False,
            date_header=False,
            http=LimitedProtocol,
            limit_concurrency=CONNECTIONS_MAX,
            log_config=None,
            log_level="info",  # below it uvicorn tells of each connection from where it came
            proxy_headers=False,  # no address of a client is looked at, whoever tells it
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws="none",  # it would log who asks and for what, and answer past the application
        )
    )
    try:
        server.run([listening])
    except KeyboardInterrupt:
        pass
    return 0 if server.started else 1


def address_of(listening: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _end(_signal: int, _frame: FrameType | None) -> None:
    # uvicorn has its own handler while it serves, and raises the signal once more when it has ended in good order.
    raise SystemExit(0)
