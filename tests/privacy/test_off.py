"""Off means nothing written, nothing started, nothing sent: statements of the privacy rules, by number."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from recording import senders_of
from worlds import HOT, RECORDING, RULES, World, wait_until

pytestmark = pytest.mark.privacy

TRUTHY = ("1", "true", "TRUE", "yes", "on", " 1 ", "anything")
FALSY = (None, "", "0", "false", "no", "off")
RESTRICTED = ("CI", "GITHUB_ACTIONS", "SUDO_USER", "KUBERNETES_SERVICE_HOST", "container", "PYTEST_CURRENT_TEST")
THEIRS = {"hello", "ordinary", "terms"}  # modules of the program itself
LINES = (("greet", "--name", "you"), ("fail",), ("no-such-command",))


@pytest.fixture
def world(tmp_path, recorder):
    """An account in which nobody was asked."""
    return World(tmp_path, recorder.address)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """What the program does without us, by command line."""
    world = World(tmp_path_factory.mktemp("bare"))
    return {words: world.trace(*words, program="bare") for words in LINES}


@pytest.fixture
def assert_off(world, recorder, bare):
    """Runs change no file, start nothing, open no socket, load three of our modules at most; this rule is why."""

    def check(rule, *, program="", **environ):
        before = world.tree()
        for words in LINES:
            trace = world.trace(*words, program=program, **environ)
            assert trace.is_quiet, trace
            assert trace.output == bare[words].output
            more = trace.modules - bare[words].modules - THEIRS
            assert HOT <= more <= HOT | RULES, "nothing of json, socket, ssl, subprocess and their like"
        shown = world.run("telemetry", "status", program=program, ends=None, **environ)
        assert f"(rule {rule})" in shown.stdout.decode()
        assert shown.returncode == (2 if rule == 11 else 1)
        assert world.tree() == before
        assert not recorder.requests

    return check


def test_the_harness_sees(world, recorder, bare):
    """What these tests look for is there once the user agreed; a day's second run loads five modules."""
    world.agree()
    trace = world.trace(*LINES[0])
    assert trace.sockets
    assert trace.children
    assert trace.changes
    assert recorder.requests
    again = world.trace(*LINES[0])
    assert again.modules - bare[LINES[0]].modules - THEIRS == HOT | RULES | RECORDING
    assert any("spool" in line for line in again.changes)


@pytest.mark.statement(13)
@pytest.mark.parametrize("word", TRUTHY)
def test_statement_13_do_not_track(world, assert_off, word):
    """DO_NOT_TRACK, however it says so, makes nothing happen, whatever the user or the tool's own switch said."""
    world.agree()
    assert_off(3, DO_NOT_TRACK=word, HELLO_TELEMETRY="1")


@pytest.mark.statement(14)
@pytest.mark.parametrize("word", FALSY)
def test_click_heeds_no_empty_do_not_track(world, recorder, word):
    """A DO_NOT_TRACK that says no, or nothing, changes nothing: the run is counted and sent."""
    world.agree()
    world.run("greet", **({} if word is None else {"DO_NOT_TRACK": word}))
    world.wait()
    assert {b'"part":"activity"' in body for body in recorder.bodies} == {True, False}


@pytest.mark.slow
@pytest.mark.statement(14)
@pytest.mark.parametrize(("needs", "program", "yes", "line"), [
    ("footfall_typer", "asking_typer", ("telemetry", "on"), "greet"),
    ("IPython", "celled", ("%footfall on",), "1 + 1"),
])  # fmt: skip
def test_typer_and_jupyter_heed_no_empty_do_not_track(world, recorder, needs, program, yes, line):
    """With each DO_NOT_TRACK that says no, or nothing, a Typer program and a notebook session are counted and sent."""
    pytest.importorskip(needs)
    world.run(*yes, program=program, HELLO_TELEMETRY="1")
    world.gate.touch()  # one sender for all, when they have ended
    more = [{} if word is None else {"DO_NOT_TRACK": word} for word in FALSY]
    runs = [world.start(line, program=program, **environ) for environ in more]
    for run in runs:
        run.communicate()
        assert run.returncode == 0
    world.gate.unlink()
    wait_until(lambda: not senders_of(world.footfall), "a sender does not end")
    world.run("send", "--now", program="footfall.cli")
    told = [json.loads(body) for body in recorder.bodies]
    (counts,) = (part["cells" if needs == "IPython" else "rows"] for part in told if "durations" in str(part))
    assert sum(count["n"] for count in counts) == len(FALSY) * (2 if needs == "IPython" else 1)


@pytest.mark.statement(17)
@pytest.mark.parametrize(("variable", "word"), [
    ("FOOTFALL", "off"), ("FOOTFALL", "perhaps"), ("HELLO_TELEMETRY", "0"), ("HELLO_TELEMETRY", "perhaps"),
])  # fmt: skip
def test_statement_17_switches(world, assert_off, variable, word):
    """Either switch, saying off or a word that it does not know, makes nothing happen."""
    world.agree()
    assert_off(4, **{variable: word})


