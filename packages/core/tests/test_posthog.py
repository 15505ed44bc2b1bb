"""``posthog://`` against a server as strict as PostHog's capture: what it would store, chart and count twice."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from datetime import datetime, timezone

import pytest
from sink_servers import PostHog

from footfall import Bucket, Choice, EventType, Plan, _growth, _project, _question, outbox, overview, pseudonym, wire
from footfall.pseudonym import secret_of, window_id
from footfall.sinks.posthog import PostHogSink
from footfall.transport import HttpTransport, Outcome, transport_for

pytestmark = pytest.mark.privacy

PLAN = Plan([EventType("model.loaded", {"backend": Choice("cpu", "cuda"), "layers": Bucket(1, 10)})])
SECRET = bytes(range(32))


@pytest.fixture
def posthog():
    """PostHog on the loopback."""
    made = PostHog()
    yield made
    made.close()


@pytest.fixture
def install(new_install, posthog):
    """An install whose author runs PostHog."""
    return new_install(endpoint=posthog.endpoint, plan=PLAN)


def send(install):
    """Let the day's sender run."""
    sender = install.sender()
    sender._transport = None
    return sender.run()


@pytest.mark.parametrize("part", ["activity", "environment", "cli.command"])
def test_each_event_of_a_sampled_part_has_the_share(part):
    """Where not all installs send, every event tells the share, by which its reader can scale it, and none is added."""
    cells = {"activity": {"age": "0"}, "cli.command": {name: PART[name] for name in ("rows", "commands")}}
    cells["environment"] = {"rows": [{"field": "os", "value": "linux", "first_in_week": True}]}
    document = {**{name: PART[name] for name in ("format", "project", "day", "key")}, "part": part, **cells[part]}
    sink = PostHogSink("posthog://us.i.posthog.com/phc_KEY")
    plain, some = (
        json.loads(sink.bodies_for(made, lambda: SECRET)[0])["batch"]
        for made in (document, {**document, "sample": 0.1})
    )
    assert [event["properties"].pop("sample") for event in some] == [0.1] * len(plain)
    assert some == plain


def told(posthog, event):
    """What PostHog stored of one kind of event, without what each event has."""
    rows = [row for row in posthog.stored.values() if row["event"] == event]
    plain = [{k: v for k, v in row["properties"].items() if k[0] != "$" and k != "project"} for row in rows]
    return sorted(plain, key=str)


def test_what_posthog_stores_of_a_day(install, posthog):
    """Each count is an event with its number; what a day ran on is one event, and so is that it was used."""
    for _ in range(3):
        install.run("db migrate", flags=["--dry-run"])
    install.run(error=ValueError("x"))
    install.client.record("model.loaded", backend="cuda", layers=4)
    assert set(send(install)) == {Outcome.DELIVERED}
    assert told(posthog, "activity") == [{"new": True, "first_in_week": True, "first_in_month": True, "age": "0"}]
    (environment,) = told(posthog, "environment")
    assert environment.keys() == {"version", "python", "os", "arch", "implementation", "surface"}
    assert told(posthog, "cli.command") == [
        {"command": "(main)", "release": "1.4", "outcome": "error", "n": 1},
        {"command": "db migrate", "release": "1.4", "outcome": "ok", "n": 3},
    ]
    assert told(posthog, "cli.command.flags") == [{"command": "db migrate", "flag": "--dry-run", "n": 3}]
    assert told(posthog, "cli.command.errors") == [{"command": "(main)", "kind": "ValueError", "n": 1}]
    assert sum(row["n"] for row in told(posthog, "cli.command.durations")) == 4
    assert told(posthog, "model.loaded") == [{"n": 1}]
    assert told(posthog, "model.loaded.rows") == [
        {"field": "backend", "value": "cuda", "n": 1},
        {"field": "layers", "value": "1-10", "n": 1},
    ]
    kinds = {"activity", "environment", "cli.command", "cli.command.flags", "cli.command.errors"}
    kinds |= {"cli.command.durations", "model.loaded", "model.loaded.rows"}
    assert {row["event"] for row in posthog.stored.values()} == kinds


