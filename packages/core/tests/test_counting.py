"""Counting: exact in threads, forks, workers and at exit, kept only while it is on, and bounded where it is killed."""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from footfall import EventType, Plan, _counting, _spool, overview

PLAN = Plan([EventType("cache.hit"), EventType("cache.miss")])
PROGRAM = """
import multiprocessing, os, signal, sys, threading, time
from footfall import Client, EventType, Plan
client = Client("mytool", version="1.4.2", endpoint="http://127.0.0.1:9", home=sys.argv[1],
                plan=Plan([EventType("cache.hit")]),
                environ={"MYTOOL_TELEMETRY": sys.argv[2], "FOOTFALL_SENDER": "1"})
def hit(n=1):
    for _ in range(n):
        client.count("cache.hit")
"""
AT_ITS_END = {
    "at the end of the script": "hit(1000)",
    "after an exception": "hit(1000)\nraise SystemExit(3)",
    "in threads": """
threads = [threading.Thread(target=hit, args=(2500,)) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
    "in a child by os.fork": """
hit(100)
if os.fork() == 0:
    hit(7)
    sys.exit()
os.wait()
hit(3)
""",
    "in a child that was forked while another thread counts": """
goes_on = True
def work():
    while goes_on: hit(10)
thread = threading.Thread(target=work)
hit(10)  # loads what counts: Python's own locks of imports do not outlive a fork
thread.start()
for _ in range(5):
    if os.fork() == 0:
        hit(100)
        client.write_counts()
        os._exit(0)
    os.wait()
goes_on = False
thread.join()
print("some", end="")
""",
    "in workers that were forked": """
multiprocessing.set_start_method("fork")
workers = [multiprocessing.Process(target=hit, args=(50,)) for _ in range(3)]
hit(5)
for worker in workers: worker.start()
for worker in workers: worker.join()
""",
    "in a forked pool that is closed": """
multiprocessing.set_start_method("fork")
pool = multiprocessing.Pool(2)
pool.map(hit, [1] * 99)
pool.close()
pool.join()
""",
}
TOLD = {
    "at the end of the script": 1000,
    "after an exception": 1000,
    "in threads": 10_000,
    "in a child by os.fork": 110,
    "in workers that were forked": 155,
    "in a forked pool that is closed": 99,
}
SPAWNED = """
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    workers = [multiprocessing.Process(target=hit, args=(50,)) for _ in range(2)]
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    hit(5)
"""


@pytest.fixture
def install(new_install):
    """An install whose program counts two events."""
    return new_install(plan=PLAN)


def written(folder):
    """How often an event is in the spool."""
    found = {}
    for path in folder.glob("spool/*.log"):
        for line in path.read_text().split("\n"):
            kind, *words = line.split("\t")
            if kind == "R":
                found[words[1]] = found.get(words[1], 0) + int(words[2])
    return found


def play(tmp_path, code, word="1"):
    """Run the program with ``code`` at its end in a process of its own; what it has written."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM + code)
    subprocess.run([sys.executable, str(path), str(tmp_path / "home"), word], timeout=60, check=False)
    return written(tmp_path / "home" / "mytool").get("cache.hit", 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("way", TOLD)
def test_all_is_written_when_a_process_ends(tmp_path, way):
    """What a script, its threads, its forked children and its workers count is written to the last one, none twice."""
    assert play(tmp_path, AT_ITS_END[way]) == TOLD[way]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_that_is_forked_in_the_midst_of_counting_counts_its_own(tmp_path):
    """A thread may be adding up when another forks: the child neither waits for it nor tells what was its parent's."""
    told = play(tmp_path, AT_ITS_END["in a child that was forked while another thread counts"])
    assert told >= 500
    assert told % 10 == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_that_is_forked_in_the_midst_of_the_first_decision_counts_its_own(tmp_path):
    """Also while the very first count of another thread decides, a fork's child has locks of its own."""
    code = """
import footfall
class Slow:
    @footfall.hookimpl
    def footfall_consent(self, project): is_deciding.set(); time.sleep(0.5)
is_deciding, client.plugins = threading.Event(), (Slow(),)
thread = threading.Thread(target=hit)
thread.start()
is_deciding.wait()
if os.fork() == 0:
    client.plugins = ()
    hit(100)
    client.write_counts()
    os._exit(0)
os.wait()
thread.join()
"""
    assert play(tmp_path, code) == 101


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_threads_of_a_child_are_not_in_their_parents_runs(tmp_path):
    """A thread of a forked child is in no run, though its id is that of a thread that was in one in the parent."""
    code = """
begun, goes_on = threading.Event(), threading.Event()
def run(client, waits):
    with client.invocation("test") as run:
        run.command = "(main)"
        run.begin()
        begun.set()
        if waits: goes_on.wait()
thread = threading.Thread(target=run, args=(client, True))
thread.start()
begun.wait()
if os.fork() == 0:
    for _ in range(5):
        own = threading.Thread(target=run, args=(client, False))
        own.start()
        own.join()
    os._exit(0)
os.wait()
goes_on.set()
thread.join()
"""
    play(tmp_path, code)
    (path,) = (tmp_path / "home" / "mytool" / "spool").glob("*.log")
    assert path.read_text().count("\nE\t") == 6


def test_what_others_count_at_the_end_is_written(tmp_path):
    """What a program counts in its own handlers of its end, which were there before ours, is written, each of it."""
    code = "\nimport atexit\natexit.register(hit, 100)\nhit()\n"
    assert play(tmp_path, code) == 101


def test_a_worker_writes_at_its_end_once(tmp_path):
    """A worker of a pool that runs a command for each task leaves one finalizer, not one for each."""
    code = """
def run(_):
    import multiprocessing.util
    with client.invocation("test") as run:
        run.command = "(main)"
        hit()
    return len(multiprocessing.util._finalizer_registry)
multiprocessing.set_start_method("fork")
pool = multiprocessing.Pool(1)
assert len(set(pool.map(run, range(50)))) == 1
pool.close()
pool.join()
hit(1000)
"""
    assert play(tmp_path, code) == 1050


def test_what_cannot_be_written_for_long_takes_little_memory(install):
    """While one thread hangs in writing, what others count is added up, and all of it is written when it can be."""
    counting = install.client.counting()
    install.client.count("cache.hit")
    counting._turning.acquire()
    for n in range(3 * _counting.QUEUE_LONG):
        install.client.count(("cache.hit", "cache.miss")[n % 2])
    assert len(counting.waiting) <= _counting.QUEUE_LONG + _counting.COUNTS_A_LOOK
    counting._turning.release()
    install.client.write_counts()
    half = 3 * _counting.QUEUE_LONG // 2
    assert written(install.folder) == {"cache.hit": half + 1, "cache.miss": half}


def test_workers_that_are_spawned_write_what_they_count(tmp_path):
    """Workers that begin as fresh interpreters lose nothing either."""
    assert play(tmp_path, SPAWNED) == 105


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
@pytest.mark.parametrize(("counted", "least"), [(1, 1), (3, 2), (100, 63), (5000, 2047)])
def test_a_killed_process_loses_at_most_its_last_window(tmp_path, counted, least):
    """The 1st, 2nd, 4th, ... count outside of runs writes all so far, so that a kill loses less than half of few."""
    told = play(tmp_path, f"hit({counted})\nos.kill(os.getpid(), signal.SIGKILL)")
    assert least <= told <= counted


@pytest.mark.statement(2, 13)
@pytest.mark.privacy
def test_off_keeps_nothing_in_memory_either(tmp_path, install):
    """While off, what is counted is not kept, and a process that only counts leaves no folder."""
    install.environ["MYTOOL_TELEMETRY"] = "0"
    for _ in range(10):
        install.client.count("cache.hit")
    assert not install.client.counting().waiting
    assert play(tmp_path, "hit(1000)", "0") == 0
    assert not (tmp_path / "home").exists()


@pytest.mark.statement(13, 16)
@pytest.mark.privacy
def test_a_switch_that_says_off_meanwhile_holds(install):
    """What was counted before a switch in the environment says off is not written after it."""
    with install.client.invocation("test"):
        install.client.count("cache.hit")
        install.environ["DO_NOT_TRACK"] = "1"
        install.client.write_counts()
    assert not install.folder.exists()


@pytest.mark.statement(7)
@pytest.mark.privacy
def test_what_was_counted_before_a_yes_is_not_written_after_it(install):
    """A yes, or off and on again, that comes between counting and writing: none of it is told."""
    overview.off(install.client)
    counting = install.client.counting()
    install.client.count("cache.hit", 3)
    overview.on(install.client)
    install.client.write_counts()
    with install.client.invocation("test"):
        install.client.count("cache.hit", 5)
        overview.off(install.client)
        overview.on(install.client)
        counting.turn()
    install.client.write_counts()
    assert written(install.folder) == {}
    with install.client.invocation("test"):
        install.client.count("cache.hit", 7)
    install.client.write_counts()
    assert written(install.folder) == {"cache.hit": 7}


@pytest.fixture
def long_run(install, monkeypatch):
    """A run that goes on for weeks, in which windows end at once."""
    monkeypatch.setattr(_counting, "WINDOW_SECONDS", 0.0)
    monkeypatch.setattr(_spool, "FRESH_SECONDS", 0.0)
    with install.client.invocation("test") as run:
        run.command = "(main)"
        run.begin()
        yield run


@pytest.mark.statement(21)
@pytest.mark.privacy
def test_off_reaches_a_command_that_goes_on(install, long_run):
    """Within a command that goes on, what is counted after an off is not kept in memory either."""
    install.client.count("cache.hit")
    overview.off(install.client)
    for _ in range(10):
        install.client.counting()._look_at = 0
        install.client.count("cache.hit")
    assert not install.client.counting().is_open
    assert not install.client.counting().waiting
    assert install.files == {"consent"}


def test_a_yes_reaches_a_command_that_goes_on(install, long_run):
    """Within a command that goes on, what is counted after an off and a yes again is written, and nothing before it."""
    install.client.count("cache.hit", 100)
    overview.off(install.client)
    install.client.counting()._look_at = 0
    install.client.count("cache.hit", 100)
    overview.on(install.client)
    for _ in range(10):
        install.client.counting()._look_at = 0
        install.client.count("cache.hit")
    install.client.write_counts()
    assert written(install.folder) == {"cache.hit": 10}


@pytest.mark.statement(21)
@pytest.mark.privacy
def test_off_reaches_a_process_that_counts(install):
    """A process that counts for weeks writes nothing once off was said, and keeps nothing from its next window on."""
    install.client.count("cache.hit")
    overview.off(install.client)
    for _ in range(10):
        install.client.counting().until = install.client.counting()._look_at = 0.0
        install.client.count("cache.hit")
    install.client.write_counts()
    assert not install.client.counting().waiting
    assert install.files == {"consent"}


def test_what_is_counted_before_midnight_is_told_under_its_day(install):
    """A window ends with the UTC day: what was counted in it is told under that day, whenever it is written."""
    with install.client.invocation("test") as run:
        run.command = "(main)"
        run.begin()
        install.client.count("cache.hit", 2)
        install.clock.forward(days=0, hours=12)  # midnight
        install.client.counting().until = install.client.counting()._look_at = 0.0
        install.client.count("cache.hit", 3)
    install.send()
    assert {part["day"]: part["n"] for part in install.collector.of("cache.hit")} == {"2026-11-18": 2, "2026-11-19": 3}


def test_a_window_is_never_longer_than_the_day_has_left(install):
    """At noon half a day is left, and just before midnight seconds."""
    install.clock.forward(days=0, hours=11, minutes=59, seconds=59.5)
    install.client.count("cache.hit")
    assert install.client.counting().until - time.monotonic() <= 0.5


def test_a_service_that_runs_within_a_command_is_written_while_it_runs(install):
    """``mytool serve`` may run for weeks and then be killed: each window's counts are written when it is over."""
    with install.client.invocation("test") as run:
        run.command = "(main)"
        run.begin()
        for _ in range(5):
            install.client.count("cache.hit")
            install.client.counting().until = install.client.counting()._look_at = 0.0
        assert written(install.folder) == {"cache.hit": 4}
    assert written(install.folder) == {"cache.hit": 5}


def test_windows_grow_to_ten_minutes(install):
    """A second at first, half as long again each time: a day of a busy service is some two hundred writes."""
    counting, lengths = install.client.counting(), []
    for _ in range(20):
        counting.until = counting._look_at = 0.0
        install.client.count("cache.hit")
        lengths.append(counting.until - time.monotonic())
    assert 0 < lengths[0] <= 1.0
    assert lengths[3] > 1.0
    assert 60 < lengths[-1] <= _counting.WINDOW_SECONDS_MAX


def test_a_run_writes_once(install):
    """Within a short run nothing is written before its end, whatever its threads count."""
    with install.client.invocation("test") as run:
        run.command = "(main)"
        run.begin()
        thread = threading.Thread(target=lambda: [install.client.count("cache.hit") for _ in range(20_000)])
        thread.start()
        thread.join()
        assert written(install.folder) == {}
        assert len(install.client.counting().waiting) <= _counting.QUEUE_MAX
    assert written(install.folder) == {"cache.hit": 20_000}


def test_counting_within_what_interrupts_it_neither_waits_nor_loses(install):
    """A finalizer or a signal handler that counts, whatever it comes upon, never waits for what it interrupted."""

    class Counts:
        def __del__(self):
            install.client.count("cache.miss")

    with install.client.invocation("test") as run:
        run.command = "(main)"
        run.begin()
        for _ in range(3000):
            garbage = Counts()
            garbage.itself = garbage
            install.client.count("cache.hit")
            del garbage
        gc.collect()
    assert written(install.folder) == {"cache.hit": 3000, "cache.miss": 3000}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_a_signal_handler_may_count(install):
    """A handler that counts at any moment of the counting is counted too."""
    told = []
    before = signal.signal(signal.SIGALRM, lambda *_: (told.append(1), install.client.count("cache.miss")))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        for _ in range(20_000):
            install.client.count("cache.hit")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    install.client.write_counts()
    assert written(install.folder) == {"cache.hit": 20_000, **({"cache.miss": len(told)} if told else {})}


@pytest.mark.parametrize("n", [0, -1, True, 1.5, None, "3", 10**12])
def test_what_is_no_count_is_not_counted(install, n):
    """A number that is none, or no event of the plan, costs nobody anything; too large a one is told as the largest."""
    install.client.count("cache.hit", n)
    install.client.count(["cache.hit"])
    install.client.count("jane.doe")
    install.client.write_counts()
    assert written(install.folder) == ({"cache.hit": 10**9 - 1} if n == 10**12 else {})


def test_disk_trouble_is_nobodys(install):
    """Where nothing can be written the program goes on, and counts again when it can be."""
    install.folder.mkdir(parents=True)
    (install.folder / "spool").write_text("in the way")
    install.client.count("cache.hit")
    (install.folder / "spool").unlink()
    install.client.count("cache.hit", 2)
    install.client.write_counts()
    assert written(install.folder) == {"cache.hit": 2}


def test_the_days_sender_is_started_at_a_scripts_end(tmp_path):
    """A script that counts in no run starts the day's sender when it ends: its plan is there for it."""
    code = PROGRAM.replace(', "FOOTFALL_SENDER": "1"', "") + "\nclient.source = ''\nhit(3)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path), "1"], timeout=60, check=True)
    plan = json.loads((tmp_path / "mytool" / "plan.json").read_text())
    assert "cache.hit" in plan["events"]
    assert list((tmp_path / "mytool" / "spool").glob("*.sender"))


def test_an_author_can_find_a_wrong_name(install, monkeypatch, capfd):
    """What is not recorded as the plan has no such event or field is told to who asks by FOOTFALL_DEBUG, else not."""
    install.client.plan = PLAN
    for is_asked in (False, True):
        if is_asked:
            monkeypatch.setenv("FOOTFALL_DEBUG", "1")
        install.client.count("cache.hits")
        install.client.write_counts()
        install.client.record("cache.hot")
        install.client.record("cache.hit", size=3)
        told = capfd.readouterr().err
        assert bool(told) == is_asked
    assert "'cache.hits' is not counted: the plan has no such event" in told
    assert "'cache.hot' is not recorded: the plan has no such event, or it is over" in told
    assert "cache.hit: the plan does not declare 'size'" in told


def test_what_a_service_has_counted_can_be_seen_before_its_first_sender(tmp_path):
    """While a service runs that has counted, the `footfall` program shows its counts, before any sender has come."""
    code = (
        PROGRAM
        + """
client = Client("mytool", version="1.4.2", endpoint="http://127.0.0.1:9", home=sys.argv[1],
                plan=Plan([EventType("service.heartbeat"), EventType("cache.hit")]), environ=client.environ)
hit(3)
print("counted", flush=True)
sys.stdin.read()
"""
    )
    command = [sys.executable, "-c", code, str(tmp_path), "1"]
    environ = {**os.environ, "FOOTFALL_HOME": str(tmp_path), "MYTOOL_TELEMETRY": "1"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout.readline() == "counted\n"
        shown = [sys.executable, "-m", "footfall", "preview", "--json"]
        parts = json.loads(subprocess.run(shown, env=environ, capture_output=True, check=True).stdout)["tools"][0]
        service.communicate("")
    assert [part["document"]["n"] for part in parts["parts"] if part["document"]["part"] == "cache.hit"] == [3]
