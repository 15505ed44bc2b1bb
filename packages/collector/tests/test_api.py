"""The figures as JSON and CSV."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from parts import TODAY, activity, command, notebook

from footfall_collector import catalogue

CHARTS = ["actives-day", "actives-week", "actives-month", "retention", "commands", "flags", "outcomes", "errors"]
CHARTS += ["durations", "versions", "pythons", "systems", "architectures", "implementations", "surfaces"]
CHARTS += ["plans"]
NOTEBOOKS = ["notebooks", "sessions", "cells", "cell-errors", "magics", "cell-durations"]
NOTEBOOKS += ["session-durations", "session-sizes", "modules"]
LISTS = {
    "sessions": [("", 2)],
    "frontends": [("lab", 2)],
    "cells": [("ok", 7), ("error", 1)],
    "errors": [("KeyError", 1)],
    "magics": [("time", 3)],
    "cell_durations": [("<0.1s", 8)],
    "session_durations": [("1-3h", 2)],
    "session_sizes": [("1-9", 2)],
    "modules": [("mytool", 2)],
}
EMPTY = {"flags", "errors", "durations", "versions", "pythons", "systems"}
EMPTY |= {"architectures", "implementations", "surfaces", "plans"}
API = "/api/projects/mytool"


def test_every_chart_is_here():
    """The charts that these tests ask for are all there are."""
    assert {*CHARTS, *NOTEBOOKS} == {*catalogue.OF_DAYS, *catalogue.OF_A_WEEK, *catalogue.OF_NOTEBOOKS}
    assert len(catalogue.OF_NOTEBOOKS) == len(NOTEBOOKS)
    assert not catalogue.OF_NOTEBOOKS.keys() & catalogue.OF_A_WEEK.keys()


@pytest.mark.parametrize("chart", [*CHARTS, *NOTEBOOKS])
def test_shape_of_a_chart(site, chart):
    """Every chart has the documented fields, rows as long as its columns, and the same rows in CSV."""
    site.count([activity() for _ in range(7)] + [command([("fetch", "ok", 2)]) for _ in range(7)])
    site.count([notebook(**LISTS) for _ in range(7)])
    document = site.chart(chart)
    assert document["rows"] or chart in EMPTY
    fields = [
        "project",
        "chart",
        "window",
        "k",
        "columns",
        "rows",
        "hidden",
        "total",
        "estimated",
        "rounded_to",
        "standard_errors",
    ]
    assert list(document) == fields
    assert (document["estimated"], document["standard_errors"]) == (False, {})
    assert (document["project"], document["chart"], document["k"]) == ("mytool", chart, 5)
    assert all(len(row) == len(document["columns"]) for row in document["rows"])
    answer = site.get(f"{API}/charts/{chart}.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(answer.text)))
    expected = [document["columns"], *document["rows"]]
    assert lines == [["" if value is None else str(value) for value in line] for line in expected]


@pytest.mark.privacy
@pytest.mark.statement(59)
def test_windows(site):
    """Only windows whose installs are told are named, each once, in order: one of few installs is as one of none."""
    for back, installs in ((-1, 9), (0, 5), (1, 4), (3, 6), (12, 4), (30, 7), (31, 1), (40, 3)):
        day = TODAY - timedelta(back)
        site.count([activity(day, first_in_month=day.month == 10) for _ in range(installs)])
    assert site.get(f"{API}/windows.json").json() == {
        "project": "mytool",
        "days": ["2026-10-22", "2026-11-18", "2026-11-21"],
        "weeks": ["2026-W43", "2026-W47"],
        "months": ["2026-10"],
    }
    text = site.get("/projects/mytool").text
    assert [week for week in ("2026-W41", "2026-W43", "2026-W46", "2026-W47") if f'"{week}"' in text] == [
        "2026-W43",
        "2026-W47",
    ]


def test_a_report_of_tomorrow_does_not_choose_the_window(site):
    """Without a window asked for, a chart is of the newest one that is told: not of one of few installs, or to come."""
    site.today = TODAY + timedelta(1)  # a Sunday
    site.count([activity() for _ in range(5)])
    for installs in (1, 9):
        site.count([activity(TODAY + timedelta(2)) for _ in range(installs)])
        assert site.chart("commands")["window"]["week"] == "2026-W47"
        assert site.chart("actives-day")["window"]["to"] == "2026-11-22"
        assert 'value="2026-W47" selected' in site.get("/projects/mytool").text
        assert "active installs in 2026-W47" in site.get("/").text
    site.today += timedelta(1)
    assert site.chart("commands")["window"]["week"] == "2026-W48"


def test_window_of_a_chart(site):
    """A chart is of the latest week with reports, or of the one that is asked for; it says whether that has ended."""
    site.count([activity(TODAY - timedelta(10)) for _ in range(5)])
    window = {"week": "2026-W46", "from": "2026-11-09", "to": "2026-11-15", "closed": True}
    assert site.chart("commands")["window"] == window
    assert site.chart("commands", week="2026-W47")["window"]["closed"] is False
    site.today = TODAY + timedelta(1)
    assert site.chart("commands", week="2026-W47")["window"]["closed"] is False
    site.today = TODAY + timedelta(2)
    assert site.chart("commands", week="2026-W47")["window"]["closed"] is True


def test_days_of_a_chart(site):
    """Actives are of the days asked for, both ends included, with a row for each; few installs are no number."""
    site.count([activity() for _ in range(5)] + [activity(TODAY - timedelta(1)) for _ in range(4)])
    document = site.chart("actives-day", **{"from": "2026-11-19", "to": "2026-11-21"})
    assert document["rows"] == [["2026-11-19", None], ["2026-11-20", None], ["2026-11-21", 5]]
    assert (document["hidden"], document["total"]) == (2, None)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/projects/nobody/windows.json", 404),
        ("/api/projects/nobody/charts/commands.json", 404),
        (f"{API}/charts/people.json", 404),
        (f"{API}/charts/commands.xml", 404),
        (f"{API}/charts/commands.json?week=2026-W54", 400),
        (f"{API}/charts/commands.json?week=9999-W53", 400),
        (f"{API}/charts/retention.json?week=0001-W01", 400),
        (f"{API}/charts/actives-day.json?from=yesterday", 400),
        (f"{API}/charts/actives-day.json?from=2026-11-21&to=2026-11-01", 400),
        (f"{API}/charts/actives-week.json?from=0001-01-01&to=2026-11-01", 400),
        (f"{API}/charts/actives-week.json?to=0001-01-01", 400),
        (f"{API}/charts/actives-month.json?from=9999-12-31&to=9999-12-31", 400),
        ("/projects/nobody", 404),
        ("/projects/mytool?week=2026-W99", 400),
        ("/projects/mytool?week=0001-W01", 400),
        ("/projects/mytool?week=9999-W52", 400),
        ("/projects/mytool?week=1999-W52", 400),
        ("/projects/mytool/", 404),
        ("/static", 404),
    ],
)
def test_what_cannot_be_answered(site, path, status):
    """Unknown projects and charts are 404, windows that are none 400; nothing of the question is repeated."""
    site.post(activity())
    answer = site.get(path)
    assert answer.status_code == status
    assert "99" not in answer.text


@pytest.mark.parametrize("week", ["2000-W01", "2000-W13", "2999-W52"])
def test_the_first_and_last_weeks_that_can_be_asked_for(site, week):
    """A week at an end of what can be asked for has a page and charts as any other: of nothing."""
    site.post(activity())
    for path in ("/projects/mytool", *(f"{API}/charts/{chart}.json" for chart in catalogue.OF_A_WEEK)):
        assert site.get(path, params={"week": week}).status_code == 200, path


def test_nothing_of_a_small_group_in_any_answer(site):
    """A command of three installs is named in no chart, file or page."""
    flags = [{"command": "report", "flag": "--format", "n": 1, "first_in_week": True}]
    kinds = [{"command": "report", "kind": "ToolError", "n": 1, "first_in_week": True}]
    site.count([activity() for _ in range(50)] + [command([("fetch", "ok", 1)]) for _ in range(50)])
    site.count([command([("report", "error", 1)], flags=flags, errors=kinds) for _ in range(3)])
    paths = ["/", "/projects/mytool", *(f"{API}/charts/{chart}.{kind}" for chart in CHARTS for kind in ("json", "csv"))]
    for path in paths:
        text = site.get(path).text
        assert "report<" not in text
        assert '"report"' not in text
        assert "--format" not in text
        assert "ToolError" not in text
        assert ",3" not in text.replace(" ", "") or "actives" in path or path == "/projects/mytool"


def test_nothing_of_a_few_sessions_in_any_answer(site):
    """Of three installs among fifty that had other sessions, no word and no number is in any chart, file or page."""
    few = {**LISTS, "frontends": [("vscode", 2)], "cells": [("aborted", 777)], "modules": [("pandas", 2)]}
    few |= {"errors": [("ToolError", 1)], "magics": [("perl", 777)], "cell_durations": [("1-3s", 777)]}
    site.count([activity() for _ in range(53)] + [notebook(**LISTS) for _ in range(50)])
    site.count([notebook(**few) for _ in range(3)])
    files = [f"{API}/charts/{chart}.{kind}" for chart in NOTEBOOKS for kind in ("json", "csv")]
    for path in ("/projects/mytool", *files):
        text = site.get(path).text
        for word in ("vscode", "aborted", "pandas", "ToolError", "perl", "1-3s", "777", "2,331", "2331"):
            assert word not in text, (path, word)
