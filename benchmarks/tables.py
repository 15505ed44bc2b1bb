"""Results as Markdown tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence

from budgets import UP, Verdict
from costs import Costs, Pairs
from delivery import SITUATIONS as DELIVERED
from delivery import Count, Delivery
from environments import Installed
from headers import BARE, FLOOR, Peer
from instructions import COUNTED, Work
from pairs import differences, estimate, ratios
from targets import SITUATIONS

BLACK_HOLE, REFUSED = SITUATIONS[1:]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(each.replace("|", "\\|") for each in line) + " |" for line in lines]


def name_of(program: Installed) -> str:
    """The program's title, with the version of the client that it shows; our own in bold."""
    title, kind = program.peer.title, program.peer.kind
    if kind == "ours":
        name, comma, rest = title.partition(",")
        return f"**{name} {program.version}{comma}{rest}**"
    return f"{title} {program.version}".strip() if kind == "peer" else title


def by_cost(programs: Iterable[Installed], costs: Costs) -> list[Installed]:
    """The programs in the order of the processor time that they add."""
    up = costs[UP]
    measured = [program for program in programs if program.peer.name in up]
    return sorted(measured, key=lambda program: statistics.median(differences(*up[program.peer.name].of("cpu"))))


def of_costs(programs: Iterable[Installed], costs: Costs, modules: Mapping[str, int]) -> list[str]:
    """What a run costs, the cheapest program first."""
    head = [
        "program",
        "CPU x bare",
        "CPU added, ms",
        "wall x bare",
        "wall added, ms",
        "black hole, s",
        "refused, s",
        "stdout closed in the black hole, s",
        "memory, MiB",
        "modules added",
        "pairs",
    ]
    return table(head, (_cost_row(program, costs, modules) for program in by_cost(programs, costs)))


def _cost_row(program: Installed, costs: Costs, modules: Mapping[str, int]) -> list[str]:
    name = program.peer.name
    up = costs[UP][name]
    more = modules[name] - modules[BARE] if name in modules else None
    counts = [len(costs[situation][name].measured) for situation in SITUATIONS]
    return [
        name_of(program),
        *_told(up, "cpu"),
        *_told(up, "wall"),
        seconds(costs[BLACK_HOLE][name], "wall"),
        seconds(costs[REFUSED][name], "wall"),
        seconds(costs[BLACK_HOLE][name], "eof"),
        f"{statistics.median(up.of('rss_kib')[0]) / 1024:.1f}",
        "-" if more is None else f"{more:+d}" if more else "0",
        "/".join(map(str, counts)) if len({*counts}) > 1 else str(counts[0]),
    ]


def _told(pairs: Pairs, part: str) -> tuple[str, str]:
    """The median ratio, and the median milliseconds added with their interval."""
    more = estimate([1000 * value for value in differences(*pairs.of(part))])
    times = statistics.median(ratios(*pairs.of(part)))
    digits = 2 if abs(more.middle) < 10 else 0
    return f"{times:.3f}", f"{more.middle:+.{digits}f} ({more.low:+.{digits}f} to {more.high:+.{digits}f})"


def seconds(pairs: Pairs, part: str) -> str:
    """The median seconds of a run; ``> N`` when that many passed and it went on."""
    found = [float("inf") if run[part] is None else run[part] for run in pairs.measured]
    middle = statistics.median(found)
    if middle == float("inf"):
        return "> " + f"{max(run['wall'] + run['left_wall'] for run in pairs.measured):.0f}"
    return f"> {middle:.0f}" if pairs.was_cut_off else f"{middle:.{2 if middle < 10 else 0}f}"


def of_delivery(programs: Iterable[Installed], found: Delivery) -> list[str]:
    """What arrives."""
    rows = []
    for program in programs:
        counts = found.get(program.peer.name)
        if counts is None:
            rows.append([name_of(program), *["-"] * len(DELIVERED), "-"])
            continue
        twice = sum(count.twice for count in counts.values())
        cells = [cell(counts[situation]) if situation in counts else "-" for situation in DELIVERED]
        rows.append([name_of(program), *cells, str(twice)])
    return table(["program", *DELIVERED, "twice"], rows)


