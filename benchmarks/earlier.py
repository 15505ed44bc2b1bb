"""What earlier runs have measured, out of the file that keeps every single run: a full run in several sittings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from costs import Costs, Pairs
from delivery import Count, Delivery

Told = dict[str, dict[str, str]]  # how each program of each part was measured


class Earlier(NamedTuple):
    """The parts that are kept: costs with the modules of each program, deliveries, and how each was measured."""

    costs: Costs
    modules: dict[str, int]
    delivery: Delivery
    told: Told


def load(path: Path) -> Earlier:
    """What is kept in ``path``; nothing if there is no such file.

    Raises:
        ValueError, KeyError, TypeError: when it holds something else.
    """
    if not path.is_file():
        return Earlier({}, {}, {}, {})
    raw: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    costs = {
        situation: {name: Pairs(**pairs) for name, pairs in found.items()} for situation, found in raw["costs"].items()
    }
    delivery = {
        name: {situation: Count(**count) for situation, count in found.items()}
        for name, found in raw["delivery"].items()
    }
    told = {part: dict(found) for part, found in raw["told"].items()}
    return Earlier(costs, dict(raw["modules"]), delivery, told)


def in_words(told: Mapping[str, str]) -> str:
    """How a part was measured, where not all programs were at once: the names of all but the most."""
    times = Counter(told.values()).most_common()
    if len(times) < 2:
        return times[0][0] if times else ""
    others = (f"{', '.join(name for name in told if told[name] == one)}: {one}" for one, _ in times[1:])
    return f"{'; '.join(others)}; all others: {times[0][0]}"
