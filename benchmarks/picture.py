"""The comparison as a picture: a bar of added CPU for each program, on a log scale, and dots for what is delivered."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from budgets import UP
from costs import Costs
from delivery import SITUATIONS, Count, Delivery
from environments import Installed
from headers import BARE, FLOOR
from pairs import differences
from tables import by_cost

WIDTH, ROW, TOP, FOOT = 800, 22, 78, 54
NAMES, BARS, BAR_END, DOTS, DOT_STEP = 238, 246, 550, 618, 51  # x of: names' ends, bars' begin and end, dots
LEAST = 0.1  # ms: the scale's begin; less is drawn as this much
COLOURS = {"ours": "#0b6e4f", "reference": "#5b7db1", "peer": "#a9b0ba"}
FONT = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"'
INK, FAINT = "#1f2430", "#d9dde3"


@dataclass(frozen=True)
class Bar:
    """One program: milliseconds of processor time that it adds, and what arrives of its runs."""

    name: str
    title: str
    kind: str
    added: float
    counts: Sequence[Count | None]


def bars(programs: Sequence[Installed], costs: Costs, found: Delivery) -> list[Bar]:
    """All programs but the bare one, the cheapest first."""
    made = []
    for program in by_cost(programs, costs):
        name = program.peer.name
        if name != BARE:
            added = statistics.median(differences(*costs[UP][name].of("cpu"))) * 1000
            counts = [found.get(name, {}).get(situation) for situation in SITUATIONS]
            made.append(Bar(name, program.peer.title, program.peer.kind, added, counts))
    return made


def x_of(added: float, most: float) -> float:
    """Where a bar of so many milliseconds ends."""
    share = math.log(max(added, LEAST) / LEAST) / math.log(max(most, LEAST * 10) / LEAST)
    return BARS + (BAR_END - BARS) * share


def draw(drawn: Sequence[Bar], caption: str) -> str:
    """The picture, as SVG."""
    height = TOP + ROW * len(drawn) + FOOT
    most = max((bar.added for bar in drawn), default=LEAST)
    label = "Processor time that counting adds to one run of a small command, and what arrives"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" {FONT}',
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">',
        f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>',
        _text(16, 26, "CPU added to one run, ms (log scale)", size=15, weight=600),
        _text(WIDTH - 16, 26, "delivered", size=15, weight=600, anchor="end"),
        *_scale(most, height - FOOT + 4),
        *_heads(),
        *(_floor_line(x_of(bar.added, most), height - FOOT + 4) for bar in drawn if bar.name == FLOOR),
        *(part for at, bar in enumerate(drawn) for part in _row(bar, TOP + ROW * at, most)),
        *_legend(height - 32),
        _text(16, height - 12, caption, size=11, colour="#6b7280"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, text: str, *, size: int = 12, weight: int = 400, anchor: str = "start",
          colour: str = INK) -> str:  # fmt: skip
    look = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(text)}</text>'


def _scale(most: float, bottom: float) -> Iterator[str]:
    tick = LEAST
    while tick <= max(most, LEAST * 10):
        x = x_of(tick, most)
        yield f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{bottom:.1f}" stroke="{FAINT}"/>'
        yield _text(x, TOP - 14, f"{tick:g}", size=11, anchor="middle", colour="#6b7280")
        tick *= 10


def _floor_line(x: float, bottom: float) -> str:
    stroke = f'stroke="{COLOURS["reference"]}" stroke-dasharray="3 3"'
    return f'<line x1="{x:.1f}" y1="{TOP - 8}" x2="{x:.1f}" y2="{bottom:.1f}" {stroke}/>'


def _heads() -> Iterator[str]:
    for at, name in enumerate(SITUATIONS):
        yield _text(DOTS + DOT_STEP * at, TOP - 14, name, size=11, anchor="middle", colour="#6b7280")


def _row(bar: Bar, y: float, most: float) -> Iterator[str]:
    weight = 600 if bar.kind == "ours" else 400
    yield _text(NAMES, y + 15, shortened(bar.title), weight=weight, anchor="end")
    end = x_of(bar.added, most)
    width = max(end - BARS, 2)
    yield f'<rect x="{BARS}" y="{y + 4}" width="{width:.1f}" height="{ROW - 8}" rx="2" fill="{COLOURS[bar.kind]}"/>'
    told = f"< {LEAST:g}" if bar.added < LEAST else f"{bar.added:.{1 if bar.added < 10 else 0}f}"
    yield _text(BARS + width + 5, y + 15, told, weight=weight)
    for at, count in enumerate(bar.counts):
        yield from _dot(DOTS + DOT_STEP * at, y + ROW / 2, bar.kind, count)


def shortened(title: str, most: int = 34) -> str:
    """A title that fits beside its bar."""
    return title if len(title) <= most else title[: most - 1].rstrip() + "…"


def _dot(x: float, y: float, kind: str, count: Count | None) -> Iterator[str]:
    """Full: each run arrived once; hollow: none did; in between: that part of the disc is filled."""
    if count is None:
        yield _text(x, y + 4, "–", anchor="middle", colour="#9aa1ab")
        return
    colour = COLOURS["ours"] if kind == "ours" else "#4b5563"
    share = count.arrived / count.made
    title = f"<title>{count.arrived} of {count.made}, {count.twice} twice</title>"
    fill = colour if share == 1 else "none"
    yield f'<circle cx="{x}" cy="{y}" r="5.5" fill="{fill}" stroke="{colour}">{title}</circle>'
    if 0 < share < 1:
        turn = 2 * math.pi * share
        to = f"{x + 5.5 * math.sin(turn):.2f} {y - 5.5 * math.cos(turn):.2f}"
        yield f'<path d="M{x} {y}V{y - 5.5}A5.5 5.5 0 {int(share > 0.5)} 1 {to}Z" fill="{colour}"/>'
    if count.twice:
        yield _text(x + 8, y + 4, "×2", size=10, colour="#b42318")


def _legend(y: float) -> Iterator[str]:
    x = 16.0
    for kind, text in (("ours", "Footfall"), ("reference", "written by hand"), ("peer", "other clients")):
        yield f'<rect x="{x}" y="{y - 9}" width="12" height="12" rx="2" fill="{COLOURS[kind]}"/>'
        yield _text(x + 17, y + 1, text, size=11)
        x += 120
    yield _text(WIDTH - 16, y + 1, "● all arrived · ○ none · – does not apply", size=11, anchor="end")
