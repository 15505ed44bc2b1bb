"""``phonehome://`` against a server that does as phonehome's: what its chart and badge would say."""

from __future__ import annotations

import json

import pytest
from sink_servers import Phonehome

from footfall import EventType, Plan, _project, outbox, overview, wire
from footfall.sinks import phonehome as sinks
from footfall.sinks.phonehome import CALLS_MAX, PhonehomeSink
from footfall.transport import Outcome

pytestmark = pytest.mark.privacy

HEAD = {"format": 1, "project": "mytool", "day": "2026-11-18", "key": "0" * 32}


@pytest.fixture
def phonehome():
    """Phonehome on the loopback."""
    made = Phonehome()
    yield made
    made.close()


@pytest.fixture
def install(new_install, phonehome):
    """An install whose author has phonehome."""
    return new_install(endpoint=phonehome.endpoint, plan=Plan([EventType("model.loaded")]))


def send(install):
    """Let the day's sender run."""
    sender = install.sender()
    sender._transport = None
    return sender.run()


def test_a_run_is_a_call(install, phonehome):
    """Each run is one flat call to the repository, so that ``/count`` is the number of runs; nothing else is sent."""
    for _ in range(3):
        install.run("db migrate", flags=["--dry-run"])
    install.run(error=ValueError("x"))
    install.client.record("model.loaded")
    assert set(send(install)) == {Outcome.DELIVERED}
    assert phonehome.count() == phonehome.count("command") == 4
    assert {call[:2] for call in phonehome.calls} == {("mytool-project", "mytool")}
    ran = {"command": "db migrate", "release": "1.4", "outcome": "ok"}
    assert sorted((call[2] for call in phonehome.calls), key=str) == [
        {"command": "(main)", "release": "1.4", "outcome": "error"},
        *[ran] * 3,
    ]
    assert len(phonehome.bodies) == 4
    assert not outbox.waiting(install.folder)


def test_a_notebook_session_is_a_call():
    """Of notebooks, phonehome counts the sessions."""
    part = {**HEAD, "part": "notebook.session", "sessions": [{"n": 2, "first_in_week": True}]}
    bodies = PhonehomeSink("phonehome://127.0.0.1/o/r").bodies_for(part, bytes)
    assert [json.loads(body) for body in bodies] == [{"event": "notebook.session"}] * 2


def test_calls_are_bounded():
    """A part gives no more than a hundred calls, and each command is among them however often another ran."""
    row = {"release": "1.4", "outcome": "ok", "first_in_week": True}
    rows = [{**row, "command": "loop", "n": wire.COUNT_MAX}, {**row, "command": "rare", "n": 1}]
    sink = PhonehomeSink("phonehome://127.0.0.1/o/r")
    bodies = sink.bodies_for({**HEAD, "part": "cli.command", "rows": rows}, bytes)
    commands = [json.loads(body)["command"] for body in bodies]
    assert (commands.count("loop"), commands.count("rare")) == (CALLS_MAX - 1, 1)


def test_all_is_flat(install, phonehome):
    """No call has a list, an object, a flag or nothing in it: what phonehome strips from its answers, but stores."""
    install.run("db migrate", flags=["--dry-run"])
    send(install)
    assert {type(value) for _, _, payload in phonehome.calls for value in payload.values()} == {str}


@pytest.mark.statement(43)
def test_preview_is_what_is_sent(install, phonehome):
    """Statement 43: preview shows the calls and no more, and log has them."""
    install.run("db migrate", flags=["--dry-run"])
    install.run()
    shown = overview.preview(install.client).lines
    send(install)
    assert sorted(line.encode() for line in shown) == sorted(phonehome.bodies)
    assert len(shown) == 2
    assert sorted(sent.text for sent in overview.log(install.client)) == sorted(shown)


@pytest.mark.parametrize("status", [204, 302, 400, 403, 404, 429, 500, 503])
def test_what_was_taken_is_not_sent_again(install, phonehome, status):
    """When phonehome fails in mid-part, also by its 400 for a database that is down, the rest follows, once."""
    for _ in range(5):
        install.run("db migrate")
    phonehome.answers = ["take", "take", status]
    assert Outcome.RETRY in send(install)
    assert phonehome.count() == 2
    assert len(overview.preview(install.client).lines) == 3
    install.clock.forward(1)
    send(install)
    assert phonehome.count() == 5
    assert not outbox.waiting(install.folder)


def test_what_cannot_be_had(install, phonehome):
    """A call that was taken and whose answer was lost is counted twice, that one only: the protocol has no key."""
    for _ in range(3):
        install.run("db migrate")
    phonehome.answers = ["take", "lost answer"]
    send(install)
    install.clock.forward(1)
    send(install)
    assert phonehome.count() == 3 + 1


def test_a_call_that_never_came(install, phonehome):
    """A call whose connection broke before it was taken is counted once."""
    install.run("db migrate")
    phonehome.answers = ["never came"]
    send(install)
    send(install)
    assert phonehome.count() == 1


def test_too_large_is_final(install, phonehome):
    """A call that is too large is given up, and told as lost."""
    install.run("db migrate")
    phonehome.answers = [413]
    assert Outcome.REJECTED in send(install)
    assert overview.status(install.client).lost == {"rejected": 1}


@pytest.mark.statement(21)
def test_off_between_two_calls(install, phonehome, monkeypatch):
    """Off that is said between two calls of one part stops the next, and leaves one file."""
    for _ in range(3):
        install.run("db migrate")
    take = phonehome.take

    def say_off(request, body):
        install.environ["MYTOOL_TELEMETRY"] = "off"
        _project.refuse(install.folder, install.clock.day)
        return take(request, body)

    monkeypatch.setattr(phonehome, "take", say_off)
    send(install)
    assert phonehome.count() == 1
    assert install.files - {"lock"} == {"consent"}


@pytest.mark.statement(47)
def test_a_request_says_nothing_but_the_call(install, phonehome):
    """Each call has a connection and the constant head of all that Footfall posts; no cookie comes back."""
    for _ in range(3):
        install.run("db migrate")
    send(install)
    assert len(set(phonehome.ports)) == 3
    heads = {request.partition(b'{"')[0] for request in phonehome.requests}
    assert len(heads) == 1
    (head,) = heads
    assert head.startswith(b"POST /mytool-project/mytool HTTP/1.1")
    assert b"zq7" not in head
    assert b"encoding: gzip" not in head.lower()


def test_no_secret_is_made(install, phonehome):
    """Phonehome needs no id, and none is made."""
    install.run()
    send(install)
    assert "pseudonym" not in install.files
    assert sinks.PhonehomeSink("phonehome://api.phonehome.dev/o/r").url == "https://api.phonehome.dev/o/r"
