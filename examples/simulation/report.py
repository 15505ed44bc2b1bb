"""What the demo says to its reader: what is going to be played, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from simulation.compare import Figure
from simulation.play import Play
from simulation.programs import PROGRAMS, Program

_TELLING = ("actives-week", "actives-month", "sessions", "cells", "cell-errors")  # charts that say most
_WIDEST = 40  # letters in a column; a longer cell, like a list of files, moves what follows in its own row alone


def introduction(play: Play, seed: int, *, switch: bool) -> list[str]:
    """Who plays what, where and for how long; ``switch`` as ``Play.prepare`` has it."""
    days, people = play.calendar.days, Counter(person.name for person in play.installs)
    several = f"{sum(count > 1 for count in people.values())} of them with several programs"
    lines = [f"{len(people)} people, {several}; {len(days)} simulated days from {days[0]}; seed {seed}"]
    for program in PROGRAMS:
        runs = play.runs_of(program)
        what = f"{len(runs)} runs of {len({line.text for line in runs})} different command lines"
        lines.append(f"  {program.project}: {len(play.installs_of(program))} installs, {what}")
    if switch:
        switches = " or ".join(f"{program.switch}=1" for program in PROGRAMS)
        lines.append(f"this is root, CI or a container, where Footfall is off: those who agree also set {switches}")
    k, out = play.collector.k, [days[number] for number in play.calendar.outage]
    lines.append(f"groups of fewer than {k} installs are hidden, to have much to compare; usually it is fewer than 5")
    return [*lines, f"one collector for all, at {play.collector.url}, down from {out[0]} to {out[-1]}"]


def account(program: Program, figures: list[Figure], week: str) -> list[str]:
    """What is shown of a program: the most telling figures, a line for each chart, and those that differ."""
    some = [f for f in figures if f.chart in _TELLING or (f.chart, f.window) == ("commands", week)]
    wrong = [figure for figure in figures if not figure.agrees]
    title = f"== {program.project}: some figures of its dashboard, and all charts =="
    return [title, "", *table(some), "", *summary(figures), "", *([*table(wrong), ""] if wrong else [])]


def verdict(program: Program, figures: list[Figure]) -> str:
    """Whether all that is shown of a program is true."""
    wrong = sum(not figure.agrees for figure in figures)
    what = f"{wrong} of {len(figures)} figures are DIFFERENT" if wrong else f"all {len(figures)} figures are true"
    return f"{program.project}: {what}"


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
    widths = [min(_WIDEST, max(len(row[column]) for row in rows)) for column in range(5)]
    return ["  ".join([*(row[c].ljust(widths[c]) for c in range(5)), row[5]]).rstrip() for row in rows]


def _text(value: object) -> str:
    if isinstance(value, range):
        return f"{value[0]} to {value[-1]}" if len(value) > 1 else str(value[0])
    if isinstance(value, tuple):
        return f"{value[0]} installs, {value[1]}"
    return "not told" if value is None else str(value)
