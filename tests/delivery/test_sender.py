"""The sender as a process: one a day, alone, detached, and knowing nothing of what its user typed."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest
from machines import PROGRAMS, SECONDS_MAX, wait_until

pytestmark = pytest.mark.e2e

# All that a sender may be told by its environment, in so many words.
ALLOWED = {
    *("HOME", "LOCALAPPDATA", "PROGRAMDATA", "SYSTEMROOT", "XDG_STATE_HOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH"),
    *("FOOTFALL", "FOOTFALL_HOME", "FOOTFALL_ENDPOINT", "FOOTFALL_PLUGINS_OFF", "FOOTFALL_SENDER", "HELLO_TELEMETRY"),
    *("DO_NOT_TRACK", "CI", "PYTHONPATH", "PYTHONHOME", "PYTHONSAFEPATH", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
}
CANARY = "zq7Canary"


@pytest.fixture
def stuck(roaming, road):
    """An install whose senders get no answer for as long as the test runs."""
    road.mode = "hold"
    return roaming


def the_sender(install, road):
    """Process id of the one sender, when it waits for its answer."""
    wait_until(lambda: road.bodies, "the sender posts nothing")
    (process,) = install.senders()
    return process


def words_of(process, name):
    """The zero-terminated words in a file of a process: ``cmdline`` or ``environ``."""
    return [word.decode() for word in Path(f"/proc/{process}/{name}").read_bytes().split(b"\0")[:-1]]


@pytest.mark.statement(40)
def test_twenty_first_runs_at_once(install, collector):
    """20 first runs of a day that come at once start one sender, and so do 20 of the next day."""
    with collector.up():
        assert install.run_many(20, at_once=20) == [0] * 20
        install.wait()
        assert len(install.starts) == 1
        assert (install.folder / "spool" / f"{install.date}.sender").stat().st_size == 0
        install.day += 1
        install.run_many(20, at_once=20)
        install.wait()
        assert len(install.starts) == 2
        install.next_day()
    assert collector.runs() == {"ok": 41}
    assert list(collector.actives().values()) == [1] * 3


@pytest.mark.statement(40)
def test_a_second_sender_goes_home(stuck, road):
    """While a sender is at work on a folder, others that are started for it end before long and post nothing."""
    stuck.run()
    first = the_sender(stuck, road)
    command = [sys.executable, "-m", "footfall.sender", stuck.folder]
    others = [subprocess.Popen(command, env=stuck.environ()) for _ in range(3)]
    assert [other.wait(SECONDS_MAX) for other in others] == [0] * 3
    assert stuck.senders() == [first]
    assert len(road.bodies) == len(set(road.bodies)), "the first goes on to its next part, and no part is posted twice"


def test_a_sender_starts_no_other(stuck, road):
    """An instrumented program that a sender itself were to run, in its very environment, starts no sender."""
    stuck.run()
    first = the_sender(stuck, road)
    theirs = dict(word.split("=", 1) for word in words_of(first, "environ"))
    stuck.day += 1
    clock = {"HELLO_CLOCK": stuck.environ()["HELLO_CLOCK"]}
    assert stuck.run(environ={**theirs, **clock}) == 0
    assert (stuck.folder / "spool" / f"{stuck.date}.log").exists(), "it is counted"
    assert stuck.senders() == [first]
    assert stuck.starts == [first]


@pytest.mark.statement(51)
def test_argv_and_environment(stuck, road):
    """A sender's command line is fixed, its environment is the allow-list's, and neither holds a word of its user's."""
    secrets = {"AWS_SECRET": CANARY, f"X{CANARY}": "1", "PAGER": CANARY, "CI": CANARY, "LANG": CANARY, "PWD": CANARY}
    stuck.run("greet", "--name", f"{CANARY}Name", environ=stuck.environ(**secrets))
    process = the_sender(stuck, road)
    start, (folder, offset) = words_of(process, "cmdline")[:-2], words_of(process, "cmdline")[-2:]
    plain = ["-P", "-m", "footfall.sender"] if sys.version_info >= (3, 11) else start[1:]
    assert start == [sys.executable, *plain]
    assert folder == str(stuck.folder)
    assert offset.partition("=")[0] == "--clock-offset"
    environ = words_of(process, "environ")
    assert {word.partition("=")[0] for word in environ} <= ALLOWED
    assert "CI=1" in environ, "that it is there, not what it holds"
    told = "\n".join([*words_of(process, "cmdline"), *environ])
    assert CANARY not in told
    assert "greet" not in told


def test_detached(stuck, road):
    """A sender has a session of its own without a terminal, in no user's folder, its standard streams going nowhere."""
    stuck.run(environ=stuck.environ())
    process = the_sender(stuck, road)
    group, session, terminal = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[2:5]
    assert terminal == "0"
    assert {int(group), int(session)}.isdisjoint({os.getpgid(0), os.getsid(0)})
    assert Path(f"/proc/{process}/cwd").readlink() == Path("/")
    assert {Path(f"/proc/{process}/fd/{fd}").readlink() for fd in (0, 1, 2)} == {Path(os.devnull)}


def test_captured_output_ends_while_a_sender_is_stuck(stuck, road):
    """``$(hello greet)`` has its output, to the end, though the sender that it started hangs."""
    script = f'said=$({sys.executable} -m hello greet 2>&1); echo "[$said]"'
    shell = subprocess.run(
        ["sh", "-c", script], env=stuck.environ(), stdout=subprocess.PIPE, timeout=SECONDS_MAX, check=True
    )
    assert shell.stdout == b"[Hello world!]\n"
    assert stuck.senders()
    the_sender(stuck, road)


def test_inherited_pipe_ends_while_a_sender_is_stuck(stuck, road):
    """Who reads a pipe that the program merely inherited reads its end, though the sender hangs."""
    reading, writing = os.pipe()
    with stuck.start(pass_fds=[writing]) as program:
        os.close(writing)
        assert program.wait(SECONDS_MAX) == 0
    process = the_sender(stuck, road)
    assert select.select([reading], [], [], 0)[0], "the end is there to be read"
    assert os.read(reading, 1) == b""
    os.close(reading)
    assert stuck.senders() == [process]


def test_starts_are_seen(install, collector):
    """The way in which these tests count senders sees one that is started by hand."""
    with collector.up():
        install.run()
        install.wait()
        subprocess.run([sys.executable, "-m", "footfall.sender", install.folder], env=install.environ(), check=True)
    assert len(install.starts) == 2
    assert (PROGRAMS / "sitecustomize.py").exists()
