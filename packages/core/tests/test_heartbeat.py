"""Heartbeats: what a service tells, that off reaches it, and that nothing it does or fails at is the service's."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

from footfall import Bucket, Choice, EventType, Plan, PlanError, _consent, _heartbeat, _install, cli, overview
from footfall._heartbeat import Heartbeat

PLAN = Plan([
    EventType("service.heartbeat", {"tables": Bucket(10, 100), "kind": Choice("small", "large")}),
    EventType("cache.hit"),
])  # fmt: skip
PROGRAM = """
import os, sys, threading, time
from footfall import Client, EventType, Plan, Bucket, _heartbeat
_heartbeat.EVERY_MIN = 0.01
client = Client("mytool", version="1.4.2", endpoint="http://127.0.0.1:9", home=sys.argv[1],
                plan=Plan([EventType("service.heartbeat", {"tables": Bucket(10)}), EventType("cache.hit")]),
                environ={"MYTOOL_TELEMETRY": sys.argv[2], "FOOTFALL_SENDER": "1"})
"""


@pytest.fixture
def install(new_install):
    """An install of a service."""
    made = new_install(plan=PLAN)
    made.client.commands = None
    return made


@pytest.fixture(autouse=True)
def stopped(install):
    """No test leaves a heartbeat."""
    yield
    if install.client.heart:
        install.client.heart.stop()


def played(tmp_path, code, word="1"):
    """Run a service in a process of its own; the process, and the lines that it has written."""
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM + code, str(tmp_path / "home"), word]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done, lines(tmp_path / "home" / "mytool")


def lines(folder):
    """Lines of events in the spool."""
    texts = [path.read_text() for path in folder.glob("spool/*.log")]
    return [line for text in texts for line in text.split("\n") if line.startswith("R\t")]


def test_a_beat_tells_counts_and_gauges_as_the_plan_has_them(install):
    """Gauges leave as the plan's buckets and words, what it does not declare not at all, and counts are summed up."""
    gauges = {"tables": 42, "kind": "jane's", "host": "jane"}
    for _ in range(3):
        install.client.count("cache.hit", 2)
        Heartbeat(install.client, 3600, lambda: gauges).beat()
    install.send()
    (beat,), (hit,) = install.collector.of("service.heartbeat"), install.collector.of("cache.hit")
    assert (beat["n"], hit["n"]) == (3, 6)
    assert {(row["field"], row["value"]): row["n"] for row in beat["rows"]} == {
        ("tables", "10-100"): 3,
        ("kind", "other"): 3,
    }
    assert install.collector.actives == {"2026-11-18": 1}
    assert not install.collector.of("cli.command")


def test_the_service_is_told_as_one(install, monkeypatch):
    """What the service runs on says that it is one, and its plan has no commands."""
    install.client.heartbeat(3600)
    Heartbeat(install.client, 3600, None).beat()
    install.send()
    (about,) = install.collector.of("environment")
    assert {row["field"]: row["value"] for row in about["rows"]}["surface"] == "service"


@pytest.mark.statement(21)
@pytest.mark.privacy
def test_off_reaches_a_service_that_runs(install):
    """Each beat decides anew: after an off nothing is written, and gauges are not even asked."""
    asked = []
    heart = Heartbeat(install.client, 3600, lambda: asked.append(1) or {})
    heart.beat()
    overview.off(install.client)
    install.client.count("cache.hit")
    heart.beat()
    assert asked == [1]
    assert install.files == {"consent"}


@pytest.mark.statement(21)
@pytest.mark.privacy
def test_an_off_that_comes_while_gauges_are_asked_holds(install):
    """Gauges may take minutes: it is decided anew before they are written."""

    def gauges():
        overview.off(install.client)
        return {"tables": 1}

    Heartbeat(install.client, 3600, gauges).beat()
    assert install.files == {"consent"}


@pytest.mark.statement(2, 5)
@pytest.mark.privacy
def test_an_undecided_service_asks_nobody_and_writes_nothing(tmp_path):
    """Without an answer a service is off, whatever its terminal; and DO_NOT_TRACK holds."""
    done, written = played(tmp_path, "client.heartbeat(0.01, lambda: {'tables': 1}); time.sleep(0.5)", "")
    assert (done.returncode, done.stdout, done.stderr, written) == (0, "", "", [])
    assert not (tmp_path / "home").exists()


