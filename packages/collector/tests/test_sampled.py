"""Where a share of the installs sends, figures are estimates of all with their error, and k asks those that sent."""

from __future__ import annotations

import csv
import hashlib
import io
import uuid
from datetime import date
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parts import TODAY, activity, command, notebook
from population import PLAN, PROJECT, simulate

from footfall import wire
from footfall._sampling import is_drawn
from footfall.vocabulary import Vocabulary
from footfall_collector import catalogue
from footfall_collector.charts import OF_INSTALLS
from footfall_collector.estimates import Scale
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
    found = Scale(one_in, one_in).installs(sent * one_in)
    assert found == installs == sent / share
    assert found.error == pytest.approx(error)
    assert found.error == pytest.approx(sqrt(sent * (1 - share)) / share)


@given(st.dictionaries(st.sampled_from((1.0, *wire.SAMPLES)), st.integers(1, 10_000), min_size=1))
def test_with_several_shares_the_error_is_never_too_small(sent):
    """Where shares are mixed, the error is at least sqrt(sum of n (1 - share) / share**2), and with one it is that."""
    scale = Scale(round(1 / max(sent)), round(1 / min(sent)))
    found = scale.installs(sum(n * round(1 / share) for share, n in sent.items()))
    exact = sqrt(sum(n * (1 - share) / share**2 for share, n in sent.items()))
    assert found.error >= exact - 1e-9
    if len(sent) == 1:
        assert found.error == pytest.approx(exact)


def test_with_several_shares_the_error_may_be_several_times_too_large():
    """Of 2,000 installs that all send, and one that sends for a hundred, it is 461, though chance makes 99.5."""
    assert 461 < Scale(1, 100).installs(2_000 + 100).error < 462


@given(st.integers(0, 10**7), st.sampled_from([round(1 / share) for share in wire.SAMPLES if share < 1]))
def test_a_number_of_several_shares_is_rounded(exact, one_in):
    """It is the nearest multiple of the largest ``one_in``, of two the larger; with one share it stays as it is."""
    found = Scale(1, one_in).number(exact)
    assert found % one_in == 0
    assert -one_in <= 2 * (exact - found) < one_in
    assert Scale(one_in, one_in).number(exact) == exact


