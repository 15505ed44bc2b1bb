"""What comes of a post, against servers of our own on the loopback that answer well, badly or not at all."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from pathlib import Path

import pytest

from footfall import Client, PlanError, sender, transport
from footfall.transport import HttpTransport, Outcome, outcome_of, transport_for

BODY = b'{"format":1}'


class Server:
    """Accepts connections one by one; keeps each request's bytes; answers as it is told."""

    def __init__(self, answer=b"", tls=None, close=lambda connection: connection.close()):
        self.requests = []
        self.written = 0
        self.answer = answer
        self.tls = tls
        self.close = close
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    @property
    def port(self):
        """Where it listens."""
        return self.socket.getsockname()[1]

    def serve(self):
        """Until the socket is closed."""
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            try:
                self.talk(connection)
            except OSError:
                pass
            finally:
                self.close(connection)

    def talk(self, connection):
        """Read a request, then say the answer: bytes, or an iterator of them."""
        if self.tls is None:
            self.converse(connection)
        else:
            with self.tls.wrap_socket(connection, server_side=True) as encrypted:
                self.converse(encrypted)

    def converse(self, connection):
        """The same once encryption, if any, is settled."""
        connection.settimeout(5)
        request = b""
        while b"\r\n\r\n" not in request or len(request.split(b"\r\n\r\n", 1)[1]) < len(BODY):
            more = connection.recv(65536)
            if not more:
                return
            request += more
        self.requests.append(request)
        for piece in [self.answer] if isinstance(self.answer, bytes) else self.answer:
            connection.sendall(piece)
            self.written += len(piece)


@pytest.fixture
def serve():
    """Start servers; they are closed in the end."""
    servers = []

    def start(answer=b"", **more):
        servers.append(Server(answer, **more))
        return servers[-1]

    yield start
    for server in servers:
        server.socket.shutdown(socket.SHUT_RDWR)
        server.socket.close()
        server.thread.join(10)


def answer(status, *headers, body=b""):
    """An HTTP answer of a collector."""
    lines = [f"HTTP/1.1 {status} Text", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def post(server, host="127.0.0.1", scheme="http"):
    """Post a body to a server."""
    return HttpTransport(f"{scheme}://{host}:{server.port}").post(BODY)


OURS = "Footfall-Collector: 1"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(202, Outcome.DELIVERED), (200, Outcome.DELIVERED), (410, Outcome.STOP), (400, Outcome.REJECTED)]
    + [(status, Outcome.REJECTED) for status in (401, 403, 404, 413, 415, 422)]
    + [(status, Outcome.RETRY) for status in (408, 425, 429, 500, 502, 503, 504, 201, 204, 301, 302, 307, 308)],
)
def test_each_status_has_its_outcome(serve, status, outcome):
    """Every status of a collector gives its one outcome of the closed set."""
    assert post(serve(answer(status, OURS))) is outcome


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([OURS, "Footfall-Reason: unknown-value"], "unknown-value"),
        ([OURS, "Footfall-Reason: jane-was-here"], ""),
        ([OURS, "Footfall-Reason: ../../unknown-value"], ""),
        ([OURS, "Footfall-Reason: unknown-value, unknown-value"], ""),
        ([OURS], ""),
        (["Footfall-Reason: unknown-value"], ""),
    ],
)
def test_a_reason_is_one_of_ours(serve, headers, reason):
    """What is kept of a refusal's reason is a token of the closed list, said by a collector; never a server's text."""
    server = serve(answer(422, *headers, body=b"unknown-value"))
    way = HttpTransport(f"http://127.0.0.1:{server.port}")
    way.post(BODY)
    assert way.reason == reason


@pytest.mark.parametrize("status", [200, 202, 400, 404, 410, 500])
def test_what_no_collector_said_is_tried_again(serve, status):
    """A captive portal's or a proxy's answer, whatever its status, neither confirms nor drops anything."""
    assert post(serve(answer(status, body=b"<html>Please log in</html>"))) is Outcome.RETRY


def test_every_status_is_in_the_closed_set():
    """For any number a server may say there is an outcome, and only 200 and 202 of a collector confirm."""
    for status in range(100, 1000):
        assert (outcome_of(status, True) is Outcome.DELIVERED) == (status in (200, 202))
        assert outcome_of(status, False) is Outcome.RETRY