def test_a_yes_reaches_a_service_that_runs(install):
    """Counting begins with the beat after the yes."""
    install.environ["MYTOOL_TELEMETRY"] = "0"
    heart = Heartbeat(install.client, 3600, None)
    install.client.count("cache.hit")
    heart.beat()
    install.environ["MYTOOL_TELEMETRY"] = "1"
    heart.beat()
    install.client.count("cache.hit", 5)
    heart.beat()
    install.send()
    assert install.collector.of("cache.hit")[0]["n"] == 5
    assert install.collector.of("service.heartbeat")[0]["n"] == 2


def test_beats_go_on_for_weeks(install):
    """Day after day, also after a clock that jumps two years and back, each beat is told under its day."""
    heart = Heartbeat(install.client, 3600, None)
    for hours in [12] * 6 + [24 * 730, -24 * 730, 1]:
        heart.beat()
        install.send()
        install.clock.forward(days=0, hours=hours)
    heart.beat()
    install.send()
    install.clock.forward()
    install.send()
    days = {part["day"] for part in install.collector.of("service.heartbeat")}
    assert {"2026-11-18", "2026-11-19", "2026-11-20"} <= days
    assert set(install.collector.actives.values()) == {1}
    beats = sum(part["n"] for part in install.collector.of("service.heartbeat"))
    assert beats == 10


def test_whatever_gauges_raise_is_swallowed(tmp_path):
    """An exception, and SystemExit too, ends neither the service nor its heartbeat; FOOTFALL_DEBUG tells."""
    code = """
calls = []
def gauges():
    calls.append(1)
    if len(calls) == 1: raise ValueError("first")
    if len(calls) == 2: raise SystemExit(7)
    if len(calls) == 3: return 42
    return {"tables": 5}
heart = client.heartbeat(0.01, gauges)
while len(calls) < 6: time.sleep(0.01)
heart.stop()
"""
    done, written = played(tmp_path, code)
    assert (done.returncode, done.stderr) == (0, "")
    assert any("tables=<10" in line for line in written)
    done, _ = played(tmp_path, "os.environ['FOOTFALL_DEBUG'] = '1'\n" + code)
    assert "gauges: ValueError: first" in done.stderr
    assert "gauges: SystemExit" in done.stderr


@pytest.mark.parametrize("hangs", ["time.sleep(3600)", "[0 for _ in iter(int, 1)]", "threading.Event().wait()"])
def test_nothing_waits_for_it_at_the_end(tmp_path, hangs):
    """Whatever gauges do, the process ends as it would, and what it has counted is written."""
    code = f"""
began = threading.Event()
def gauges():
    began.set()
    {hangs}
client.heartbeat(0.01, gauges)
client.count("cache.hit", 3)
began.wait(30)
client.count("cache.hit", 4)
"""
    done, written = played(tmp_path, code)
    assert (done.returncode, done.stderr) == (0, "")
    assert sum(int(line.split("\t")[3]) for line in written if "cache.hit" in line) == 7


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_does_not_beat(tmp_path):
    """A worker that is forked has no heartbeat but one of its own."""
    code = """
client.heartbeat(3600)
parent = client.heart
child = os.fork()
if child == 0:
    assert not parent.beats and threading.active_count() == 1
    assert client.heartbeat(3600) is not parent and threading.active_count() == 2
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert parent.beats and client.heartbeat(3600) is parent
"""
    done, _ = played(tmp_path, code)
    assert (done.returncode, done.stderr) == (0, "")


def test_signals_are_the_services(install, tmp_path):
    """Neither a heartbeat nor counting puts a handler of its own before any signal."""
    code = """
import signal
def handlers(): return {number: signal.getsignal(number) for number in signal.valid_signals()}
before = handlers()
client.instrument_module(sys.modules["json"]) if "json" in sys.modules else None
client.count("cache.hit")
client.heartbeat(0.01)
time.sleep(0.1)
assert handlers() == before
"""
    done, written = played(tmp_path, code)
    assert (done.returncode, done.stderr) == (0, "")
    assert written


