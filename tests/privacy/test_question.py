"""The question, asked at the end of a real program's run on a real terminal, and what comes of each answer."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from recording import senders_of
from worlds import SECONDS_MAX, World, wait_until

pty = pytest.importorskip("pty", reason="terminals are simulated where there are pseudo-terminals")

pytestmark = pytest.mark.privacy

NO = {"enter": "\n", "n": "n\n", "another word": "maybe\n", "ctrl-c": "\x03", "ctrl-d": "\x04", "silence": ""}
# Makes the terminal its session's own, so that Ctrl-C comes through, and becomes the program that is to run there.
AT_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
PROMPTS = ("[y/N/show] ", "[y/N] ")


class Terminal:
    """A program on a terminal; its standard output is a second one, so that it can be told from the question."""

    def __init__(self, world, *words, tracer=(), **environ):
        self.terminal, end = pty.openpty()
        self.output, output_end = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", AT_TERMINAL, *tracer, *world.command(*words, program="asking")],
            env=world.environ(**environ),
            cwd=world.place / "cwd",
            stdin=end,
            stdout=output_end,
            stderr=end,
            start_new_session=True,
        )
        os.close(end)
        os.close(output_end)
        self.shown = self.said = ""

    def read(self, until=None):
        """Read until the last that is shown is a text, or until the end."""
        deadline = time.monotonic() + SECONDS_MAX
        open_ends = {self.terminal, self.output}
        while open_ends and not (until and self.shown.endswith(until)):
            assert time.monotonic() < deadline, self.shown
            for end in select.select(open_ends, [], [], 0.1)[0]:
                try:
                    text = os.read(end, 65536).decode().replace("\r\n", "\n")
                except OSError:  # nobody holds the other end any more
                    open_ends.remove(end)
                    continue
                if end == self.terminal:
                    self.shown += text
                else:
                    self.said += text

    def type(self, text):
        """Type, as a person would: after the program has begun to wait, not microseconds before."""
        state = Path(f"/proc/{self.process.pid}/stat")
        wait_until(lambda: not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "S", "it is busy")
        os.write(self.terminal, text.encode())

    def end(self):
        """Wait for the end; the exit status."""
        self.read()
        code = self.process.wait(SECONDS_MAX)
        os.close(self.terminal)
        os.close(self.output)
        return code


@pytest.fixture
def world(tmp_path, recorder):
    """An account in which nobody was asked."""
    return World(tmp_path, recorder.address)


@pytest.fixture
def start(world):
    """Start the program on a terminal of this account."""
    started = []

    def start(*words, **more):
        started.append(Terminal(world, *(words or ("greet",)), **more))
        return started[-1]

    yield start
    for terminal in started:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.process.wait()


def refusal():
    """What is stored after a no, and nothing else."""
    return {"hello/consent": f"off {datetime.now(timezone.utc):%Y-%m-%d}\n".encode()}


@pytest.mark.statement(4)
@pytest.mark.parametrize("answer", NO)
def test_statement_04_all_but_yes_is_no(world, start, recorder, answer):
    """Enter, Ctrl-C, Ctrl-D, silence or another word is No; output and exit code are as ever; one file is left."""
    terminal = start(**({"HELLO_PATIENCE": "0.2"} if answer == "silence" else {}))
    terminal.read(until=PROMPTS[0])
    assert terminal.said == "Hello world!\n", "the program has done its work before anybody is asked"
    assert world.files() == {}, "nothing is kept while nobody has answered"
    terminal.type(NO[answer])
    assert terminal.end() == 0
    assert terminal.said == "Hello world!\n"
    assert terminal.shown.endswith("Nothing will be recorded.\n")
    assert world.files() == refusal()
    assert not recorder.requests


@pytest.mark.statement(6)
@pytest.mark.parametrize("answer", NO)
def test_statement_06_a_no_is_remembered(world, start, recorder, answer):
    """20 later runs on the terminal ask nobody, and change no file."""
    first = start(**({"HELLO_PATIENCE": "0.2"} if answer == "silence" else {}))
    first.read(until=PROMPTS[0])
    first.type(NO[answer])
    first.end()
    before = world.tree()
    for _ in range(2):
        later = start(HELLO_MORE_RUNS="9")
        assert later.end() == 0
        assert later.said == "Hello world!\n" * 10
        assert later.shown == ""
    assert world.tree() == before
    assert not recorder.requests


@pytest.mark.statement(1)
@pytest.mark.parametrize("answer", ["y\n", "\n"], ids=["yes", "no"])
def test_statement_01_the_asking_run(world, start, recorder, answer):
    """The run that asks opens no socket and starts nothing, whatever is answered; a yes counts nothing of it."""
    terminal = start(tracer=world.tracer())
    terminal.read(until=PROMPTS[0])
    terminal.type(answer)
    assert terminal.end() == 0
    trace = world.traced(terminal.said.encode())
    assert not trace.sockets
    assert not trace.children
    assert list(world.files()) == (["hello/agreed.json"] if answer == "y\n" else []) + ["hello/consent"]
    assert not senders_of(world.folder)
    assert not recorder.requests


def test_a_yes_counts_from_the_next_run_on(world, start, recorder):
    """After a yes the next run is recorded and sent, and only that; nobody is asked again."""
    terminal = start()
    terminal.read(until=PROMPTS[0])
    terminal.type("y\n")
    assert terminal.end() == 0
    later = start()
    assert later.end() == 0
    assert later.shown == ""
    world.wait()
    (commands,) = (json.loads(body) for body in recorder.bodies if b'"cli.command"' in body)
    assert [(row["command"], row["n"]) for row in commands["rows"]] == [("greet", 1)]


def without_keys(lines):
    """Reports, sorted; their keys, which are drawn anew for each example, left out."""
    return sorted(re.sub(r'"key":"[0-9a-f]{32}"', '"key":""', line) for line in lines if line.startswith("{"))


@pytest.mark.statement(8)
def test_statement_08_what_the_question_shows(world, start, recorder):
    """The question names collector, operator, retention and how to switch off; ``show`` prints ``preview``."""
    terminal = start()
    terminal.read(until=PROMPTS[0])
    question = terminal.shown
    for words in (
        world.address.partition("//")[2],
        "the hello project",
        "25 months",
        "telemetry off",
        "DO_NOT_TRACK=1",
    ):
        assert words in question
    terminal.type("show\n")
    terminal.read(until=PROMPTS[1])
    example = without_keys(terminal.shown[len(question) :].splitlines())
    assert world.files() == {}
    terminal.type("\n")
    assert terminal.end() == 0
    assert world.files() == refusal()
    preview = without_keys(world.run("telemetry", "preview").stdout.decode().splitlines())
    assert len(example) == 3
    assert example == preview
    assert not recorder.requests


@pytest.mark.parametrize("words", [("fail",), ("--help",), ("no-such-command",), ("telemetry", "status")])
def test_who_is_not_asked(world, start, words):
    """A failing or mistyped command, a help text and the user's own command ask nobody and keep nothing."""
    terminal = start(*words)
    terminal.end()
    assert PROMPTS[0] not in terminal.shown
    assert world.files() == {}


@pytest.mark.statement(5)
def test_statement_05_no_terminal_no_question(world):
    """With output or input that is no terminal nobody is asked, though the question would come in any run."""
    said = world.run("greet", program="asking")
    assert (said.stdout, said.stderr) == (b"Hello world!\n", b"")
    assert world.files() == {}


def test_do_not_track_on_a_terminal(world, start):
    """Who has set DO_NOT_TRACK is not asked either."""
    terminal = start(DO_NOT_TRACK="1")
    assert terminal.end() == 0
    assert terminal.shown == ""
    assert world.files() == {}
