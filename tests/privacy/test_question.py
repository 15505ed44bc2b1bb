"""The question, asked at the end of a real program's run on a real terminal, and what comes of each answer."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone

import pytest
from recording import senders_of
from terminals import PROMPTS
from worlds import World

pytestmark = pytest.mark.privacy

NO = {"enter": "\n", "n": "n\n", "another word": "maybe\n", "ctrl-c": "\x03", "ctrl-d": "\x04", "silence": ""}


@pytest.fixture
def framework():
    """What the program is written with, where a test does not say."""
    return "click"


@pytest.fixture
def world(tmp_path, recorder, framework):
    """An account in which nobody was asked."""
    made = World(tmp_path, recorder.address)
    if framework == "typer":
        pytest.importorskip("footfall_typer")
        made.program = made.asking = "asking_typer"
    return made


def refusal():
    """What is stored after a no, and nothing else."""
    return {"hello/consent": f"off {datetime.now(timezone.utc):%Y-%m-%d}\n".encode()}


@pytest.mark.statement(2, 3, 4)
@pytest.mark.parametrize("answer", NO)
def test_statement_04_all_but_yes_is_no(world, start, recorder, answer):
    """Enter, Ctrl-C, Ctrl-D, silence or another word is No; output and exit code are as ever; one file is left."""
    terminal = start(**({"HELLO_PATIENCE": "0.2"} if answer == "silence" else {}))
    terminal.read(until=PROMPTS[0], said="Hello world!\n")
    assert terminal.said == "Hello world!\n", "the program has done its work before anybody is asked"
    assert world.files() == {}, "nothing is kept while nobody has answered"
    terminal.type(NO[answer])
    assert terminal.end() == 0
    assert terminal.said == "Hello world!\n"
    assert terminal.shown.endswith("Nothing will be recorded.\n")
    assert world.files() == refusal()
    assert not recorder.requests


@pytest.mark.statement(6)
@pytest.mark.parametrize(("framework", "answer"), [*(("click", answer) for answer in NO), ("typer", "enter")])
def test_statement_06_a_no_to_click_and_typer_is_remembered(world, start, recorder, answer):
    """100 later runs on the terminal ask nobody, and change no file."""
    first = start(**({"HELLO_PATIENCE": "0.2"} if answer == "silence" else {}))
    first.read(until=PROMPTS[0])
    first.type(NO[answer])
    first.end()
    before = world.tree()
    for _ in range(2):
        later = start(HELLO_MORE_RUNS="49")
        assert later.end() == 0
        assert later.said == "Hello world!\n" * 50
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


@pytest.mark.statement(1, 7)
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
@pytest.mark.parametrize("framework", ["click", "typer"])
def test_statement_08_what_the_question_of_click_and_typer_shows(world, start, recorder):
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
        assert words in " ".join(question.split()), "whatever the line it stands in"
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


@pytest.mark.statement(11)
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


@pytest.mark.statement(13)
def test_do_not_track_on_a_terminal(world, start):
    """Who has set DO_NOT_TRACK is not asked either."""
    terminal = start(DO_NOT_TRACK="1")
    assert terminal.end() == 0
    assert terminal.shown == ""
    assert world.files() == {}


SIZES = {80: 8, 40: 19}  # columns, and the lines that the question may take


@pytest.mark.statement(8)
@pytest.mark.parametrize("columns", SIZES)
@pytest.mark.parametrize("consent", ["ask", "notice"])
@pytest.mark.parametrize("look", [{"TERM": "xterm-256color"}, {"TERM": "dumb"}, {"NO_COLOR": "1"}, {}], ids=str)
def test_sizes_and_kinds_of_terminals(start, columns, consent, look):
    """Wide or narrow, with colours or a teletype: the lines fit, there are few, and no escape code is among them."""
    terminal = start(columns=columns, HELLO_CONSENT=consent, **look)
    terminal.read(until=PROMPTS[0] if consent == "ask" else None)
    first, *lines = terminal.shown.rstrip("\n").split("\n")
    assert not first
    assert len(lines) <= SIZES[columns]
    assert max(map(len, lines)) < columns
    assert "".join(lines).isprintable()
    for words in ("telemetry off", "telemetry preview", "DO_NOT_TRACK=1", "25 months", "the hello project"):
        assert words in " ".join(terminal.shown.split())
    if consent == "ask":
        terminal.type("\n")
    assert terminal.end() == 0


@pytest.mark.statement(5)
@pytest.mark.parametrize("plain", ["0", "1", "2", "01"])
@pytest.mark.parametrize("consent", ["ask", "notice"])
def test_redirected_streams(world, start, plain, consent):
    """With any stream that is no terminal nobody is asked or told, and nothing is kept: a notice was not seen."""
    terminal = start(plain=plain, HELLO_CONSENT=consent)
    assert terminal.end() == 0
    assert (terminal.shown, terminal.said + terminal.redirected) == ("", "Hello world!\n")
    assert world.files() == {}


@pytest.mark.statement(1)
def test_the_notice(world, start, recorder):
    """It is shown once; nothing is counted in that run, the next one is, and nothing is sent for a day at least."""
    first = start(HELLO_CONSENT="notice", tracer=world.tracer())
    assert first.end() == 0
    assert "hello counts how it is used, from its next run on." in first.shown
    trace = world.traced(first.said.encode())
    assert not trace.sockets
    assert not trace.children
    assert list(world.files()) == ["hello/agreed.json", "hello/consent"]
    second = start(HELLO_CONSENT="notice", HELLO_MORE_RUNS="9")
    assert second.end() == 0
    assert second.shown == ""
    world.wait()
    assert any("spool" in name for name in world.files())
    assert not recorder.requests
    said = world.folder / "consent"
    said.write_text(re.sub(r"\d{4}-\d\d-\d\d", "2026-01-01", said.read_text()))  # days later
    world.run("telemetry", "send", "--now", HELLO_CONSENT="notice")
    assert recorder.requests


@pytest.mark.statement(1)
def test_no_to_a_notice(world, start, recorder):
    """Who says off after a notice has sent nothing, ever, and one file is left."""
    start(HELLO_CONSENT="notice").end()
    start(HELLO_CONSENT="notice").end()
    world.run("telemetry", "off")
    assert start(HELLO_CONSENT="notice").end() == 0
    assert world.files() == refusal()
    assert not recorder.requests


@pytest.mark.statement(2)
def test_opt_in_never_asks(world, start):
    """With opt-in a hundred runs on a terminal ask nobody and keep nothing."""
    terminal = start(HELLO_CONSENT="opt-in", HELLO_MORE_RUNS="99")
    assert terminal.end() == 0
    assert terminal.shown == ""
    assert world.files() == {}


@pytest.mark.statement(1, 4)
@pytest.mark.parametrize(("answer", "kept"), [("y\n", "on"), ("\n", "off")])
def test_a_typer_program_asks_alike(world, start, answer, kept):
    """A program written with Typer asks the same question at the same place, and keeps the answer alike."""
    pytest.importorskip("footfall_typer")
    terminal = start(program="asking_typer")
    terminal.read(until=PROMPTS[0], said="Hello world!\n")
    assert terminal.said == "Hello world!\n"
    assert "hello would like to count how it is used. Nothing has been recorded or sent." in terminal.shown
    assert world.files() == {}
    terminal.type(answer)
    assert terminal.end() == 0
    assert world.files()["hello/consent"].decode().startswith(kept)
