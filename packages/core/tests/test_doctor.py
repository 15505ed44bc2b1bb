"""``doctor``: of all that can keep counts from arriving, it names what does, and nothing that does not."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from footfall import _doctor, _plugins, cli, hookimpl, transport
from footfall.sender import Sender
from footfall.transport import HttpTransport, Outcome

CERTIFICATE = Path(__file__).parent / "self_signed_localhost.pem"


class Answers(BaseHTTPRequestHandler):
    """Answers as a collector does, or with the status and headers of its server."""

    def do_GET(self):
        """Tell how it is."""
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        for header in self.server.headers:
            self.send_header(*header)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Nothing."""


@pytest.fixture
def serve():
    """Start a server that answers health checks; gives its port and what was asked for."""
    servers = []

    def start(status=200, headers=(("Footfall-Collector", "1"),), tls=None):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        server.status, server.headers, server.asked = status, headers, []
        server.handle_error = lambda *_: None  # a client that refuses the certificate goes away
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def doctor(capsys):
    """Run ``mytool telemetry doctor`` for an install; gives exit code and findings by name."""

    def run(install):
        code = cli.main(["doctor", "--json"], client=install.client, prog="mytool telemetry")
        tools = json.loads(capsys.readouterr().out)["tools"]
        return code, {finding["name"]: finding for finding in tools[0]["findings"]}

    return run


def stopping(found):
    """Names of what stands in the way."""
    return [name for name, finding in found.items() if not finding["is_fine"]]


def test_where_all_is_well_nothing_stands_in_the_way(new_install, doctor, serve, capsys):
    """With a yes, a run, a sender that delivered and a collector that answers, the code is 0, and that is said."""
    server = serve()
    install = new_install(endpoint=f"http://127.0.0.1:{server.server_port}")
    install.run()
    install.send()
    code, found = doctor(install)
    assert (code, stopping(found)) == (0, [])
    assert found["last sender"]["text"] == "2026-11-18: 3 parts delivered"
    assert found["recorded"]["text"] == "nothing since the last sender"
    assert server.asked == ["/healthz"]
    assert cli.main(["doctor"], client=install.client) == 0
    assert capsys.readouterr().out.startswith("mytool: nothing stands in the way\n  ok    mode         on: ")


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"DO_NOT_TRACK": "1"}, "off: DO_NOT_TRACK is set (rule 3)"),
        ({"MYTOOL_TELEMETRY": "nope"}, "off: MYTOOL_TELEMETRY holds an unknown word (rule 4)"),
        ({"FOOTFALL": "local"}, "local: FOOTFALL says local (rule 4)"),
    ],
)
def test_who_does_not_send_is_told_why_and_no_collector_is_asked(new_install, doctor, serve, environ, told):
    """Where the mode is not on, that is what stands in the way, and no socket is opened."""
    server = serve()
    install = new_install(endpoint=f"http://127.0.0.1:{server.server_port}")
    install.run()
    install.environ.update(environ)
    code, found = doctor(install)
    assert (code, stopping(found)[0]) == (1, "mode")
    assert found["mode"]["text"] == told
    assert "collector" not in found
    assert server.asked == []


def test_it_changes_nothing(new_install, doctor):
    """To look leaves every file as it was, and makes none."""
    install = new_install()
    doctor(install)
    assert not install.folder.exists()
    install.run()
    install.send()
    before = install.files
    doctor(install)
    assert install.files == before


def test_what_waits_for_tomorrow_is_no_fault(new_install, doctor, serve):
    """Runs after the day's sender are kept for the next one, and it is said when that comes."""
    install = new_install(endpoint=f"http://127.0.0.1:{serve().server_port}")
    install.run()
    (install.folder / "spool" / "2026-11-18.sender").touch()
    install.send()
    install.run()
    code, found = doctor(install)
    assert code == 0
    assert found["recorded"]["text"] == "counts of 2026-11-18 are kept for the next sender"
    assert "first run of 2026-11-19" in found["recorded"]["advice"]