@pytest.mark.statement(38)
def test_it_learns_no_address_no_country_no_hour(install, posthog):
    """PostHog stores no address, looks up no country, makes no person, and no time finer than the day."""
    install.run()
    send(install)
    for row in posthog.stored.values():
        assert row["properties"]["$ip"] == "0.0.0.0"
        assert not any("geoip_" in name for name in row["properties"] if name != "$geoip_disable")
        assert not row["person"]
        assert row["time"] == datetime(2026, 11, 18, 12, tzinfo=timezone.utc)
    for body in posthog.bodies:
        assert b"sent_at" not in body
        assert set(re.findall(rb"[0-9]{2}:[0-9]{2}:[0-9]{2}[^\"]*", body)) == {b"12:00:00Z"}


def test_the_server_of_these_tests_is_as_curious_as_the_real_one(posthog, tmp_path):
    """Without what the sink says, PostHog stores the address and the country, and moves the time by ``sent_at``."""
    event = {"event": "x", "distinct_id": "y", "timestamp": "2026-11-18T12:00:00Z", "properties": {"$ip": None}}
    sent_at = "2026-11-18T00:00:00Z"
    sink = PostHogSink(posthog.endpoint)
    assert sink.post(wire.encode({"api_key": "k", "batch": [event], "sent_at": sent_at})) is Outcome.DELIVERED
    (row,) = posthog.stored.values()
    assert row["properties"]["$ip"] == "127.0.0.1"
    assert row["properties"]["$geoip_country_code"] == "XX"
    assert row["person"]
    assert row["time"] != datetime(2026, 11, 18, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        (lambda batch: batch.update(api_key=""), 401),
        (lambda batch: batch.update(api_key="phx_secret"), 401),
        (lambda batch: batch.update(batch=[]), 400),
        (lambda batch: batch["batch"][0].pop("event"), 400),
        (lambda batch: batch["batch"][0].pop("distinct_id"), 400),
        (lambda batch: batch["batch"][0].update(uuid="1-2"), 400),
    ],
)
def test_the_server_of_these_tests_refuses_what_the_real_one_does(posthog, spoil, status):
    """A batch with one fault is refused whole, and the sink takes that for final."""
    sink = PostHogSink(posthog.endpoint)
    (body,) = sink.bodies_for(PART, lambda: SECRET)
    batch = json.loads(body)
    spoil(batch)
    assert sink.post(wire.encode(batch)) is Outcome.REJECTED
    assert (sink.why, posthog.stored) == (f"HTTP {status}", {})


PART = {
    "format": 1,
    "project": "mytool",
    "day": "2026-11-18",
    "part": "cli.command",
    "key": "0" * 32,
    "rows": [{"command": "a", "release": "1.4", "outcome": "ok", "n": 2, "first_in_week": True}],
    "commands": [{"command": "a", "first_in_week": True}],
}


def test_the_very_bytes():
    """A part becomes these bytes and no others: the protocol, as it is spoken."""
    (body,) = PostHogSink("posthog://us.i.posthog.com/phc_KEY").bodies_for(PART, lambda: SECRET)
    (event,) = json.loads(body)["batch"]
    assert event["distinct_id"] == window_id(SECRET, "posthog://us.i.posthog.com/phc_KEY", "mytool", "week", "2026-W47")
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", event["uuid"])
    assert json.loads(body) == {
        "api_key": "phc_KEY",
        "historical_migration": False,
        "batch": [
            {
                "event": "cli.command",
                "uuid": event["uuid"],
                "distinct_id": event["distinct_id"],
                "timestamp": "2026-11-18T12:00:00Z",
                "properties": {
                    "command": "a",
                    "release": "1.4",
                    "outcome": "ok",
                    "n": 2,
                    "project": "mytool",
                    "$lib": "footfall",
                    "$geoip_disable": True,
                    "$ip": "0.0.0.0",
                    "$process_person_profile": False,
                },
            }
        ],
    }


@pytest.mark.statement(43)
def test_preview_is_what_is_sent(install, posthog):
    """Statement 43: with PostHog too, preview's bytes, the weekly id among them, are those sent, and log has them."""
    install.run("db migrate", flags=["--dry-run"])
    shown = overview.preview(install.client).lines
    send(install)
    assert sorted(line.encode() for line in shown) == sorted(posthog.bodies) != []
    assert sorted(sent.text for sent in overview.log(install.client)) == sorted(shown)


