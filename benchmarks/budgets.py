"""What we promise a run to cost, beside what it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from costs import Costs, Pairs
from delivery import Delivery
from headers import BARE, FIRST, FLOOR, OFF, ON
from pairs import Estimate, differences, estimate, ratios, share_of
from targets import SITUATIONS

SHARES = ((ON, 0.5), (OFF, 0.25))  # of what the floor adds
OFF_MS = 1.0  # of processor time
PARTS = {"cpu": "CPU", "wall": "wall"}
FIRST_MS = 1.5  # that the first run of a day may take more than the others
MODULES = 5
NOISE = 0.05  # times the bare program's: so much may an interval reach over that of the collector being up
UP = SITUATIONS[0]


@dataclass(frozen=True)
class Verdict:
    """A budget, what was measured, and whether it is met; ``None``: this run cannot tell."""

    what: str
    measured: str
    budget: str
    is_met: bool | None
    is_certain: bool = True  # whether the interval is on one side of the budget as a whole

    @property
    def word(self) -> str:
        """The verdict in a word."""
        if self.is_met is None:
            return "cannot tell"
        return ("met" if self.is_met else "**missed**") + ("" if self.is_certain else ", within noise")


def of_costs(costs: Costs, modules: Mapping[str, int]) -> Iterator[Verdict]:
    """Verdicts on time and modules."""
    up = costs[UP]
    for name, share in SHARES:
        for part in PARTS:
            if name in up and FLOOR in up:
                yield _share(name, up[name], up[FLOOR], part, share)
    if OFF in up:
        least = estimate([1000 * value for value in differences(*up[OFF].of("cpu"))])
        yield _limit("CPU added, off (privacy statement 23)", least, OFF_MS)
    for part, word in PARTS.items():
        if ON in up and FIRST in up:
            first, others = (differences(*up[name].of(part)) for name in (FIRST, ON))
            # round by round, as far as both were measured
            more = estimate([1000 * (a - b) for a, b in zip(first, others, strict=False)])
            yield _limit(f"{word} that the first run of a day adds to another's", more, FIRST_MS)
    if ON in modules and BARE in modules:
        more_modules = modules[ON] - modules[BARE]
        yield Verdict("modules added, on", str(more_modules), f"at most {MODULES}", more_modules <= MODULES)
    for situation in SITUATIONS[1:]:
        for name, runs in ((ON, "on"), (FIRST, "first run of a day")):  # the first alone starts a sender
            if name in costs[situation] and name in up:
                yield _same_wall(costs, situation, name, runs)


def _limit(what: str, found: Estimate, most: float) -> Verdict:
    measured = f"{found.middle:+.2f} ms ({found.low:+.2f} to {found.high:+.2f})"
    return Verdict(what, measured, f"at most {most} ms", found.middle <= most, found.is_beside(most))


def _share(name: str, pairs: Pairs, floor: Pairs, part: str, budget: float) -> Verdict:
    what = f"{PARTS[part]} added, {name.partition('_')[2] or 'on'}"
    limit = f"at most {budget} x the floor's"
    share = share_of(differences(*pairs.of(part)), differences(*floor.of(part)))
    if share is None:
        return Verdict(what, "the floor adds nothing that shows here", limit, None)
    measured = f"{share.middle:.2f} x the floor's ({share.low:.2f} to {share.high:.2f})"
    return Verdict(what, measured, limit, share.middle <= budget, share.is_beside(budget))


def _same_wall(costs: Costs, situation: str, name: str, what: str) -> Verdict:
    """The same wall time as with the collector up, until its output is closed, and the same output and exit code."""
    there, up = (estimate(ratios(*costs[each][name].of("eof"))) for each in (situation, UP))
    ends = {(run["code"], run["out"]) for pairs in (costs[situation][name], costs[UP][name]) for run in pairs.measured}
    measured = f"{there.middle:.3f} x bare ({there.low:.3f} to {there.high:.3f}); up: {up.middle:.3f} x"
    measured += "" if len(ends) == 1 else f"; {len(ends)} different outputs or exit codes"
    is_slower = there.exceeds(up)
    is_met, is_certain = not is_slower and len(ends) == 1, is_slower or there.high <= up.high + NOISE
    return Verdict(f"wall, {what}, collector: {situation}", measured, "as with the collector up", is_met, is_certain)


def of_delivery(found: Delivery) -> Iterator[Verdict]:
    """Verdicts on what arrives."""
    for situation, count in found.get(ON, {}).items():
        runs = "" if count.runs in (None, count.made) else f", {count.runs} runs of the command"
        measured = f"{count.arrived} of {count.made}, {count.twice} twice{runs}"
        yield Verdict(f"counted, {situation}", measured, f"{count.made}, none twice", count.is_whole)
