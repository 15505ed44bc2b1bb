"""Reports a second that the collector takes, durable before the answer, against two limits of the same run.

    python benchmarks/collector.py [--seconds 2] [--windows 4] [--connections 32]

One server process answers the same parts at three addresses: ``noop`` reads the body and answers, ``validate`` decodes
it and checks its words, ``durable`` is the collector itself. The store's own limit is the raw group commit: as many
bodies as there are connections appended to a file, then fdatasync. Budget: durable >= 0.5 x the lower limit.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

PROJECT = "mytool"
COMMANDS = [f"group{number // 8} command{number}" for number in range(48)]
DOCUMENT = {
    "format": 1,
    "project": PROJECT,
    "commands": {"(main)": ["--verbose"], **{name: ["--force", "--dry-run"] for name in COMMANDS}},
}
BUDGET = 0.5


def parts(day: str) -> Iterator[bytes]:
    """What installs of about three commands a day send, without end; every part with a key of its own."""
    for number in itertools.count():
        head = {"format": 1, "project": PROJECT, "day": day}
        yield _part({**head, "part": "activity", "new": False, "first_in_week": number % 3 == 0,
                     "first_in_month": False, "age": str(number % 13)})  # fmt: skip
        yield _part({**head, "part": "environment", "rows": _environment(number)})
        yield _part({**head, "part": "cli.command", **_commands(number)})


def _part(document: dict[str, object]) -> bytes:
    document = {**document, "key": secrets.token_hex(16)}
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def _environment(number: int) -> list[dict[str, object]]:
    values = {"version": f"1.{number % 5}", "python": f"3.{10 + number % 5}", "os": "linux", "arch": "x86_64"}
    values |= {"implementation": "cpython", "surface": "terminal", "plan": "3f2a9c0b71de"}
    return [{"field": field, "value": value, "first_in_week": False} for field, value in values.items()]


def _commands(number: int) -> dict[str, object]:
    names = [COMMANDS[(number * 7 + at * at) % len(COMMANDS)] for at in range(3)]
    cells = [{"command": name, "first_in_week": number % 3 == 0} for name in dict.fromkeys(names)]
    return {
        "commands": cells,
        "rows": [{**cell, "release": "1.4", "outcome": "ok", "n": 3} for cell in cells],
        "flags": [{**cells[0], "flag": "--force", "n": 2}],
        "durations": [{**cell, "bucket": "0.1-0.3s", "n": 3} for cell in cells],
    }


def serve(folder: Path) -> None:
    """The server process: three addresses of one application."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.types import Receive, Scope, Send

    from footfall.vocabulary import Vocabulary
    from footfall_collector import create_app, server, store, windows
    from footfall_collector.app import Headed
    from footfall_collector.ingest import Ingest

    opened = store.open_store(f"sqlite:///{folder / 'bench.db'}")
    opened.open()
    plans = {PROJECT: [Vocabulary.from_document(DOCUMENT)]}
    ingest = Ingest(opened, plans, windows.utc_today)
    durable = create_app(opened, plans)

    async def noop(request: Request) -> Response:
        await request.body()
        return Response(status_code=202)

    async def validate(request: Request) -> Response:
        ingest.admit(await request.body(), windows.utc_today())
        return Response(status_code=202)

    routes = [Route(f"/{part.__name__}", part, methods=["POST"]) for part in (noop, validate)]
    limits = Headed(Starlette(routes=routes))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = durable if scope.get("path") == "/v1/reports" else limits
        await chosen(scope, receive, send)

    with server.listen("127.0.0.1", 0) as listening:
        server.serve(app, listening)
    opened.close()


class Connection(asyncio.Protocol):
    """Sends one request after the other over a kept connection, each when the one before was answered."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self.answered = 0
        self._requests = requests
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        """Count an answer (all are without body, and so come whole) and send the next request."""
        if not data.startswith(b"HTTP/1.1 202"):
            raise SystemExit(f"refused: {data[:300]!r}")
        self.answered += 1
        assert self._transport is not None
        self._transport.write(next(self._requests))


async def rate(port: int, stream: Iterator[bytes], connections: int, seconds: float) -> float:
    """Answers a second over ``seconds``; ``stream`` has requests enough."""
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(lambda: Connection(stream), "127.0.0.1", port) for _ in range(connections)]
    await asyncio.sleep(0.2)
    before, began = sum(connection.answered for _, connection in opened), time.perf_counter()
    await asyncio.sleep(seconds)
    done, took = sum(connection.answered for _, connection in opened) - before, time.perf_counter() - began
    for transport, _ in opened:
        transport.abort()
    return done / took


def requests_to(path: str, bodies: Iterator[bytes], count: int) -> Iterator[bytes]:
    """HTTP requests that post the bodies to ``path``: ``count`` of them made beforehand, the rest when needed."""
    head = f"POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: "
    made = (f"{head}{len(body)}\r\n\r\n".encode() + body for body in bodies)
    return itertools.chain(list(itertools.islice(made, count)), made)


def raw_commits(folder: Path, bodies: list[bytes], group: int, seconds: float) -> float:
    """Bodies a second that a file takes, ``group`` of them to each fdatasync."""
    target = os.open(folder / "raw.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    done, began = 0, time.perf_counter()
    for at in itertools.cycle(range(0, len(bodies) - group, group)):
        os.write(target, b"".join(bodies[at : at + group]))
        os.fdatasync(target)
        done += group
        if time.perf_counter() - began > seconds:
            break
    os.close(target)
    return done / (time.perf_counter() - began)


def window(
    port: int, bodies: Iterator[bytes], some: list[bytes], folder: Path, options: argparse.Namespace
) -> Iterator[tuple[str, float]]:
    """One window of each kind: its name and reports a second."""
    enough = int(40_000 * (options.seconds + 0.5))
    for kind, path in (("noop", "/noop"), ("validate", "/validate"), ("durable", "/v1/reports")):
        requests = requests_to(path, bodies if kind == "durable" else itertools.cycle(some), enough)
        yield kind, asyncio.run(rate(port, requests, options.connections, options.seconds))
    yield "raw commit", raw_commits(folder, some, options.connections, options.seconds / 2)


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Reports a second, the best of the windows, by what was measured; windows of all kinds take turns."""
    bodies = parts(datetime.now(timezone.utc).date().isoformat())
    some = list(itertools.islice(bodies, 6_000))
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, __file__, "--serve", name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            port = int(child.stdout.readline().rsplit(":", 1)[1])
            try:
                for _ in range(options.windows):
                    for kind, now in window(port, bodies, some, folder, options):
                        best[kind] = max(best.get(kind, 0), now)
            finally:
                child.terminate()
    return best


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--windows", type=int, default=4)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    best = measure(options)
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {options.connections} connections")
    print(f"{'':12}{'reports/s':>12}{'x noop':>10}{'x raw commit':>14}")
    for kind, value in best.items():
        print(f"{kind:12}{value:12,.0f}{value / best['noop']:10.2f}{value / best['raw commit']:14.2f}")
    share = best["durable"] / min(best["noop"], best["raw commit"])
    print(f"durable is {share:.2f} x the lower limit; budget {BUDGET}: {'met' if share >= BUDGET else 'MISSED'}")


if __name__ == "__main__":
    main()
