"""What ``POST /v1/reports`` takes and refuses."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import population
import pytest
from parts import JSON, TODAY, activity, command, new_key, notebook

from footfall import wire
from footfall.vocabulary import Vocabulary
from footfall_collector import writer
from footfall_collector.store import StoreError


def environment(**values):
    """An environment part with these values."""
    rows = [{"field": field, "value": value, "first_in_week": True} for field, value in values.items()]
    return {**_head("environment"), "rows": rows}


def _head(part):
    return {"format": 1, "project": population.PROJECT, "day": str(TODAY), "part": part, "key": new_key()}


def _without(part, name):
    return {field: value for field, value in part.items() if field != name}


FLAGS = [{"command": "fetch", "flag": "--secret", "n": 1, "first_in_week": True}]
ERRORS = [{"command": "fetch", "kind": "UserError", "n": 1, "first_in_week": True}]
REFUSED = {
    "not-json": (b"{", 400, "not-json"),
    "no-utf8": (b'{"\xff":1}', 400, "not-json"),
    "deep": (b"[" * 4000, 400, "not-json"),
    "utf-16": (json.dumps(activity()).encode("utf-16"), 400, "not-json"),
    "utf-8-with-a-mark": (json.dumps(activity()).encode("utf-8-sig"), 400, "not-json"),
    "name-twice": (json.dumps(activity()).replace("{", '{"age": "1", ').encode(), 400, "not-json"),
    "list": (b"[]", 400, "not-an-object"),
    "format": (activity(format=2), 400, "unknown-format"),
    "true-for-1": (activity(format=True), 400, "unknown-format"),
    "part": (activity(part="cell.source"), 400, None),
    "no-part": (_without(activity(), "part"), 400, "unknown-part"),
    "more-fields": (activity(user="me"), 400, "unknown-field"),
    "missing": (_without(activity(), "age"), 400, "missing-field"),
    "age": (activity(age="14"), 400, "bad-value"),
    "day": (activity(day="2026-11-31"), 400, "bad-value"),
    "time": (activity(day="2026-11-21T10:00"), 400, "bad-value"),
    "key": (activity(key="ABC"), 400, "bad-value"),
    "count": (command([("fetch", "ok", 10_001)]), 400, "bad-value"),
    "negative": (command([("fetch", "ok", -1)]), 400, "bad-value"),
    "outcome": (command([("fetch", "great", 1)]), 400, "bad-value"),
    "project": (activity(project="other-tool"), 404, "unknown-project"),
    "too-large": (b'{"a":"' + b"x" * 4096 + b'"}', 413, "too-large"),
    "old": (activity(TODAY - timedelta(46)), 422, "day-too-old"),
    "future": (activity(TODAY + timedelta(2)), 422, "day-in-future"),
    "command": (command([("db drop", "ok", 1)]), 422, "unknown-command"),
    "flag": (command([("fetch", "ok", 1)], flags=FLAGS), 422, "unknown-flag"),
    "error": (command([("fetch", "error", 1)], errors=ERRORS), 422, "unknown-error"),
    "os": (environment(os="templeos"), 422, "unknown-value"),
    "version": (environment(version="1.2+corp"), 422, "unknown-value"),
    "frontend": (notebook(frontends=[("emacs", 1)]), 400, "bad-value"),
    "no-list": ({**notebook(), "kernels": []}, 400, "unknown-field"),
    "kind-of-a-cell": (notebook(errors=[("UserError", 1)]), 422, "unknown-error"),
    "module": (notebook(modules=[("torch", 1)]), 422, "unknown-module"),
    "event": ({**_head("model.loaded"), "n": 1, "first_in_week": True}, 422, "unknown-event"),
}


CELLS = {"command": "fetch", "flag": "--all", "n": 1, "first_in_week": True}
TWICE = [
    command([("fetch", "ok", 1), ("fetch", "ok", 2)]),
    command([("fetch", "ok", 1)], commands=[{"command": "fetch", "first_in_week": first} for first in (True, False)]),
    command([("fetch", "ok", 1)], flags=[{**CELLS, "n": n} for n in (1, 2)]),
    notebook(sessions=[("", 1), ("", 1)]),
    notebook(cells=[("ok", 1), ("error", 1), ("ok", 2)]),
    environment(os="linux") | {"rows": [{"field": "os", "value": "linux", "first_in_week": True}] * 2},
    {
        **_head("model.loaded"),
        "n": 2,
        "first_in_week": True,
        "rows": [{"field": "old", "value": "true", "n": n, "first_in_week": True} for n in (1, 2)],
    },
]


@pytest.mark.privacy
@pytest.mark.statement(58)
@pytest.mark.parametrize("part", TWICE, ids=lambda part: part["part"])
@pytest.mark.parametrize("releases", [1, 2])
def test_a_cell_twice_in_a_part_is_refused(make_site, part, releases):
    """A part that has a cell twice is refused whole: five times the same would make one install a group of five."""
    events = {"model.loaded": {"why": "", "expires": "2028-01-01", "fields": {"old": {"type": "flag"}}}}
    plan = Vocabulary.from_document({**population.PLAN, "events": events})
    site = make_site(plans={population.PROJECT: [plan] * releases})
    answer = site.post(part)
    assert (answer.status_code, answer.headers["footfall-reason"]) == (422, "repeated-field")
    assert site.is_empty()
    once = {name: value[:1] if isinstance(value, list) else value for name, value in part.items()}
    assert site.post(once).status_code == 202


@pytest.mark.statement(58)
@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_reason(site, name):
    """Each bad part gets its status and a fixed token, echoes nothing, and leaves the counters as they were."""
    part, status, reason = REFUSED[name]
    answer = site.post(part)
    assert answer.status_code == status
    assert answer.headers["footfall-collector"] == "1"
    assert reason is None or answer.headers["footfall-reason"] == reason
    assert answer.text == f"{answer.headers['footfall-reason']}\n"
    assert site.is_empty()


def test_clients_know_every_reason():
    """Each token with which a part can be refused for good is one that clients keep; they keep no other."""
    page = Path(__file__).parents[3] / "docs" / "collector.md"
    if not page.exists():
        pytest.skip("the documentation is not part of the source distribution")
    rows = [line.split("|") for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| 4")]
    told = {token for row in rows for token in re.findall(r"`([a-z-]+)`", row[3])}
    assert told - {"retired", "incomplete"} == set(wire.REFUSALS), "410 is no refusal, and nobody reads an incomplete's"
    assert {reason for _, _, reason in REFUSED.values() if reason} <= set(wire.REFUSALS)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/json-patch+json"},
        {**JSON, "content-encoding": "gzip"},
    ],
)
def test_other_media_types_are_refused(site, headers):
    """Only plain application/json is read."""
    answer = site.post(activity(), headers=headers)
    assert (answer.status_code, answer.headers["footfall-reason"]) == (415, "not-application-json")


def test_media_type_with_a_charset(site):
    """A charset, or capitals, in the media type do no harm."""
    assert site.post(activity(), headers={"content-type": "Application/JSON; charset=utf-8"}).status_code == 202


@pytest.mark.parametrize("days", [-45, -1, 0, 1])
def test_days_that_are_taken(site, days):
    """A part may be 45 days late, and a day early for a clock that is ahead."""
    assert site.post(activity(TODAY + timedelta(days))).status_code == 202


@pytest.mark.statement(58)
def test_a_repeated_key_counts_once(make_site):
    """The same part posted again is answered 200 and adds nothing, also by a new collector on the same file."""
    site, part = make_site(k=2), activity()
    assert [site.post(body).status_code for body in (part, part, activity())] == [202, 200, 202]
    site.close()
    again = make_site(k=2)
    assert again.post(part).status_code == 200
    assert again.chart("actives-week", to=str(TODAY))["rows"][-1][1] == 2


def test_a_retired_project_is_told_to_stop(make_site):
    """Clients of a retired project get 410, whatever they send; its figures are still shown."""
    site = make_site(retired=[population.PROJECT])
    answer = site.post(activity())
    assert (answer.status_code, answer.headers["footfall-reason"]) == (410, "retired")
    assert site.get(f"/projects/{population.PROJECT}").status_code == 200


def test_plans_of_several_releases(make_site):
    """A part passes when the project's plans know its words: those of old releases, and of the day of an upgrade."""
    newer = {**population.PLAN, "commands": {"(main)": [], "sync": ["--all"]}}
    plans = {population.PROJECT: [Vocabulary.from_document(population.PLAN), Vocabulary.from_document(newer)]}
    site = make_site(plans=plans)
    assert site.post(command([("fetch", "ok", 1)])).status_code == 202
    assert site.post(command([("sync", "ok", 1)])).status_code == 202
    assert site.post(command([("fetch", "ok", 1), ("sync", "ok", 1)])).status_code == 202
    for alien in ([("fetch", "ok", 1), ("sync", "ok", 1), ("alien", "ok", 1)], [("alien", "ok", 1)]):
        answer = site.post(command(alien))
        assert (answer.status_code, answer.headers["footfall-reason"]) == (422, "unknown-command")