def cell(count: Count) -> str:
    """One situation's outcome."""
    more = [f"{count.hung} hung"] if count.hung else []
    more += [f"{count.failed} failed"] if count.failed > count.hung else []
    return f"{count.arrived} of {count.made}" + (f" ({', '.join(more)})" if more else "")


def of_verdicts(verdicts: Iterable[Verdict]) -> list[str]:
    """The budgets, met or missed."""
    rows = ([each.what, each.measured, each.budget, each.word] for each in verdicts)
    return table(["budget", "measured", "promised", "verdict"], rows)


def of_missing(missing: Mapping[str, str], peers: Iterable[Peer]) -> list[str]:
    """Peers that are not in the tables, with the reason."""
    known = {peer.name: peer for peer in peers}
    rows = [[known[name].title, ", ".join(known[name].requires) or "-", why] for name, why in missing.items()]
    return table(["not measured", "asked for", "why"], rows) if rows else []


def of_work(programs: Iterable[Installed], found: Mapping[str, Work]) -> list[str]:
    """Instructions, system calls and modules that are added to the bare program's, and as the floor's."""
    titles = {program.peer.name: name_of(program) for program in programs}
    bare, floor = found[BARE], found[FLOOR]
    head = [
        "program",
        "instructions added, millions",
        "x the floor's",
        "system calls added",
        "x the floor's",
        "modules added",
    ]
    rows = []
    for name in COUNTED:
        if name not in found:
            continue
        work = found[name]
        instructions = _added(work.instructions, bare.instructions, floor.instructions, 1e6)
        calls = _added(work.calls, bare.calls, floor.calls, 1)
        rows.append([titles[name], *instructions, *calls, f"{work.modules - bare.modules:+d}"])
    told = [] if bare.instructions is None else [f"{bare.instructions / 1e6:.1f} million instructions"]
    told += [] if bare.calls is None else [f"{bare.calls} system calls"]
    return [*table(head, rows), "", f"The bare program: {', '.join([*told, f'{bare.modules} modules'])}."]


def _added(count: int | None, bare: int | None, floor: int | None, unit: float) -> tuple[str, str]:
    if count is None or bare is None or floor is None:
        return "-", "-"
    more, below = count - bare, floor - bare
    text = f"{more / unit:+.2f}" if unit > 1 else f"{more:+d}"
    return text, f"{more / below:.2f}" if below > 0 else "-"


def short(programs: Iterable[Installed], costs: Costs, found: Delivery, modules: Mapping[str, int]) -> list[str]:
    """What the README shows: the floor, ours, and all peers in one line."""
    ordered = by_cost(programs, costs)
    rows = []
    for program in ordered:
        if program.peer.kind == "ours" or program.peer.name == FLOOR:
            cpu, wall = _told(costs[UP][program.peer.name], "cpu"), _told(costs[UP][program.peer.name], "wall")
            more = f"{modules[program.peer.name] - modules[BARE]:d}" if program.peer.name in modules else "-"
            rows.append([name_of(program), cpu[1], cpu[0], wall[1], wall[0], more])
    peers = [costs[UP][program.peer.name] for program in ordered if program.peer.kind == "peer"]
    if peers:
        rows.append([f"{len(peers)} other clients, least to most", *_range(peers, "cpu"), *_range(peers, "wall"), ""])
    head = ["program", "CPU added, ms", "CPU x bare", "wall added, ms", "wall x bare", "modules added"]
    ours = ", ".join(f"{cell(count)} {name}" for name, count in found.get("footfall", {}).items())
    twice = sum(count.twice for count in found.get("footfall", {}).values())
    return [*table(head, rows), *(["", f"Delivered by Footfall: {ours}; {twice or 'none'} twice."] if ours else [])]


def _range(peers: Sequence[Pairs], part: str) -> tuple[str, str]:
    more = [statistics.median(differences(*pairs.of(part))) * 1000 for pairs in peers]
    times = [statistics.median(ratios(*pairs.of(part))) for pairs in peers]
    return f"{min(more):+.0f} to {max(more):+.0f}", f"{min(times):.2f} to {max(times):.2f}"
