"""Event sinks with real programs and real senders: what PostHog, phonehome and a file count after good and bad days."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from machines import Install, wait_until

sys.path.insert(0, str(Path(__file__).parents[2] / "packages" / "core" / "tests"))  # sink_servers

from sink_servers import Phonehome, PostHog

from footfall import pseudonym

pytestmark = [pytest.mark.e2e, pytest.mark.privacy]


@pytest.fixture
def posthog():
    """PostHog on the loopback."""
    made = PostHog()
    yield made
    made.close()


@pytest.fixture
def phonehome():
    """Phonehome on the loopback."""
    made = Phonehome()
    yield made
    made.close()


@pytest.fixture
def living(tmp_path):
    """Make the one install, whose counts go to an address."""
    made = []

    def make(address):
        made.append(Install(tmp_path, address))
        return made[-1]

    yield make
    for install in made:
        install.kill_senders()


def runs(posthog):
    """Runs that PostHog has, by its sum of a property."""
    return sum(row["properties"]["n"] for row in posthog.stored.values() if row["event"] == "cli.command")


def actives(posthog):
    """Installs that it counts as active, by day."""
    found = {}
    for row in posthog.stored.values():
        found.setdefault(str(row["time"].date()), set()).add(row["distinct_id"])
    return {day: len(ids) for day, ids in found.items()}


def test_posthog_counts_each_run_once(posthog, living):
    """Twelve runs on three days, four at once, are twelve in PostHog, of one install each day."""
    install = living(posthog.endpoint)
    for _ in range(3):
        assert install.run_many(4) == [0] * 4
        install.wait()
        install.day += 1
    install.next_day()
    assert runs(posthog) == 13
    assert list(actives(posthog).values()) == [1] * 4
    assert len({row["distinct_id"] for row in posthog.stored.values()}) <= 2, "the days are in at most two weeks"


@pytest.mark.parametrize("trouble", ["lost answer", "never came", 204, 429, 500])
def test_posthog_counts_each_run_once_after_an_outage(posthog, living, trouble):
    """Two days on which PostHog takes nothing, or takes it and does not say so, lose nothing and double nothing."""
    install = living(posthog.endpoint)
    posthog.answers = [trouble] * 4
    for _ in range(2):
        install.run_many(4)
        install.wait()
        install.day += 1
    posthog.answers = []
    install.next_day()
    install.next_day()
    assert runs(posthog) == 10
    assert set(actives(posthog).values()) == {1}


@pytest.mark.statement(45, 51)
def test_the_sender_is_told_neither_secret_nor_number(posthog, living, monkeypatch):
    """While a sender posts to PostHog, neither its arguments nor its environment hold the secret or the weekly id."""
    install, seen = living(posthog.endpoint), []
    take = posthog.take

    def look(request, body):
        for process in install.senders():
            seen.extend(Path(f"/proc/{process}/{name}").read_bytes() for name in ("cmdline", "environ"))
        return take(request, body)

    monkeypatch.setattr(posthog, "take", look)
    install.run()
    install.wait()
    secret = (install.folder / pseudonym.FILE_NAME).read_bytes()
    (number,) = {row["distinct_id"] for row in posthog.stored.values()}
    assert seen
    for text in seen:
        assert not any(word in text for word in (secret, secret.hex().encode(), number.encode()))


@pytest.mark.statement(13, 19)
@pytest.mark.parametrize("environ", [{"DO_NOT_TRACK": "1"}, {"HELLO_TELEMETRY": "off"}])
def test_off_stops_it(posthog, living, environ):
    """With off in the environment a real run records nothing, starts nothing, and PostHog hears nothing."""
    install = living(posthog.endpoint)
    install.run(environ=install.environ(**environ))
    assert not install.starts
    assert not posthog.requests
    assert not install.folder.exists()


@pytest.mark.statement(19)
def test_the_users_off_removes_the_secret(posthog, living):
    """After ``hello telemetry off`` one file is left, and later runs send nothing."""
    install = living(posthog.endpoint)
    install.run()
    install.wait()
    assert (install.folder / pseudonym.FILE_NAME).exists()
    sent = len(posthog.requests)
    assert install.run("telemetry", "off") == 0
    install.next_day()
    assert [path.name for path in install.folder.iterdir()] == ["consent"]
    assert len(posthog.requests) == sent


def test_phonehomes_count_is_the_runs(phonehome, living):
    """Runs of three days, one of them without phonehome, are as many calls."""
    install = living(phonehome.endpoint)
    install.run_many(4)
    install.wait()
    phonehome.answers = [500] * 2
    install.day += 1
    install.run_many(4)
    install.wait()
    phonehome.answers = []
    install.next_day()
    install.next_day()
    assert phonehome.count() == phonehome.count("command") == 10


@pytest.mark.statement(43)
def test_preview_of_the_program_is_what_phonehome_gets(phonehome, living, tmp_path):
    """What ``hello telemetry preview`` prints is, line by line, what the next sender posts."""
    install = living(phonehome.endpoint)
    install.run()
    install.wait()
    install.run_many(3)
    shown = tmp_path / "shown"
    with shown.open("wb") as file, install.start("telemetry", "preview", stdout=file) as process:
        assert process.wait(60) == 0
    before = len(phonehome.bodies)
    assert install.run("telemetry", "send", "--now") == 0
    assert sorted(phonehome.bodies[before:]) == sorted(shown.read_bytes().splitlines()) != []


def test_a_file_has_each_run_once(living, tmp_path):
    """A file collects what a collector would be sent; keys are all different."""
    install = living(f"file:{tmp_path}/usage.jsonl")
    for _ in range(2):
        install.run_many(5)
        install.wait()
        install.day += 1
    install.next_day()
    wait_until((tmp_path / "usage.jsonl").exists, "no file")
    parts = [json.loads(line) for line in (tmp_path / "usage.jsonl").read_text().splitlines()]
    rows = [row for part in parts if part["part"] == "cli.command" for row in part.get("rows", ())]
    assert sum(row["n"] for row in rows) == 11
    assert len({part["key"] for part in parts}) == len(parts)


def test_the_screen_shows_what_waits(living, tmp_path):
    """With ``console:`` days go by without a word; ``send --now`` prints what they counted."""
    install = living("console:")
    install.run_many(3)
    install.wait()
    shown = tmp_path / "shown"
    with shown.open("wb") as file, install.start("telemetry", "send", "--now", stdout=file) as process:
        assert process.wait(60) == 0
    parts = [json.loads(line) for line in shown.read_text().splitlines() if line.startswith("{")]
    assert sum(row["n"] for part in parts if part["part"] == "cli.command" for row in part.get("rows", ())) == 3