def test_an_option_belongs_to_a_plan_that_declares_it(make_site):
    """Of several plans one has to know an option with its command: not one the option and another the command."""
    newer = {**population.PLAN, "commands": {"(main)": [], "sync": ["--every"], "fetch": []}}
    plans = {population.PROJECT: [Vocabulary.from_document(population.PLAN), Vocabulary.from_document(newer)]}
    site = make_site(plans=plans)
    rows = [("fetch", "ok", 1), ("sync", "ok", 1)]

    def flag(name):
        return {"command": name, "flag": "--every", "n": 1, "first_in_week": True}

    assert site.post(command(rows, flags=[flag("sync")])).status_code == 202
    answer = site.post(command(rows, flags=[flag("fetch")]))
    assert (answer.status_code, answer.headers["footfall-reason"]) == (422, "unknown-flag")


def test_events_of_the_day_of_an_upgrade(make_site):
    """An event whose words another release has changed passes with those of both, and with no others."""
    plans = []
    for words in (["cpu"], ["cuda"]):
        events = {"model.loaded": {"why": "", "fields": {"backend": {"type": "choice", "values": words}}}}
        plans.append(Vocabulary.from_document({**population.PLAN, "events": events}))
    site = make_site(plans={population.PROJECT: plans})
    for words, status in ((["cpu", "cuda"], 202), (["cpu", "tpu"], 422)):
        rows = [{"field": "backend", "value": word, "n": 1, "first_in_week": True} for word in words]
        assert site.post({**_head("model.loaded"), "n": 2, "first_in_week": True, "rows": rows}).status_code == status
    assert site.post({**_head("model.dropped"), "n": 2, "first_in_week": True}).status_code == 422


