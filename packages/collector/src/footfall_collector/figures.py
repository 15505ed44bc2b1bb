"""Geometry of the charts that are drawn: numbers in, places in an SVG out. The templates do the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

WIDTH, HEIGHT = 440, 190  # of the view box; style.css scales it to the panel
LEFT, RIGHT, TOP, BOTTOM = 42, 26, 10, 24  # the last label stands under the last bar, half of it beside
LABELS_MAX = 5
TICKS_MAX = 4
HEAT_STEPS = 10


@dataclass(frozen=True)
class Bar:
    """One window's bar, with a darker ``part`` of it at its foot. ``value`` is ``None`` when there are fewer than k."""

    name: str
    value: int | None
    part: int | None
    x: float
    y: float
    width: float
    height: float
    part_y: float
    part_height: float
    label: str

    @property
    def hidden(self) -> bool:
        """Whether the window has fewer than k installs."""
        return self.value is None

    @property
    def middle(self) -> float:
        """Where its label stands."""
        return self.x + self.width / 2


@dataclass(frozen=True)
class Columns:
    """A chart of bars over time: bars, and the ticks of the scale with their heights."""

    bars: list[Bar]
    ticks: list[tuple[float, int]]

    @property
    def empty(self) -> bool:
        """Whether no bar can be shown."""
        return all(bar.hidden for bar in self.bars)


def columns(rows: Sequence[Sequence[object]]) -> Columns:
    """Bars for rows of (window, installs) or (window, installs, part of them); ``None`` where they are hidden."""
    values = [row[1] if isinstance(row[1], int) else None for row in rows]
    parts = [row[2] if len(row) > 2 and isinstance(row[2], int) else None for row in rows]
    step = nice_step(max((value for value in values if value is not None), default=1))
    top = step * ceil(max((value or 0 for value in values), default=1) / step) or step
    each = (WIDTH - LEFT - RIGHT) / max(len(rows), 1)
    every = ceil(len(rows) / LABELS_MAX)
    bars = [
        _bar(
            str(row[0]), values[at], parts[at], LEFT + each * at, each, top, labelled=(len(rows) - 1 - at) % every == 0
        )
        for at, row in enumerate(rows)
    ]
    return Columns(bars, [(_height(count, top)[0], count) for count in range(0, top + 1, step)])


def nice_step(largest: int) -> int:
    """Distance of ticks, a 1, 2 or 5 with zeros, that makes at most ``TICKS_MAX`` steps of 0 to ``largest``."""
    rough = max(largest / TICKS_MAX, 1)
    power: int = 10 ** int(log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough)


def heat(share: float) -> int:
    """Shade of a cell of a heat table, from 0 to ``HEAT_STEPS``."""
    return round(min(max(share, 0.0), 1.0) * HEAT_STEPS)


def shares(values: Sequence[int]) -> list[tuple[float, float]]:
    """Start and width, in percent, of the pieces of a bar that is divided by ``values``."""
    total = sum(values) or 1
    starts = [sum(values[:at]) / total * 100 for at in range(len(values))]
    return [(round(start, 2), round(value / total * 100, 2)) for start, value in zip(starts, values, strict=True)]


def _bar(name: str, value: int | None, part: int | None, x: float, each: float, top: int, *, labelled: bool) -> Bar:
    y, height = _height(value or 0, top)
    part_y, part_height = _height(part or 0, top)
    gap = each * 0.22
    place = (round(x + gap / 2, 1), y, round(each - gap, 1), height, part_y, part_height)
    return Bar(name, value, part, *place, label=name if labelled else "")


def _height(value: int, top: int) -> tuple[float, float]:
    height = (HEIGHT - TOP - BOTTOM) * value / top
    return round(HEIGHT - BOTTOM - height, 1), round(height, 1)
