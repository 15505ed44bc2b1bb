"""The rule by which a dashboard hides small groups, once more and on its own: written from the text of the rule.

Fewer than k in all: nothing is told. Cells under k are hidden. While what is hidden is a single cell, or under k in
sum, the smallest cell that is still told is hidden too (of equal ones the first by name).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Told:
    """What is told of a set of cells: some of them, the sum of the others and of all (``None``: nothing is told)."""

    cells: Mapping[str, int]
    hidden: int | None = None
    total: int | None = None


def hide(cells: Mapping[str, int], k: int, people: int | None = None) -> Told:
    """What is told of ``cells``. Where one install can be in several, ``people`` says how many there are in all."""
    everything = sum(cells.values())
    if everything < k or (people is not None and people < k):
        return Told({})
    by_size = sorted((count, name) for name, count in cells.items())
    cut = sum(count < k for count, _ in by_size)
    while 0 < cut < len(by_size) and (cut == 1 or sum(count for count, _ in by_size[:cut]) < k):
        cut += 1
    return Told({name: count for count, name in by_size[cut:]}, sum(count for count, _ in by_size[:cut]), everything)


def together(parts: Iterable[Told]) -> tuple[int | None, int | None]:
    """Sum of what is hidden and of all, over sets of cells; those of which nothing is told add nothing."""
    told = [part for part in parts if part.total is not None]
    return (sum(part.hidden or 0 for part in told), sum(part.total or 0 for part in told)) if told else (None, None)
