"""The texts of the question and the notice: few lines, whatever the names; plain on every terminal."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall import Client, EventType, Plan, _ask, _question, _system, wire
from footfall._question import question

pytestmark = pytest.mark.privacy

PROJECTS = st.text("abcxyz019._-", max_size=48).map(lambda rest: "a" + rest)
HOSTS = st.text("abcxyz019.-", min_size=1, max_size=100)
SINKS = HOSTS.filter(lambda host: host[0].isalnum()).map("posthog://{}/phc_KEY".format)
ENDPOINTS = st.one_of(st.none(), HOSTS.map("https://{}".format), SINKS, st.just("console:"))
OPERATORS = st.text(st.characters(codec="utf-8"), max_size=80)
NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,31}\.[a-z][a-z0-9_]{0,31}", fullmatch=True)
EVENTS = st.lists(NAMES, max_size=30, unique=True)
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
    plan = Plan([EventType(name) for name in draw(EVENTS) if wire.is_event(name)])
    sample = draw(st.sampled_from((1, *wire.SAMPLES)))
    terms = {"retention_months": months, "public": public, "plan": plan, "sample": sample}
    client = client_of(draw(PROJECTS), n=draw(st.integers(0, 999)), **terms, **names)
    client.user_command = draw(st.sampled_from(("telemetry", "usage", "")))
    return client


@given(clients(), GROWN)
def test_eight_lines_of_eighty_columns(client, grown):
    """A blank line, and then at most eight of 80 columns, whatever the names; how to say no is there whole."""
    for text in (question(client, grown, 79), _question.notice(client, grown, 79)):
        first, *lines = text.split("\n")
        assert not first
        assert len(lines) <= 8
        assert max(map(_question._columns, lines)) < 80
        own = client.user_command
        assert (f" {client.project} {own} off" if own else f" footfall off {client.project}") in text
        if client.sample < 1 and not grown and " ran, how, " not in " ".join(lines):  # the form for the least room
            assert f"nce a day, from one in {round(1 / client.sample)} installs, " in " ".join(lines)
        own = len(client.plan.events)
        assert grown or not own or re.search(rf"and ({own} )?own event", " ".join(lines))
        assert f"counts kept {_question.months_of(client)}" in " ".join(lines) or client.endpoint == ""


@given(clients(), st.integers(29, 60))
def test_narrow_terminals(client, width):
    """On a narrow terminal only the commands, which are to be typed, can be longer than a line."""
    commands = {"  " + _question.say(client, word) for word in ("preview", "off")}
    for text in (question(client, "", width), _question.notice(client, "", width)):
        assert all(_question._columns(line) <= width for line in text.split("\n") if line not in commands)


@given(clients(), st.integers(29, 80))
def test_plain_text_only(client, width):
    """No text holds a control character, so no escape code, whatever an operator calls itself."""
    for text in (question(client, "", width), _question.notice(client, "", width)):
        assert text.replace("\n", "").isprintable()


# What the texts say of each part and field that can leave, in one form or another.
NAMED = {
    "activity.new": ("weeks of use",),
    "activity.first_in_week": ("weeks of use",),
    "activity.first_in_month": ("weeks of use",),
    "activity.age": ("weeks of use",),
    "environment.version": ("its version", "versions"),
    "environment.python": ("Python's", "versions"),
    "environment.implementation": ("Python's", "versions"),
    "environment.plan": ("its version", "versions"),
    "environment.os": ("kind of system", "kind of machine"),
    "environment.arch": ("processor", "kind of machine"),
    "environment.surface": ("terminal or script", "and terminal"),
    "cli.command.rows": ("how that went", "ran, how,"),
    "cli.command.errors": ("how that went", "ran, how,"),
    "cli.command.commands": ("which of its 12 commands",),
    "cli.command.flags": ("and options",),
    "cli.command.durations": ("how long",),
}


@pytest.mark.privacy
def test_every_part_that_can_leave_is_named():
    """Each part and field of the wire format, and own events, are in every form of the question; nothing else is."""
    parts = {f"{part}.{name}" for part in ("activity", "cli.command") for name in wire.SHAPES[part]}
    assert {*parts, *(f"environment.{name}" for name in wire.ENVIRONMENT)} == NAMED.keys()
    assert wire.SHAPES.keys() == {"activity", "environment", "cli.command", "notebook.session"}
    client = client_of(n=12, plan=Plan([EventType("model.loaded"), EventType("file.opened")]))
    for number in range(len(_question._ABOUT)):
        text = _question._what(client, number)
        assert [field for field, said in NAMED.items() if not any(words in text for words in said)] == []
        assert "and own events model.loaded, file.opened" in text or "and 2 own events" in text
    assert "system's" not in question(client), "no version of the system is ever sent"


def test_own_events_are_named():
    """The author's own events are named in question and notice where there is room, else their number is."""
    client = client_of(n=12, plan=Plan([EventType("model.loaded"), EventType("file.opened", expires="2020-01-01")]))
    for text in (question(client), _question.notice(client)):
        assert "and own event model.loaded;" in " ".join(text.split())
    client.plan = Plan([EventType(f"model.loaded{number}") for number in range(9)])
    assert "and 9 own events;" in " ".join(question(client).split())


