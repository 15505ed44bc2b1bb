"""Every chart against a truth that was counted by hand, in simulated populations."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pytest
from parts import activity, command
from population import COMMANDS, KINDS, simulate, week_of

from footfall import wire
from footfall_collector.suppress import suppress

FIRST = date(2026, 10, 5)  # a Monday
DAYS = 48
LAST = FIRST + timedelta(DAYS - 1)


@pytest.fixture(
    params=[(1, 60, 2), (2, 60, 5), (3, 120, 5), (4, 9, 5)], ids=lambda world: f"seed{world[0]}-k{world[2]}"
)
def world(request, make_site):
    """A population that has reported everything, its truth, and k."""
    seed, installs, k = request.param
    parts, truth = simulate(seed, installs, FIRST, DAYS)
    site = make_site(k=k)
    site.today = LAST
    assert all(site.count(parts))
    return site, truth, k


def weeks():
    """The weeks of the simulation."""
    return list(dict.fromkeys(week_of(FIRST + timedelta(at)) for at in range(DAYS)))


def count_or_none(installs, k):
    """What may be shown of one set."""
    return len(installs) if len(installs) >= k else None


@pytest.mark.parametrize(
    ("chart", "name_of"),
    [("actives-day", str), ("actives-week", week_of), ("actives-month", lambda day: day.strftime("%Y-%m"))],
)
def test_actives_are_exact(world, chart, name_of):
    """Active installs of every day, week and month are those of the truth, or hidden when fewer than k."""
    site, truth, k = world
    rows = site.chart(chart, **{"from": str(FIRST), "to": str(LAST)})["rows"]
    names = list(dict.fromkeys(name_of(FIRST + timedelta(at)) for at in range(DAYS)))
    assert [row[:2] for row in rows] == [[name, count_or_none(truth.actives[name], k)] for name in names]


def test_a_span_never_cuts_a_window(world):
    """A week or month that a span only touches is shown whole: its rest cannot be had by asking for its days."""
    site, truth, k = world
    day = str(FIRST + timedelta(10))
    for chart, name in (("actives-week", week_of(FIRST + timedelta(10))), ("actives-month", day[:7])):
        row = site.chart(chart, **{"from": day, "to": day})["rows"][0]
        assert row[:2] == [name, count_or_none(truth.actives[name], k)]


def test_retention_and_new_installs_are_exact(world):
    """Each week's installs by the week they came in are those of the truth; new ones are hidden where age 0 is."""
    site, truth, k = world
    rows = site.chart("retention", week=weeks()[-1])["rows"]
    by_week = {row[0]: row for row in site.chart("actives-week", **{"from": str(FIRST), "to": str(LAST)})["rows"]}
    for week in weeks():
        monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
        cohorts = {age: truth.cohort(monday - timedelta(weeks=age), week) for age in range(13)}
        expected = suppress({str(age): len(cohort) for age, cohort in cohorts.items() if cohort}, k).shown
        assert {row[1]: row[3] for row in rows if row[2] == week} == expected
        assert all(row[0] == week_of(monday - timedelta(weeks=int(row[1]))) for row in rows if row[2] == week)
        assert by_week[week][2] == expected.get("0")


def test_environment_is_exact(world):
    """Installs of a week by version, Python, system and the rest are those of the truth."""
    site, truth, k = world
    charts = {
        "versions": "version",
        "pythons": "python",
        "systems": "os",
        "architectures": "arch",
        "surfaces": "surface",
        "plans": "plan",
    }
    for week in weeks():
        for chart, field in charts.items():
            cells = {value: len(who) for (w, f, value), who in truth.environment.items() if (w, f) == (week, field)}
            told = suppress(cells, k, installs=len(truth.actives[week]))
            answer = site.chart(chart, week=week)
            assert (answer["hidden"], answer["total"]) == (told.hidden, told.total)
            assert dict(answer["rows"]) == told.shown


def shown_commands(truth, week, k):
    """Commands that may be shown."""
    cells = {c: len(truth.installs[week, "commands", c]) for c in COMMANDS if truth.installs[week, "commands", c]}
    return suppress(cells, k, installs=len(truth.actives[week]))


def at_least(truth, week, name):
    """Installs that had each outcome of a command: the most of any one release."""
    found = defaultdict(int)
    for (w, c, outcome, _), who in truth.releases.items():
        if (w, c) == (week, name):
            found[outcome] = max(found[outcome], len(who))
    return dict(found)


def test_commands_and_flags_are_exact(world):
    """Installs, runs and failures by command, and installs and runs by flag, are those of the truth."""
    site, truth, k = world
    for week in weeks():
        told, answer = shown_commands(truth, week, k), site.chart("commands", week=week)
        assert (answer["hidden"], answer["total"]) == (told.hidden, told.total)
        assert {row[0]: row[1] for row in answer["rows"]} == told.shown
        for name, _, runs, failed in answer["rows"]:
            assert runs == truth.runs[week, "commands", name]
            assert failed in (None, runs - truth.runs[week, "outcomes", name, "ok"])
        expected = {}
        for name in told.shown:
            cells = {f: len(truth.installs[week, "flags", name, f]) for f in COMMANDS[name]}
            for flag, installs in suppress({f: n for f, n in cells.items() if n}, k).shown.items():
                expected[name, flag] = [installs, truth.runs[week, "flags", name, flag]]
        assert {(row[0], row[1]): row[2:] for row in site.chart("flags", week=week)["rows"]} == expected


