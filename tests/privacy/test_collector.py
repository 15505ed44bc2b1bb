"""What a collector keeps of those who ask it: nothing of their addresses, headers, times and refused words."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("footfall_collector")

from canaries import files_of

from footfall import testing

pytestmark = [pytest.mark.privacy, pytest.mark.e2e]

START = (
    "import logging, sys; logging.basicConfig(level={level}); from footfall_collector.cli import main; sys.exit(main())"
)
PLAN = {
    "format": 1,
    "project": "mytool",
    "version": "1.4.2",
    "commands": {"(main)": [], "fetch": ["--all"]},
    "errors": [],
    "events": {},
}
HEADERS = (
    "User-Agent", "Cookie", "Referer", "Accept-Language", "X-Forwarded-For", "X-Real-IP", "Forwarded", "Authorization",
    "Via", "If-Modified-Since", "Date", "X-Request-ID", "traceparent", "Origin", "DNT", "Proxy-Authorization",
)  # fmt: skip
BODIES = ("text", "field", "value", "key", "project", "event", "day", "flag", "kind", "huge", "nested", "path", "query")
MALFORMED = ("request line", "header name", "chunk", "method", "version", "upgrade", "endless header")
HERE, ELSEWHERE = "127.9.8.7", "203.0.113.77"  # where a client asks from, and where a proxy says it is


@pytest.fixture(scope="module")
def tokens() -> testing.Canaries:
    """A made-up word for each place of a request."""
    return testing.Canaries((*HEADERS, *BODIES, *MALFORMED), seed=57)


class Server:
    """A collector process, with Python's log of a level on its standard error."""

    def __init__(self, folder: Path, level: int) -> None:
        folder.mkdir()
        self.folder = folder
        plan = folder.parent / f"plan-{level}.json"
        plan.write_text(json.dumps(PLAN))
        words = ["serve", "--store", f"sqlite:///{folder}/footfall.db", "--plan", str(plan), "--port", "0", "--k", "2"]
        with (folder / "log").open("wb") as log:
            command = [sys.executable, "-c", START.format(level=level), *words]
            self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log)
        self.address = urlsplit(self.process.stdout.readline().split()[-1].decode())

    @property
    def place(self) -> tuple[str, int]:
        """Host and port."""
        return str(self.address.hostname), int(self.address.port or 0)

    def post(self, body: bytes, headers: dict[str, str], path: str = "/v1/reports", method: str = "POST") -> bytes:
        """The answer, head and body, to a request from ``HERE``."""
        connection = http.client.HTTPConnection(*self.place, source_address=(HERE, 0), timeout=30)
        connection.request(method, path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        self.status = answer.status
        text = bytes(answer.msg) + answer.read()
        connection.close()
        return text

    def say(self, text: bytes) -> bytes:
        """What is answered to bytes that are no request."""
        with socket.create_connection(self.place, source_address=(HERE, 0), timeout=30) as connection:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while piece := connection.recv(65536):
                    answer += piece
        return answer

    def exports(self) -> bytes:
        """All that it shows: pages, JSON and CSV."""
        charts = (
            "actives-day",
            "actives-week",
            "actives-month",
            "retention",
            "commands",
            "outcomes",
            "flags",
            "errors",
        )
        paths = ["/", "/projects/mytool", "/api/projects/mytool/windows.json", "/nowhere", "/api/projects/nobody/x"]
        paths += [f"/api/projects/mytool/charts/{chart}.{kind}" for chart in charts for kind in ("json", "csv")]
        found = b""
        for path in paths:
            with contextlib.suppress(urllib.request.HTTPError):
                found += urllib.request.urlopen(self.address.geturl() + path, timeout=30).read()
        return found

    def end(self) -> bytes:
        """Ask it to end; what it has printed."""
        self.process.terminate()
        return self.process.communicate()[0]


def part(kind: str = "activity", day: str = "", **more: Any) -> dict[str, Any]:
    """A part that a collector takes."""
    flags = {"new": True, "first_in_week": True, "first_in_month": True, "age": "0"} if kind == "activity" else {}
    head = {"format": 1, "project": "mytool", "day": day or f"{datetime.now(timezone.utc):%Y-%m-%d}", "part": kind}
    return {**head, "key": os.urandom(16).hex(), **flags, **more}


def command(**cell: Any) -> dict[str, Any]:
    """A part of commands."""
    row = {"command": "fetch", "release": "1.4", "outcome": "ok", "n": 1, "first_in_week": True, **cell}
    return part("cli.command", rows=[row], commands=[{"command": row["command"], "first_in_week": True}])


def refused(tokens: testing.Canaries) -> Iterator[tuple[dict[str, Any] | bytes, set[int]]]:
    """Bodies that are refused, each with a word of its own, and the statuses that may say so."""
    yield tokens["text"].encode(), {400}
    yield part(**{tokens["field"]: tokens["field"]}), {400}
    yield part(age=tokens["value"]), {400}
    yield part(key=tokens["key"]), {400}
    yield part(project=tokens["project"].lower()), {404}
    yield part(f"{tokens['event'].lower()}.x", n=1, first_in_week=True), {400, 422}
    yield part(day=tokens["day"]), {400}
    for days in (-60, 3):
        day = f"{datetime.now(timezone.utc) + timedelta(days=days):%Y-%m-%d}"
        yield {**command(command=tokens["value"]), "day": day}, {422}
    yield command(command=tokens["value"]), {422}
    flag = {"command": "fetch", "flag": f"--{tokens['flag']}", "n": 1, "first_in_week": True}
    yield {**command(), "flags": [flag]}, {422}
    yield {**command(), "errors": [{"command": "fetch", "kind": tokens["kind"], "n": 1, "first_in_week": True}]}, {422}
    yield json.dumps(part(more=tokens["huge"] * 500)).encode(), {413}
    yield (b"[" * 1900) + tokens["nested"].encode(), {400}


def malformed(tokens: testing.Canaries) -> Iterator[bytes]:
    """What is no HTTP, or more than is spoken."""
    head = b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    yield f"{tokens['request line']} nonsense\r\n\r\n".encode()
    yield head + f"{tokens['header name']} : x\x00\r\n\r\n".encode()
    yield head + f"Transfer-Encoding: chunked\r\n\r\nzz{tokens['chunk']}\r\n".encode()
    yield f"{tokens['method']} /v1/reports HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    yield f"GET / HTTP/{tokens['version']}\r\n\r\n".encode()
    yield b"\x16\x03\x01" + tokens["version"].encode()
    yield upgrade(tokens)
    yield f"GET / HTTP/1.1\r\nX: {tokens['endless header'] * 10_000}".encode()


def upgrade(tokens: testing.Canaries) -> bytes:
    """A wish to speak WebSocket."""
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    line = f"GET /{tokens['upgrade']}?a={tokens['upgrade']} HTTP/1.1\r\nHost: x\r\n"
    return f"{line}Upgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n".encode()


def fill(server: Server, tokens: testing.Canaries) -> tuple[bytes, list[str]]:
    """Ask for everything, well and badly; the answers, and the keys of the parts that were counted."""
    headers = {name: tokens[name] for name in HEADERS}
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        headers[name] = f"{ELSEWHERE}, {tokens[name]}"
    answers, keys = b"", []
    for body in [part() for _ in range(5)] + [command() for _ in range(5)]:
        for expected in (202, 200):
            answers += server.post(json.dumps(body).encode(), headers)
            assert server.status == expected, "counted, and the second time known"
        keys.append(str(body["key"]))
    for bad, statuses in refused(tokens):
        answers += server.post(bad if isinstance(bad, bytes) else json.dumps(bad).encode(), headers)
        assert server.status in statuses, bad
    for path in (f"/{tokens['path']}?a={tokens['query']}", f"/projects/{tokens['path']}?week={tokens['query']}"):
        for method in ("GET", "POST", "PUT"):
            answers += server.post(b"", headers, path, method)
    answers += server.post(json.dumps(part()).encode(), {**headers, "Content-Type": tokens["text"]})
    assert server.status == 415
    for text in malformed(tokens):
        answers += server.say(text)
    assert b"footfall-collector: 1" in server.say(upgrade(tokens)), "also this is the application's to answer"
    return answers, keys


def of_client() -> list[bytes]:
    """Spellings of the addresses from which a request came, by its connection and by its headers."""
    raw = [socket.inet_aton(HERE), socket.inet_aton(ELSEWHERE), socket.inet_aton(HERE)[::-1]]
    return [HERE.encode(), ELSEWHERE.encode(), *raw, *(address.hex().encode() for address in raw)]


def of_time(moment: datetime) -> list[bytes]:
    """Spellings of a moment."""
    return [text.encode() for text in (f"{int(moment.timestamp())}"[:7], f"{moment:%H:%M}", f"T{moment:%H}")]


@pytest.mark.statement(57, 58)
@pytest.mark.parametrize("level", [0, 10, 20, 30])
def test_nothing_of_a_request_is_kept(tmp_path, tokens, level):
    """At any level of logging: no address, header, time or refused word is in store, log, answers or exports."""
    server = Server(tmp_path / "served", level)
    moment = datetime.now(timezone.utc)
    try:
        answers, keys = fill(server, tokens)
        shown = server.exports()
        at_work = files_of(server.folder)
    finally:
        printed = server.end()
    log = (server.folder / "log").read_bytes()
    left = files_of(server.folder)
    assert b"fetch" in shown
    assert b"fetch" in left
    assert (level > 10) or log, "the log is that of this level"
    for data in (answers, shown, at_work, left, log, printed):
        assert tokens.traces(data) == []
    stored = at_work.replace(log, b"") + left.replace(log, b"")
    assert [word for word in (*of_client(), *of_time(moment), b"127.0.0.1") if word in stored] == []
    assert [word for word in of_time(moment) if word in log] == []
    assert [word for word in of_client() if word in log + answers + shown] == []
    assert not any(key.encode() in data for key in keys for data in (stored, log, shown))
    assert not re.search(rb"\d\d:\d\d", log)


@pytest.mark.statement(57)
def test_a_log_of_requests_would_be_found(tmp_path, tokens):
    """The search finds what it is for: words of requests in a file beside the store."""
    folder = tmp_path / "served"
    server = Server(folder, 30)
    try:
        fill(server, tokens)
    finally:
        server.end()
    for name in (*HEADERS, *BODIES):
        (folder / "access").write_bytes(b'"GET / ' + tokens[name].encode())
        assert tokens.traces(files_of(folder)) != []