@pytest.mark.statement(45)
def test_the_number_changes_each_week(install, posthog):
    """An install is one number through a week and another in the next; the secret behind it never leaves."""
    weeks = {}
    for _ in range(14):
        install.run()
        before = set(posthog.stored)
        send(install)
        new = {row["distinct_id"] for key, row in posthog.stored.items() if key not in before}
        weeks.setdefault(datetime.fromisoformat(install.clock.day).isocalendar()[1], set()).update(new)
        install.clock.forward(1)
    assert [len(ids) for ids in weeks.values()] == [1, 1, 1]
    assert len(set.union(*weeks.values())) == 3
    secret = secret_of(install.folder)
    assert not any(secret in request or secret.hex().encode() in request for request in posthog.requests)


@pytest.mark.statement(12, 45)
def test_two_projects_and_two_places_have_other_numbers(new_install, posthog):
    """The number of another tool on the same machine, or of another PostHog project, is another one."""
    (body,) = PostHogSink(posthog.endpoint).bodies_for(PART, lambda: SECRET)
    (other,) = PostHogSink(posthog.endpoint + "2").bodies_for(PART, lambda: SECRET)
    (tool,) = PostHogSink(posthog.endpoint).bodies_for({**PART, "project": "other"}, lambda: SECRET)
    assert len({json.loads(one)["batch"][0]["distinct_id"] for one in (body, other, tool)}) == 3


@pytest.mark.statement(2, 19, 20)
def test_the_secret_is_made_when_a_part_leaves_and_goes_with_off(install, posthog):
    """Recording makes no secret; sending does; off removes it, and what is sent after the next yes has another."""
    install.run()
    assert pseudonym.FILE_NAME not in install.files
    send(install)
    first = secret_of(install.folder)
    _project.refuse(install.folder, install.clock.day)
    assert install.files == {"consent"}
    _project.grant(install.client)
    install.run()
    send(install)
    assert secret_of(install.folder) != first
    assert len({row["distinct_id"] for row in posthog.stored.values()}) == 2


@pytest.mark.statement(13, 16)
@pytest.mark.parametrize("environ", [{"DO_NOT_TRACK": "1"}, {"MYTOOL_TELEMETRY": "off"}, {"FOOTFALL": "local"}])
def test_off_and_local_send_nothing(install, posthog, environ):
    """With any switch off, or local, PostHog hears nothing and no secret is made."""
    install.run()
    install.environ.update(environ)
    install.run()
    send(install)
    assert not posthog.requests
    assert pseudonym.FILE_NAME not in install.files


def test_a_lost_answer_counts_once(install, posthog):
    """What was taken and not confirmed is sent again, byte for byte, and is one event for PostHog."""
    install.run("db migrate", flags=["--dry-run"])
    posthog.answers = ["lost answer"] * 2
    assert send(install).count(Outcome.RETRY) == 2
    kept = set(posthog.stored)
    first = posthog.bodies[:]
    assert set(send(install)) == {Outcome.DELIVERED}
    assert set(first) <= set(posthog.bodies[2:])
    assert kept <= set(posthog.stored)
    assert Counter(row["event"] for row in posthog.stored.values())["activity"] == 1
    assert sum(row["n"] for row in told(posthog, "cli.command")) == 1


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 403, 404, 408, 500, 502, 503, 504])
def test_only_200_is_success(install, posthog, status):
    """A 204, a redirect or anything else but 200 confirms nothing: the parts wait, and nothing is followed."""
    install.run()
    posthog.answers = [(status, {"Location": "http://127.0.0.1:9/"} if status < 400 else {})] * 9
    assert set(send(install)) == {Outcome.RETRY}
    assert len(outbox.waiting(install.folder)) == 3
    posthog.answers = []
    assert set(send(install)) == {Outcome.DELIVERED}


@pytest.mark.parametrize("status", [400, 401, 413])
def test_final_answers(install, posthog, status):
    """What PostHog will never take is not sent again, and told as lost."""
    install.run()
    posthog.answers = [status] * 3
    assert set(send(install)) == {Outcome.REJECTED}
    assert overview.status(install.client).lost == {"rejected": 3}
    assert send(install) == []


@pytest.mark.statement(55)
@pytest.mark.parametrize("headers", [{}, {"Retry-After": "30"}, {"Retry-After": "later"}, {"Retry-After": "-5"}])
def test_429_waits(install, posthog, headers):
    """Too many requests end this run at once; nothing more is sent that day, and all of it the day after."""
    install.run()
    posthog.answers = [(429, headers)]
    assert send(install) == [Outcome.RETRY]
    assert send(install) == []
    assert len(posthog.requests) == 1
    install.clock.forward(1)
    assert set(send(install)) == {Outcome.DELIVERED}


