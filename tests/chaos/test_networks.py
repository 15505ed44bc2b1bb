"""TLS that cannot be trusted, names that nobody knows, proxies that are gone; and collectors that answer anything."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess

import pytest
from homes import is_settled, lost
from judge import Judge
from machines import free_port

pytestmark = pytest.mark.e2e

HELLO = (0, b"Hello world!\n")
SECRET = "zq7Canary"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Make a certificate for a host that signs itself and is good for so many days; negative: not any more."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make certificates with")
    place = tmp_path_factory.mktemp("certificates")

    def make(host, days):
        key, certificate = place / f"{host}{days}.key", place / f"{host}{days}.crt"
        new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key]
        about = ["-subj", "/CN=footfall test", "-addext", f"subjectAltName={host}", "-out", certificate]
        signed = ["x509", "-in", certificate, "-signkey", key, "-days", str(days), "-out", certificate]
        for words in (["req", "-x509", *new, *about], signed):
            subprocess.run(["openssl", *words], capture_output=True, check=True)
        return key, certificate

    return make


@pytest.fixture
def tls(certificates):
    """Make judges that speak TLS, with a certificate for a host that is good for so many days."""
    judges = []

    def make(host, days):
        key, certificate = certificates(host, days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        judges.append(Judge(context))
        return judges[-1], f"https://127.0.0.1:{judges[-1].port}", str(certificate)

    yield make
    for judge in judges:
        judge.close()


def use(home, **more):
    """Two days of the program, of which the user sees what the bare program shows; and their senders."""
    for _ in range(2):
        assert home.see(**more) == HELLO
        home.wait()
        home.day += 1


def why(home):
    """What the last sender says became of its parts."""
    return json.loads((home.folder / "state.json").read_text())["last"]["why"]


@pytest.mark.parametrize(
    ("host", "days", "is_known", "told"),
    [
        ("IP:127.0.0.1", 2, False, "self-signed certificate"),
        ("IP:127.0.0.1", -1, True, "certificate has expired"),
        ("DNS:usage.example.org", 2, True, "IP address mismatch"),
    ],
)
def test_a_certificate_that_does_not_hold(home, tls, host, days, is_known, told):
    """A self-signed, an expired or another host's certificate gets nothing; with a good one all is counted."""
    judge, home.address, certificate = tls(host, days)
    use(home, **({"SSL_CERT_FILE": certificate} if is_known else {}))
    assert judge.parts() == []
    assert told in why(home).replace("self signed", "self-signed")
    good, home.address, certificate = tls("IP:127.0.0.1", 3)
    home.run(environ=home.environ(SSL_CERT_FILE=certificate))
    home.wait()
    assert good.runs() == {"ok": 3}
    assert set(good.days().values()) == {1}
    assert is_settled(home.folder)
    assert not lost(home.folder)


def test_tls_that_is_none(home, judge):
    """Where plain HTTP answers at an address of https, nothing is told, and all of it later."""
    address, home.address = home.address, f"https://127.0.0.1:{judge.port}"
    use(home)
    assert judge.parts() == []
    home.address = address
    home.next_day()
    assert judge.runs() == {"ok": 3}


def test_a_name_that_nobody_knows(home, judge):
    """Where the collector's name is not known, the user sees nothing of it, and all is told when it is."""
    if os.geteuid() or subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root may cut a sender off from the network")
    address, home.address = home.address, "https://usage.example.invalid"
    for _ in range(2):
        assert home.see(before=("unshare", "--net")) == HELLO
        home.wait()
        home.day += 1
    assert why(home) == "no answer (no such host)"
    home.address = address
    home.next_day()
    assert judge.runs() == {"ok": 3}
    assert set(judge.days().values()) == {1}


@pytest.mark.parametrize("proxy", [f"http://jane:{SECRET}@127.0.0.1:{{}}", "socks5://127.0.0.1:{}", "nonsense://"])
def test_a_proxy_that_is_gone(home, tls, proxy):
    """A proxy that is gone or cannot be used costs nothing but time; its password is in no file of ours."""
    judge, home.address, certificate = tls("IP:127.0.0.1", 2)
    use(home, HTTPS_PROXY=proxy.format(free_port()), ALL_PROXY="", SSL_CERT_FILE=certificate)
    assert judge.parts() == []
    kept = b"".join(path.read_bytes() for path in home.home.rglob("*") if path.is_file())
    assert b"cli.command" in kept
    assert SECRET.encode() not in kept
    home.run(environ=home.environ(SSL_CERT_FILE=certificate))
    home.wait()
    assert judge.runs() == {"ok": 3}


ANSWERS = {
    "a reset in mid-answer": (b"HTTP/1.1 202 Accepted\r\nFootfall-Coll", True),
    "a short body": (b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000\r\n\r\nx", True),
    "a redirect": (b"HTTP/1.1 308 Gone on\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n", False),
    "a 429": (b"HTTP/1.1 429 Slow\r\nFootfall-Collector: 1\r\nContent-Length: 0\r\n\r\n", False),
    "a 413 of a proxy": (b"HTTP/1.1 413 Too large\r\nContent-Length: 0\r\n\r\n", False),
    "a 500": (b"HTTP/1.1 500 Oh\r\nFootfall-Collector: 1\r\nContent-Length: 0\r\n\r\n", False),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_answers_that_confirm_nothing(home, judge, kind):
    """After two days of such answers all that ran is told to a collector that takes it, once."""
    text, is_reset = ANSWERS[kind]
    judge.instead = lambda connection: _say(connection, text, is_reset=is_reset)
    use(home)
    assert judge.parts() == []
    judge.instead = None
    home.next_day()
    assert judge.runs() == {"ok": 3}
    assert set(judge.days().values()) == {1}
    assert is_settled(home.folder)
    assert not lost(home.folder)


def _say(connection, text, *, is_reset):
    connection.sendall(text)
    if is_reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
