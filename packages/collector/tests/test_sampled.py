"""Where a share of the installs sends, figures are estimates of all with their error, and k asks those that sent."""

from __future__ import annotations

import csv
import hashlib
import io
from datetime import date
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts import TODAY, activity, command, notebook
from population import PLAN, PROJECT, simulate

from footfall import wire
from footfall._sampling import is_drawn
from footfall.vocabulary import Vocabulary
from footfall_collector import catalogue
from footfall_collector.charts import OF_INSTALLS
from footfall_collector.estimates import Estimate
from footfall_collector.suppress import suppress

CHARTS = [*catalogue.OF_DAYS, *catalogue.OF_A_WEEK, *catalogue.OF_NOTEBOOKS]
COUNTED = {*OF_INSTALLS, "runs", "failed", "sessions", "cells"}  # columns of numbers; others are of words
WEEK = "2026-W47"
CELLS = st.dictionaries(st.integers(0, 9), st.tuples(st.integers(0, 30), st.integers(1, 100)), max_size=8)


@pytest.fixture
def sampling(make_site):
    """Makes sites of a program with these shares, one plan each, in which k is 5."""

    def make(*shares, name="footfall.db", **options):
        plans = [Vocabulary.from_document({**PLAN, "sample": share}) for share in shares or (0.1,)]
        return make_site(name, plans={PROJECT: plans}, **options)

    return make


def at(share, parts):
    """The parts, as installs send them where this share of all does."""
    return [{**part, "sample": share} if share < 1 else part for part in parts]


def used_by(installs):
    """Parts of so many installs that ran one command."""
    return [part for _ in range(installs) for part in (activity(), command([("fetch", "ok", 1)]))]


def scaled(document, by):
    """A chart's document with each number of installs, runs, sessions and cells that many times as large."""
    numbers = [at for at, name in enumerate(document["columns"]) if name in COUNTED]
    rows = [
        [value * by if at in numbers and value is not None else value for at, value in enumerate(row)]
        for row in document["rows"]
    ]
    sums = {name: document[name] and document[name] * by for name in ("total", "hidden")}
    if document["chart"].startswith("actives"):
        sums["hidden"] = document["hidden"]  # a number of windows
    return {**document, **sums, "rows": rows, "estimated": None, "standard_errors": None}


# The estimate


@pytest.mark.parametrize(("sent", "share", "installs", "error"), [(1000, 0.1, 10_000, 300), (5, 0.5, 10, sqrt(10))])
def test_the_estimate_is_that_of_the_specification(sent, share, installs, error):
    """Of n that sent, n / share are estimated in all, give or take sqrt(n (1 - share)) / share."""
    one_in = round(1 / share)
    found = Estimate(sent * one_in, one_in)
    assert found == installs == sent / share
    assert found.error == pytest.approx(error)
    assert found.error == pytest.approx(sqrt(sent * (1 - share)) / share)


@given(st.dictionaries(st.sampled_from((1.0, *wire.SAMPLES)), st.integers(1, 10_000), min_size=1))
def test_with_several_shares_the_error_is_never_too_small(sent):
    """Where shares are mixed, the error is at least sqrt(sum of n (1 - share) / share**2), and with one it is that."""
    found = Estimate(sum(n * round(1 / share) for share, n in sent.items()), round(1 / min(sent)))
    exact = sqrt(sum(n * (1 - share) / share**2 for share, n in sent.items()))
    assert found.error >= exact - 1e-9
    if len(sent) == 1:
        assert found.error == pytest.approx(exact)


def test_of_many_draws_two_in_three_are_within_one_error():
    """Over 300 draws of 2,000 installs, estimates are right on average, and errors say how far they are off."""
    secrets = [hashlib.sha256(b"%d" % number).digest() for number in range(2_000)]
    found = [
        Estimate(10 * sum(is_drawn(secret, PROJECT, str(year), 0.1) for secret in secrets), 10)
        for year in range(2000, 2300)
    ]
    assert abs(sum(found) / len(found) - 2_000) < 5 * sqrt(2_000 * 9 / len(found))
    assert 0.60 < sum(abs(estimate - 2_000) <= estimate.error for estimate in found) / len(found) < 0.76
    assert 0.91 < sum(abs(estimate - 2_000) <= 2 * estimate.error for estimate in found) / len(found) < 0.99


