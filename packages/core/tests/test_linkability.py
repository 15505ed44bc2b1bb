"""What a collector, or who listens on the way, could join of one install: nothing, over weeks of real requests."""

from __future__ import annotations

import http.server
import json
import os
import re
import socket
import ssl
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from types import SimpleNamespace

import pytest

from footfall import EventType, Plan, _spawn, transport, wire
from footfall.sender import Sender
from footfall.testing import Recorder
from footfall.transport import HttpTransport, Outcome

pytestmark = pytest.mark.privacy

CERTIFICATE = Path(__file__).with_name("self_signed_localhost.pem")  # names "localhost"
GRAM = 10  # bytes: two keys have that many in common once in half a million such tests
DAYS = 28


@pytest.fixture(autouse=True)
def runs_take_equally_long(monkeypatch):
    """A busy machine is no difference in behaviour."""
    monkeypatch.setattr("footfall._spool.time", SimpleNamespace(gmtime=time.gmtime, perf_counter=lambda: 0.0))


@pytest.fixture
def recorder():
    """A collector that keeps what it is sent."""
    made = Recorder()
    yield made
    made.close()


def send(install):
    """Let the day's sender run, over a real connection."""
    _spawn.write_plan(install.client)
    return Sender(install.folder, install.clock, environ=install.environ).run()


def live(install, recorder):
    """Four weeks of one install; the requests of each day."""
    days = []
    for number in range(DAYS):
        sent = len(recorder.requests)
        for _ in range(1 + number % 3):
            install.run("db migrate", flags=["--dry-run"])
        if number % 5 == 0:
            install.run(error=ValueError("x"))
        assert set(send(install)) == {Outcome.DELIVERED}
        days.append(recorder.requests[sent:])
        install.clock.forward(1)
    return days


def key_of(request):
    """The key of the part in a request."""
    return re.search(rb'"key":"([0-9a-f]{32})"', request)[1]


def grams(requests):
    """All runs of ``GRAM`` bytes in keys, and in what stands before and after them."""
    texts = [text for request in requests for text in (key_of(request), *request.split(key_of(request)))]
    return {text[at : at + GRAM] for text in texts for at in range(len(text) - GRAM + 1)}


@pytest.fixture
def time_zone(monkeypatch):
    """Sets the time zone of this process, for as long as the test runs."""
    if not hasattr(time, "tzset"):
        pytest.skip("a process cannot change its time zone here")

    def set_to(zone):
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield set_to
    monkeypatch.undo()
    time.tzset()


@pytest.mark.slow
@pytest.mark.statement(36, 44)
def test_four_weeks_of_an_install_hold_nothing_of_its_own(new_install, recorder, monkeypatch):
    """Ten bytes of a head or body that come back on another day are said by installs of equal behaviour too."""
    population = []
    for number in range(3):
        for name in ("USER", "HOSTNAME", "TZ", "LANG"):
            monkeypatch.setenv(name, f"zq{name}{number}")
        population.append(live(new_install("2026-10-19", endpoint=recorder.address), recorder))
    one, *others = population
    by_gram = defaultdict(set)
    for day, requests in enumerate(one):
        for gram in grams(requests):
            by_gram[gram].add(day)
    common = grams(request for install in others for day in install for request in day)
    repeated = {gram for gram, days in by_gram.items() if len(days) > 1}
    assert len(repeated) > 100, "headers and words do repeat"
    assert repeated - common == set()
    keys = [key_of(request) for install in population for day in install for request in day]
    assert len(set(keys)) == len(keys) > 3 * 2 * DAYS


@pytest.mark.statement(36, 38)
def test_installs_of_equal_behaviour_say_equal_bytes(new_install, recorder, monkeypatch, time_zone):
    """Two installs with other users, hosts and time zones send the same bodies, but for the keys, in the same heads."""
    told = []
    for number in range(2):
        for name in ("USER", "HOSTNAME", "TZ", "LANG"):
            monkeypatch.setenv(name, f"zq{name}{number}")
        time_zone(("ZQX+12", "ZQX-14")[number])  # of which one is a day ahead of the other at any time
        install = new_install(endpoint=recorder.address)
        install.run("db migrate")
        sent = len(recorder.requests)
        send(install)
        bodies = sorted(wire.encode({**json.loads(body), "key": ""}) for body in recorder.bodies[sent:])
        heads = sorted(request[: request.index(b'{"')] for request in recorder.requests[sent:])
        told.append((bodies, heads))
    assert told[0] == told[1]
    assert len(told[0][0]) == 3


@pytest.mark.statement(48)
def test_each_part_can_be_the_first(install):
    """Over sixty sendings each part of a day comes first, second and last."""
    install.client.plan = Plan([EventType("a.b")])
    places = defaultdict(Counter)
    for _ in range(60):
        install.client.record("a.b")
        install.run()
        sent = len(install.collector.bodies)
        install.send()
        for place, body in enumerate(install.collector.bodies[sent:]):
            places[wire.decode(body)["part"]][place] += 1
        install.clock.forward(1)
    parts = {"activity", "environment", "cli.command", "a.b"}
    assert places.keys() == parts
    assert all(len(places[part]) == len(parts) for part in parts), places


