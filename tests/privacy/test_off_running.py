"""Off also reaches what runs already: programs, senders that wait, senders that were only just started."""

from __future__ import annotations

from pathlib import Path

import pytest
from recording import Recorder, senders_of
from worlds import World

from footfall import outbox
from footfall.sender import Sender
from footfall.transport import Outcome

pytestmark = pytest.mark.privacy

REFUSAL = ["hello/consent"]


@pytest.fixture
def world(tmp_path, recorder):
    """An account whose user agreed."""
    made = World(tmp_path, recorder.address)
    made.agree()
    return made


def nothing_more(world):
    """Whatever runs later leaves the refusal as the only file."""
    world.wait()
    assert list(world.files()) == REFUSAL
    for _ in range(3):
        world.run("greet")
    world.wait()
    assert list(world.files()) == REFUSAL
    assert list(world.footfall.iterdir()) == [world.folder]
    assert list(world.folder.iterdir()) == [world.folder / "consent"]


@pytest.mark.statement(21)
@pytest.mark.parametrize("where", ["one tool", "all tools"])
def test_statement_21_off_while_a_click_program_runs(world, recorder, where):
    """A program that runs when ``off`` is said ends without a trace, and sends nothing."""
    with world.start("wait") as program:
        assert program.stdout.readline() == b"working\n"
        assert any(name.endswith(".log") for name in world.files()), "it has begun to record"
        if where == "one tool":
            world.run("telemetry", "off")
        else:
            world.run("off", program="footfall.cli")
        said = world.files()
        assert "hello/consent" in said
        program.communicate(b"\n")
        assert program.returncode == 0
    assert world.files() == said
    world.run("greet")
    world.wait()
    assert world.files() == said
    assert not recorder.requests


@pytest.mark.statement(21)
def test_statement_21_off_while_a_program_stays(world, recorder):
    """A program that goes on for long, running one command after the other, records none after ``off``."""
    world.gate.touch()  # its sender is not what is tested here
    with world.start(program="shell") as shell:
        for _ in range(3):
            shell.stdin.write(b"greet\n")
            shell.stdin.flush()
            assert shell.stdout.readline() == b"Hello world!\n"
            assert shell.stdout.readline() == b"done\n"
        world.run("telemetry", "off")
        shell.communicate(b"greet\ngreet\n")
    assert list(world.files()) == REFUSAL
    world.gate.unlink()
    nothing_more(world)
    assert not recorder.requests


@pytest.mark.statement(21)
def test_statement_21_off_while_a_sender_waits(world, black_hole):
    """A sender that waits for an answer posts nothing after ``off``, and writes nothing of what it knew."""
    world.address = black_hole.recorder.address
    world.run("telemetry", "on")
    world.run("greet")
    assert black_hole.arrived.wait(60)
    assert senders_of(world.folder)
    world.run("telemetry", "off")
    assert list(world.files()) == REFUSAL
    black_hole.let_go.set()
    nothing_more(world)
    assert len(black_hole.recorder.requests) == 1, "the one that was under way"


@pytest.mark.statement(21)
@pytest.mark.parametrize("where", ["one tool", "all tools"])
def test_statement_21_off_between_sealing_and_sending(world, where):
    """The answer is read anew right before each post: the last moment before it is soon enough."""
    world.run("greet", FOOTFALL_SENDER="1")  # no sender starts; this one is at work in this process
    world.run("telemetry", "preview")
    consent = (world.folder if where == "one tool" else world.footfall) / "consent"
    posted = []

    class Kept:
        def post(self, body):
            """Take everything."""
            posted.append(body)
            return Outcome.DELIVERED

    def say_off(paths):
        if paths:  # that are to be sent, in this order
            consent.write_text("off 2026-11-21\n")

    sender = Sender(world.folder, environ={"HELLO_TELEMETRY": "1"}, transport=Kept(), shuffle=say_off)
    sender.run()
    assert outbox.waiting(world.folder), "it came as far as sending"
    assert not posted