@pytest.mark.statement(19)
def test_statement_19_a_stored_no(world, recorder, assert_off):
    """``telemetry off`` removes all that was kept, leaves one file, and from then on nothing happens."""
    world.agree()
    for _ in range(2):
        world.run("greet")
    world.wait()
    assert len(world.files()) > 4
    world.run("telemetry", "off")
    today = datetime.now(timezone.utc).date()
    assert world.files() == {"hello/consent": f"off {today}\n".encode()}
    recorder.requests.clear()
    assert_off(6)
    assert_off(6, HELLO_TELEMETRY="1")


@pytest.mark.statement(19)
def test_statement_19_a_no_for_all_tools(world, assert_off):
    """A no for all tools makes nothing happen, though this tool was allowed."""
    world.agree()
    (world.footfall / "consent").write_text("off 2026-11-21\n")
    assert_off(6)


@pytest.mark.statement(18)
@pytest.mark.parametrize(("content", "mode"), [("yes please", 0o600), ("", 0o600), ("on 2026-11-21", 0o666)])
def test_statement_18_an_answer_that_cannot_be_trusted(world, assert_off, content, mode):
    """An answer that is none, or that anybody may have written, is a no."""
    world.agree()
    (world.folder / "consent").write_text(content)
    (world.folder / "consent").chmod(mode)
    assert_off(1)


@pytest.mark.statement(26)
@pytest.mark.parametrize("variable", RESTRICTED)
def test_statement_26_no_persons_own_use(world, recorder, assert_off, variable):
    """In CI, under sudo, in a pod or a test run a stored yes does nothing; the tool's own switch can."""
    world.agree()
    assert_off(8, program="hello", **{variable: "x"})
    world.run("greet", program="hello", HELLO_TELEMETRY="1", **{variable: "x"})
    world.wait()
    assert recorder.requests


@pytest.mark.statement(5)
def test_statement_05_undecided_without_a_terminal(world, assert_off):
    """Who was never asked, and cannot be, is not waited for, and nothing is kept: no folder, no counter of runs."""
    assert_off(11)
    assert not world.footfall.exists()


@pytest.mark.statement(3)
def test_statement_03_declining(world, recorder):
    """Declining sends nothing, of the command that declines or any later one."""
    trace = world.trace("telemetry", "off")
    assert not trace.sockets
    assert not trace.children
    for _ in range(3):
        world.run("greet")
    assert list(world.files()) == ["hello/consent"]
    assert not recorder.requests


@pytest.mark.statement(11)
@pytest.mark.parametrize("environ", [{}, {"HELLO_TELEMETRY": "1"}], ids=["undecided", "on"])
@pytest.mark.parametrize("words", ["--help", "--version", "greet --help", "", "telemetry status", "complete me"])
def test_statement_11_looking(world, recorder, words, environ):
    """Help, version, completion and a look at the status count nothing, write nothing, start nothing, ask nothing."""
    complete = {"_HELLO_COMPLETE": "bash_complete", "COMP_WORDS": "hello gr", "COMP_CWORD": "1"}
    more = {**environ, **(complete if words == "complete me" else {})}
    trace = world.trace(*words.split(), **more)
    assert not trace.sockets
    assert not trace.children
    if words != "greet --help" or not environ:
        assert not trace.changes
        assert not world.files()
    world.run("greet", **environ)
    world.wait()
    told = b"".join(recorder.bodies)
    assert told.count(b'"n":1') == (2 if environ else 0), "the last run's row and duration, and no other's"


@pytest.mark.statement(11)
def test_statement_11_importing(world, recorder):
    """Importing the package, or an instrumented program, writes nothing, starts nothing, opens nothing."""
    for start in ("import footfall", "import footfall, {program}"):
        trace = world.trace(start=start, HELLO_TELEMETRY="1")
        assert trace.is_quiet
    assert not world.files()


COLD = ("ssl", "urllib", "http", "socket", "json", "subprocess", "httpx", "pluggy")


@pytest.mark.statement(13, 23)
@pytest.mark.parametrize(
    ("switch", "words"),
    [("DO_NOT_TRACK", "greet --name you"), ("FOOTFALL", "fail"), ("HELLO_TELEMETRY", "greet --nope")],
)
def test_off_in_a_typer_program(world, recorder, switch, words):
    """A Typer program with any switch off asks the kernel for nothing, and loads no more than the hot modules."""
    pytest.importorskip("footfall_typer")
    world.agree()
    before = world.tree()
    bare = world.trace(*words.split(), program="typed_bare")
    trace = world.trace(*words.split(), program="typed", **{switch: "1" if switch == "DO_NOT_TRACK" else "off"})
    assert trace.is_quiet, trace
    assert trace.output == bare.output
    more = trace.modules - bare.modules - {"typed", "typed_bare"}
    assert more <= HOT | RULES | {"footfall_typer"}
    assert not more & set(COLD)
    assert world.tree() == before
    assert not recorder.requests