class Keeper(http.server.BaseHTTPRequestHandler):
    """A collector that would keep connections, and gives cookies."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[int, str]] = []

    def do_POST(self):
        """Take a part."""
        self.rfile.read(int(self.headers["content-length"]))
        self.seen.append((self.client_address[1], str(self.headers)))
        self.send_response(202)
        for name, value in {"Footfall-Collector": "1", "Content-Length": "0", "Set-Cookie": "id=zq7; Path=/"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def keeper():
    """Such a collector; its address, and what it has seen."""
    Keeper.seen = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keeper)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.statement(47, 48)
def test_parts_share_no_connection_and_no_cookie(new_install, keeper):
    """Each part of several days has a connection of its own, which the collector would keep; no cookie comes back."""
    install = new_install(endpoint=keeper)
    for _ in range(3):
        install.run()
        assert set(send(install)) == {Outcome.DELIVERED}
        install.clock.forward(1)
    assert len({port for port, _ in Keeper.seen}) == len(Keeper.seen) == 9
    heads = {head for _, head in Keeper.seen}
    assert not any("zq7" in head or "ookie" in head for head in heads)
    assert not any(b"zq7" in path.read_bytes() for path in install.folder.rglob("*") if path.is_file())
    without_length = {tuple(line for line in head.splitlines() if "ength" not in line) for head in heads}
    assert len(without_length) == 1, "one head for all parts, all days"
    agent = f"user-agent: footfall/{transport.version('footfall')}"
    assert [line for line in next(iter(without_length)) if line.lower().startswith("user-agent")] == [agent]


class Encrypted:
    """A collector that speaks TLS of one version, gives session tickets, and keeps what clients say first."""

    def __init__(self, version):
        self.hellos, self.reused = [], []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(CERTIFICATE)
        self._context.minimum_version = self._context.maximum_version = version
        self._context.set_alpn_protocols(["http/1.1"])
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                connection = self._socket.accept()[0]
            except OSError:
                return
            connection.settimeout(10)
            self.hellos.append(_hello(connection))
            with self._context.wrap_socket(connection, server_side=True) as encrypted:
                self.reused.append(encrypted.session_reused)
                request = encrypted.recv(65536)
                while b"}" not in request:
                    request += encrypted.recv(65536)
                encrypted.sendall(b"HTTP/1.1 202 X\r\nFootfall-Collector: 1\r\nContent-Length: 0\r\n\r\n")

    def close(self):
        """Listen no more."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


def _hello(connection):
    """The session id and the extensions of a client's first message, which stays to be read."""
    record = b""
    while len(record) < 5 or len(record) < 5 + int.from_bytes(record[3:5], "big"):
        record = connection.recv(65536, socket.MSG_PEEK)
    at = 5 + 4 + 2 + 32  # heads of record and message, version, random
    session = record[at + 1 : at + 1 + record[at]]
    at += 1 + record[at]
    at += 2 + int.from_bytes(record[at : at + 2], "big")  # ciphers
    at += 1 + record[at]  # compression
    end, extensions = at + 2 + int.from_bytes(record[at : at + 2], "big"), {}
    at += 2
    while at < end:
        kind, length = (int.from_bytes(record[at + n : at + n + 2], "big") for n in (0, 2))
        extensions[kind] = record[at + 4 : at + 4 + length]
        at += 4 + length
    return session, extensions


SESSION_TICKET, PRE_SHARED_KEY, EARLY_DATA = 35, 41, 42


@pytest.mark.statement(47)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_session_of_tls_is_taken_up_again(new_install, monkeypatch, version):
    """Each part of several days begins TLS anew: no session id, ticket or shared key of an earlier one is shown."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    server = Encrypted(version)
    try:
        install = new_install(endpoint=f"https://localhost:{server.port}")
        for _ in range(3):
            install.run()
            assert set(send(install)) == {Outcome.DELIVERED}
            install.clock.forward(1)
    finally:
        server.close()
    assert server.reused == [False] * 9
    sessions = [session for session, _ in server.hellos if session]
    assert len(set(sessions)) == len(sessions), "in TLS 1.3 a new random number each time"
    for _, extensions in server.hellos:
        assert not {PRE_SHARED_KEY, EARLY_DATA} & extensions.keys()
        assert extensions.get(SESSION_TICKET, b"") == b""


@pytest.mark.statement(47)
def test_a_session_that_is_taken_up_again_is_seen(monkeypatch):
    """The look at what clients say first finds a session of TLS 1.2 and 1.3 that is taken up again."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        server, session = Encrypted(version), None
        context = ssl.create_default_context(cafile=CERTIFICATE)
        for _ in range(2):
            plain = socket.create_connection(("127.0.0.1", server.port))
            with context.wrap_socket(plain, server_hostname="localhost", session=session) as client:
                client.sendall(b"{}")
                assert client.recv(65536)
                session = client.session
        server.close()
        assert server.reused == [False, True]
        extensions = server.hellos[1][1]
        assert PRE_SHARED_KEY in extensions or extensions.get(SESSION_TICKET)


PROXY = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://zq7User:zq7Secret@127.0.0.1:9")