def test_it_is_started_once_and_can_be_stopped(install):
    """Called twice there is one thread; after a stop it can be begun anew."""
    first = install.client.heartbeat(3600)
    assert install.client.heartbeat(60) is first
    assert [thread.daemon for thread in threading.enumerate() if thread.name == "footfall"] == [True]
    first.stop()
    assert install.client.heartbeat(60) is not first


def test_installs_are_never_in_step(install, monkeypatch):
    """The first beat is anywhere in the first interval, each later one a tenth early or late, and no two are alike."""
    pauses = []

    class Over:
        def wait(self, pause):
            pauses.append(pause)
            return len(pauses) % 20 == 0

        def is_set(self):
            return False

    for _ in range(30):
        heart = Heartbeat(install.client, 3600, None)
        heart._is_over = Over()
        heart.beat = lambda: None
        heart._live()
    first, later = pauses[::20], [pause for number, pause in enumerate(pauses) if number % 20]
    assert min(first) < 1200
    assert max(first) > 2400
    assert min(later) >= 3240
    assert max(later) <= 3960
    assert len(set(pauses)) == len(pauses)
    assert isinstance(_heartbeat._random, __import__("random").SystemRandom)


@pytest.mark.parametrize("every", [0, 59, 86_401, -1, float("nan"), float("inf"), "3600", None, True])
def test_an_interval_that_cannot_be_is_refused(install, every):
    """From a minute to a day; anything else is said at once."""
    with pytest.raises(PlanError, match="from 60 to 86400"):
        install.client.heartbeat(every)


def test_what_cannot_be_told_is_refused(new_install, install):
    """Gauges that are no function, and a plan without the event."""
    with pytest.raises(PlanError, match="a function"):
        install.client.heartbeat(60, {"tables": 1})
    with pytest.raises(PlanError, match=r"service\.heartbeat"):
        new_install(plan=Plan([EventType("cache.hit")])).client.heartbeat()
    with pytest.raises(PlanError, match=r"service\.heartbeat"):
        new_install().client.heartbeat()


def test_a_stopped_heart_writes_nothing_more(install):
    """A stop that comes while gauges are asked holds."""
    heart = Heartbeat(install.client, 3600, lambda: heart.stop() or {})
    heart.beat()
    assert lines(install.folder) == []


def test_it_beats_by_itself(install, monkeypatch):
    """The thread writes a beat without anybody's help."""
    monkeypatch.setattr(_heartbeat, "EVERY_MIN", 0)
    install.client.heartbeat(0.01, lambda: {"tables": 5})
    ends = time.monotonic() + 30
    while not lines(install.folder) and time.monotonic() < ends:
        time.sleep(0.01)
    assert "tables=<10" in lines(install.folder)[0]


@pytest.mark.statement(8, 9)
@pytest.mark.privacy
def test_who_runs_a_service_says_yes_to_what_it_is(tmp_path, monkeypatch, capsys):
    """``footfall on mylib.usage:client`` keeps a yes to that client's words; one of commands is refused."""
    text = PROGRAM.replace("sys.argv[1]", repr(str(tmp_path / "home"))).replace("sys.argv[2]", "''")
    (tmp_path / "ourservice.py").write_text(text + "\nother = Client('other', version='1', endpoint=None)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(_consent, "restriction", lambda _: "")
    monkeypatch.setattr(_heartbeat, "EVERY_MIN", 60)
    monkeypatch.setattr(_install, "look", lambda client: "")
    assert cli.main(["on", "ourservice:client"]) == 0
    assert "mytool" in capsys.readouterr().out
    words = json.loads((tmp_path / "home" / "mytool" / "agreed.json").read_text())["words"]
    assert {"service.heartbeat", "tables", "cache.hit"} < set(words)
    for wrong in ("ourservice:other", "ourservice:nothing", "ournothing:client"):
        assert cli.main(["on", wrong]) == 1
        assert wrong in capsys.readouterr().err
