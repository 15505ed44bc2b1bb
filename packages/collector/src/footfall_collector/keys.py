"""The key numbers of a project's page: what a maintainer looks at first, each beside the one of the window before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from footfall_collector.charts import Chart


@dataclass(frozen=True)
class Key:
    """A key number, and the one of the window before; ``None`` where they are hidden.

    ``few`` says that it is hidden only when under k; ``instead`` stands for a number that is no count of installs.
    """

    label: str
    value: int | None
    before: int | None = None
    before_name: str = ""
    note: str = ""
    few: bool = True
    instead: str = ""

    @property
    def change(self) -> str:
        """How it changed, with its sign; empty when that cannot be told."""
        if self.value is None or not self.before:
            return ""
        return f"{self.value - self.before:+,} ({(self.value - self.before) / self.before:+.0%})".replace("-", "−")


def of_installs(by_week: Chart, by_month: Chart) -> list[Key]:
    """Active installs, from charts whose last two rows are the windows to compare."""
    (last_week, last_installs, last_new), (_, installs, new) = by_week.rows[-2:]
    (last_month, last_monthly), (month, monthly) = by_month.rows[-2:]
    return [
        Key("active installs in the week", installs, last_installs, last_week),
        Key("of them new", new, last_new, last_week, few=installs is None),
        Key(f"active installs in {month}", monthly, last_monthly, last_month),
    ]


def of_commands(commands: Chart) -> list[Key]:
    """Runs of the commands that are shown, and how many of them failed."""
    told = [row for row in commands.rows if row[3] is not None]
    runs = sum(row[2] for row in commands.rows)
    label = "runs of the commands shown"
    return [Key(label, runs if commands.rows else None, note=_failed(told), instead="none shown")]


def of_notebooks(week: Chart, before: Chart, before_name: str) -> list[Key]:
    """Sessions and cells of a week, and the share of cells that failed; ``before`` is the chart of the week before."""
    installs, sessions, cells, failed = week.rows[0] if week.rows else (None,) * 4
    last_installs, last_sessions, last_cells, _ = before.rows[0] if before.rows else (None,) * 4
    few = installs is None
    told = failed is not None and cells
    return [
        Key("installs with a notebook session", installs, last_installs, before_name),
        Key("notebook sessions in the week", sessions, last_sessions, before_name),
        Key("cells run in the week", cells, last_cells, before_name, few=few),
        Key(
            "of the cells did not end well",
            None,
            note=f"{failed:,} cells" if told else "",
            few=few,
            instead=f"{failed / cells:.1%}" if told else "",
        ),
    ]


def _failed(told: list[tuple[Any, ...]]) -> str:
    runs, failed = sum(row[2] for row in told), sum(row[3] for row in told)
    if not runs:
        return ""
    return f"{failed / runs:.1%} did not end well" + ("" if len(told) == 1 else f", over {len(told)} commands")
