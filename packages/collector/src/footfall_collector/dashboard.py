"""What a project's page shows: its charts for one week, ready to be drawn."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from footfall import wire
from footfall_collector import actives, catalogue, figures, keys, windows
from footfall_collector.charts import Chart, Source, Span, span_of_week, week_window
from footfall_collector.notebooks import Notebooks
from footfall_collector.usage import Usage

DAYS_SHOWN = 28
WEEKS_SHOWN = 13
MONTHS_SHOWN = 12
HIDDEN = "hidden"
OUTCOMES = (*wire.OUTCOMES, HIDDEN)
ENVIRONMENT = {
    "versions": "Versions",
    "pythons": "Pythons",
    "systems": "Systems",
    "architectures": "Architectures",
    "implementations": "Implementations",
    "surfaces": "Where it runs",
    "plans": "Plans, by digest",
}


@dataclass(frozen=True)
class Split:
    """A command's runs, divided in pieces of: word, runs, start and width in percent, number of its colour."""

    command: str
    runs: int
    pieces: list[tuple[str, int, float, float, int]]


def of_week(source: Source, week: str) -> dict[str, Any]:
    """All that the page of a project shows for ``week``."""
    span = span_of_week(week)
    by_week = actives.by_week(source, Span(span.first - timedelta(weeks=WEEKS_SHOWN - 1), span.last))
    last = min(span.last, source.today)  # of the days to come nothing can be told, nor of a month that they begin
    by_month = actives.by_month(source, Span(windows.month_before(last, MONTHS_SHOWN - 1), last))
    by_day = actives.by_day(source, Span(last - timedelta(days=DAYS_SHOWN - 1), last))
    used = {kind for (kind,) in source.rows("kinds")}
    commands = _commands(source, week) if "commands" in used or "notebooks" not in used else None
    return {
        "window": week_window(source, week),
        "one_in": max(chart.one_in for chart in (by_day, by_week, by_month)),
        "rounded_to": max(chart.rounded_to for chart in (by_day, by_week, by_month)),
        "keys": [*keys.of_installs(by_week, by_month), *(keys.of_commands(commands["chart"]) if commands else ())],
        "actives": [(chart, figures.columns(chart.rows)) for chart in (by_day, by_week, by_month)],
        "retention": triangle(actives.retention(source, week), week),
        "commands": commands,
        "notebooks": _notebooks(source, week) if "notebooks" in used else None,
        "environment": [(title, catalogue.OF_A_WEEK[name](source, week)) for name, title in ENVIRONMENT.items()],
    }


def _commands(source: Source, week: str) -> dict[str, Any]:
    """The panels of commands."""
    usage = Usage(source, week)
    commands, outcomes, durations = usage.commands(), usage.outcomes(), usage.durations()
    return {
        "chart": commands,
        "outcomes": (outcomes, splits(_with_hidden(outcomes, commands), OUTCOMES)),
        "durations": (durations, splits(_runs(durations), wire.BUCKETS)),
        "flags": usage.flags(),
        "errors": usage.errors(),
    }


def _notebooks(source: Source, week: str) -> dict[str, Any]:
    """The panels of notebook sessions."""
    notebooks, week_before = Notebooks(source, week), windows.week_after(week, -1)
    whole, cells = notebooks.notebooks(), notebooks.cells()
    return {
        "numbers": keys.of_notebooks(whole, Notebooks(source, week_before).notebooks(), week_before),
        "sessions": notebooks.sessions(),
        "cells": (cells, splits(_cells_with_hidden(cells, whole), OUTCOMES)),
        "ended": (
            ("How long sessions were", notebooks.session_durations()),
            ("Cells in a session", notebooks.session_sizes()),
        ),
        "cell_durations": notebooks.cell_durations(),
        "words": (
            ("Errors of cells", notebooks.cell_errors()),
            ("Magics", notebooks.magics()),
            ("Modules imported", notebooks.modules()),
        ),
    }


def triangle(retention: Chart, week: str) -> list[tuple[str, int | None, list[tuple[str, int | None, str]]]]:
    """Rows of the retention table: cohort, its size, then for each age a shade, the installs, and a share or count.

    A cell still to come has the shade ``none``, one that is hidden ``hidden``.
    """
    found = {(row[0], row[1]): row[3] for row in retention.rows}
    rows = []
    for back in range(actives.RETENTION_WEEKS - 1, -1, -1):
        cohort = windows.week_after(week, -back)
        size = found.get((cohort, actives.NEW))
        cells = [_cell(found.get((cohort, age)), size, int(age) > back) for age in actives.EXACT_AGES]
        rows.append((cohort, size, cells))
    first = next((at for at, (_, _, cells) in enumerate(rows) if any(count for _, count, _ in cells)), len(rows))
    return rows[first:]


def _cell(count: int | None, size: int | None, future: bool) -> tuple[str, int | None, str]:
    if count is None:
        return ("none" if future else "hidden"), None, ""
    if not size:
        return "count", count, f"{count:,}"
    return str(figures.heat(count / size)), count, f"{count / size:.0%}"


def _runs(chart: Chart) -> list[tuple[Any, ...]]:
    """Rows of (command, word, runs) of a chart that has installs too."""
    return [(command, word, runs) for command, word, _, runs in chart.rows]


def _with_hidden(outcomes: Chart, commands: Chart) -> list[tuple[Any, ...]]:
    """Rows of (command, outcome, runs), with what is hidden of a command's runs as one more outcome."""
    rows = _runs(outcomes)
    told: Counter[str] = Counter()
    for command, _, runs in rows:
        told[command] += runs
    rest = [(name, HIDDEN, runs - told[name]) for name, _, runs, _ in commands.rows if 0 < told[name] < runs]
    return [*rows, *rest]


def _cells_with_hidden(cells: Chart, whole: Chart) -> list[tuple[Any, ...]]:
    """Rows of ("", outcome, cells), with what is hidden of all cells as one more outcome."""
    rows = [("", outcome, n) for outcome, _, n in cells.rows]
    told, run = sum(n for _, _, n in rows), sum(row[2] or 0 for row in whole.rows)
    return [*rows, ("", HIDDEN, run - told)] if 0 < told < run else rows


def splits(rows: list[tuple[Any, ...]], words: tuple[str, ...]) -> list[Split]:
    """Rows of (command, word, runs) as one divided bar a command, its pieces in the order of ``words``."""
    by_command: dict[str, dict[str, int]] = {}
    for command, word, runs in rows:
        by_command.setdefault(command, {})[word] = runs
    return [_split(command, runs, words) for command, runs in by_command.items()]


def _split(command: str, runs: dict[str, int], words: tuple[str, ...]) -> Split:
    present = [word for word in words if word in runs]
    places = figures.shares([runs[word] for word in present])
    pieces = [(word, runs[word], *place, words.index(word)) for word, place in zip(present, places, strict=True)]
    return Split(command, sum(runs.values()), pieces)


def weeks_to_choose(told: list[str], week: str) -> list[str]:
    """Weeks whose installs are ``told``, newest first, and ``week`` among them."""
    return sorted({week, *told}, reverse=True)
