"""A collector that is the judge: it counts as a collector does, for many installs, and says what it has counted."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from footfall import wire


class Judge:
    """Listens on a free loopback port. An install posts to ``address/<its name>`` and is judged by that name.

    Attributes:
        again: how many posts were of a part that it had already.
        says: if not 0, the status that it answers all posts with, without counting them.
        instead: if anything, what is done with a connection when its request has come, in place of an answer.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.again = self.says = 0
        self.instead: Callable[[socket.socket], None] | None = None
        self._parts: dict[str, dict[str, dict[str, Any]]] = {}
        self._bodies: dict[str, bytes] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.address = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, name: str, body: bytes) -> int:
        """Count a part of the install ``name`` once; the status of the answer."""
        if self.says:
            return self.says
        part = wire.decode(body)
        with self._lock:
            assert self._bodies.setdefault(part["key"], body) == body, "a key never stands for two contents"
            parts = self._parts.setdefault(name, {})
            self.again += part["key"] in parts
            status = 200 if part["key"] in parts else 202
            parts[part["key"]] = part
        return status

    def parts(self, name: str = "") -> list[dict[str, Any]]:
        """What an install has told."""
        return list(self._parts.get(name, {}).values())

    def runs(self, name: str = "") -> Counter[str]:
        """An install's runs, by outcome."""
        runs: Counter[str] = Counter()
        for part in self.parts(name):
            for row in part.get("rows", ()) if part["part"] == "cli.command" else ():
                runs[row["outcome"]] += row["n"]
        return runs

    def days(self, name: str = "") -> Counter[str]:
        """How many times an install was told active, by day."""
        return Counter(part["day"] for part in self.parts(name) if part["part"] == "activity")

    def news(self, name: str = "") -> int:
        """How many times an install was told new."""
        return sum(part["new"] for part in self.parts(name) if part["part"] == "activity")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """A sender that was killed reads no answer."""


def _handler_of(judge: Judge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Count a part."""
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return  # its sender was killed
            if judge.instead is not None:
                self.close_connection = True
                judge.instead(self.connection)
                return
            self.send_response(judge.take(self.path.removesuffix("/v1/reports").strip("/"), body))
            self.send_header("Footfall-Collector", "1")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler
