"""A collector on the loopback that keeps every byte it is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Recorder:
    """Listens on a free port until :meth:`close`. ``requests`` are raw bytes; ``bodies`` their bodies.

    Args:
        status: what each request is answered with.
        observe: called when a request comes; the sender waits meanwhile and can be looked at.
    """

    def __init__(self, status: int = 202, observe: Callable[[], None] = lambda: None) -> None:
        self.requests: list[bytes] = []
        self.bodies: list[bytes] = []
        self.status = status
        self.observe = observe
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            raw_requestline: bytes

            def do_POST(self) -> None:
                """Keep a request, and answer as a collector does."""
                body = self.rfile.read(int(self.headers["content-length"]))
                recorder._keep(self.raw_requestline + bytes(self.headers), body)
                self.send_response(recorder.status)
                self.send_header("Footfall-Collector", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def _keep(self, head: bytes, body: bytes) -> None:
        self.observe()
        self.requests.append(head + body)
        self.bodies.append(body)

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
