"""The texts of the question and the notice: few lines, whatever the names; plain on every terminal."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall import Client, _ask, _question, _system
from footfall._question import question

pytestmark = pytest.mark.privacy

PROJECTS = st.text("abcxyz019._-", max_size=48).map(lambda rest: "a" + rest)
HOSTS = st.text("abcxyz019.-", min_size=1, max_size=100)
ENDPOINTS = st.one_of(st.none(), HOSTS.map("https://{}".format))
OPERATORS = st.text(st.characters(codec="utf-8"), max_size=80)
GROWN = st.sampled_from(("", "New since you agreed: commands db prune, db vacuum and 4 more; 3 options; 12 events."))


def client_of(project="mytool", operator="the mytool project", endpoint="https://usage.example.org", n=2, **more):
    """A client that is only asked for its texts."""
    client = Client(project, version="1", endpoint=endpoint, operator=operator, environ={}, **more)
    tree = {str(number): [] for number in range(n)}
    client.commands = lambda: tree
    return client


@st.composite
def clients(draw):
    """Clients with names of all sorts and lengths."""
    months, public = draw(st.integers(1, 999)), draw(st.booleans())
    names = {"operator": draw(OPERATORS), "endpoint": draw(ENDPOINTS)}
    return client_of(draw(PROJECTS), n=draw(st.integers(0, 12)), retention_months=months, public=public, **names)


@given(clients(), GROWN)
def test_eight_lines_of_eighty_columns(client, grown):
    """A blank line, and then at most eight of 80 columns, whatever the names; how to say no is there whole."""
    for text in (question(client, grown, 79), _question.notice(client, grown, 79)):
        first, *lines = text.split("\n")
        assert not first
        assert len(lines) <= 8
        assert max(map(_question._columns, lines)) < 80
        assert f"{client.project} telemetry off" in text
        assert f"{client.project} telemetry preview" in text
        assert f"counts kept {client.retention_months} months" in " ".join(lines) or client.endpoint == ""


@given(clients(), st.integers(29, 60))
def test_narrow_terminals(client, width):
    """On a narrow terminal only the commands, which are to be typed, can be longer than a line."""
    commands = {f"  {client.project} telemetry {word}" for word in ("preview", "off")}
    for text in (question(client, "", width), _question.notice(client, "", width)):
        assert all(_question._columns(line) <= width for line in text.split("\n") if line not in commands)


@given(clients(), st.integers(29, 80))
def test_plain_text_only(client, width):
    """No text holds a control character, so no escape code, whatever an operator calls itself."""
    for text in (question(client, "", width), _question.notice(client, "", width)):
        assert text.replace("\n", "").isprintable()


def test_sensible_names_are_whole():
    """Names as tools have them are cut nowhere, and the page of the results is named."""
    text = " ".join(question(client_of("sqlite-utils", public=True)).split())
    assert "(run by the mytool project, counts kept 25 months, results public" in text
    assert "..." not in text
    assert "results public at usage.example.org/p/mytool" in " ".join(question(client_of(public=True)).split())


def test_a_long_host_keeps_its_end():
    """Of a collector's name that is too long its end is shown, which says whose it is."""
    text = question(client_of(endpoint="https://usage.example.org." + "a" * 80 + ".evil.example"))
    assert ".evil.example" in text
    assert "usage.example.org" not in text


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "latin-1", "utf-8"])
def test_an_encoding_without_the_letters(monkeypatch, encoding):
    """A name that the terminal cannot show costs that name, not the question: standard error never fails for it."""
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(shown, encoding, errors="backslashreplace"))
    print(question(client_of(operator="Füße e. V. 足")), file=sys.stderr, flush=True)
    assert b"Allow?  [y/N/show]" in shown.getvalue()


class Console:
    """Windows' ``msvcrt`` as far as it is used: keys are waiting, or are not."""

    def __init__(self, *waiting):
        self.waiting = list(waiting)

    def kbhit(self):
        """Whether a key was pressed: the answers in turn, the last one for ever."""
        return self.waiting.pop(0) if len(self.waiting) > 1 else self.waiting[0]

    LK_NBLCK = 2

    def locking(self, descriptor, mode, size):
        """Nobody else holds a lock."""


@pytest.fixture
def windows(monkeypatch):
    """A machine with Windows' console in the place of a terminal."""

    def make(*waiting, typed=""):
        monkeypatch.setitem(sys.modules, "msvcrt", Console(*waiting))
        monkeypatch.setattr(sys, "platform", "win32")
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))

    return make


@pytest.mark.parametrize("is_typing", [True, False])
def test_windows_who_types_already_is_not_asked(windows, is_typing):
    """On Windows, too, a key that was pressed before the question means something else."""
    windows(is_typing)
    assert _system.may_ask() is not is_typing


def test_windows_reads_a_line(windows):
    """On Windows a line is read once a key was pressed."""
    windows(False, False, True, typed="y\n")
    assert _system.read_line(60) == "y\n"


def test_windows_silence(windows):
    """On Windows nobody's answer is waited for longer than it was said, and nothing is read."""
    windows(False, typed="y\n")
    assert _system.read_line(0.2) == ""


def test_windows_question(windows, monkeypatch, tmp_path, capsys):
    """The whole question on Windows: a no is kept and said."""
    client = client_of(home=str(tmp_path))
    monkeypatch.setattr(_ask, "ASK_BELOW", 256)
    windows(False, True, typed="n\n")
    _ask.maybe_ask(client)
    assert capsys.readouterr().err.endswith("Allow?  [y/N/show] Nothing will be recorded.\n")
    assert (tmp_path / "mytool/consent").read_text().startswith("off ")
