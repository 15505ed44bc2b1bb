"""The question, asked of a real program on a real terminal: No unless somebody says yes, and remembered."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time

import pytest

from footfall import Client, _ask, _system, overview

pty = pytest.importorskip("pty", reason="terminals are simulated where there are pseudo-terminals")

pytestmark = pytest.mark.privacy

PROGRAM = """
import fcntl, sys, termios
if {controlled}:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from footfall import Client, _ask, _consent
_consent.restriction = lambda environ: ""  # as on a person's own machine
_ask.ASK_BELOW, _ask.ANSWER_SECONDS = {below}, {seconds}
client = Client("mytool", version="1.4.2", endpoint="https://usage.example.org", consent={consent!r},
                operator="the mytool project", public=True, home={home!r}, environ={{}})
client.commands = lambda: {{"(main)": [], "db": [], "db migrate": []}}
with client.invocation("test") as run:
    run.command = "(main)"
    run.begin()
    print("the program's own output")
sys.exit({code})
"""
SECONDS_MAX = 30


class Terminal:
    """A program that runs on a pseudo-terminal of its own, and what is to be seen there."""

    def __init__(self, program, before):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [*before, sys.executable, "-c", program],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        os.close(slave)
        self.screen = ""

    def read(self, until=None):
        """Read until a text is to be seen, or until the program has ended."""
        deadline = time.monotonic() + SECONDS_MAX
        while until is None or until not in self.screen:
            assert time.monotonic() < deadline, self.screen
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    piece = os.read(self.master, 65536)
                except OSError:  # all of its programs have ended
                    break
                self.screen += piece.decode()
            elif self.process.poll() is not None:
                break
        return self.screen

    def type(self, text):
        """Type, as a person would."""
        os.write(self.master, text.encode())

    def end(self):
        """Wait for the program's end; its exit status."""
        self.read()
        code = self.process.wait(SECONDS_MAX)
        os.close(self.master)
        return code


@pytest.fixture
def run(tmp_path):
    """Start the program on a terminal."""
    started = []

    def start(consent="ask", code=0, below=256, seconds=20, controlled=True, before=()):
        found = {"consent": consent, "code": code, "below": below, "seconds": seconds, "controlled": controlled}
        started.append(Terminal(PROGRAM.format(home=str(tmp_path / "home"), **found), before))
        return started[-1]

    yield start
    for terminal in started:
        terminal.process.kill()
        terminal.process.wait()


@pytest.fixture
def files(tmp_path):
    """All there is of the state folder, with contents."""

    def look():
        home = tmp_path / "home"
        return {str(p.relative_to(home)): p.read_text() for p in home.rglob("*") if p.is_file()}

    return look


@pytest.mark.statement(2, 3, 4, 6)
@pytest.mark.parametrize("answer", ["\n", "\x04", "\x03", "n\n", "no\n", "nope\n", "ye\n", "maybe\n", "ｙ\n"])
def test_all_but_yes_is_no_and_is_remembered(run, files, answer):
    """Statements 2, 4 and 6: Enter, Ctrl-D, Ctrl-C or any other word is No; it is kept, and nobody asks again."""
    terminal = run()
    terminal.read("Allow?  [y/N/show]")
    assert files() == {}
    terminal.type(answer)
    assert terminal.end() == 0
    assert "Nothing will be recorded." in terminal.screen
    assert files().keys() == {"mytool/consent"}
    assert files()["mytool/consent"].split()[0] == "off"
    again = run()
    assert again.end() == 0
    assert again.screen == "the program's own output\r\n"


@pytest.mark.parametrize("consent", ["ask", "notice"])
def test_where_no_answer_can_be_kept_nobody_is_asked(run, tmp_path, consent):
    """On a file system that cannot be written there is no question and no notice: they would come back for ever."""
    (tmp_path / "home").mkdir(mode=0o500)
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root may write anywhere here")
    before = ("setpriv", "--inh-caps=-all", "--bounding-set=-all") if os.geteuid() == 0 else ()
    terminal = run(consent=consent, before=before)
    assert terminal.end() == 0
    assert terminal.screen == "the program's own output\r\n"


