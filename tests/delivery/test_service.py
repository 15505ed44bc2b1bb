"""A service end to end: the example, its plan as its author exports it, a real collector, and what that has counted."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from machines import SECONDS_MAX, Install, wait_until

pytestmark = pytest.mark.e2e

EXAMPLES = Path(__file__).parents[2] / "examples"
SERVE = "from footfall import _heartbeat; _heartbeat.EVERY_MIN = 0; import larder; larder.main(0, {every})"


@pytest.fixture
def larder(tmp_path):
    """A folder with the service, as it would be installed."""
    place = tmp_path / "program"
    place.mkdir()
    for name in ("larder.py", "larder_store.py"):
        shutil.copy(EXAMPLES / name, place)
    return place


@pytest.fixture
def plan(tmp_path, larder):
    """Its words, exported as its author would."""
    command = [sys.executable, "-m", "footfall.cli", "plan", "larder:client", "--output", str(tmp_path / "larder.toml")]
    subprocess.run(command, check=True, cwd=larder, capture_output=True)
    return tmp_path / "larder.toml"


class Service(Install):
    """An install of the service."""

    def __init__(self, place, address, program):
        super().__init__(place, address)
        self.folder = self.home / "larder"
        self.program = program

    def serve(self, every=3600, **more):
        """Start it; the process, and its address."""
        environ = {**self.environ(LARDER_TELEMETRY="1"), "PYTHONPATH": str(self.program), **more}
        command = [sys.executable, "-c", SERVE.format(every=every)]
        process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True, cwd=self.program)
        return process, f"http://127.0.0.1:{process.stdout.readline().split()[-1]}"


@pytest.fixture
def service(tmp_path, collector, larder):
    """An install of the service that knows the collector."""
    made = Service(tmp_path, f"http://127.0.0.1:{collector.port}", larder)
    yield made
    made.kill_senders()


def ask(address, path):
    """What the service answers."""
    try:
        with urllib.request.urlopen(address + path, timeout=SECONDS_MAX) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def use(address):
    """Three things are put, one taken, and two that are not there asked for."""
    return [ask(address, path) for path in ("/put/jam", "/put/jam", "/put/tea", "/take/jam", "/take/x", "/take/y")]


def counted(store):
    """What the collector has counted of own events: how often, and how often with each word."""
    connection = sqlite3.connect(store)
    try:
        events = dict(connection.execute("SELECT event, SUM(runs) FROM event GROUP BY event"))
        words = connection.execute(
            "SELECT event, field, value, SUM(runs) FROM event_field GROUP BY event, field, value"
        )
        return events, {(event, field, value): n for event, field, value, n in words}
    finally:
        connection.close()


def test_a_service_is_counted_from_its_first_call_to_the_collector(service, collector):
    """What a service does arrives by function and by number, its gauge as a bucket, and it as one active install."""
    with collector.up():
        process, address = service.serve(every=0.3)
        with process:
            assert use(address) == [200, 200, 200, 200, 404, 404]
            wait_until(lambda: list(service.folder.glob("sent/*/*.json")), "nothing is sent")
            process.send_signal(signal.SIGINT)
        assert process.returncode == 0
        service.wait()
        command = [sys.executable, "-m", "footfall.cli", "send", "--now", "larder"]
        subprocess.run(command, env=service.environ(LARDER_TELEMETRY="1"), check=True, capture_output=True)
    events, words = counted(collector.store)
    size = words.pop(("library.call", "function", "larder_store.size"))
    assert events["shelf.empty"] == 2
    beats = events["service.heartbeat"]
    assert sum(n for (event, *_), n in words.items() if event == "service.heartbeat") == beats
    assert beats <= size <= beats + 1  # the service may end while its gauges are asked
    assert {key[2]: n for key, n in words.items() if key[0] == "library.call"} == {
        "larder_store.put": 3,
        "larder_store.take": 3,
    }
    assert list(collector.actives().values()) == [1]
    assert collector.runs() == {}


@pytest.mark.parametrize("way", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_what_a_service_has_counted_when_it_is_ended(service, way):
    """Ctrl-C loses nothing; a service that is killed has told the 1st, 2nd, 4th, ... of its calls."""
    process, address = service.serve()
    with process:
        use(address)
        process.send_signal(getattr(signal, way))
    lines = [line for path in service.folder.glob("spool/*.log") for line in path.read_text().split("\n")]
    calls = sum(int(word.rpartition("=")[2]) for line in lines if line[:2] == "N\t" for word in line.split("\t")[4:])
    empty = sum(int(line.split("\t")[3]) for line in lines if line.startswith("R\t") and "shelf.empty" in line)
    assert calls + empty == (8 if way == "SIGINT" else 7)


def test_its_page_and_its_plan_speak_of_no_commands(larder, plan):
    """TELEMETRY.md of a service tells its events, how it is switched on, and no word of commands."""
    subprocess.run([sys.executable, "-m", "footfall.cli", "docs", "larder:client"], check=True, cwd=larder)
    text = (larder / "TELEMETRY.md").read_text()
    assert "`larder_store.put`" in text
    assert "`LARDER_TELEMETRY=1`" in text
    assert "`footfall off larder`" in text
    assert "command" not in text.replace("Which commands", "")
    assert "runs = false" in plan.read_text()
