"""What the server does with requests that no client of ours sends."""

from __future__ import annotations

import contextlib
import socket

import httpx
import pytest
from parts import activity

from footfall_collector.protocol import HEAD_MAX
from footfall_collector.windows import utc_today

LINE = b"GET / HTTP/1.1\r\nhost: x\r\n"
POST = b"POST /v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"


def connected(process):
    """A connection to a collector."""
    host, port = process.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def said(process, *pieces):
    """What is answered to bytes that are sent piece by piece, and how many of the pieces could be."""
    answer, sent = b"", 0
    with connected(process) as connection:
        with contextlib.suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
                sent += 1
        with contextlib.suppress(OSError):
            while piece := connection.recv(65_536):
                answer += piece
    return answer, sent


@pytest.mark.parametrize(
    "begin",
    [LINE + b"x: ", LINE, b"GET /", CHUNKED + b"0\r\nx: ", CHUNKED + b"1;"],
    ids=["header", "name", "url", "trailer", "extension"],
)
def test_a_head_without_end_is_refused(start, begin):
    """A request that is never done with its headers is cut off, and all others are answered meanwhile."""
    process = start()
    many = 200
    answer, sent = said(process, begin, *[b"a" * 100_000] * many)
    assert sent < many
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert httpx.get(f"{process.url}/healthz").text == "alive\n"
    assert process.post(activity(utc_today())).status_code == 202


def test_too_long_a_head_is_answered(start):
    """Headers of more than 64 KiB are answered 431, in one piece and in many, and a little less is no matter."""
    process = start()
    for size, status in ((HEAD_MAX + 100, b"431"), (HEAD_MAX - 100, b"200")):
        head = LINE + b"connection: close\r\nx: " + b"a" * (size - 60)
        for pieces in ([head], [head[at : at + 5_000] for at in range(0, len(head), 5_000)]):
            answer, _ = said(process, *pieces, b"\r\n\r\n" if status == b"200" else b"")
            assert answer.startswith(b"HTTP/1.1 " + status)
            assert b"footfall-collector: 1" in answer


def test_requests_of_one_connection_are_limited_each_for_itself(start):
    """A connection that stays open is not cut off for what it has sent in all."""
    process = start()
    with httpx.Client(headers={"x": "a" * 5_000}) as client:
        statuses = {client.get(f"{process.url}/healthz").status_code for _ in range(30)}
    assert statuses == {200}
    padding = {"x": "a" * 5_000}
    with httpx.Client(headers={**padding, "content-type": "application/json"}) as client:
        answers = [client.post(f"{process.url}/v1/reports", content=b" " * 4_000) for _ in range(30)]
    assert {answer.status_code for answer in answers} == {400}


def test_a_slow_request_does_not_outlast_the_end(start, tmp_path):
    """A body that is still coming when the time to end is over is answered 503, and no traceback is logged."""
    process = start(code="from footfall_collector import server; server.GRACE_SECONDS = 1")
    with connected(process) as connection:
        connection.sendall(POST + b"content-length: 100\r\nexpect: 100-continue\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100"), "the body is waited for"
        assert process.end() == 0
        answer = connection.recv(10_000)
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"footfall-reason: busy" in answer
    assert b"footfall-collector: 1" in answer
    assert b"Traceback" not in (tmp_path / "log").read_bytes()
