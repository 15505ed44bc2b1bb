"""A small service, ``GET /put/jam`` and ``GET /take/jam``, that tells how full it is and which functions are used.

    LARDER_TELEMETRY=1 python examples/larder.py 8080

All of Footfall in it is the client, ``instrument_module``, ``count`` and ``heartbeat``. Who runs it says yes, by that
variable or by ``footfall on larder``; else nothing is kept or sent.
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import larder_store

from footfall import Bucket, Client, EventType, Plan

OWNER, EXPIRES = "the Footfall examples", "2028-11-01"
PLAN = Plan(
    [
        EventType(
            "service.heartbeat",
            {"kinds": Bucket(1, 10, 100)},
            why="how many larders there are, and how full: is it worth to page the list?",
            question="How many larders hold a hundred kinds of things?",
            owner=OWNER,
            expires=EXPIRES,
        ),
        EventType(
            "shelf.empty",
            why="how often nothing is left",
            question="Is a warning worth its work?",
            owner=OWNER,
            expires=EXPIRES,
        ),
        EventType("library.call", owner=OWNER, expires=EXPIRES),
    ]
)
client = Client("larder", version="1.2.0", endpoint="https://usage.example.org", plan=PLAN)
client.instrument_module(larder_store)


class Handler(BaseHTTPRequestHandler):
    """Answers with how many there are."""

    def do_GET(self) -> None:
        """Put or take one."""
        _, verb, what = (*self.path.split("/", 2), "", "")[:3]
        try:
            left = larder_store.put(what) if verb == "put" else larder_store.take(what)
        except KeyError:
            client.count("shelf.empty")
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{left}\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


def main(port: int, every: float = 3600) -> None:
    """Serve until Ctrl-C, and tell once an hour how many kinds there are."""
    client.heartbeat(every, gauges=lambda: {"kinds": larder_store.size()})
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        sys.stdout.write(f"listening on {server.server_address[1]}\n")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main(int(sys.argv[1]))
