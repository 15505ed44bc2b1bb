"""Statement 41: an expired event is not recorded, sent or shown, with the clock one day past its expiry."""

from __future__ import annotations

import json

import pytest

from footfall import Choice, EventType, Plan, _spool_files, overview, wire
from footfall.transport import Outcome

pytestmark = [pytest.mark.privacy, pytest.mark.statement(41)]

EXPIRES = "2026-11-20"
PAST = "2026-11-21"
PLAN = Plan(
    [
        EventType("model.loaded", {"backend": Choice("cpu", "cuda")}, expires=EXPIRES),
        EventType("cache.hit", expires=EXPIRES),
        EventType("model.stored", {"backend": Choice("cpu", "cuda")}, expires="2026-12-01"),
    ]
)
OVER = {"model.loaded", "cache.hit"}


@pytest.fixture
def install(new_install):
    """An install whose program has three events, two of which end on a Friday; it is the Wednesday before."""
    return new_install(plan=PLAN)


def record(install):
    """All of the program's events, in both ways, within a run."""
    with install.client.invocation("test") as run:
        run.command = "(main)"
        run.begin()
        for name in PLAN.events:
            install.client.record(name, backend="cuda")
        install.client.count("cache.hit", 2)


def spooled(install):
    """Names of the events in the spool."""
    files = (install.folder / "spool").glob("*.log")
    lines = [line.split("\t") for path in files for line in path.read_text().split("\n")]
    return {line[2] for line in lines if line[0] == "R"}


def parts(install):
    """Kinds of the parts that the collector has."""
    return {part["part"] for part in install.collector.parts}


def shown(install):
    """Kinds of the parts in the preview."""
    return {json.loads(line)["part"] for line in overview.preview(install.client).lines}


def test_on_the_day_before_they_are_counted(install):
    """Until the day before its expiry an event is recorded, shown and sent: what follows shows that it ends."""
    install.clock.forward(1)
    record(install)
    assert spooled(install) == {*OVER, "model.stored"}
    assert shown(install) >= OVER
    install.send()
    assert parts(install) >= {*OVER, "model.stored"}


@pytest.mark.parametrize("days", [2, 3, 400])
def test_not_recorded(install, days):
    """On the day of its expiry and after it nothing of an event is written, recorded or counted."""
    install.clock.forward(days)
    record(install)
    assert spooled(install) == ({"model.stored"} if days < 13 else set())


def test_what_was_recorded_in_time_is_not_sent_after_it(install):
    """Events that wait in the spool when they expire are neither shown nor sent, and are not kept."""
    install.clock.forward(1)
    record(install)
    install.clock.forward(2)
    assert install.clock.day == PAST
    assert shown(install) == {"activity", "environment", "cli.command", "model.stored"}
    install.send()
    assert parts(install) == {"activity", "environment", "cli.command", "model.stored"}
    assert overview.status(install.client).lost == {"expired-events": 4}
    assert not any(name in (install.folder / "state.json").read_text() for name in OVER)


def test_what_was_read_in_time_is_not_sealed_after_it(install):
    """Events that a sender has read into its state, but could not seal, end with their expiry too."""
    record(install)
    install.collector.answers = [Outcome.RETRY] * 2
    install.send()
    record(install)
    sender = install.sender()
    sender.load()
    sender._save()
    assert all(name in (install.folder / "state.json").read_text() for name in OVER)
    for path in (install.folder / "outbox").glob("*/*.json"):
        path.unlink()
    install.clock.forward(3)
    assert not shown(install) & OVER
    install.send()
    assert not parts(install) & OVER


def test_what_was_sealed_in_time_is_not_posted_after_it(install):
    """Sealed parts that wait for their collector are not posted once their event has expired; the others are."""
    record(install)
    install.collector.answers = [Outcome.RETRY] * 9
    install.send()
    sealed = {path.stem[3:] for path in (install.folder / "outbox").glob("*/[0-9]*.json")}
    assert sealed >= OVER
    install.clock.forward(3)
    install.collector.answers = []
    assert shown(install) == {"activity", "environment", "cli.command", "model.stored"}
    install.send()
    assert parts(install) == {"activity", "environment", "cli.command", "model.stored"}
    assert not list((install.folder / "outbox").glob("*/[0-9]*.json"))


def test_the_clock_is_looked_at_before_each_post(install):
    """An event that expires while its sender is at work stays here: the check is that of the moment of posting."""
    install.clock.forward(1)
    record(install)
    sender = install.sender(shuffle=lambda paths: paths.sort(key=lambda path: path.stem[3:] in OVER))
    post = install.collector.post

    def post_at_midnight(body):
        if wire.decode(body)["part"] == "model.stored":
            install.clock.forward(1)
        return post(body)

    install.collector.post = post_at_midnight
    sender.run()
    assert install.clock.day == EXPIRES
    assert parts(install) == {"activity", "environment", "cli.command", "model.stored"}


def test_a_line_that_was_written_by_hand(install):
    """A line of an expired event is not counted either, whoever wrote it, under whatever day."""
    install.clock.forward(3)
    _spool_files.make_private(str(install.folder / "spool"))
    install.run()
    for day in ("2026-11-18", PAST):
        install.line("R", day, "model.loaded", "1", "backend=cuda")
    install.send()
    assert not parts(install) & OVER


def test_a_line_about_a_day_to_come(install):
    """A line under a day on which the event is over is not even read, where the clock has gone back since."""
    install.run()
    install.line("R", PAST, "model.loaded", "1", "backend=cuda")
    install.line("R", PAST, "model.stored", "1", "backend=cuda")
    sender = install.sender()
    sender.load()
    assert {key[0] for key in sender.state.pending[PAST].events} == {"model.stored"}


def test_a_collector_takes_what_comes_late(install):
    """A collector, which is given no day, takes a part of a day on which the event was still counted."""
    words = install.sender().words
    part = {"format": 1, "project": "mytool", "key": "0" * 32, "part": "cache.hit", "n": 1, "first_in_week": True}
    assert words.refusal({**part, "day": "2026-11-19"}) is None
    assert words.refusal({**part, "day": "2026-11-19"}, "2026-11-19") is None
    assert words.refusal({**part, "day": "2026-11-19"}, EXPIRES) == "unknown-event"
    assert words.refusal({**part, "day": EXPIRES}) == "unknown-event"
    assert words.refusal({**part, "day": EXPIRES}, "2026-11-19") == "unknown-event"
