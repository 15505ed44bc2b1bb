"""What earlier runs have measured, out of the file that keeps every single run: a full run in several sittings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from costs import Costs, Pairs
from delivery import Count, Delivery


class Earlier(NamedTuple):
    """The parts that are kept: costs with the modules of each program, deliveries, and how each was measured."""

    costs: Costs
    modules: dict[str, int]
    delivery: Delivery
    told: dict[str, str]


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
    return Earlier(costs, dict(raw["modules"]), delivery, dict(raw["told"]))


def joined(now: str, before: str | None, names: list[str]) -> str:
    """How a part was measured of which ``names`` alone were measured now, and the others before."""
    return f"{', '.join(names)}: {now}; the others: {before}" if before and names else now