# Charts


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_every_figure_is_scaled(sampling, chart, share):
    """The same parts, sent at a share, give each chart with each number scaled, and hide the same cells."""
    parts, _ = simulate(1, 60, date(2026, 10, 5), 48)
    by, documents = round(1 / share), []
    for name, told in (("plain.db", 1), ("some.db", share)):
        site = sampling(share, name=name)
        site.today = date(2026, 11, 21)
        assert all(site.count(at(told, parts)))
        documents.append(site.chart(chart, **({} if chart in catalogue.OF_DAYS else {"week": WEEK})))
    plain, some = documents
    assert plain["rows"] or plain["total"]
    assert scaled(plain, by) == scaled(some, 1)
    assert (plain["estimated"], plain["standard_errors"], some["estimated"]) == (False, {}, True)
    places = {name: some["columns"].index(name) for name in some["standard_errors"]}
    assert set(places) == {*OF_INSTALLS} & {*some["columns"]}
    for name, place in places.items():
        values = [row[place] for row in some["rows"]]
        errors = [None if value is None else round(sqrt(value * (by - 1)), 1) for value in values]
        assert some["standard_errors"][name] == errors


@pytest.mark.privacy
@pytest.mark.statement(59)
@pytest.mark.parametrize("share", wire.SAMPLES)
def test_k_asks_the_installs_that_sent(sampling, share):
    """Four installs are hidden whatever they stand for, and five are shown: no estimate lifts a group over k."""
    site = sampling(share)
    site.count(at(share, used_by(4)))
    for chart in CHARTS:
        found = site.chart(chart)
        assert all(value is None for row in found["rows"] for value in row[1:]), chart
        assert found["total"] is None
    assert "Estimates" not in site.get(f"/projects/{PROJECT}").text
    site.count(at(share, used_by(1)))
    assert site.chart("commands")["rows"] == [["fetch", 5 / share, 5 / share, 0]]


def test_releases_with_different_shares_are_added_up(sampling):
    """Each part counts for what it tells: seven of all and six at a tenth are sixty-seven."""
    site = sampling(1, 0.1)
    site.count([*used_by(7), *at(0.1, used_by(6))])
    for chart in catalogue.OF_DAYS:
        found = site.chart(chart)
        assert found["rows"][-1][1] == 67 if chart != "actives-month" else found["rows"][-1][1] is None
    (errors,) = ([error for error in site.chart("actives-day")["standard_errors"]["installs"] if error],)
    assert errors == [round(sqrt(67 * 9), 1)]
    commands = site.chart("commands")
    assert commands["rows"] == [["fetch", 67, 67, 0]]
    assert commands["standard_errors"] == {"installs": errors}


@pytest.mark.privacy
@pytest.mark.statement(59)
def test_few_installs_with_many_commands_tell_nothing(sampling):
    """Where an install is in several cells, k is asked of the installs that sent, not of what they stand for."""
    site = sampling()
    parts = [part for _ in range(4) for part in (activity(), command([("fetch", "ok", 1), ("report", "ok", 1)]))]
    site.count(at(0.1, parts))
    assert [(site.chart(chart)["rows"], site.chart(chart)["total"]) for chart in ("commands", "outcomes")] == [
        ([], None)
    ] * 2


@pytest.mark.privacy
@pytest.mark.statement(59)
def test_the_error_tells_no_more_than_the_estimate(sampling):
    """Of the same estimate, made of few or more installs of the release that samples, all figures are the same."""
    documents = []
    for whole, tenth in ((27, 6), (77, 1), (17, 7)):
        site = sampling(1, 0.1, name=f"{whole}.db")
        site.count([*used_by(whole), *at(0.1, used_by(tenth))])
        documents.append([site.chart(chart) for chart in CHARTS] + [site.get(f"/projects/{PROJECT}").text])
    assert documents[0] == documents[1] == documents[2]


