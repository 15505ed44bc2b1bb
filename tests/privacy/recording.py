"""A collector on the loopback that keeps every byte it is sent, and who sent it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Recorder:
    """Listens on a free port until :meth:`close`. ``requests`` are raw bytes; ``bodies`` their bodies."""

    def __init__(self, status: int = 202, observe: Callable[[], None] = lambda: None) -> None:
        self.requests: list[bytes] = []
        self.bodies: list[bytes] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Keep a request, and answer as a collector does."""
                observe()  # the sender waits for our answer: it can be looked at
                body = self.rfile.read(int(self.headers["content-length"]))
                recorder.requests.append(self.raw_requestline + bytes(self.headers) + body)
                recorder.bodies.append(body)
                self.send_response(status)
                self.send_header("Footfall-Collector", "1")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def senders_of(folder: Path) -> dict[int, bytes]:
    """Argument vector and environment of each process that is a sender for ``folder``, by process id."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            if b"footfall.sender" in command and str(folder).encode() in command:
                found[int(process.name)] = command + (process / "environ").read_bytes()
        except OSError:
            continue  # it has ended meanwhile
    return found