@pytest.mark.statement(50)
@pytest.mark.privacy
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(serve, status):
    """Statement 50: a redirect, to the same or another host, is not followed, and nothing is posted twice."""
    other = serve(answer(202, OURS))
    server = serve(answer(status, OURS, f"Location: http://127.0.0.1:{other.port}/v1/reports"))
    assert post(server) is Outcome.RETRY
    assert (len(server.requests), other.requests) == (1, [])


@pytest.mark.statement(38, 47)
@pytest.mark.privacy
def test_a_request_says_nothing_but_the_part(serve, monkeypatch):
    """Statements 38 and 47: headers are the same few on every machine: no date, language, cookie or referer."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # and no proxy gets what is not encrypted
    server = serve(answer(202, OURS, "Set-Cookie: id=1", "Content-Encoding: gzip"))
    used = HttpTransport(f"http://127.0.0.1:{server.port}")
    assert [used.post(BODY), used.post(BODY)] == [Outcome.DELIVERED] * 2
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == BODY
    request, *headers = head.decode().split("\r\n")
    assert request == "POST /v1/reports HTTP/1.1"
    assert {line.split(": ")[0].lower(): line.split(": ")[1] for line in headers} == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
        "content-type": "application/json",
        "user-agent": f"footfall/{transport.version('footfall')}",
        "content-length": str(len(BODY)),
    }
    assert server.requests[0] == server.requests[1]


@pytest.mark.statement(48)
@pytest.mark.privacy
def test_each_part_has_a_connection_of_its_own(serve):
    """Statement 48: two posts never share a connection, even when the server would keep it."""
    ports = []
    server = serve(answer(202, OURS, "Connection: keep-alive"))
    talk = server.talk

    def note(connection):
        ports.append(connection.getpeername()[1])
        talk(connection)

    server.talk = note
    used = HttpTransport(f"http://127.0.0.1:{server.port}")
    assert [used.post(BODY) for _ in range(3)] == [Outcome.DELIVERED] * 3
    assert len(set(ports)) == 3


@pytest.mark.statement(52)
@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x00\xff" * 500,
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 999999\r\n\r\n",
        b"HTTP/1.1 202 OK\r\nFootfall-Coll",
        b"HTTP/1.1 202 OK\r\n" + b"X: " + b"y" * 500000 + b"\r\n\r\n",
        b"HTTP/2 202\r\n\r\n",
        b"HTTP/1.1 -1 x\r\n\r\n",
    ],
)
def test_garbage_is_tried_again(serve, garbage):
    """Statement 52: bytes that are no HTTP answer are an outcome, not an exception."""
    assert post(serve(garbage)) is Outcome.RETRY


def _reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.statement(52)
def test_a_reset_is_tried_again(serve):
    """Statement 52: a connection that is reset is an outcome."""
    assert post(serve(close=_reset)) is Outcome.RETRY


@pytest.mark.statement(52)
def test_a_closed_port_is_tried_again(serve):
    """Statement 52: where nobody listens, the part waits."""
    server = serve()
    port = server.port
    server.socket.close()
    assert HttpTransport(f"http://127.0.0.1:{port}").post(BODY) is Outcome.RETRY
    server.socket = socket.create_server(("127.0.0.1", 0))


@pytest.mark.statement(52)
def test_an_endless_body_is_not_read(serve):
    """Statement 52: of an answer only the head counts; a gigabyte behind it stays with the server."""
    head = b"HTTP/1.1 202 Accepted\r\nFootfall-Collector: 1\r\nContent-Length: 1073741824\r\n\r\n"

    def gigabyte():
        yield head
        for _ in range(1024):
            yield b"x" * (1 << 20)

    server = serve(gigabyte())
    assert post(server) is Outcome.DELIVERED
    server.thread.join(0)
    assert server.written < 1 << 27


@pytest.mark.statement(52)
def test_a_server_that_says_nothing_is_left(serve, monkeypatch):
    """Statement 52: no answer in time is an outcome."""
    monkeypatch.setattr(transport, "ANSWER_SECONDS", 0.3)
    waits = threading.Event()

    def silence():
        waits.wait(20)
        yield b""

    server = serve(silence())
    assert post(server) is Outcome.RETRY
    waits.set()


@pytest.mark.statement(52)
def test_a_dripping_server_is_left_after_the_post_seconds(serve, monkeypatch):
    """Statement 52: an answer that comes byte by byte, each in time, is given up when the whole takes too long."""
    monkeypatch.setattr(transport, "POST_SECONDS", 0.5)
    stop = threading.Event()

    def drip():
        yield b"HTTP/1.1 202 Accepted\r\nX: "
        for _ in range(60):
            stop.wait(0.05)
            yield b"x"
        yield b"\r\nFootfall-Collector: 1\r\nContent-Length: 0\r\n\r\n"

    server = serve(drip())
    assert post(server) is Outcome.RETRY
    stop.set()


CERTIFICATE = Path(__file__).with_name("self_signed_localhost.pem")  # for these tests, with its key; names "localhost"


def self_signed():
    """A server's TLS context with a certificate that nobody has signed but itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@pytest.mark.statement(50)
