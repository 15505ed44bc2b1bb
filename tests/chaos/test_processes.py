"""Forks, threads, tasks, process pools, daemons, and a hundred programs at once."""

from __future__ import annotations

import subprocess
import sys

import pytest
from homes import is_settled, lost, runs_in
from machines import SECONDS_MAX

pytestmark = pytest.mark.e2e


def check(home, judge, **runs):
    """The judge has counted these runs and the next day's first, the install once on each day, and all is told."""
    home.next_day()
    assert judge.runs() == {**runs, "ok": runs.get("ok", 0) + 1}
    assert set(judge.days().values()) == {1}
    assert judge.news() == 1
    assert not lost(home.folder)
    assert is_settled(home.folder)


@pytest.mark.slow
def test_a_hundred_programs_at_once(home, judge):
    """100 first runs of a day that come at once start one sender, and each is counted once."""
    assert home.run_many(100, at_once=100) == [0] * 100
    home.wait()
    assert len(home.starts) == 1
    check(home, judge, ok=100)


@pytest.mark.parametrize(
    ("command", "runs", "output"),
    [
        ("fork-on", 1, b"both are here\nboth are here\n"),
        ("fork-exec", 2, b"Hello world!\n"),
        ("fork-exit", 1, b""),
    ],
)
def test_a_program_that_forks(home, judge, command, runs, output):
    """A forked child has no lines of its own, whatever it does; what it becomes by exec is a run of its own."""
    assert home.see(command) == (0, output)
    home.wait()
    assert (len(runs_in(home.folder, home.date, "S")), len(runs_in(home.folder, home.date, "E"))) == (runs, runs)
    check(home, judge, ok=runs)


def test_a_daemon_by_double_fork(home, judge):
    """Who forks twice and ends the first process is one run, killed as far as can be known, though the daemon lives."""
    assert home.see("daemon", "0.5") == (0, b"")
    assert len(runs_in(home.folder, home.date, "E")) == 0
    check(home, judge, killed=1)


@pytest.mark.parametrize(
    ("way", "runs"),
    [
        (["threads"], 40),
        (["tasks"], 21),
        (["processes", "fork"], 21),
        (["processes", "forkserver"], 21),
        (["processes", "spawn"], 21),
    ],
)
def test_many_runs_of_one_program(home, judge, way, runs):
    """Runs in threads, in an event loop and in processes of every way of starting are each counted once."""
    assert home.see(*way) == (0, b"Hello world!\n" * runs)
    home.wait()
    check(home, judge, ok=runs)


HOST = """
import os, sys
sys.argv[0] = "hello"
import chaotic
chaotic.again()
try:
    print("a child", os.waitpid(-1, os.WNOHANG))
except ChildProcessError:
    print("no child")
"""


def test_a_host_that_lives_on_has_no_child_of_ours(home, judge):
    """A process that goes on after its command's first run of a day sees no child that it did not start."""
    run = subprocess.run(
        [sys.executable, "-c", HOST], env=home.environ(), stdout=subprocess.PIPE, timeout=SECONDS_MAX, check=True
    )
    assert run.stdout.split(b"\n")[:2] == [b"Hello world!", b"no child"]
    home.wait()
    assert len(home.starts) == 1
    check(home, judge, ok=1)


INTERLEAVED = """
import chaotic
client = chaotic.client
def opened():
    run = client.invocation("test").__enter__()
    run.command = "greet"
    run.begin()
    return run
def close(run):
    run.__exit__(None, None, None)
first = opened()
second = opened()
close(first)
close(second)
chaotic.again()
assert client.current is None
"""


def test_runs_that_end_in_the_order_they_began(home, judge):
    """Two runs in tasks of one thread, of which the outer ends first, do not keep later ones from being counted."""
    subprocess.run([sys.executable, "-c", INTERLEAVED], env=home.environ(), timeout=SECONDS_MAX, check=True)
    home.wait()
    check(home, judge, ok=2)
