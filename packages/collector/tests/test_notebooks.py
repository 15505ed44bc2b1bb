"""Charts of notebook sessions: against a truth that was counted by hand, and what a few installs' sessions tell."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from parts import activity, notebook
from population import simulate, week_of

from footfall import wire
from footfall_collector.suppress import Suppressed, suppress

FIRST = date(2026, 10, 5)  # a Monday
DAYS = 34
NOTHING = Suppressed({}, None, None)
CHARTS = {
    "sessions": "frontends",
    "cells": "cells",
    "cell-errors": "errors",
    "magics": "magics",
    "cell-durations": "cell_durations",
    "session-durations": "session_durations",
    "session-sizes": "session_sizes",
    "modules": "modules",
}
ORDERS = {
    "cell-durations": wire.BUCKETS,
    "session-durations": wire.SESSION_BUCKETS,
    "session-sizes": wire.SIZE_BUCKETS,
}


@pytest.fixture(params=[(1, 60, 2), (2, 60, 5), (3, 150, 5), (4, 11, 5)], ids=lambda world: f"seed{world[0]}")
def world(request, make_site):
    """A population that has reported everything, the truth about its sessions, and k."""
    seed, installs, k = request.param
    parts, truth = simulate(seed, installs, FIRST, DAYS)
    site = make_site(k=k)
    site.today = FIRST + timedelta(DAYS - 1)
    assert all(site.count(parts))
    return site, truth.sessions, k


def expected(truth, week, chart, k):
    """What may be shown of a chart, by the rules of docs/collector.md."""
    installs = len(truth.installs[week, "sessions", ""])
    cells, outcomes = truth.of(week, CHARTS[chart]), truth.of(week, "cells")
    told_outcomes = suppress(outcomes, k, installs=installs).shown
    if chart == "cell-errors" and "error" not in told_outcomes:
        return NOTHING
    if chart == "cell-durations" and "killed" in outcomes and "killed" not in told_outcomes:
        return NOTHING
    if chart in ("session-sizes", "session-durations") and 0 < truth.open[week] < k:
        cells["not over"] = truth.open[week]
    return suppress(cells, k, installs=installs)


def test_charts_are_exact(world):
    """Installs, sessions and cells of every chart are those of the truth, or hidden."""
    site, truth, k = world
    hidden = shown = 0
    for week in {week_of(FIRST + timedelta(at)) for at in range(DAYS)}:
        for chart, name in CHARTS.items():
            told, answer = expected(truth, week, chart, k), site.chart(chart, week=week)
            rows = {word: [installs, truth.n[week, name, word]] for word, installs in told.shown.items()}
            assert {row[0]: row[1:] for row in answer["rows"]} == rows
            assert (answer["hidden"], answer["total"]) == (told.hidden, told.total)
            shown, hidden = shown + len(rows), hidden + (told.hidden != 0)
    assert shown
    assert hidden


def test_the_week_in_one_row_is_exact(world):
    """Installs with sessions, sessions, cells and failures are those of the truth, or hidden."""
    site, truth, k = world
    for week in {week_of(FIRST + timedelta(at)) for at in range(DAYS)}:
        rows = site.chart("notebooks", week=week)["rows"]
        installs, cells = len(truth.installs[week, "sessions", ""]), truth.of(week, "cells")
        assert bool(rows) == (installs >= k)
        for row in rows:
            run = sum(truth.n[week, "cells", outcome] for outcome in cells)
            told = suppress(cells, k, installs=installs)
            failed = run - truth.n[week, "cells", "ok"] if "ok" in told.shown or told.hidden == 0 else None
            many = max(cells.values()) >= k
            assert row == [installs, truth.n[week, "sessions", ""], run if many else None, failed if many else None]


def test_rows_are_in_order(world):
    """Words are told by installs, the most first; buckets from short to long and from small to large."""
    site, _, _ = world
    for chart in CHARTS:
        rows = site.chart(chart, week=week_of(FIRST + timedelta(8)))["rows"]
        by = ORDERS[chart].index if chart in ORDERS else None
        assert rows == sorted(rows, key=lambda row: by(row[0]) if by else -row[1])


def used(site, installs, **lists):
    """So many installs with the same sessions on one day."""
    site.count([activity() for _ in range(installs)] + [notebook(**lists) for _ in range(installs)])


def rows(site, *charts):
    """The rows of charts."""
    return [site.chart(chart)["rows"] for chart in charts]


def test_a_week_of_few_installs_tells_nothing(site):
    """Four installs with many sessions, frontends and magics are four installs, in no chart."""
    lists = {"cells": [("ok", 50), ("error", 9)], "errors": [("KeyError", 9)], "modules": [("mytool", 9), ("numpy", 9)]}
    ends = {"session_sizes": [("10-99", 9)], "session_durations": [("1-3h", 9)], "cell_durations": [("<0.1s", 59)]}
    fronts = [("lab", 3), ("vscode", 3), ("console", 3)]
    used(site, 4, sessions=[("", 9)], frontends=fronts, magics=[("time", 9), ("sx", 1)], **lists, **ends)
    site.count([activity() for _ in range(90)])
    for chart in ("notebooks", *CHARTS):
        answer = site.chart(chart)
        assert (answer["rows"], answer["hidden"], answer["total"]) == ([], None, None)


def test_cells_of_few_installs_are_no_number(site):
    """Where a hundred installs had sessions and three of them reported cells, the number of cells is not told."""
    used(site, 97, sessions=[("", 1)], frontends=[("lab", 1)])
    used(site, 3, sessions=[("", 1)], frontends=[("lab", 1)], cells=[("ok", 7), ("error", 1)], errors=[("KeyError", 1)])
    assert rows(site, "notebooks", "cells", "cell-errors") == [[[100, 100, None, None]], [], []]


def test_kinds_of_error_do_not_tell_a_hidden_outcome(site):
    """Where the outcome error is hidden, the kinds that add up to it are too, also the ones of many installs."""
    used(site, 60, cells=[("ok", 9)], sessions=[("", 1)])
    used(site, 20, cells=[("error", 2)], errors=[("KeyError", 2)], sessions=[("", 1)])
    used(site, 3, cells=[("killed", 1)], sessions=[("", 1)])
    assert rows(site, "cells", "cell-errors") == [[["ok", 60, 540]], []]
    used(site, 2, cells=[("killed", 1)], sessions=[("", 1)])
    assert rows(site, "cells", "cell-errors") == [
        [["ok", 60, 540], ["error", 20, 40], ["killed", 5, 5]],
        [["KeyError", 20, 40]],
    ]


def test_durations_of_cells_do_not_tell_the_killed_ones(site):
    """All cells less the timed ones are the killed ones: no duration is told while those are few."""
    used(site, 60, cells=[("ok", 9)], cell_durations=[("<0.1s", 9)], sessions=[("", 1)])
    used(site, 20, cells=[("exit", 1)], cell_durations=[("1-3s", 1)], sessions=[("", 1)])
    assert rows(site, "cell-durations") == [[["<0.1s", 60, 540], ["1-3s", 20, 20]]]
    used(site, 1, cells=[("killed", 1)], sessions=[("", 1)])
    assert rows(site, "cell-durations", "cells") == [[], [["ok", 60, 540]]]
    used(site, 4, cells=[("killed", 1)], sessions=[("", 1)])
    assert rows(site, "cell-durations") == [[["<0.1s", 60, 540], ["1-3s", 20, 20]]]


@pytest.mark.parametrize(("not_over", "sizes"), [(0, 2), (1, 1), (4, 1), (5, 2)])
def test_the_few_sessions_that_are_not_over_are_not_told(site, not_over, sizes):
    """All sessions less those with a size are the ones not over: while they are few, a bucket is hidden with them."""
    ends = {"session_durations": [("1-3h", 1)]}
    used(site, 40, sessions=[("", 1)], frontends=[("lab", 1)], session_sizes=[("10-99", 1)], **ends)
    used(site, 20, sessions=[("", 1)], frontends=[("lab", 1)], session_sizes=[("1-9", 1)], **ends)
    used(site, not_over, sessions=[("", 1)], frontends=[("lab", 1)])
    total = 60 + not_over
    assert rows(site, "notebooks", "sessions") == [[[total, total, None, None]], [["lab", total, total]]]
    assert [row[0] for row in site.chart("session-sizes")["rows"]] == ["1-9", "10-99"][2 - sizes :]
    assert bool(site.chart("session-durations")["rows"]) == (sizes == 2)  # of one bucket, nothing is left to show


def test_cells_that_always_fail_are_told_so(site):
    """Where no outcome is hidden and none is ok, every cell failed."""
    used(site, 9, sessions=[("", 1)], cells=[("error", 2)], errors=[("KeyError", 2)])
    assert rows(site, "notebooks") == [[[9, 9, 18, 18]]]


def test_failures_are_not_told_where_the_cells_that_went_well_are_hidden(site):
    """All cells less the failed ones are those that went well: of three installs, they are not told."""
    used(site, 60, sessions=[("", 1)], cells=[("error", 2)], errors=[("KeyError", 2)])
    used(site, 3, sessions=[("", 1)], cells=[("ok", 2)])
    assert rows(site, "notebooks", "cells", "cell-errors") == [[[63, 63, 126, None]], [], []]
