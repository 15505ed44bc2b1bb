"""The road between senders and a collector, on which requests and answers can get lost, wait, or meet a portal."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECONDS_MAX = 30.0


class Road:
    """Takes requests on a free loopback port and forwards them to a collector's.

    Attributes:
        mode: ``open``; ``portal``: answers 200 to everything itself; ``hold``: never answers, until closed.
        lost_answers: so many answers, the next ones, do not come back.
        stage: called when a request has arrived, when the collector has counted it, when its answer is on the way,
            with one of ``arrived``, ``counted``, ``answered``; true to ``arrived`` loses the request there.
        bodies: of all requests, oldest first.
        paths: what was asked for, the same.
    """

    def __init__(self, collector_port: int) -> None:
        self.collector_port = collector_port
        self.mode = "open"
        self.lost_answers = 0
        self.stage: Callable[[str], object] = lambda stage: None
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        """Let go of all that wait, and listen no more."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def travel(self, handler: BaseHTTPRequestHandler) -> None:
        """Take one request as far as it gets."""
        body = handler.rfile.read(int(handler.headers["content-length"]))
        self.bodies.append(body)
        self.paths.append(handler.path)
        if self.stage("arrived"):
            return
        if self.mode == "hold":
            self._closing.wait()
        elif self.mode == "portal":
            _answer(handler, 200, {"Content-Type": "text/html"}, b"<h1>Welcome to the train</h1>")
        else:
            self._forward(handler, body)

    def _forward(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.collector_port, timeout=SECONDS_MAX)
        try:
            connection.request("POST", handler.path, body, dict(handler.headers))
            answer = connection.getresponse()
            content = answer.read()
        except OSError:
            return  # nobody is there, and nothing comes back
        finally:
            connection.close()
        self.stage("counted")
        if self.lost_answers:
            self.lost_answers -= 1
            return
        _answer(handler, answer.status, dict(answer.headers), content)
        self.stage("answered")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A sender that was killed reads no answer."""


def _handler_of(road: Road) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take a request along."""
            road.travel(self)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler


def _answer(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, str], content: bytes) -> None:
    handler.send_response_only(status)
    for name, value in {**headers, "Content-Length": str(len(content))}.items():
        if name.lower() != "content-length" or name == "Content-Length":
            handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)
