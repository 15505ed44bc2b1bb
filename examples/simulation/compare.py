"""Truth beside dashboard, figure by figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from simulation.calendar import monday_of
from simulation.expected import OF_A_WEEK, OF_DAYS, Expected
from simulation.install import Install
from simulation.people import Person
from simulation.play import Play
from simulation.programs import Program

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


def compare(play: Play, program: Program, expected: Expected) -> list[Figure]:
    """Every figure of every chart of a program at the collector, in every window, and what is left on the machines."""
    days, get = play.calendar.days, partial(play.collector.get, program)
    span = {"from": str(days[0]), "to": str(days[-1])}
    weeks = list(dict.fromkeys(day.strftime("%G-W%V") for day in days))
    figures = [*_pair("windows", "all", _windows(program, expected), get("windows.json"))]
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
    return [*figures, *_kept(play.installs_of(program))]


def _windows(program: Program, expected: Expected) -> dict[str, object]:
    told = {name: expected.windows(f"actives-{name.removesuffix('s')}") for name in ("days", "weeks", "months")}
    return {"project": program.project, **told}


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


def _kept(installs: Mapping[Person, Install]) -> Iterator[Figure]:
    """Who never agreed, or no longer does, has nothing kept but the answer, and the words that a yes was to."""
    answers = {"never": [], "dnt": ["agreed.json", "consent"], "off": ["consent"]}
    for person, install in installs.items():
        if person.answer in answers:
            yield Figure("kept files", "at the end", person.name, answers[person.answer], install.kept())