def test_a_cell_is_told_of_those_that_k_was_asked_of(sampling):
    """Installs of an outcome are those of the release with the most that sent, not of one that few stand for."""
    site = sampling(1, 0.1)
    new = command([("fetch", "ok", 1)])
    new["rows"][0]["release"] = "1.5"
    site.count([*used_by(6), *at(0.1, [activity(), activity(), new, {**new, "key": "0" * 32}])])
    assert site.chart("outcomes")["rows"] == [["fetch", "ok", 6, 26]]


def test_csv_has_the_errors_at_the_end(sampling):
    """Where figures are estimates the CSV has columns of their errors; else it has none."""
    site = sampling()
    path = f"/api/projects/{PROJECT}/charts/actives-week.csv?from={TODAY}&to={TODAY}"
    site.count([activity() for _ in range(7)])
    assert site.get(path).text.splitlines() == ["week,installs,new", f"{WEEK},7,"]
    site.count(at(0.1, [activity(age="0", new=True) for _ in range(8)]))
    head, row = csv.reader(io.StringIO(site.get(path).text))
    assert head == ["week", "installs", "new", "installs_standard_error", "new_standard_error"]
    assert row == [WEEK, "87", "80", "28.0", "26.8"]


def test_the_page_tells_estimates_and_their_errors(sampling):
    """The page says that figures are estimates, of one in how many, and each number of installs has its error."""
    site = sampling()
    parts = [activity(), command([("fetch", "ok", 3)]), notebook(sessions=[("", 2)], frontends=[("lab", 2)])]

    def fresh():
        return [{**part, "key": f"{number:016x}{at:016x}"} for number in range(10) for at, part in enumerate(parts)]

    site.count(fresh())
    plain = site.get(f"/projects/{PROJECT}").text
    assert "±" not in plain
    assert "stimate" not in plain
    other = sampling(name="some.db")
    other.count(at(0.1, fresh()))
    text = other.get(f"/projects/{PROJECT}").text
    assert "Estimates: not all installs send, of some releases one in 10." in text
    assert 'class="error" title="standard error of this estimate">&nbsp;±&nbsp;30</span>' in text
    assert text.count("&nbsp;±&nbsp;30</span>") >= 6  # key number, day, week, commands, sessions, notebooks
    assert f"<title>{TODAY}: 100 ± 30</title>" in text
    assert "100<span" in other.get("/").text


# The door


def test_only_shares_of_a_plan_are_counted(sampling):
    """A part at a share that no plan of the project has is refused; one of a plan's, or that tells none, is not."""
    site = sampling(0.1, 0.5)
    for share, status in ((0.1, 202), (0.5, 202), (1, 202), (0.2, 422), (0.01, 422)):
        (part,) = at(share, [activity()])
        answer = site.post(part)
        assert (answer.status_code, answer.headers.get("footfall-reason")) == (
            status,
            "unknown-sample" if status == 422 else None,
        )
    assert site.post({**activity(), "sample": 0.3}).headers["footfall-reason"] == "bad-value"


def test_an_upgrades_part_has_words_of_one_plan_and_the_share_of_another(make_site):
    """A part with a word of the release before, and the new one's share, is counted: each plan knows half of it."""
    before = {**PLAN, "sample": 0.5}
    after = {**PLAN, "sample": 0.1, "commands": {"fetch": []}}
    site = make_site(plans={PROJECT: [Vocabulary.from_document(plan) for plan in (before, after)]})
    (part,) = at(0.1, [command([("db migrate", "ok", 1)])])
    assert site.post(part).status_code == 202


# Suppression


@pytest.mark.privacy
@pytest.mark.statement(59)
@given(CELLS, st.integers(2, 9))
def test_which_cells_are_told_is_decided_by_those_that_sent(cells, k):
    """Which cells are shown is decided by those that sent alone; the sums are of what is told."""
    sent, told = ({cell: pair[0] for cell, pair in cells.items()}, {cell: a * b for cell, (a, b) in cells.items()})
    plain, some = suppress(sent, k), suppress(sent, k, told=told)
    assert list(plain.shown) == list(some.shown)
    assert all(some.shown[cell] == told[cell] for cell in some.shown)
    assert some.total == (None if plain.total is None else sum(told.values()))
    assert some.hidden == (None if plain.hidden is None else sum(told.values()) - sum(some.shown.values()))