def test_nobody_listens(new_install, doctor):
    """A collector that is down is named with its address, and what waits with its day."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    install = new_install(endpoint=f"http://127.0.0.1:{port}")
    install.run()
    install.sender()  # writes the plan
    Sender(install.folder, install.clock, environ=install.environ).run()
    code, found = doctor(install)
    assert (code, stopping(found)) == (1, ["last sender", "waiting", "collector"])
    assert found["collector"]["text"] == f"http://127.0.0.1:{port}: no answer (nobody listens there)"
    assert found["last sender"]["text"] == "2026-11-18: 2 parts not answered for: no answer (nobody listens there)"
    assert found["waiting"]["text"].endswith("since 2026-11-18")
    assert found["recorded"]["text"] == "nothing but what waits, see below"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"headers": ()}, "HTTP 200, and not from a collector"),
        ({"status": 503}, "HTTP 503"),
        ({"status": 302, "headers": (("Location", "http://127.0.0.1:9/"),)}, "HTTP 302, and not from a collector"),
    ],
)
def test_what_answers_is_no_collector(serve, answer, why):
    """A portal, a proxy or a redirect is told from a collector."""
    assert HttpTransport(f"http://127.0.0.1:{serve(**answer).server_port}").probe() == why


def test_a_certificate_that_does_not_hold(serve, monkeypatch):
    """Of a certificate it is said what is wrong with it."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    server = serve(tls=tls)
    told = HttpTransport(f"https://localhost:{server.server_port}").probe()
    assert told.startswith("no answer (its certificate is not accepted: self")
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert HttpTransport(f"https://localhost:{server.server_port}").probe() == ""
    assert "mismatch" in HttpTransport(f"https://127.0.0.1:{server.server_port}").probe()


def test_plain_http_behind_an_https_address(serve):
    """A server that does not encrypt is told as that."""
    assert HttpTransport(f"https://localhost:{serve().server_port}").probe() == "no answer (it does not speak TLS)"


def test_a_host_that_does_not_exist():
    """A name that nobody has is told as that, whatever wraps the error."""
    error = OSError()
    error.__cause__ = socket.gaierror(-2, "Name or service not known")
    assert transport.failure(error) == "no such host"


def test_a_refusal_is_told_with_its_cure(new_install, doctor, serve):
    """Parts that the collector refused are lost: that is no health, and the one who can mend it is named."""
    install = new_install(endpoint=f"http://127.0.0.1:{serve().server_port}")
    install.run()
    install.collector.answers = [(Outcome.REJECTED, "unknown-project")] * 3
    install.send()
    code, found = doctor(install)
    assert code == 1
    assert found["lost so far"]["text"].startswith("3 parts refused by the collector")
    assert not found["last sender"]["is_fine"]
    assert "3 parts refused" in found["last sender"]["text"]
    assert "footfall plan" in found["last sender"]["advice"]


def test_a_stop_lasts_thirty_days(new_install, doctor, serve):
    """A collector that said stop stands in the way until its day, which is named."""
    install = new_install(endpoint=f"http://127.0.0.1:{serve().server_port}")
    install.run()
    install.collector.answers = [Outcome.STOP]
    install.send()
    code, found = doctor(install)
    assert code == 1
    assert found["stopped"]["text"] == "the collector said stop: nothing is sent before 2026-12-18"


def test_a_sender_that_left_nothing(new_install, doctor, serve):
    """A token without a result says that a sender was started, and where its error can be seen."""
    install = new_install(endpoint=f"http://127.0.0.1:{serve().server_port}")
    install.run()
    (install.folder / "spool" / "2026-11-18.sender").touch()
    code, found = doctor(install)
    assert (code, stopping(found)) == (1, ["last sender"])
    assert str(install.folder / "debug") in found["last sender"]["advice"]


def test_a_frozen_program_cannot_start_one(new_install, doctor, serve, monkeypatch):
    """Where there is no Python to start, the way by hand is named."""
    monkeypatch.setattr("sys.frozen", True, raising=False)
    install = new_install(endpoint=f"http://127.0.0.1:{serve().server_port}")
    install.run()
    _, found = doctor(install)
    assert not found["sender"]["is_fine"]
    assert "`send`" in found["sender"]["advice"]


def test_a_full_disk_is_seen(new_install, doctor, serve, monkeypatch):
    """Where there is no room for a day's file, the disk stands in the way."""
    monkeypatch.setattr(_doctor, "ROOM_BYTES", 1 << 62)
    install = new_install(endpoint=f"http://127.0.0.1:{serve().server_port}")
    install.run()
    _, found = doctor(install)
    assert "is full" in found["folder"]["text"]


