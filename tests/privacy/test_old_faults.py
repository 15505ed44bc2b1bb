"""Faults that earlier systems of this kind had, where they are about consent or leaking: each shown not to be ours.

``docs/old-faults.md`` lists these and those that other tests show.
"""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

import pytest
from recording import senders_of
from worlds import World, wait_until

from footfall import Client, EventType, Flag, Plan
from footfall._spawn import CHILD_MARK

pytestmark = pytest.mark.privacy

RANDOM = re.compile(rb"[0-9a-f]{12,}")
DEADLY = ("SIGINT", "SIGTERM", "SIGHUP")
CONSENTS = ("ask", "notice", "opt-in")
ON = {"MYTOOL_TELEMETRY": "1", CHILD_MARK: "1"}  # and no process is started
OFF = {**ON, "MYTOOL_TELEMETRY": "0"}


@pytest.fixture
def world(tmp_path, recorder):
    """An account in which nobody was asked."""
    return World(tmp_path, recorder.address)


def a_run(client):
    """A run of a command."""
    with client.invocation("test") as run:
        run.command = "greet"
        run.begin()


def an_event(client):
    """An own event with a field."""
    client.record("model.loaded", cached=True)


def a_count(client):
    """An own event, counted."""
    client.count("model.loaded")


def a_cell(client):
    """A cell of a notebook."""
    client.session("lab", "notebook").begin().end()


@pytest.mark.parametrize("consent", CONSENTS)
@pytest.mark.parametrize("record", [a_run, an_event, a_count, a_cell])
def test_no_event_is_exempt_from_off(tmp_path, record, consent):
    """Whatever is recorded, and however the author asks, off keeps all of it from being written (Devtron 2).

    There, three kinds of events never looked at the opt-out; in telemetry-kit a refusal held in one consent mode only.
    """
    plan, files = Plan([EventType("model.loaded", {"cached": Flag()})]), {}
    for environ in (OFF, ON):
        home = tmp_path / environ["MYTOOL_TELEMETRY"]
        place = home / ("mytool.notebook" if record is a_cell else "mytool")
        place.mkdir(parents=True)
        (place / "consent").write_text("on 2026-11-21 1 http://127.0.0.1:9 25\n")
        settings = {"version": "1.4.2", "endpoint": "http://127.0.0.1:9", "consent": consent, "plan": plan}
        record(Client("mytool", environ=environ, home=str(home), **settings))
        files[environ["MYTOOL_TELEMETRY"]] = [path.name for path in home.rglob("*") if path.is_file()]
    assert files["0"] == ["consent"]
    assert len(files["1"]) > 1, "the same is written where it is on"


def test_an_answer_that_cannot_be_read_is_off_each_time(tmp_path):
    """An opt-out that could not be looked up is not forgotten at the next look (Devtron 1)."""
    (tmp_path / "mytool" / "consent").mkdir(parents=True)
    client = Client("mytool", version="1.4.2", endpoint="http://127.0.0.1:9", environ=ON, home=str(tmp_path))
    for _ in range(3):
        decision = client.decide()
        assert (decision.mode, decision.rule) == ("off", 1)
        a_run(client)
    assert [path.name for path in tmp_path.rglob("*")] == ["mytool", "consent"]


@pytest.mark.parametrize("word", ["disabled", "enable", "n", "False", "off ", "none", "opt-out"])
def test_words_that_meant_off_and_were_not_heard(world, word):
    """Words that people had set to switch off, and were sent all the same, are off (Faucet 3, Telly 11)."""
    world.agree()
    status = world.run("telemetry", "status", ends=1, HELLO_TELEMETRY=word).stdout.decode()
    assert "(rule 4)" in status
    before = world.tree()
    world.run("greet", HELLO_TELEMETRY=word)
    assert world.tree() == before


def test_off_needs_nothing_to_be_there(world):
    """Off said on an account that holds nothing of ours is kept, and is what status reads (Telly 3, Faucet 2)."""
    world.run("telemetry", "off")
    assert list(world.files()) == ["hello/consent"]
    assert "(rule 6)" in world.run("telemetry", "status", ends=1).stdout.decode()