@pytest.mark.statement(55)
def test_retry_after_is_heard(install, posthog):
    """A server that says for how long is not asked again before that, days later."""
    install.run()
    posthog.answers = [(503, {"Retry-After": str(3 * 86400)})]
    send(install)
    install.clock.forward(2)
    assert send(install) == []
    install.clock.forward(1)
    assert set(send(install)) == {Outcome.DELIVERED}


@pytest.mark.statement(47, 48)
def test_a_request_says_nothing_but_the_batch(install, posthog):
    """Each batch has a connection of its own and one constant head, without cookie, and its body is compressed."""
    for _ in range(2):
        install.run()
        send(install)
        install.clock.forward(1)
    assert len(set(posthog.ports)) == len(posthog.ports) == 6
    heads = {
        re.sub(rb"(?i)content-length: \d+", b"", request.partition(b"\r\n\r\n")[0]) for request in posthog.requests
    }
    if any(b"\r\n\r\n" not in request for request in posthog.requests):
        heads = {re.sub(rb"(?i)content-length: \d+", b"", one.partition(b"\x1f\x8b")[0]) for one in posthog.requests}
    (head,) = heads
    assert head.startswith(b"POST /batch/ HTTP/1.1")
    names = {line.partition(b":")[0].lower() for line in head.split(b"\n")[1:] if b":" in line}
    assert names == {
        *(b"host", b"accept", b"accept-encoding", b"connection", b"content-type", b"content-encoding", b"user-agent"),
    }
    assert b"zq7" not in b"".join(posthog.requests)


def test_the_compressed_bytes_are_the_same_at_each_try():
    """Compression adds no time and no name to a body."""
    sink = PostHogSink("posthog://us.i.posthog.com/phc_KEY")
    assert sink.packed(b"x" * 999) == sink.packed(b"x" * 999)
    assert gzip.decompress(sink.packed(b"{}")) == b"{}"
    assert sink.packed(b"")[4:8] == bytes(4)


@pytest.mark.statement(50)
def test_it_is_https_elsewhere(install):
    """A server that is not on this machine is spoken to over TLS, with certificates checked as a collector's are."""
    found = transport_for("posthog://us.i.posthog.com/phc_KEY", PostHogSink)
    assert isinstance(found, HttpTransport)
    assert found.url == "https://us.i.posthog.com/batch/"
    assert found._is_remote


def test_the_largest_part_is_a_small_batch(posthog):
    """A part as large as can be becomes a batch far below PostHog's bounds, and each of its events another uuid."""
    row = {"command": "c", "release": "1.4", "outcome": "ok", "n": 1, "first_in_week": True}
    part = {**PART, "rows": [{**row, "command": f"c{number}"} for number in range(45)]}
    assert len(wire.encode(part)) < wire.MAX_PART_BYTES
    sink = PostHogSink(posthog.endpoint)
    (body,) = sink.bodies_for(part, lambda: SECRET)
    assert len(body) < 1 << 16
    assert sink.post(body) is Outcome.DELIVERED
    assert len(posthog.stored) == 45


@pytest.mark.statement(9, 12)
def test_a_yes_to_a_collector_is_none_to_posthog(install, posthog, monkeypatch):
    """Who agreed to a collector is asked again, told of PostHog and of the number, and meanwhile sends nothing."""
    monkeypatch.setattr("footfall._consent.restriction", lambda _: "")  # the tests may be root's
    del install.environ["MYTOOL_TELEMETRY"]
    install.client.endpoint = "https://usage.example.org"
    _project.grant(install.client)
    install.run()
    install.client.endpoint = posthog.endpoint
    assert install.client.decide().mode == "undecided"
    install.run()
    send(install)
    assert not posthog.requests
    grown = _growth.growth(install.client)
    assert "would go to PostHog at 127.0.0.1" in grown.what
    asked = " ".join(_question.question(install.client, grown.what).split())
    assert "with a number for you that changes each week" in asked
    assert "identifier" not in asked
    _project.grant(install.client)
    install.run()
    assert set(send(install)) == {Outcome.DELIVERED}
    assert posthog.requests
