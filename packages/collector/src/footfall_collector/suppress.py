"""Small groups are hidden here, and only here: every chart, on a page, in JSON or in CSV, has passed this function."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from footfall_collector.estimates import Scale

Cell = TypeVar("Cell", bound=Hashable)

K_DEFAULT = 5  # for the operator's own view; a public page takes 20
K_MIN = 2  # with 1, every install would be a group of its own
_ALL_SEND = Scale()


class Count(NamedTuple):
    """A cell: installs that ``sent``, to ask k of; and what they stand for, before it is rounded.

    That is so many ``installs``, and ``n`` runs, sessions or cells of notebooks, of which ``n_sent`` were sent.
    """

    sent: int = 0
    installs: int = 0
    n: int = 0
    n_sent: int = 0


@dataclass(frozen=True)
class Suppressed(Generic[Cell]):
    """What may be shown of a set of cells.

    ``shown`` maps cells to installs, none under k; ``hidden`` is the sum of the others, and ``total`` of all. Both are
    ``None`` when there are fewer than k in all. The three add up, whatever was rounded.
    """

    shown: Mapping[Cell, int]
    hidden: int | None
    total: int | None


def suppress(
    cells: Mapping[Cell, int],
    k: int,
    *,
    installs: int | None = None,
    told: Mapping[Cell, int] | None = None,
    scale: Scale = _ALL_SEND,
) -> Suppressed[Cell]:
    """Hide the cells of fewer than ``k`` installs, and as many more as keep those from being subtracted out.

    Each cell counts installs of one window; a cell of none is hidden like any other small one. Where an install can be
    in several cells their sum is no number of installs: ``installs`` then says how many the window has at all.
    ``told`` is what is shown of each cell: where a share of the installs sends, what those in ``cells`` stand for.
    ``scale`` rounds it. Then ``hidden`` is what is missing of the rounded total: never more than can be seen anyhow. A
    cell that would be shown as 0 is hidden.
    """
    values = cells if told is None else told
    total = sum(cells.values())
    if (total if installs is None else min(installs, total)) < k:
        return Suppressed({}, None, None)
    ascending = sorted(cells, key=lambda cell: (cells[cell], str(cell)))
    hidden = [cell for cell in ascending if cells[cell] < k]
    shown = ascending[len(hidden) :]
    while hidden and shown and sum(cells[cell] for cell in hidden) < k:  # so too while a single one is: it is under k
        hidden.append(shown.pop(0))
    numbers = {cell: scale.installs(values[cell]) for cell in reversed(shown) if scale.number(values[cell])}
    seen = sum(numbers.values())
    all_told = max(scale.number(sum(values.values())), seen)
    return Suppressed(numbers, all_told - seen, all_told) if all_told else Suppressed({}, None, None)


def suppress_counts(
    cells: Mapping[Cell, Count], k: int, scale: Scale, *, installs: int | None = None
) -> Suppressed[Cell]:
    """The same of counts: k is asked of the installs that sent, and what they stand for is told."""
    sent = {cell: count.sent for cell, count in cells.items()}
    stand_for = {cell: count.installs for cell, count in cells.items()}
    return suppress(sent, k, installs=installs, told=stand_for, scale=scale)


def sums_of(groups: Iterable[Suppressed[Cell]]) -> tuple[int | None, int | None]:
    """Hidden and total of several sets of cells together, without those that are wholly under k."""
    told = [(group.hidden or 0, group.total) for group in groups if group.total is not None]
    return (sum(hidden for hidden, _ in told), sum(total for _, total in told)) if told else (None, None)