def test_of_many_draws_two_in_three_are_within_one_error():
    """Over 300 draws of 2,000 installs, estimates are right on average, and errors say how far they are off."""
    secrets = [hashlib.sha256(b"%d" % number).digest() for number in range(2_000)]
    found = [
        Scale(10, 10).installs(10 * sum(is_drawn(secret, PROJECT, str(year), 0.1) for secret in secrets))
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


@pytest.mark.privacy
@pytest.mark.statement(59)
def test_releases_with_different_shares_are_added_up_and_rounded(sampling):
    """Each part counts for what it tells, and the sum is rounded: seven of all and six at a tenth are seventy."""
    site = sampling(1, 0.1)
    site.count([*used_by(7), *at(0.1, used_by(6))])
    for chart in catalogue.OF_DAYS:
        found = site.chart(chart)
        assert found["rows"][-1][1] == 70 if chart != "actives-month" else found["rows"][-1][1] is None
        assert found["rounded_to"] == (1 if chart == "actives-month" else 10)
    (errors,) = ([error for error in site.chart("actives-day")["standard_errors"]["installs"] if error],)
    assert errors == [round(sqrt((70 + 5) * 9), 1)]
    commands = site.chart("commands")
    assert (commands["rows"], commands["rounded_to"]) == ([["fetch", 70, 70, 0]], 10)
    assert commands["standard_errors"] == {"installs": errors}
    assert "rounded to the nearest 10" in site.get(f"/projects/{PROJECT}").text


@pytest.mark.privacy
@pytest.mark.statement(59)
@pytest.mark.parametrize("chart", CHARTS)
def test_a_week_of_few_is_told_as_one_of_none(sampling, chart):
    """Whether all installs send, or only a share, is not told of a week in which few have sent: nor that they have."""
    documents = []
    for name, installs in (("none.db", 0), ("few.db", 4)):
        site = sampling(name=name)
        lists = {"sessions": [("", 1)], "frontends": [("lab", 1)], "cells": [("ok", 1)]}
        site.count(at(0.1, [*used_by(installs), *(notebook(**lists) for _ in range(installs))]))
        documents.append(site.chart(chart))
    assert documents[0] == documents[1]


def of_version(version, installs):
    """Parts of so many installs of a version that ran one command, the half of them with a flag, and a session."""
    lists = {"flags": [{"command": "fetch", "flag": "--all", "n": 1, "first_in_week": True}]}
    rows = [{"field": "version", "value": version, "first_in_week": True}]
    parts = []
    for number in range(installs):
        parts += [activity(), command([("fetch", "error" if number % 3 else "ok", 1)], **(lists if number % 2 else {}))]
        parts += [{**activity(), "part": "environment", "rows": rows}]
        parts += [notebook(sessions=[("", 1)], frontends=[("lab", 1)], cells=[("ok", 3)])]
    return parts


def numbers_of(document):
    """Each scaled sum that a chart's document tells."""
    places = [place for place, name in enumerate(document["columns"]) if name in COUNTED]
    sums = [document["total"], None if document["chart"].startswith("actives") else document["hidden"]]
    return [value for value in (*sums, *(row[place] for row in document["rows"] for place in places)) if value]


@pytest.mark.privacy
@pytest.mark.statement(59)
def test_what_k_hides_is_not_in_the_last_digits(sampling):
    """How many installs of a hidden group that sends wholly there are is in no chart, also not by subtraction."""
    told = []
    for few in (0, 1, 3, 4):
        site = sampling(1, 0.1, name=f"{few}.db")
        site.count([*of_version("1.3.0", few), *at(0.1, of_version("1.4.0", 20)), *at(0.1, of_version("1.4.1", 6))])
        told.append([site.chart(chart) for chart in CHARTS if chart != "versions"] if few else None)
        versions = site.chart("versions")
        if few:
            assert (versions["rows"], versions["hidden"], versions["total"]) == ([["1.4.0", 200]], 60, 260)
        installs = {chart: site.chart(chart)["rows"][-1][1] for chart in ("actives-week", "commands")}
        assert installs == {"actives-week": 260, "commands": 260}
    assert all(number % 10 == 0 for charts in told[1:] for document in charts for number in numbers_of(document))


@pytest.mark.privacy
@pytest.mark.statement(59)
@settings(max_examples=10)
@given(
    st.sampled_from(((0.1, 10), (0.05, 20), (0.02, 50), (0.01, 100))),
    st.integers(1, 3),
    st.lists(st.integers(5, 12), min_size=1, max_size=2),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_two_populations_that_k_does_not_tell_apart_have_the_same_figures(sampling, share, whole, sampled, few):
    """Installs that differ in how many are of a hidden group give the same charts, all multiples of ``one_in``."""
    share, one_in = share
    told = []
    for size in few:
        site = sampling(1, share, name=f"{uuid.uuid4()}.db")
        site.count(ended(of_version("1.3.0", one_in * whole)))
        for at_version, installs in enumerate(sampled):
            site.count(at(share, ended(of_version(f"1.4.{at_version}", installs))))
        site.count(ended(of_version("1.5.0", size)))
        told.append([site.chart(chart) for chart in CHARTS] + [site.get(f"/projects/{PROJECT}").text])
        site.close()
    assert told[0] == told[1]
    documents = told[0][:-1]
    assert {document["rounded_to"] for document in documents if document["estimated"]} == {one_in}
    assert [number for document in documents for number in numbers_of(document) if number % one_in] == []


def ended(parts):
    """The parts, with every run ``ok`` and without a flag, so that all differ by as many as there are installs."""
    for part in parts:
        part.pop("flags", None)
        for row in part.get("rows", ()):
            if "outcome" in row:
                row["outcome"] = "ok"
        if "cells" in part:
            part["cells"][0]["n"] = 1
    return parts


@pytest.mark.privacy
@pytest.mark.statement(59)
@pytest.mark.parametrize("chart", CHARTS)
def test_every_figure_of_several_shares_is_rounded(sampling, chart):
    """In windows in which several shares have sent, charts tell multiples of the largest ``one_in``, no group of 0."""
    parts, _ = simulate(2, 60, date(2026, 10, 5), 48)
    site = sampling(1, 0.1, 0.05)
    site.today = date(2026, 11, 21)
    for number, part in enumerate(parts):
        if number % 3:
            part["sample"] = (0.1, 0.05)[number % 2]
    site.count(parts)
    found = site.chart(chart, **({} if chart in catalogue.OF_DAYS else {"week": WEEK}))
    assert numbers_of(found)
    assert [number for number in numbers_of(found) if number % 20] == []
    place = next(place for place, name in enumerate(found["columns"]) if name in OF_INSTALLS)
    assert 0 not in [row[place] for row in found["rows"]]
    if not chart.startswith("actives"):
        assert found["hidden"] + sum(row[place] for row in found["rows"]) == found["total"]


@pytest.mark.privacy
@pytest.mark.statement(59)
def test_a_group_that_rounds_to_nothing_is_hidden(sampling):
    """Five installs that stand for themselves are hidden beside some that stand for a hundred, and not shown as 0."""
    site = sampling(1, 0.01)
    site.count([*of_version("1.3.0", 5), *at(0.01, of_version("1.4.0", 6))])
    found = site.chart("versions")
    assert (found["rows"], found["hidden"], found["total"]) == ([["1.4.0", 600]], 0, 600)


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
    for whole, tenth in ((27, 6), (29, 6), (77, 1), (17, 7), (5, 8)):
        site = sampling(1, 0.1, name=f"{whole}.db")
        site.count([*used_by(whole), *at(0.1, used_by(tenth))])
        documents.append([site.chart(chart) for chart in CHARTS] + [site.get(f"/projects/{PROJECT}").text])
    assert all(document == documents[0] for document in documents)


def of_release(release, installs):
    """Parts of so many installs that ran ``fetch`` with a release."""
    parts = used_by(installs)
    for part in parts:
        for row in part.get("rows", ()):
            row["release"] = release
    return parts


def test_a_cell_is_told_of_those_that_k_was_asked_of(sampling):
    """Installs of an outcome are those of a release of which k have sent, not of one that few stand for."""
    site = sampling(1, 0.1)
    site.count([*of_release("1.4", 6), *at(0.1, of_release("1.5", 2))])
    assert site.chart("outcomes")["rows"] == [["fetch", "ok", 10, 30]]


def test_a_cell_is_told_of_the_release_with_the_largest_estimate(sampling):
    """Of the releases of which k have sent, installs of an outcome are those of the one that stands for the most."""
    site = sampling(1, 0.1)
    site.count([*of_release("1.4", 30), *at(0.1, of_release("1.5", 20))])
    assert site.chart("outcomes")["rows"] == [["fetch", "ok", 200, 230]]


def test_csv_has_the_errors_at_the_end(sampling):
    """Where figures are estimates the CSV has columns of their errors; else it has none."""
    site = sampling()
    path = f"/api/projects/{PROJECT}/charts/actives-week.csv?from={TODAY}&to={TODAY}"
    site.count([activity() for _ in range(7)])
    assert site.get(path).text.splitlines() == ["week,installs,new", f"{WEEK},7,"]
    site.count(at(0.1, [activity(age="0", new=True) for _ in range(8)]))
    head, row = csv.reader(io.StringIO(site.get(path).text))
    assert head == ["week", "installs", "new", "installs_standard_error", "new_standard_error"]
    assert row == [WEEK, "90", "80", str(round(sqrt(95 * 9), 1)), str(round(sqrt(85 * 9), 1))]


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
@given(CELLS, st.integers(2, 9), st.sampled_from((Scale(), Scale(1, 10), Scale(1, 100))))
def test_which_cells_are_told_is_decided_by_those_that_sent(cells, k, scale):
    """No more cells are shown than those that sent allow; what is told of them is rounded, never 0, and adds up."""
    sent, told = ({cell: pair[0] for cell, pair in cells.items()}, {cell: a * b for cell, (a, b) in cells.items()})
    plain, some = suppress(sent, k), suppress(sent, k, told=told, scale=scale)
    assert {*some.shown} <= {*plain.shown}
    assert {*plain.shown} - {*some.shown} <= {cell for cell in told if scale.number(told[cell]) == 0}
    assert all(number == scale.number(told[cell]) > 0 for cell, number in some.shown.items())
    if some.total is not None:
        assert plain.total is not None
        assert some.total == max(scale.number(sum(told.values())), sum(some.shown.values()))
        assert some.hidden == some.total - sum(some.shown.values())