def test_a_full_queue_puts_off(site, monkeypatch):
    """When too many parts wait, the answer is 503 with Retry-After, and nothing is counted."""
    monkeypatch.setattr(writer, "QUEUE_MAX", 0)
    answer = site.post(activity())
    assert (answer.status_code, answer.headers["footfall-reason"]) == (503, "busy")
    assert int(answer.headers["retry-after"]) > 0


def test_other_methods_and_addresses(site):
    """What is not there is 404, what cannot be done 405: a page for readers, a line for programs, always our header."""
    answers = [site.get("/v1/reports"), site.get("/no/such"), site.get("/api/no/such"), site.run(site.client.put("/"))]
    assert [answer.status_code for answer in answers] == [405, 404, 404, 405]
    assert all(answer.headers["footfall-collector"] == "1" for answer in answers)
    assert answers[2].text == "Not Found\n"


def test_own_events(make_site, tmp_path):
    """An event that the plan declares is counted, one that has expired is not."""
    fields = {"backend": {"type": "choice", "values": ["cpu", "cuda"]}}
    events = {"model.loaded": {"why": "", "expires": "2026-11-20", "fields": fields}}
    plan = Vocabulary.from_document({**population.PLAN, "events": events})
    site = make_site(plans={population.PROJECT: [plan]})
    row = {"field": "backend", "value": "cuda", "n": 2, "first_in_week": True}
    event = {**_head("model.loaded"), "n": 3, "first_in_week": True, "rows": [row]}
    assert site.post(event).status_code == 422
    assert site.post({**event, "day": "2026-11-19", "key": new_key()}).status_code == 202
    assert site.post({**event, "day": "2026-11-19", "key": new_key()}).status_code == 202
    connection = site.store._open("ro")
    assert connection.execute("SELECT runs, first_in_week FROM event").fetchall() == [(6, 2)]
    assert connection.execute("SELECT field, value, runs FROM event_field").fetchall() == [("backend", "cuda", 4)]
    connection.close()