@pytest.mark.statement(4)
def test_no_answer_in_time_is_no(run, files):
    """Statement 4: when nobody answers, the program ends as it would have, and the answer is No."""
    terminal = run(seconds=0.2)
    assert terminal.end() == 0
    assert "Allow?  [y/N/show] \r\nNothing will be recorded." in terminal.screen
    assert "Fatal" not in terminal.screen
    assert files()["mytool/consent"].startswith("off ")


@pytest.mark.statement(1)
@pytest.mark.parametrize("answer", ["y\n", "yes\n", " YES \n"])
def test_yes_is_kept_with_its_terms_and_counts_from_the_next_run(run, files, answer):
    """Statement 1: a yes is stored with its day and terms; the run that asked writes nothing else."""
    terminal = run()
    terminal.read("Allow?  [y/N/show]")
    terminal.type(answer)
    assert terminal.end() == 0
    assert "Counting starts next run." in terminal.screen
    assert files().keys() == {"mytool/agreed.json", "mytool/consent"}
    word, _, *terms = files()["mytool/consent"].split()
    assert (word, terms) == ("on", ["1", "https://usage.example.org", "25"])


@pytest.mark.statement(8)
def test_show_prints_what_preview_prints(run, tmp_path, files):
    """Statement 8: the question names host, operator, retention and the way out; show gives the example's bytes."""
    terminal = run()
    question = " ".join(terminal.read("Allow?  [y/N/show]").split())  # its lines are broken by width
    for text in (
        "To: usage.example.org",
        "run by the mytool project",
        "counts kept 25 months",
        "results public",
        "mytool telemetry preview",
        "mytool telemetry off",
        "DO_NOT_TRACK=1",
        "which of its 2 commands",
    ):
        assert text in question
    terminal.type("show\n")
    shown = terminal.read("Allow?  [y/N] ")
    terminal.type("\n")
    assert terminal.end() == 0
    assert files()["mytool/consent"].startswith("off ")
    client = Client(
        "mytool", version="1.4.2", endpoint="https://usage.example.org", home=str(tmp_path / "x"), environ={}
    )
    client.commands = lambda: {"(main)": [], "db": [], "db migrate": []}
    lines = [line for line in shown.splitlines() if line.startswith("{")]

    def without_key(text):
        head, _, tail = text.partition('"key":"')
        return head + tail[32:]

    assert list(map(without_key, lines)) == list(map(without_key, _ask.example(client).splitlines()))


def test_a_notice_is_shown_once_and_counts_from_the_next_run(run, files):
    """With consent="notice", the text is shown, nothing is written in that run but that it was shown."""
    terminal = run("notice")
    assert terminal.end() == 0
    assert "mytool counts how it is used, from its next run on." in terminal.screen
    assert files().keys() == {"mytool/agreed.json", "mytool/consent"}
    again = run("notice")
    assert again.end() == 0
    assert again.screen == "the program's own output\r\n"


@pytest.mark.statement(2)
@pytest.mark.parametrize("settings", [{"consent": "opt-in"}, {"below": 0}])
def test_who_is_not_to_be_asked_is_not(run, files, settings):
    """Statement 2: an opt-in program never asks, others not in every run; and then nothing at all is written."""
    terminal = run(**settings)
    assert terminal.end() == 0
    assert (terminal.screen, files()) == ("the program's own output\r\n", {})


def test_a_program_in_the_background_does_not_ask(run, files):
    """A job in the background would be stopped by the terminal if it read; it neither asks nor stops."""
    terminal = run(controlled=False)  # the terminal is not the one that controls it
    assert terminal.end() == 0
    assert (terminal.screen, files()) == ("the program's own output\r\n", {})


def test_what_was_typed_before_the_question_is_no_answer_to_it(run, files):
    """Somebody who types ahead means the next command: the question is put off."""
    terminal = run()
    terminal.type("y\n")
    assert terminal.end() == 0
    assert "Allow?" not in terminal.screen
    assert files() == {}


def test_a_terminal_that_goes_away_is_no_yes(run, files):
    """When the terminal is closed while the question is shown, nothing is granted."""
    terminal = run()
    terminal.read("Allow?  [y/N/show]")
    os.close(terminal.master)
    terminal.process.wait(SECONDS_MAX)
    assert not files().get("mytool/consent", "off").startswith("on")
    assert terminal.process.returncode in (0, -signal.SIGHUP, 120)