def test_the_program_itself_speaks_to_nobody(world, recorder):
    """No connection is opened by the program's process, not at its start either (Devtron 3 and 4, Faucet 1)."""
    world.agree()
    trace = world.trace("greet")
    world.wait()
    assert recorder.requests, "its sender does"
    program = (world.place.parent / "trace").read_text().split(maxsplit=1)[0]
    assert trace.sockets
    assert not [line for line in trace.sockets if line.split(maxsplit=1)[0] == program]


def test_the_program_ends_while_its_collector_hangs(world, black_hole):
    """The end of a program waits for no answer, of a collector that gives none (telemetry-kit 5, Faucet 4)."""
    world.address = black_hole.recorder.address
    world.agree()
    assert world.run("greet").stdout == b"Hello world!\n"
    assert black_hole.arrived.wait(60)
    assert senders_of(world.folder), "its sender waits, and the program has ended"


def test_two_tools_of_one_machine_share_nothing(world, recorder):
    """Two tools of one user report alike but for their names and keys, and keep nothing that tells they are one's.

    Every product of telemetry-kit gave a machine the same identifier (12).
    """
    told, random = {}, {}
    for project in ("hello", "other"):
        world.run("greet", program="hello", PROJECT_NAME=project, **{f"{project.upper()}_TELEMETRY": "1"})
        world.folder = world.footfall / project
        world.wait()
        bodies = sorted(body for body in recorder.bodies if f'"project":"{project}"'.encode() in body)
        kept = b"".join(path.read_bytes() for path in world.folder.rglob("*") if path.is_file())
        random[project] = set(RANDOM.findall(b"".join([*bodies, kept])))
        told[project] = [RANDOM.sub(b"", body).replace(project.encode(), b"") for body in bodies]
    assert sorted(told["hello"]) == sorted(told["other"])
    assert len(random["hello"]) > 3
    assert not random["hello"] & random["other"]


def test_nothing_is_written_where_the_user_works(world, recorder):
    """No run, and no sender, leaves a file in the current folder or anywhere but the state folder (Telly 9)."""
    world.agree()
    world.run("greet")
    world.run("fail", ends=3)
    world.wait()
    assert recorder.requests
    assert not [name for name in world.files() if name.startswith("..")]


@pytest.mark.parametrize("environ", [{"HELLO_TELEMETRY": "1"}, {"DO_NOT_TRACK": "1"}, {"SIGNALS_BARE": "1"}])
@pytest.mark.parametrize("name", DEADLY)
def test_signals_are_the_programs(world, name, environ):
    """No signal is handled, and after a child process has ended each still ends the program (Telly 6 and 7)."""
    with world.start("wait", program="signals", **environ) as process:
        assert process.stdout.readline() == b"handlers are what they were\n"
        wait_until(lambda: b"S (sleeping)" in state_of(process.pid), "it does not wait")
        process.send_signal(getattr(signal, name))
        code = process.wait(60)
        rest = process.stdout.read()
    assert code == (1 if name == "SIGINT" else -getattr(signal, name))
    assert b"ended by itself" not in rest


def state_of(process):
    """What the kernel says of a process that waits for a line, and no child of its own lives."""
    children = Path(f"/proc/{process}/task/{process}/children").read_bytes().split()
    return Path(f"/proc/{process}/status").read_bytes() if not children else b""


@pytest.mark.parametrize("environ", [{"HELLO_TELEMETRY": "1"}, {"SIGNALS_BARE": "1"}])
@pytest.mark.skipif(sys.platform != "linux", reason="exit codes of Linux")
def test_a_crash_is_a_crash(world, environ):
    """A segmentation fault ends the program at once, as without us (Telly 2)."""
    assert world.run("crash", program="signals", ends=-signal.SIGSEGV, **environ).stdout.startswith(b"handlers are")