@pytest.mark.statement(22)
@pytest.mark.parametrize("how", ["off", "purge", "off for all"])
def test_statement_22_off_before_a_sender_begins(world, recorder, how):
    """A sender that was started, and then ``off`` was said, sends nothing and leaves nothing."""
    world.gate.touch()
    world.run("greet")
    assert senders_of(world.folder)
    if how == "off for all":
        world.run("off", program="footfall.cli")
    else:
        world.run("telemetry", how)
    said = world.files()
    world.gate.unlink()
    world.wait()
    assert world.files() == said
    assert sorted(said) == {"off": REFUSAL, "purge": [], "off for all": ["consent", *REFUSAL]}[how]
    assert not recorder.requests


@pytest.mark.statement(22)
def test_statement_22_a_refusal_for_all_tools(world, recorder):
    """A refusal that another program stored for all tools stops a sender that was started before."""
    world.gate.touch()
    world.run("greet")
    (world.footfall / "consent").write_text("off 2026-11-21\n")
    before = world.files()
    world.gate.unlink()
    world.wait()
    assert world.files() == before
    assert not recorder.requests


@pytest.mark.statement(51)
def test_statement_51_payload_by_private_files(world, black_hole):
    """What a sender is to send reaches it by files that only their owner can read, not by argv or environment."""
    world.address = black_hole.recorder.address
    world.run("telemetry", "on")
    world.run("greet", "--name", "zq7Canary", SECRET="zq7Canary")
    assert black_hole.arrived.wait(60)
    (known,) = senders_of(world.folder).values()
    assert b"zq7Canary" not in known
    assert b"greet" not in known
    paths = [world.footfall, *world.footfall.rglob("*")]
    assert any(path.match("outbox/*/*-activity.json") for path in paths)
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in paths if path.is_dir()} == {0o700}


@pytest.mark.statement(49)
def test_statement_49_nothing_elsewhere(tmp_path, recorder):
    """A life of counting and sending leaves nothing outside the state folder, and ``purge`` nothing of that."""
    world = World(tmp_path, recorder.address)
    before = world.files()
    world.agree()
    world.run("greet")
    world.wait()
    world.run("telemetry", "send", "--now")
    assert recorder.requests
    outside = {name for name in world.files() if Path(name).parts[0] != "hello"}
    assert outside == set(before)
    world.run("telemetry", "purge")
    assert world.files() == before
    assert not world.footfall.exists()


@pytest.mark.statement(20)
def test_statement_20_on_after_off(world, recorder):
    """Who says no and later yes again comes as somebody new: no key, no first week is as before."""
    world.run("greet")
    world.wait()
    first = list(recorder.bodies)
    world.run("telemetry", "off")
    world.run("telemetry", "on")
    world.run("greet")
    world.wait()
    second = recorder.bodies[len(first) :]
    assert len(first) == len(second) == 3
    assert all(any(b'"new":true' in body for body in bodies) for bodies in (first, second))
    keys = {body.partition(b'"key":"')[2][:32] for body in first + second}
    assert len(keys) == 6
    assert not any(b'"first_in_week":false' in body for body in second)


@pytest.mark.statement(12)
def test_statement_12_another_tool(world, recorder):
    """Consent for one tool does not speak for another of the same user."""
    before = world.tree()
    trace = world.trace("greet", PROJECT_NAME="other")
    assert trace.is_quiet
    assert world.tree() == before
    assert not recorder.requests


@pytest.mark.statement(12)
def test_statement_12_another_collector(world, recorder):
    """Consent for one collector does not speak for another: nothing is recorded, and neither gets anything."""
    before = world.tree()
    another = Recorder()
    try:
        trace = world.trace("greet", FOOTFALL_ENDPOINT=another.address)
        assert trace.is_quiet
        assert world.tree() == before
        assert not another.requests
    finally:
        another.close()
    assert not recorder.requests


@pytest.mark.statement(2)
def test_statement_02_before_a_yes(tmp_path, recorder):
    """Until somebody says yes there is no state folder, whatever is looked at; after a no, only the answer."""
    world = World(tmp_path, recorder.address)
    for words in (("greet",), ("fail",), ("telemetry", "status"), ("telemetry", "preview"), ("telemetry", "log")):
        world.run(*words, ends=None)
        assert not world.footfall.exists(), words
    world.run("telemetry", "off")
    assert list(world.files()) == REFUSAL
    assert not recorder.requests