def test_outcomes_errors_and_durations_are_exact(world):
    """Under each shown command, outcomes, kinds of error and durations have the installs and runs of the truth."""
    site, truth, k = world
    for week in weeks():
        outcomes, errors, durations = {}, {}, {}
        for name in shown_commands(truth, week, k).shown:
            installs = at_least(truth, week, name)
            told = suppress(installs, k).shown
            outcomes |= {(name, o): [n, truth.runs[week, "outcomes", name, o]] for o, n in told.items()}
            for outcome, kinds in KINDS.items():
                cells = {kind: len(truth.installs[week, "errors", name, kind]) for kind in kinds}
                shown = suppress({kind: n for kind, n in cells.items() if n}, k).shown if outcome in told else {}
                errors |= {(name, kind): [n, truth.runs[week, "errors", name, kind]] for kind, n in shown.items()}
            if "killed" in told or "killed" not in installs:
                cells = {b: len(truth.installs[week, "durations", name, b]) for b in wire.BUCKETS}
                shown = suppress({b: n for b, n in cells.items() if n}, k).shown
                durations |= {(name, b): [n, truth.runs[week, "durations", name, b]] for b, n in shown.items()}
        for chart, expected in (("outcomes", outcomes), ("errors", errors), ("durations", durations)):
            assert {(row[0], row[1]): row[2:] for row in site.chart(chart, week=week)["rows"]} == expected


def used(site, installs, rows, **lists):
    """So many installs do the same on one day."""
    site.count([activity() for _ in range(installs)] + [command(rows, **lists) for _ in range(installs)])


def test_failures_of_a_few_installs_are_not_told(site):
    """Runs by outcome, failures and durations do not tell what three of a hundred installs met."""
    durations = [{"command": "fetch", "bucket": "1-3s", "n": 2, "first_in_week": True}]
    used(site, 97, [("fetch", "ok", 2)], durations=durations)
    used(site, 3, [("fetch", "ok", 2), ("fetch", "killed", 1)], durations=durations)
    assert site.chart("commands")["rows"] == [["fetch", 100, 203, None]]
    for chart in ("outcomes", "durations", "errors"):
        assert site.chart(chart)["rows"] == []


def test_durations_of_one_install_are_not_told(site):
    """However many runs an install has in a bucket, it is one install; buckets that are told have k of them."""

    def took(bucket, n):
        return [{"command": "fetch", "bucket": bucket, "n": n, "first_in_week": True}]

    used(site, 50, [("fetch", "ok", 2)], durations=took("1-3s", 2))
    used(site, 6, [("fetch", "ok", 1)], durations=took("<0.1s", 1))
    used(site, 1, [("fetch", "ok", 9)], durations=took(">1000s", 9))
    answer = site.chart("durations")
    assert answer["rows"] == [["fetch", "1-3s", 50, 100]]
    assert (answer["hidden"], answer["total"]) == (7, 57)


def test_kinds_of_error_do_not_tell_a_hidden_outcome(site):
    """Where an outcome is hidden, the kinds of error that add up to it are hidden too."""
    kinds = {
        "error": [{"command": "fetch", "kind": "ValueError", "n": 1, "first_in_week": True}],
        "usage": [{"command": "fetch", "kind": "no_such_option", "n": 1, "first_in_week": True}],
    }
    used(site, 70, [("fetch", "ok", 1)])
    used(site, 20, [("fetch", "error", 1)], errors=kinds["error"])
    used(site, 3, [("fetch", "usage", 1)], errors=kinds["usage"])
    assert site.chart("outcomes")["rows"] == [["fetch", "ok", 70, 70]]
    assert site.chart("errors")["rows"] == []
    used(site, 5, [("fetch", "usage", 1)], errors=kinds["usage"])
    assert len(site.chart("outcomes")["rows"]) == 3
    assert {row[1] for row in site.chart("errors")["rows"]} == {"ValueError", "no_such_option"}


def test_what_lies_under_a_hidden_command_is_hidden(site):
    """A command that is hidden to protect another one shows neither flags nor outcomes."""
    flags = [{"command": "report", "flag": "--format", "n": 1, "first_in_week": True}]
    used(site, 100, [("fetch", "ok", 1)])
    used(site, 50, [("report", "ok", 1)], flags=flags)
    used(site, 3, [("db show", "ok", 1)])
    assert site.chart("commands")["rows"] == [["fetch", 100, 100, 0]]
    assert {row[0] for row in site.chart("outcomes")["rows"]} == {"fetch"}
    assert site.chart("flags")["rows"] == []


def test_a_command_that_always_fails_is_told_so(site):
    """Where no outcome is hidden and none is ok, every run failed; no figure is kept back that outcomes give anyway."""
    used(site, 100, [("fetch", "ok", 1)])
    used(site, 50, [("report", "usage", 2)])
    assert site.chart("commands")["rows"] == [["fetch", 100, 100, 0], ["report", 50, 100, 100]]


def test_an_install_that_upgrades_counts_once_for_an_outcome(site):
    """Three installs that failed with both of two releases are three, not six."""
    for release in ("1.4", "1.5"):
        parts = [command([("fetch", "ok", 1)]) for _ in range(50)] + [
            command([("fetch", "error", 1)]) for _ in range(3)
        ]
        for part in parts:
            part["rows"][0]["release"] = release
            part["commands"][0]["first_in_week"] = release == "1.4"
        site.count([*(activity() for _ in range(53 * (release == "1.4"))), *parts])
    assert site.chart("commands")["rows"] == [["fetch", 53, 106, None]]
    assert site.chart("outcomes")["rows"] == []


def test_commands_of_a_week_with_few_installs_are_hidden(site):
    """One install that runs five commands does not make five installs."""
    names = list(COMMANDS)[:5]
    site.count([activity(), command([(name, "ok", 3) for name in names])])
    answer = site.chart("commands")
    assert (answer["rows"], answer["hidden"], answer["total"]) == ([], None, None)