@pytest.mark.parametrize("endpoint", ["", None])
def test_without_a_collector_the_question_says_so(install, endpoint):
    """Where no collector is set, question and notice name none, and say that counts stay on the machine."""
    install.client.endpoint = endpoint
    for text in (_ask.question(install.client), _ask.notice(install.client)):
        assert "To: nowhere (no collector is set: counts stay on this machine)." in " ".join(text.split())


@pytest.mark.privacy
@pytest.mark.statement(6)
def test_every_fifth_run_asks(install, monkeypatch):
    """Of all bytes that chance can give, one in five asks: so often an undecided run does, and nothing counts runs."""
    drawn = []
    del install.environ["MYTOOL_TELEMETRY"]
    monkeypatch.setattr("footfall._consent.restriction", lambda environ: "")
    monkeypatch.setattr(_system, "may_ask", lambda: True)
    monkeypatch.setattr(_ask, "ask", drawn.append)
    for byte in range(256):
        monkeypatch.setattr(os, "urandom", lambda _, byte=byte: bytes([byte]))
        _ask.maybe_ask(install.client)
    assert abs(len(drawn) / 256 - 1 / 5) < 0.01
    assert install.files == set()


@pytest.fixture
def person(install, monkeypatch):
    """An install on a person's own machine, who has not answered and sits at a terminal that always asks."""
    install.environ.pop("MYTOOL_TELEMETRY")
    monkeypatch.setattr("footfall._consent.restriction", lambda environ: "")
    monkeypatch.setattr(_system, "may_ask", lambda: True)
    monkeypatch.setattr(_ask, "ASK_BELOW", 256)
    monkeypatch.setattr(_ask._install, "look", lambda client: "")
    return install


ELSEWHERE = {"on": overview.on, "off": overview.off, "local": overview.local}


@pytest.mark.statement(4, 6)
@pytest.mark.parametrize("consent", ["ask", "notice"])
@pytest.mark.parametrize("word", ELSEWHERE)
def test_who_answered_during_the_run_is_not_asked(person, monkeypatch, capsys, word, consent):
    """A run that began before any answer shows neither question nor notice once there is one, and keeps it."""
    person.client.consent = consent
    monkeypatch.setattr("footfall._consent.is_interactive", lambda: True)
    with person.client.invocation("test") as run:
        run.command = "db"
        run.begin()
        ELSEWHERE[word](person.client)
    assert capsys.readouterr().err == ""
    assert (person.folder / "consent").read_text().startswith(word)


@pytest.mark.statement(4, 6)
@pytest.mark.parametrize("typed", ["y", "", "show"])
@pytest.mark.parametrize("word", ELSEWHERE)
def test_an_answer_from_elsewhere_outlives_the_open_question(person, monkeypatch, capsys, word, typed):
    """What is said elsewhere while the question is open stays, whatever is typed then, and that is what is printed."""
    typing = [typed, "y"]

    def read_line(seconds):
        ELSEWHERE[word](person.client)
        return typing.pop(0)

    monkeypatch.setattr(_system, "read_line", read_line)
    _ask.maybe_ask(person.client)
    shown = capsys.readouterr().err
    reason = "you said no" if word == "off" else f"you said {word}"
    assert shown.endswith(f"An answer came meanwhile and stays: {word}, {reason}.\n")
    assert "Thank you" not in shown
    assert (person.folder / "consent").read_text().startswith(word)


@pytest.mark.statement(10)
def test_a_mark_of_another_version_asks_nobody(person, capsys):
    """Where nothing has grown for the version that runs, another one's mark makes no question."""
    overview.on(person.client)
    (person.folder / "grown").write_text("command spy")
    _ask.maybe_ask(person.client)
    assert capsys.readouterr().err == ""
    assert (person.folder / "consent").read_text().startswith("on ")


@pytest.mark.parametrize("is_here", [True, False])
def test_an_undecided_run_is_followed_only_where_a_person_can_be_asked(person, monkeypatch, is_here):
    """Whether a run ended well, and so is one after which to ask, is looked at only where somebody is there to ask."""
    monkeypatch.setattr("footfall._consent.is_interactive", lambda: is_here)
    assert person.client.decide().mode == "undecided"
    with person.client.invocation("test") as run:
        assert run.is_recorded == is_here
        run.discard()
