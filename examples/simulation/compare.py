"""Truth beside dashboard, figure by figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulation.calendar import monday_of
from simulation.expected import OF_A_WEEK, OF_DAYS, Expected
from simulation.play import Play

_MISSING = "(missing)"
_FIGURES = (
    "installs",
    "installs_at_least",
    "runs",
    "failed",
    "new",
)  # columns that hold figures; the others name the cell


@dataclass(frozen=True)
class Figure:
    """One figure twice: as it is in truth (or the range it is in), and as the dashboard has it.

    ``None`` is what is not told.
    """

    chart: str
    window: str
    cell: str
    truth: object
    shown: object

    @property
    def agrees(self) -> bool:
        """Whether both are the same, or the one shown is in the range of truth."""
        return self.shown in self.truth if isinstance(self.truth, range) else self.truth == self.shown


def compare(play: Play, expected: Expected) -> list[Figure]:
    """Every figure of every chart of the collector's API, in every window, and what is left on the machines."""
    days, get = play.calendar.days, play.collector.get
    span = {"from": str(days[0]), "to": str(days[-1])}
    weeks = list(dict.fromkeys(day.strftime("%G-W%V") for day in days))
    figures = [*_pair("windows", "all", _windows(expected), get("windows.json"))]
    for chart in OF_DAYS:
        figures += _pair(chart, "all", expected.of_days(chart), _figures(get(f"charts/{chart}.json", **span)))
    for week in weeks:
        closed = {"closed": (days[-1] - monday_of(week)).days > 6, "k": expected.k}
        for chart in OF_A_WEEK:
            shown = get(f"charts/{chart}.json", week=week)
            told = {"closed": shown["window"]["closed"], "k": shown["k"]}
            figures += _pair(chart, week, closed, told)
            if chart == "durations":
                figures += durations(week, expected, shown)
            else:
                figures += _pair(chart, week, expected.of_week(chart, week), _figures(shown))
    return [*figures, *_kept(play)]


def _windows(expected: Expected) -> dict[str, object]:
    truth = expected.truth
    return {"project": "sqlite-utils", "days": truth.days, "weeks": sorted(truth.by_week), "months": truth.months}


def _figures(document: Mapping[str, Any]) -> dict[str, object]:
    """The figures in a chart's JSON document, by what they are of."""
    columns, rows = document["columns"], document["rows"]
    names = [column for column in columns if column not in _FIGURES]
    found: dict[str, object] = {}
    for values in (dict(zip(columns, row, strict=True)) for row in rows):
        cell = " ".join(str(values[name]) for name in names)
        found.update({f"{cell}, {column}": values[column] for column in columns if column in _FIGURES})
    return {**found, "hidden": document["hidden"], "total": document["total"]}


def durations(week: str, expected: Expected, document: Mapping[str, Any]) -> Iterator[Figure]:
    """The figures of a chart of durations, each within its bounds."""
    hidden, total = document["hidden"] or 0, document["total"] or 0
    bounds = expected.durations(week, whole=hidden == 0)
    runs, most = Counter[str](), dict.fromkeys(bounds, 0)
    for command, _, installs, n in document["rows"]:
        runs[f"{command}, runs"] += n
        cell = f"{command}, installs of a bucket"
        most[cell] = max(most.get(cell, 0), installs)
    sizes = [installs for *_, installs, _ in document["rows"]]
    both = sum(runs.values()) + hidden
    yield from _pair(
        "durations", week, bounds, {**most, **runs, "total": total, "runs shown and installs hidden": both}
    )
    yield Figure("durations", week, "buckets under k", 0, sum(size < expected.k for size in sizes))
    yield Figure("durations", week, "installs neither shown nor hidden", 0, total - sum(sizes) - hidden)


def _pair(chart: str, window: str, truth: Mapping[str, object], shown: Mapping[str, object]) -> Iterator[Figure]:
    for cell in dict.fromkeys((*truth, *shown)):
        yield Figure(chart, window, cell, truth.get(cell, _MISSING), shown.get(cell, _MISSING))


def _kept(play: Play) -> Iterator[Figure]:
    """Who never agreed, or no longer does, has nothing kept but the answer, and the words that a yes was to."""
    answers = {"never": [], "dnt": ["agreed.json", "consent"], "off": ["consent"]}
    for person, install in play.installs.items():
        if person.answer in answers:
            yield Figure("kept files", "at the end", person.name, answers[person.answer], install.kept())


def summary(figures: Iterable[Figure]) -> list[str]:
    """A line for each chart: how many windows, figures, hidden ones and differences it has."""
    charts: dict[str, list[Figure]] = {}
    for figure in figures:
        charts.setdefault(figure.chart, []).append(figure)
    lines = [f"{'chart':16}{'windows':>8}{'figures':>9}{'not told':>10}{'different':>11}"]
    for chart, own in charts.items():
        windows, untold = len({figure.window for figure in own}), sum(figure.shown is None for figure in own)
        wrong = sum(not figure.agrees for figure in own)
        lines.append(f"{chart:16}{windows:8}{len(own):9}{untold:10}{wrong:11}  {'DIFFERENT' if wrong else 'ok'}")
    return lines


def table(figures: Iterable[Figure]) -> list[str]:
    """A line for each figure, truth beside dashboard."""
    rows = [
        (f.chart, f.window, f.cell, _text(f.truth), _text(f.shown), "ok" if f.agrees else "DIFFERENT") for f in figures
    ]
    rows.insert(0, ("chart", "window", "cell", "truth", "dashboard", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return ["  ".join([*(row[c].ljust(widths[c]) for c in range(5)), row[5]]).rstrip() for row in rows]


def _text(value: object) -> str:
    if isinstance(value, range):
        return f"{value[0]} to {value[-1]}" if len(value) > 1 else str(value[0])
    return "not told" if value is None else str(value)