def test_a_folder_that_may_not_be_written(new_install, doctor, serve, monkeypatch):
    """Where the system says that nothing may be written, the folder is named with its cure."""
    install = new_install(endpoint=f"http://127.0.0.1:{serve().server_port}")
    install.run()
    monkeypatch.setattr("os.access", lambda path, mode: False)
    code, found = doctor(install)
    assert code == 1
    assert found["folder"]["text"] == f"{install.folder} cannot be written"
    assert "FOOTFALL_HOME" in found["folder"]["advice"]


def test_a_proxy_is_named_and_its_password_is_not(new_install, doctor):
    """The variable that names a proxy is told, never what is in it."""
    install = new_install(endpoint="https://127.0.0.1:9")
    install.environ["HTTPS_PROXY"] = "http://user:secret@127.0.0.1:9"
    install.run()
    _, found = doctor(install)
    assert "by the proxy in HTTPS_PROXY" in found["collector"]["text"]
    assert "secret" not in json.dumps(found)


def test_the_program_for_all_tools_looks_at_each(new_install, capsys, monkeypatch):
    """`footfall doctor` tells of each tool that has stored a plan, by its stored client."""
    install = new_install()
    install.run()
    install.send()
    monkeypatch.setenv("FOOTFALL_HOME", install.client.home)
    monkeypatch.setenv("MYTOOL_TELEMETRY", "1")
    assert cli.main(["doctor"]) == 1  # nobody listens at its address
    out = capsys.readouterr().out
    assert out.startswith("mytool: look at collector\n")
    assert "LOOK  collector    http://127.0.0.1:9: no answer" in out


def test_a_sink_cannot_be_asked(new_install, doctor):
    """Where counts go to an event sink, that is said, and no health check is sent to what has none."""
    install = new_install(endpoint="posthog://127.0.0.1:9/phc_KEY")
    install.run()
    _, found = doctor(install)
    assert "collector" not in found
    assert found["goes to"]["text"].startswith("PostHog at 127.0.0.1:9")


def test_a_plugin_that_takes_the_parts_is_told(new_install, doctor, monkeypatch):
    """Where a plugin's transport takes the parts, no host is asked that it replaces, and nothing stands in the way."""

    class Shelf:
        """Takes parts of one address."""

        @hookimpl
        def footfall_transport(self, endpoint):
            """Itself."""
            return self

    monkeypatch.setattr(_plugins, "installed", lambda: _plugins.manager([Shelf()]))
    install = new_install(endpoint="https://usage.intranet.example")
    install.run()
    install.send()
    code, found = doctor(install)
    assert (code, "collector" in found) == (0, False)
    assert "by a plugin" in found["goes to"]["text"]


def test_a_plan_file_that_is_not_there_is_named(new_install, doctor, serve, tmp_path):
    """A program that lacks the plan file it ships sends nothing, and the file is named."""
    missing = tmp_path / "plan.json"
    install = new_install(endpoint=f"http://127.0.0.1:{serve().server_port}", plan_file=missing)
    install.run()
    code, found = doctor(install)
    assert (code, stopping(found)[0]) == (1, "plan")
    assert found["plan"]["text"] == f"{missing}: No such file or directory"


def test_what_leaves_on_the_next_day_is_not_to_be_sent_by_hand(new_install, doctor, serve):
    """With ``delay="next-day"``, that today's counts wait for tomorrow is told once, and no command that sends none."""
    install = new_install(endpoint=f"http://127.0.0.1:{serve().server_port}", delay="next-day")
    install.run()
    install.send()
    code, found = doctor(install)
    assert code == 0
    assert found["recorded"]["advice"] == ""
    assert "leaves when that day has ended" in found["delay"]["text"]


def test_a_file_without_a_folder_is_named(new_install, doctor, tmp_path):
    """Where counts go to a file, its folder has to be there; else the folder is named."""
    install = new_install(endpoint=f"file:{tmp_path}/none/uses.jsonl")
    install.run()
    _, found = doctor(install)
    assert not found["goes to"]["is_fine"]
    assert f"{tmp_path}/none is no folder" in found["goes to"]["text"]
    (tmp_path / "none").mkdir()
    assert doctor(install)[1]["goes to"] == {
        "name": "goes to",
        "text": f"the file {tmp_path}/none/uses.jsonl",
        "is_fine": True,
        "advice": "",
    }