@pytest.mark.parametrize(("command", "off", "looking"), [
    ("usage", "mytool usage off", "mytool usage preview"),
    ("", "footfall off mytool", "answer show"),
])  # fmt: skip
def test_the_commands_are_there(command, off, looking):
    """The question names the program's own command as the author called it, or, where it has none, Footfall's."""
    client = client_of()
    client.user_command = command
    assert f"Change your mind any time:   {off}  (or DO_NOT_TRACK=1)\n" in question(client)
    assert f"Exactly this would be sent:  {looking}\n" in question(client)
    assert f"Exactly this would be sent:  {_question.say(client, 'preview')}\n" in _question.notice(client)
    assert "telemetry" not in question(client)


def test_without_a_collector_nothing_would_be_sent():
    """Where there is no collector the question does not say that something would be sent."""
    assert "Exactly this would be kept:" in question(client_of(endpoint=None))
    assert "sent:" not in question(client_of(endpoint=None))


def test_nothing_was_recorded_is_said_only_where_it_is_so(tmp_path):
    """Where runs were recorded before the question, by a switch in the environment, it does not say that none were."""
    client = client_of(home=str(tmp_path))
    assert "Nothing has been recorded or sent." in question(client)
    client.environ = {"MYTOOL_TELEMETRY": "1", "FOOTFALL_SENDER": "1"}
    with client.invocation("test") as run:
        run.command = wire.MAIN
        run.begin()
    client.environ = {}
    for text in (question(client), _question.notice(client)):
        assert "Nothing" not in text
        assert "What it kept before is removed now." in " ".join(text.split())


@pytest.mark.statement(8)
@pytest.mark.parametrize(("endpoint", "said"), [
    ("posthog://ph.example/phc_KEY", "PostHog at ph.example, with a number for you that changes each week (for"),
    ("phonehome://ph.example/o/r", "phonehome at ph.example (for us, counts kept 25 months, results public)"),
    ("file:/var/log/usage.jsonl", "the file /var/log/usage.jsonl (for us, counts kept 25 months)"),
    ("console:", "your own screen (for us, counts kept 25 months)"),
])  # fmt: skip
def test_a_sink_is_named(endpoint, said):
    """Question and notice name the sink, the number that PostHog is sent, and that phonehome's results are public."""
    said = f"To: {said}"
    assert said in " ".join(_question.notice(client_of(endpoint=endpoint, n=12, operator="us")).split())
    assert said.partition(" (")[0] in " ".join(question(client_of(endpoint=endpoint, n=1)).split())


@given(clients(), GROWN)
def test_nothing_is_promised_that_is_not_so(client, grown):
    """Who would be sent a number of their own is told so whatever the names, and is not promised that there is none."""
    has_number = client.endpoint.startswith("posthog")
    for text in (question(client, grown, 79), _question.notice(client, grown, 79)):
        told = " ".join(text.split())
        terms = told.rpartition(" To: ")[2]
        assert has_number == (
            ", with a number for you that changes each week" in terms or ", with your weekly number" in terms
        )
        assert has_number != ("names or an identifier" in told)


def test_sensible_names_are_whole():
    """Names as tools have them are cut nowhere, and the page of the results is named."""
    text = " ".join(question(client_of("sqlite-utils", public=True)).split())
    assert "(run by the mytool project, counts kept 25 months, results public" in text
    assert "..." not in text
    short = client_of(endpoint="https://u.org", operator="us", public=True)
    assert "results public at u.org/p/mytool" in " ".join(_question.notice(short).split())


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
    monkeypatch.setattr("footfall._consent.restriction", lambda _: "")  # the tests may be root's
    windows(False, True, typed="n\n")
    _ask.maybe_ask(client)
    assert capsys.readouterr().err.endswith("Allow?  [y/N/show] Nothing will be recorded.\n")
    assert (tmp_path / "mytool/consent").read_text().startswith("off ")


@pytest.mark.parametrize(("page", "public"), [("README.md", False), ("docs/consent.md", True)])
def test_the_samples_in_the_documentation_are_what_is_printed(page, public):
    """README and documentation show the question just as such a program prints it."""
    path = Path(__file__).parents[3] / page
    if not path.exists():
        pytest.skip("the documentation is not part of the source distribution")
    shown = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    begin = next(number for number, line in enumerate(shown) if line.startswith("mytool would like to count"))
    printed = question(client_of(n=12, public=public), "", 79).strip().splitlines()
    assert shown[begin : begin + len(printed)] == [line.strip() for line in printed]


def test_how_many_installs_send_is_said():
    """Question and notice say that one in so many installs sends, and where all do they say nothing of it."""
    for text in (question(client_of(sample=0.1)), _question.notice(client_of(sample=0.1))):
        assert "nce a day, from one in 10 installs, " in " ".join(text.split())
    assert "installs" not in question(client_of()) + _question.notice(client_of())
