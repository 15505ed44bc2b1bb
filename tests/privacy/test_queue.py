"""What waits to be sent cannot be made to carry more: not by what was there before consent, not by hand."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from recording import Recorder
from worlds import World

from footfall import wire
from footfall._project import stored_vocabulary

pytestmark = pytest.mark.privacy

CANARY = "zq7Canary"
NO_SENDER = {"FOOTFALL_SENDER": "1"}  # the tests send by hand
MEGABYTES = 10_000_000


@pytest.fixture
def world(tmp_path, recorder):
    """An account in which nobody was asked."""
    return World(tmp_path, recorder.address)


def day(ago=0):
    """The UTC day so many days ago."""
    return f"{datetime.now(timezone.utc) - timedelta(days=ago):%Y-%m-%d}"


def line(*fields):
    """A line of the spool."""
    return "\n" + "\t".join(fields) + "\n"


def plant(world, name, *lines):
    """Add lines to a day's file, by hand."""
    path = world.folder / "spool" / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(lines))


def counted(recorder):
    """Runs told to the collector, by day, command and outcome."""
    parts = [json.loads(body) for body in recorder.bodies if b'"cli.command"' in body]
    return {(p["day"], row["command"], row["outcome"]): row["n"] for p in parts for row in p.get("rows", ())}


def assert_clean(world, recorder):
    """Nothing but the vocabulary's words left, in small parts, once a key."""
    assert recorder.bodies
    words = stored_vocabulary(world.folder)
    for request, body in zip(recorder.requests, recorder.bodies, strict=True):
        assert CANARY.encode() not in request
        assert len(body) <= wire.MAX_PART_BYTES
        assert words.refusal(wire.decode(body)) is None


@pytest.mark.statement(7)
@pytest.mark.parametrize("ago", [0, 1])
def test_statement_07_counters_of_before_consent(world, recorder, ago):
    """Runs that somebody forced into the spool before consent are in no report after it."""
    plant(world, day(ago), line("S", day(ago), "1.abc", "1.4.2", "fail", "-"))
    plant(world, day(ago), line("E", day(ago), "1.abc", "1.4.2", "fail", "-", "exit", "-", "0.1"))
    world.agree()
    world.run("greet")
    world.wait()
    assert counted(recorder) == {(day(), "greet", "ok"): 1}


@pytest.mark.statement(7)
def test_statement_07_days_of_before_consent(world, recorder):
    """Lines about a day before the one of consent are dropped, even if they come after it."""
    world.agree()
    plant(world, day(1), line("E", day(1), "1.abc", "1.4.2", "fail", "-", "exit", "-", "0.1"))
    world.run("greet")
    world.wait()
    assert counted(recorder) == {(day(), "greet", "ok"): 1}
    assert not any(day(1).encode() in body for body in recorder.bodies)


@pytest.mark.statement(42)
def test_statement_42_spool_edited_by_hand(world, recorder):
    """Words, fields and 10 MB that somebody writes into the spool leave as ``other``, or not at all."""
    world.agree()
    world.run("greet", **NO_SENDER)
    run = f"{os.getpid()}.abc"
    plant(
        world,
        day(),
        line("E", day(), run + "1", CANARY, CANARY, CANARY, CANARY, CANARY, CANARY, CANARY),
        line("E", day(), run + "2", "1.4.2", "greet", f"--name,--{CANARY}", "ok", "-", "0.1", CANARY),
        line("E", day(), run + "3", "1.4.2", f"greet {CANARY}", "-", "ok", "-", CANARY),
        line("R", day(), CANARY, "1", f"{CANARY}={CANARY}"),
        line("D", day(), *[CANARY] * 6),
        line("Z", day(), CANARY),
        CANARY,
    )
    world.run("telemetry", "send", "--now", ends=None)
    plant(world, day(1), f"\n{CANARY * (MEGABYTES // len(CANARY))}\n")
    plant(world, day(), line("E", day(), run + "4", "1.4.2", CANARY * 100_000, "-", "ok", "-", "0.1"))
    world.run("telemetry", "send", "--now", ends=None)
    assert_clean(world, recorder)
    assert sum(map(len, recorder.requests)) < 20_000
    assert counted(recorder)[day(), "greet", "ok"] >= 1


def spoil(path):
    """Versions of a sealed part that somebody made by hand."""
    whole = json.loads(path.read_bytes())
    yield {**whole, "extra": CANARY}
    yield {**whole, "extra": 1, "key": CANARY}
    yield {**whole, "project": CANARY}
    for name, cells in whole.items():
        if isinstance(cells, list):
            yield {**whole, name: [{**cells[0], "extra": CANARY}]}
            yield {**whole, name: [{key: CANARY if isinstance(v, str) else v for key, v in cells[0].items()}]}
            yield {**whole, name: cells * 1000}
            yield {**whole, name: [CANARY * (MEGABYTES // len(CANARY))]}


@pytest.mark.statement(42)
def test_statement_42_outbox_edited_by_hand(world, recorder):
    """A sealed part with a field, a string or 10 MB more does not leave, nor does it stop the others."""
    down = Recorder(status=503)
    world.address = down.address
    try:
        world.agree()
        world.run("greet", "--name", "you", **NO_SENDER)
        world.run("telemetry", "send", "--now", ends=1)
    finally:
        down.close()
    sealed = sorted(world.folder.glob("outbox/*/[0-9]*.json"))
    assert len(sealed) == 3
    made = [(path, document) for path in sealed for document in spoil(path)]
    for number, (path, document) in enumerate(made):
        path.with_name(f"{number + 10}-{path.name[3:]}").write_text(json.dumps(document))
    padded = sealed[0].with_name("98-padded.json")
    padded.write_bytes(sealed[0].read_bytes()[:-1] + b" " * MEGABYTES + b"}")
    bare = sealed[0].with_name("99-bare.json")
    bare.write_text(CANARY)
    plan = world.folder / "plan.json"  # the user moves to where somebody listens
    plan.write_text(plan.read_text().replace(down.address, recorder.address))
    consent = world.folder / "consent"
    consent.write_text(consent.read_text().replace(down.address, recorder.address))
    world.address = recorder.address
    expected = {path.read_bytes() for path in sealed}
    world.run("telemetry", "send", "--now")
    assert len(made) > 10
    assert set(recorder.bodies) == expected
    assert_clean(world, recorder)


@pytest.mark.statement(42)
def test_statement_42_state_edited_by_hand(world, recorder):
    """Words that somebody writes into what waits to be sealed do not leave either."""
    world.agree()
    world.run("greet", **NO_SENDER)
    world.run("telemetry", "preview")
    path = Path(world.folder / "state.json")
    state = json.loads(path.read_text())
    waiting = state["pending"][day()]
    waiting["environment"]["version"] = waiting["environment"][CANARY] = CANARY
    waiting["cells"].append(["rows", CANARY, "1.4", "ok", 1])
    waiting["cells"].append(["flags", "greet", CANARY, 1])
    waiting["events"].append([CANARY, 1])
    path.write_text(json.dumps(state))
    world.run("telemetry", "send", "--now", ends=None)
    assert_clean(world, recorder)
