"""What each chart of the dashboard has to say, figure by figure, if it tells the truth and hides small groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from simulation.calendar import Calendar, month_of, week_of, weeks_before
from simulation.hiding import Told, hide, together
from simulation.lines import Line
from simulation.truth import Cell, Sum, Truth

Figures = dict[str, "int | None"]
"""A chart's figures by what they are of, like ``query --csv, runs``; ``None`` is what may not be told."""

ENVIRONMENT = ("versions", "pythons", "systems", "architectures", "implementations", "surfaces", "plans")
OF_A_WEEK = ("retention", "commands", "outcomes", "flags", "errors", "durations", *ENVIRONMENT)
_WINDOWS: Mapping[str, Callable[[date], str]] = {
    "actives-day": str,
    "actives-week": week_of,
    "actives-month": month_of,
}
OF_DAYS = tuple(_WINDOWS)
_RETENTION_WEEKS = 13
_USAGE = "usage"


class Expected:
    """The figures of every chart, from ``truth``, for a dashboard that hides groups under ``k``."""

    def __init__(self, truth: Truth, calendar: Calendar, k: int) -> None:
        self.truth = truth
        self.k = k
        self._calendar = calendar

    def of_days(self, chart: str) -> Figures:
        """A chart of actives, over all days of the demo."""
        told = self._installs(chart)
        figures: Figures = {f"{window}, installs": count for window, count in told.items()}
        if chart == "actives-week":
            figures.update({f"{week}, new": self._ages(week).cells.get("0") for week in told})
        return {**figures, "hidden": list(told.values()).count(None), "total": None}

    def windows(self, chart: str) -> list[str]:
        """The windows of which a chart of actives tells the installs."""
        return [window for window, count in self._installs(chart).items() if count is not None]

    def _installs(self, chart: str) -> dict[str, int | None]:
        name_of = _WINDOWS[chart]
        installs = self.truth.installs_by(name_of)
        windows = dict.fromkeys(map(name_of, self._calendar.days))
        return {window: self._unless_few(len(installs.get(window, ()))) for window in windows}

    def of_week(self, chart: str, week: str) -> Figures:
        """A chart of one week."""
        if chart in ENVIRONMENT:
            return self._environment(chart, week)
        return {
            "retention": self._retention,
            "commands": self._commands,
            "outcomes": self._outcomes,
            "flags": self._flags,
            "errors": self._errors,
        }[chart](week)

    def _unless_few(self, count: int) -> int | None:
        return count if count >= self.k else None

    def _ages(self, week: str) -> Told:
        return hide(self.truth.ages(week), self.k)

    def _environment(self, chart: str, week: str) -> Figures:
        told = hide(self.truth.environment(chart, week), self.k, len(self.truth.by_week.get(week, ())))
        return {
            **{f"{value}, installs": n for value, n in told.cells.items()},
            "hidden": told.hidden,
            "total": told.total,
        }

    def _retention(self, week: str) -> Figures:
        told = {active: self._ages(active) for active in (weeks_before(week, back) for back in range(_RETENTION_WEEKS))}
        figures: Figures = {
            f"{weeks_before(active, int(age))} {age} {active}, installs": count
            for active in told
            for age, count in told[active].cells.items()
        }
        hidden, total = together(told.values())
        return {**figures, "hidden": hidden, "total": total}

    def _told_commands(self, week: str) -> tuple[Mapping[Cell, Sum], Told]:
        sums = self.truth.sums(week, lambda line: [(line.command,)])
        people = len(self.truth.by_week.get(week, ()))
        return sums, hide({cell[0]: len(here.installs) for cell, here in sums.items()}, self.k, people)

    def _under(self, week: str, sums: Mapping[Cell, Sum]) -> dict[str, dict[str, Sum]]:
        """Sums by command, and by what is told apart under it; of the commands that are told."""
        told = self._told_commands(week)[1].cells
        groups: dict[str, dict[str, Sum]] = {command: {} for command in told}
        for (command, name), here in sums.items():
            if command in told:
                groups[command][name] = here
        return groups

    def _told_outcomes(self, week: str) -> tuple[dict[str, dict[str, Sum]], dict[str, Told]]:
        groups = self._under(week, self.truth.sums(week, lambda line: [(line.command, line.outcome)]))
        return groups, {command: self._hide(cells) for command, cells in groups.items()}

    def _hide(self, cells: Mapping[str, Sum]) -> Told:
        return hide({name: len(here.installs) for name, here in cells.items()}, self.k)

    def _commands(self, week: str) -> Figures:
        sums, told = self._told_commands(week)
        groups, outcomes = self._told_outcomes(week)
        figures: Figures = {}
        for command, installs in told.cells.items():
            runs, here = sums[command,].runs, outcomes[command]
            failed = sum(cell.runs for outcome, cell in groups[command].items() if outcome != "ok")
            may_tell = "ok" in here.cells or here.hidden == 0
            figures |= {
                f"{command}, installs": installs,
                f"{command}, runs": runs,
                f"{command}, failed": failed if may_tell else None,
            }
        return {**figures, "hidden": told.hidden, "total": told.total}

    def _outcomes(self, week: str) -> Figures:
        groups, _ = self._told_outcomes(week)
        return self._table(groups.items(), installs="installs_at_least")

    def _flags(self, week: str) -> Figures:
        sums = self.truth.sums(week, lambda line: [(line.command, flag) for flag in line.flags])
        return self._table(self._under(week, sums).items())

    def _errors(self, week: str) -> Figures:
        sums = self.truth.sums(week, lambda line: [(line.command, _kind(line))] if line.kind else [])
        outcomes = self._told_outcomes(week)[1]
        groups: list[tuple[str, dict[str, Sum]]] = []
        for command, kinds in self._under(week, sums).items():
            for outcome in ("error", _USAGE):
                if outcome in outcomes[command].cells:
                    cells = {kind[1:]: here for kind, here in kinds.items() if (kind[0] == "?") == (outcome == _USAGE)}
                    groups.append((command, cells))
        return self._table(groups)

    def durations(self, week: str, *, whole: bool) -> dict[str, range]:
        """Bounds of a week's durations: how long a run took differs from one time to the next.

        Shown are never more runs, and never more installs in a bucket, than have ended a command. If ``whole``,
        that is if nothing is hidden, all runs of a command of k installs are shown, and none of another.
        """
        bounds: dict[str, range] = {}
        least = most = 0
        for command, ended in self._ended(week).items():
            installs, runs = len(ended.installs), ended.runs
            few = installs < self.k
            least += 0 if few else installs
            most += runs if runs >= self.k else 0  # one of few installs may be in several buckets
            exact = 0 if few else runs
            bounds[f"{command}, runs"] = range(exact, exact + 1) if whole else range(runs + 1)
            bounds[f"{command}, installs of a bucket"] = range(installs + 1)
        return {**bounds, "total": range(least, most + 1), "runs shown and installs hidden": range(least, most + 1)}

    def _ended(self, week: str) -> dict[str, Sum]:
        """What has ended of each command whose durations may be told."""
        groups, outcomes = self._told_outcomes(week)
        found: dict[str, Sum] = {}
        for command, cells in groups.items():
            if "killed" not in cells or "killed" in outcomes[command].cells:
                ends = [here for outcome, here in cells.items() if outcome != "killed"]
                installs: set[str] = set().union(*(here.installs for here in ends))
                found[command] = Sum(installs, sum(here.runs for here in ends))
        return found

    def _table(self, groups: Iterable[tuple[str, Mapping[str, Sum]]], installs: str = "installs") -> Figures:
        told = [(command, cells, self._hide(cells)) for command, cells in groups]
        figures: Figures = {}
        for command, cells, here in told:
            for name, count in here.cells.items():
                figures |= {f"{command} {name}, {installs}": count, f"{command} {name}, runs": cells[name].runs}
        hidden, total = together(here for *_, here in told)
        return {**figures, "hidden": hidden, "total": total}


def _kind(line: Line) -> str:
    """A kind, marked by the outcome that it belongs to: kinds of wrong usage are hidden apart from kinds of error."""
    return ("?" if line.outcome == _USAGE else "!") + line.kind
