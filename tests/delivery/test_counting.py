"""Every run is counted once, whatever becomes of programs, senders, answers and collectors."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.e2e


def test_parallel_runs_while_senders_read(install, collector):
    """8 processes make 200 runs each while one sender after the other reads: 1600 are counted, none twice."""
    environ = install.environ(HELLO_MORE_RUNS="199")
    with collector.up():
        install.run()
        install.wait()
        command = [sys.executable, "-m", "reader", str(install.folder), environ["HELLO_CLOCK"]]
        with subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
            assert reader.stdout.readline() == b"1\n"
            with ThreadPoolExecutor(8) as pool:
                ends = list(pool.map(lambda _: install.run(environ=environ), range(8)))
            times = reader.communicate()[0].split()
        install.next_day()
    assert ends == [0] * 8
    assert len(times) > 2, "they read in between"
    assert collector.runs() == {"ok": 1 + 1600 + 1}
    assert set(collector.actives().values()) == {1}


def test_killed_in_the_last_line(install, collector):
    """100 runs that SIGKILL ends in their body's last line are counted, as killed."""
    with collector.up():
        ends = install.run_many(100, "fall")
        install.next_day()
    assert ends == [-signal.SIGKILL] * 100
    assert collector.runs() == {"killed": 100, "ok": 1}


def test_collector_down_for_half_of_the_runs(install, collector):
    """50 runs without a collector and 50 with it are 100 runs, and each of their days is counted once."""
    install.run_many(25)
    install.wait()
    install.day += 1
    install.run_many(25)
    install.wait()
    with collector.up():
        install.day += 1
        install.run_many(49)
        install.wait()
        install.next_day()
    assert collector.runs() == {"ok": 100}
    assert list(collector.actives().values()) == [1] * 4


def test_answers_lost_after_the_commit(roaming, road, collector):
    """What a collector has counted without its sender knowing is sent again, the same bytes, and counted once."""
    road.lost_answers = 5
    with collector.up():
        roaming.run()
        roaming.wait()
        assert collector.runs() or collector.actives(), "the collector has it, the sender does not know"
        for _ in range(4):
            roaming.next_day()
    assert road.lost_answers == 0
    assert collector.runs() == {"ok": 5}
    assert list(collector.actives().values()) == [1] * 5
    assert collector.firsts()[0] == 1
    assert max(Counter(road.bodies).values()) > 1
    keys = [body.partition(b'"key":"')[2][:32] for body in set(road.bodies)]
    assert len(keys) == len(set(keys)), "a key never stands for two contents"


def test_captive_portal(roaming, road, collector):
    """A portal that answers 200 to everything for two days has not taken anything: the collector gets it all later."""
    road.mode = "portal"
    roaming.run_many(10)
    roaming.wait()
    roaming.next_day()
    assert road.bodies
    with collector.up():
        road.mode = "open"
        roaming.next_day()
    assert collector.runs() == {"ok": 12}
    assert list(collector.actives().values()) == [1] * 3


def test_stop(roaming, road, collector):
    """After a 410 nothing is posted for 30 days, whoever would answer; then it goes on with all that was kept."""
    with collector.up("--retire=hello"):
        roaming.run()
        roaming.wait()
    assert len(road.bodies) == 1, "one answer is enough"
    with collector.up():
        for day in (1, 2, 8, 15, 22, 29):
            roaming.day = day - 1
            roaming.next_day()
            assert len(road.bodies) == 1
        roaming.next_day()
        assert len(road.bodies) > 1
    assert collector.runs() == {"ok": 8}
    assert list(collector.actives().values()) == [1] * 8


def test_senders_killed_at_random(roaming, road, collector):
    """SIGKILL of the sender at any moment, on 36 days, 25 times or more: nothing is lost, nothing counted twice."""
    chance = random.Random(20261121)
    kills = []
    with collector.up():
        began = time.monotonic()
        roaming.run()
        roaming.wait()
        life = time.monotonic() - began  # of a run and its sender; no kill need come later
        for _ in range(36):
            roaming.day += 1
            moment = chance.choice(["arrived", "counted", "answered", "any"])
            road.stage = killing(roaming, kills, moment, chance.randrange(3))
            roaming.run_many(2, at_once=2)
            if moment == "any":
                time.sleep(chance.uniform(0, life))
                kills.append(roaming.kill_senders())
            else:
                roaming.wait()
        road.stage = lambda stage: None
        roaming.next_day()
        roaming.next_day()
    assert sum(kills) >= 25
    assert collector.runs() == {"ok": 1 + 2 * 36 + 2}
    assert list(collector.actives().values()) == [1] * 39
    assert collector.firsts()[0] == 1


def killing(install, kills, moment, number):
    """What kills the sender when its request ``number`` is at ``moment``; one that has just arrived dies with it."""
    left = [number]

    def stage(now):
        if now == moment and not left[0]:
            kills.append(install.kill_senders())
            left[0] = -1
            return True
        left[0] -= now == moment
        return False

    return stage