def test_notebook_sessions(site):
    """Sessions of a project whose plan has notebooks are counted in cells of their own."""
    part = notebook(sessions=[("", 2)], magics=[("time", 3)], modules=[("mytool", 2)])
    assert [site.post(body).status_code for body in (part, part)] == [202, 200]
    assert site.post({**part, "key": new_key()}).status_code == 202
    connection = site.store._open("ro")
    rows = connection.execute("SELECT day, list, word, n, first_in_week FROM notebook ORDER BY list").fetchall()
    connection.close()
    day = str(TODAY)
    assert rows == [(day, "magics", "time", 6, 2), (day, "modules", "mytool", 4, 2), (day, "sessions", "", 4, 2)]


def test_a_plan_without_notebooks_takes_no_sessions(make_site):
    """Sessions of a project that did not declare them are refused, and other parts are taken."""
    plan = Vocabulary.from_document({name: value for name, value in population.PLAN.items() if name != "notebook"})
    site = make_site(plans={population.PROJECT: [plan]})
    answer = site.post(notebook(sessions=[("", 1)]))
    assert (answer.status_code, answer.headers["footfall-reason"]) == (422, "unknown-event")
    assert site.post(command([("fetch", "ok", 1)])).status_code == 202


def test_a_part_without_counters_does_not_reach_the_store(site, monkeypatch):
    """A part that only a newer wire format knows is refused at the door; those that came with it are counted."""
    monkeypatch.setitem(wire.SHAPES, "cli.plugin", {"rows": {"name": wire.is_word}})
    monkeypatch.setattr(Vocabulary, "refusal", lambda *_: None)
    answer = site.post({**_head("cli.plugin"), "rows": [{"name": "x"}]})
    assert (answer.status_code, answer.headers["footfall-reason"]) == (400, "unknown-part")
    assert site.post(activity()).status_code == 202


def test_readiness_needs_the_store(site, monkeypatch):
    """Alive without the store, ready only when a write has reached the disk."""
    assert site.get("/readyz").text == "ready\n"

    def fail(*_):
        raise StoreError("gone")

    monkeypatch.setattr(site.store._writer, "_connect", fail)
    site.store._writer._drop_connection()
    assert site.get("/readyz").status_code == 503
    assert site.get("/healthz").status_code == 200


def test_answers_have_no_body_for_reports(site):
    """An accepted part is answered without a word."""
    answer = site.post(json.dumps(activity()).encode())
    assert (answer.status_code, answer.content) == (202, b"")


@pytest.mark.statement(57, 58)
def test_a_fault_of_ours_quotes_nothing(site, monkeypatch, caplog):
    """An error that nobody thought of is answered 500, and the log says where it was and nothing of what was sent."""

    def fail(*_):
        raise LookupError("canary-of-content")

    monkeypatch.setattr(Vocabulary, "refusal", fail)
    answer = site.post(activity())
    assert (answer.status_code, answer.headers["footfall-reason"]) == (500, "fault")
    assert "LookupError at " in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.statement(57, 58)
def test_a_fault_of_a_page_quotes_nothing(site, monkeypatch, caplog):
    """The same holds for a page that fails: 500, and a line with the place of the fault and none of its words."""

    def fail(*_, **__):
        raise LookupError("canary-of-content")

    monkeypatch.setattr(site.store, "reading", fail)
    answer = site.get(f"/projects/{population.PROJECT}?week=canary")
    assert answer.status_code == 500
    assert answer.headers["footfall-collector"] == "1"
    assert "canary" not in answer.text
    assert caplog.text.count("LookupError at ") == 1
    assert "canary" not in caplog.text