@pytest.mark.privacy
def test_a_certificate_that_nobody_vouches_for_is_refused(serve):
    """Statement 50: to a server with a self-signed certificate not one byte of the part is said."""
    server = serve(answer(202, OURS), tls=self_signed())
    assert post(server, "localhost", "https") is Outcome.RETRY
    assert server.requests == []


@pytest.mark.statement(50)
@pytest.mark.privacy
def test_a_certificate_for_another_host_is_refused(serve, monkeypatch):
    """Statement 50: a trusted certificate counts only for the host that it names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    server = serve(answer(202, OURS), tls=self_signed())
    assert post(server, "127.0.0.1", "https") is Outcome.RETRY
    assert server.requests == []
    assert post(server, "localhost", "https") is Outcome.DELIVERED


@pytest.mark.statement(50)
@pytest.mark.privacy
@pytest.mark.parametrize(
    "endpoint",
    [
        "http://usage.example.org",
        "http://10.0.0.1",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org",
        "http://user@localhost",
        "https://",
        "ftp://localhost",
        "usage.example.org",
        "",
        "https://a b",
        "http://[::2]",
        "http://localhost@evil.example",
        "http://127.0.0.1\\@evil.example",
        "https://user:pass@usage.example.org",
    ],
)
def test_an_endpoint_that_is_not_encrypted_is_refused_when_it_is_written(endpoint):
    """Statement 50: plain HTTP is for the loopback only, and the author learns it at once."""
    with pytest.raises(PlanError, match="endpoint"):
        Client("mytool", version="1.0", endpoint=endpoint, environ={})


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:9/x", "https://a.example/b"]
)
def test_endpoints_that_can_be_used(endpoint):
    """HTTPS to any host and HTTP to the loopback are taken."""
    assert Client("mytool", version="1.0", endpoint=endpoint, environ={}).endpoint == endpoint


@pytest.mark.statement(52)
@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "nonsense", "http://127.0.0.1:9", "ftp://x"])
def test_a_proxy_that_cannot_be_used_is_an_outcome(monkeypatch, proxy):
    """Whatever stands in the proxy's variable, posting gives an outcome."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert HttpTransport("https://127.0.0.1:9").post(BODY) is Outcome.RETRY


def test_a_plugin_takes_the_endpoints_that_it_wants():
    """A plugin's transport goes before ours; HTTP without one is ours; for another scheme there is an error."""
    mine = object()
    assert transport_for("file:/tmp/x", lambda url: mine) is mine
    assert transport_for("https://a.example", lambda url: mine) is mine
    assert isinstance(transport_for("https://a.example", lambda url: None), HttpTransport)
    with pytest.raises(ValueError, match="no transport"):
        transport_for("file:/tmp/x", lambda url: None)


def test_the_bounds_of_time_include_each_other():
    """Connecting, waiting for an answer, a whole post and a whole run are bounded, each by more than the one before."""
    bounds = (transport.CONNECT_SECONDS, transport.ANSWER_SECONDS, transport.POST_SECONDS, sender.WATCHDOG_SECONDS)
    assert list(bounds) == sorted(bounds)
