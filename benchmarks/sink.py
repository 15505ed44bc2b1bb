"""A tiny HTTP collector on the loopback: ``fast`` answers 200 at once and counts tokens; ``blackhole`` never answers.

    python benchmarks/sink.py [--port 0] [--mode fast]

Prints ``PORT n``, then serves until its standard input closes. ``GET /__stats`` answers
``{"requests": n, "tokens": {token: requests that had it}}``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

from tokens import found_in

# One answer that satisfies every client's idea of success.
ANSWER = (
    b'{"status":1,"success":true,"ok":true,"accepted":1,"version":"0.1.0","data":{"add_breadcrumb":{"success":true}}}'
)
STATS = b"/__stats"


class Stats:
    """What has arrived."""

    def __init__(self) -> None:
        self.requests = 0
        self.tokens: dict[str, int] = {}

    def count(self, head: bytes, body: bytes) -> None:
        """Add one request."""
        for token in found_in(head, body):
            self.tokens[token] = self.tokens.get(token, 0) + 1


class Request:
    """One request out of a connection's bytes: its head, body and what follows; ``None`` when it is not whole yet."""

    def __init__(self, head: bytes, body: bytes, rest: bytes) -> None:
        self.head, self.body, self.rest = head, body, rest
        self.method, self.path, *_ = [*head.split(b"\r\n", 1)[0].split(b" "), b"", b""]
        self.closes = _field(head, b"connection").lower() == b"close" or b" HTTP/1.0" in head[:200]

    @classmethod
    def taken_from(cls, received: bytes) -> Request | None:
        """The first request in ``received``."""
        head, blank, rest = received.partition(b"\r\n\r\n")
        if not blank:
            return None
        if b"chunked" in _field(head, b"transfer-encoding").lower():
            chunks = _dechunked(rest)
            return chunks and cls(head, *chunks)
        size = int(_field(head, b"content-length") or 0)
        return cls(head, rest[:size], rest[size:]) if len(rest) >= size else None


def _field(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return b""


def _dechunked(rest: bytes) -> tuple[bytes, bytes] | None:
    body = b""
    while True:
        size, line_end, after = rest.partition(b"\r\n")
        if not line_end:
            return None
        length = int(size.split(b";")[0], 16)
        if len(after) < length + 2:
            return None
        body, rest = body + after[:length], after[length + 2 :]
        if not length:
            return body, rest


class Handler(asyncio.Protocol):
    """One connection."""

    def __init__(self, stats: Stats, mode: str) -> None:
        self.stats, self.mode = stats, mode
        self.received = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole; or none at all."""
        if self.mode == "blackhole":
            return
        self.received += data
        while request := Request.taken_from(self.received):
            self.received = request.rest
            self._answer(request)

    def _answer(self, request: Request) -> None:
        assert self.transport is not None
        answer = ANSWER
        if request.path == STATS:
            answer = json.dumps(vars(self.stats)).encode()
        else:
            self.stats.requests += 1
            asyncio.get_running_loop().call_soon(self.stats.count, request.head, request.body)  # the client first
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-backend-server: local\r\ncontent-length: "
        body = b"" if request.method == b"HEAD" else answer
        self.transport.write(head + b"%d\r\n\r\n%s" % (len(answer), body))
        if request.closes:
            self.transport.close()


async def serve(port: int, mode: str) -> None:
    """Serve until standard input closes."""
    loop, stats = asyncio.get_running_loop(), Stats()
    server = await loop.create_server(lambda: Handler(stats, mode), "127.0.0.1", port, backlog=1024)
    print("PORT", server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--mode", choices=["fast", "blackhole"], default="fast")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.mode))