@pytest.mark.statement(50)
def test_credentials_of_a_proxy_are_told_to_nobody(new_install, monkeypatch, capfd, caplog):
    """Name and password of a proxy are in no file, no text for the user and no log, at any level, when it fails."""
    caplog.set_level(0)
    for name, value in PROXY.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.lower(), value)
    monkeypatch.setenv("FOOTFALL_DEBUG", "1")
    install = new_install(endpoint="https://usage.example.org")
    install.run()
    (install.folder / "debug").mkdir()
    _spawn.write_plan(install.client)
    sender = Sender(install.folder, install.clock, environ={**install.environ, **PROXY})
    assert sender.run() == [Outcome.RETRY] * 2
    kept = b"".join(path.read_bytes() for path in install.folder.rglob("*") if path.is_file())
    said = capfd.readouterr()
    for text in (kept.decode(), said.out, said.err, caplog.text, sender.why):
        assert "zq7" not in text
    assert sender.why.startswith("no answer")


MORE = {
    "endpoint": "https://zq7.example",
    "interval": 1,
    "events": ["zq7.event"],
    "run": "touch zq7",
    "config": {"k": 1},
}
HOSTILE = {
    "Content-Type": "application/json",
    "Footfall-Endpoint": "https://zq7.example",
    "Footfall-Interval": "1",
    "Refresh": "0; url=https://zq7.example",
    "Alt-Svc": 'h2="zq7.example:443"; ma=9999999',
    "Strict-Transport-Security": "max-age=9999999",
    "Clear-Site-Data": '"*"',
    "Link": "<https://zq7.example>; rel=preload",
    "Set-Cookie": "zq7=1",
    "Retry-After": "0",
    "Footfall-Reason": "zq7-reason\x1b[31m",
}


class Reconfiguring(http.server.BaseHTTPRequestHandler):
    """A collector whose answers would change the client; ``elsewhere`` is where it would like to be asked."""

    status = 202
    elsewhere = ""
    seen: list[bytes] = []

    def do_POST(self):
        """Answer."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.seen.append(bytes(self.headers) + body)
        more = json.dumps({**MORE, "endpoint": self.elsewhere}).encode()
        self.send_response(self.status)
        for name, value in {"Footfall-Collector": "1", **HOSTILE, "Location": self.elsewhere}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(more)))
        self.end_headers()
        self.wfile.write(more)

    def log_message(self, *_):
        """Nothing."""


@pytest.mark.statement(50, 55)
@pytest.mark.parametrize("status", [200, 202, 300, 301, 302, 303, 307, 308, 400, 401, 404, 407, 410, 429, 500, 503])
def test_no_answer_changes_anything(new_install, recorder, monkeypatch, status):
    """Whatever status, headers and body an answer has: plan, consent and later requests stay what they were."""
    monkeypatch.setattr(Reconfiguring, "status", status)
    monkeypatch.setattr(Reconfiguring, "elsewhere", recorder.address)
    monkeypatch.setattr(Reconfiguring, "seen", [])
    started = []
    monkeypatch.setattr(os, "posix_spawn", lambda *words, **_: started.append(words), raising=False)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Reconfiguring)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        install = new_install(endpoint=f"http://127.0.0.1:{server.server_port}")
        install.run()
        _spawn.write_plan(install.client)
        names = ("plan.json", "consent")
        before = {name: (install.folder / name).read_bytes() for name in names if (install.folder / name).exists()}
        send(install)
        first, Reconfiguring.seen = Reconfiguring.seen, []
        assert send(install) == [] or status not in (200, 202, 410)
        install.clock.forward(1)
        Reconfiguring.seen = []
        install.run()
        send(install)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert recorder.requests == []
    assert started == []
    assert {name: (install.folder / name).read_bytes() for name in before} == before
    assert not any(b"zq7" in path.read_bytes() for path in install.folder.rglob("*") if path.is_file())
    assert 1 <= len(first) <= 3
    heads = {tuple(head.splitlines()) for head in (request.partition(b"{")[0] for request in first)}
    later = {tuple(head.splitlines()) for head in (request.partition(b"{")[0] for request in Reconfiguring.seen)}
    assert _without_length(later) <= _without_length(heads)
    assert (Reconfiguring.seen == []) == (status == 410)


def _without_length(heads):
    return {tuple(line for line in head if b"ength" not in line) for head in heads}


@pytest.mark.statement(50)
@pytest.mark.parametrize("status", range(300, 309))
def test_no_kind_of_redirect_is_followed(recorder, monkeypatch, status):
    """No status that could send a client elsewhere does, to another host or to the same one."""
    monkeypatch.setattr(Reconfiguring, "status", status)
    monkeypatch.setattr(Reconfiguring, "seen", [])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Reconfiguring)
    own = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        for elsewhere in (recorder.address, f"{own}/v1/reports", "/elsewhere", "//localhost/"):
            monkeypatch.setattr(Reconfiguring, "elsewhere", elsewhere)
            assert HttpTransport(own).post(b'{"format":1}') is Outcome.RETRY
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert len(Reconfiguring.seen) == 4
    assert recorder.requests == []
