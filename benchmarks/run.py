"""What Footfall costs and what arrives, beside every peer in one run: ``nox -s bench``.

    python -m nox -s bench -- --peers posthog migas --rounds 9

Prints Markdown; a full run writes it into docs/benchmarks.md and README.md too, and so does ``--write``: of a run in
several sittings, say (``--resume --only delivery``, and the costs on another day). Trust the ratios, not the
milliseconds, which are this machine's. The exit code is 1 only when Footfall loses an event or counts one twice.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import budgets
import cells
import costs
import counting
import delivery
import earlier
import headers
import instructions
import network
import page
import picture
import tables
from environments import Installed, NotInstallableError, Places, install_all
from targets import Sink

ROOT = Path(__file__).parent.parent
PARTS = ("costs", "delivery", "instructions", "counting", "cells")
COUNTING_ROUNDS = 15
CELL_ROUNDS = 150
RAW = ROOT / "out" / "bench.json"
PICTURE = "benchmarks.svg"


@dataclass
class Results:
    """What was measured, of which programs, and why not of others."""

    programs: list[Installed]
    peers: list[headers.Peer]
    missing: dict[str, str]
    costs: costs.Costs = field(default_factory=dict)
    modules: Mapping[str, int] = field(default_factory=dict)
    delivery: delivery.Delivery = field(default_factory=dict)
    sections: dict[str, list[str]] = field(default_factory=dict)  # Markdown, by its place in the page
    told: earlier.Told = field(default_factory=dict)  # how each program of each part was measured
    now: str = ""  # how they are measured now

    def measured(self, names: list[str]) -> list[Installed]:
        """Those programs that are to be measured now: the named ones and ours, or all."""
        return [program for program in self.programs if not names or program.peer.name in (*headers.ALWAYS, *names)]


def options_of(arguments: list[str] | None = None) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", nargs="+", default=[], metavar="NAME", help="of benchmarks/peers (default: all)")
    parser.add_argument("--rounds", type=int, default=240, help="pairs of a program at most (default: %(default)s)")
    only = "parts to measure (default: all); none with --resume: to show what is kept"
    parser.add_argument("--only", nargs="*", metavar="PART", default=list(PARTS), help=f"{only}; {', '.join(PARTS)}")
    parser.add_argument("--no-delivery", action="store_true", help="without what arrives")
    parser.add_argument("--no-cells", action="store_true", help="without notebooks")
    parser.add_argument("--cap", type=float, default=90.0, help="seconds for one run (default: %(default)s)")
    spend = "seconds for a program in each situation, at least 2 pairs of it; four times as many for Footfall, the "
    spend += "floors and bare Click, whose differences are small (default: %(default)s)"
    parser.add_argument("--spend", type=float, default=8.0, help=spend)
    parser.add_argument("--runs", type=int, default=100, help="for what arrives, and four times as many at once")
    resume = "keep what is measured in out/bench.json, beside what that has of other parts and peers"
    parser.add_argument("--resume", action="store_true", help=resume)
    parser.add_argument("--write", action="store_true", help="write the pages, also after a run of some peers or parts")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help=argparse.SUPPRESS)
    parser.add_argument("--environments", type=Path, default=ROOT / ".nox" / "bench-peers", help=argparse.SUPPRESS)
    parser.add_argument(
        "--dist", type=Path, default=ROOT / os.environ.get("FOOTFALL_DIST", "dist"), help=argparse.SUPPRESS
    )
    options = parser.parse_args(arguments)
    if not {*options.only} <= {*PARTS} or not (options.only or options.resume):
        parser.error(f"--only takes some of {', '.join(PARTS)}")
    if not 2 <= options.runs <= 100:
        parser.error("--runs takes 2 to 100")
    left_out = {part for part in ("delivery", "cells") if getattr(options, f"no_{part}")}
    if options.resume and options.peers and options.only != ["delivery"]:
        parser.error("--resume takes --peers with --only delivery alone: costs are those of one run, of all in turn")
    options.only = [part for part in options.only if part not in left_out]
    return options


def arguments_of(options: argparse.Namespace) -> str:
    """What of the command a reader has to repeat: no paths of this machine."""
    told = [f"--peers {' '.join(options.peers)}"] if options.peers else []
    told += [" ".join(["--only", *options.only])] if len(options.only) < len(PARTS) else []
    told += ["--resume"] if options.resume else []
    defaults = options_of([])
    for name in ("rounds", "cap", "spend", "runs"):
        if getattr(options, name) != getattr(defaults, name):
            told.append(f"--{name} {getattr(options, name):g}")
    return " ".join(told)


def prepared(options: argparse.Namespace) -> Results:
    """All environments made, and each program seen to run."""
    names = dict.fromkeys([*headers.ALWAYS, *options.peers]) if options.peers and not options.resume else ()
    only_ours = {*options.only} <= {"instructions", "counting", "cells"} and not (options.peers or options.resume)
    peers = headers.load(headers.ALWAYS if only_ours else names)
    ready, missing = install_all(peers, Places(options.environments.resolve(), options.dist.resolve()))
    network.leave()
    sink = Sink()
    try:
        for program in [*ready]:
            try:
                costs.check(program, sink.url)
            except NotInstallableError as error:
                missing[program.peer.name] = str(error)
                ready.remove(program)
    finally:
        sink.close()
    results = Results(ready, peers, missing)
    if options.resume:
        results.costs, results.modules, results.delivery, results.told = earlier.load(RAW)
    return results


def measure_costs(options: argparse.Namespace, results: Results) -> None:
    """Time, memory and modules, and the budgets on them."""
    sink = Sink()
    programs = results.measured(options.peers)
    modules = {program.peer.name: costs.modules(program, sink.url) for program in programs}
    sink.close()
    limits = costs.Limits(options.rounds, options.cap, options.spend)
    results.costs, results.modules = costs.measure(programs, limits), modules
    results.told["costs"] = dict.fromkeys(modules, results.now)


def is_full(options: argparse.Namespace) -> bool:
    """Whether all parts of all programs are measured."""
    return not options.peers and options.only == list(PARTS)


def measure_delivery(options: argparse.Namespace, results: Results) -> None:
    """What arrives."""
    programs = results.measured(options.peers)
    for name, counts in delivery.measure(programs, options.runs, options.cap):
        results.delivery[name] = counts
        results.told.setdefault("delivery", {})[name] = results.now
        keep(options, results)  # it takes minutes for each


def measure_instructions(_: argparse.Namespace, results: Results) -> None:
    """Instructions, system calls and modules."""
    results.sections["instructions"] = tables.of_work(results.programs, instructions.measure(results.programs))


def measure_counting(_: argparse.Namespace, results: Results) -> None:
    """What a count and a counted call cost."""
    results.sections["counting"] = counting.table(COUNTING_ROUNDS)


def measure_cells(_: argparse.Namespace, results: Results) -> None:
    """What a cell costs."""
    results.sections["cells"] = cells.table(CELL_ROUNDS)


MEASURES: dict[str, Callable[[argparse.Namespace, Results], None]] = {
    "costs": measure_costs,
    "delivery": measure_delivery,
    "instructions": measure_instructions,
    "counting": measure_counting,
    "cells": measure_cells,
}


def keep(options: argparse.Namespace, results: Results) -> None:
    """Every single run, for who wants to look closer: out/bench.json.

    Not of a run of some parts or peers that was not to be resumed: it would be the end of what others have kept.
    """
    if not (options.resume or is_full(options)):
        return
    raw = {
        "told": results.told,
        "versions": {program.peer.name: program.versions for program in results.programs},
        "missing": results.missing,
        "modules": results.modules,
        "costs": {
            situation: {name: asdict(pairs) for name, pairs in found.items()}
            for situation, found in results.costs.items()
        },
        "delivery": {
            name: {at: asdict(count) for at, count in found.items()} for name, found in results.delivery.items()
        },
    }
    RAW.parent.mkdir(exist_ok=True)
    RAW.write_text(json.dumps(raw), encoding="utf-8")


def show(results: Results) -> None:
    """The tables of what there is, measured now or before."""
    costed = [program for program in results.programs if program.peer.name in results.modules]
    sending = [program for program in results.programs if program.peer.name in results.delivery]
    if results.costs:
        results.sections["costs"] = tables.of_costs(costed, results.costs, results.modules)
    if sending:
        results.sections["delivery"] = tables.of_delivery(sending, results.delivery)


def write(options: argparse.Namespace, results: Results, told: str) -> None:
    """Put the sections, and the picture if there is all that it shows, into the pages."""
    benchmarks = options.docs / "benchmarks.md"
    for name, lines in results.sections.items():
        page.write(benchmarks, name, [*lines, "", earlier.in_words(results.told.get(name, {})) or told])
    if results.costs and results.delivery:
        shown = [program for program in results.programs if program.peer.name in results.modules]
        drawn = picture.bars(shown, results.costs, results.delivery)
        costs_told = earlier.in_words(results.told["costs"])
        caption = page.caption(costs_told)
        (options.docs / PICTURE).write_text(picture.draw(drawn, caption), encoding="utf-8")
        page.write(benchmarks, "picture", [f"![CPU added by each client, and what it delivers]({PICTURE})"])
        short = tables.short(shown, results.costs, results.delivery, results.modules)
        drawing = f"![CPU added by each client, and what it delivers](docs/{PICTURE})"
        page.write(options.docs.parent / "README.md", "short", [costs_told, "", *short, "", drawing])


def publish(options: argparse.Namespace, results: Results, told: str) -> None:
    """Print what there is, with the verdicts; write the pages after a full run, or if asked to."""
    show(results)
    verdicts = [*budgets.of_costs(results.costs, results.modules)] if results.costs else []
    verdicts += budgets.of_delivery(results.delivery)
    if verdicts:
        results.sections["budgets"] = tables.of_verdicts(verdicts)
    missing = tables.of_missing(results.missing, results.peers)
    if missing or (verdicts and not options.peers):
        results.sections["missing"] = missing or ["Every peer could be installed, and runs."]
    print("\n\n".join([told, *("\n".join(lines) for lines in results.sections.values())]), flush=True)
    if options.write or is_full(options):
        write(options, results, told)


def main() -> None:
    """Measure, print and write; what was measured is not lost when a later part fails."""
    if not page.is_supported():
        raise SystemExit("the benchmarks run on Linux only: they need its child subreapers, pidfds and /proc")
    options = options_of()
    told = page.circumstances(arguments_of(options))
    results = prepared(options)
    results.now = told
    try:
        for part in options.only:
            print(f"{part}:", file=sys.stderr, flush=True)
            MEASURES[part](options, results)
            keep(options, results)
    finally:
        publish(options, results, told)
    if not all(count.is_whole for count in results.delivery.get(headers.ON, {}).values()):
        raise SystemExit("Footfall has lost an event, or counted one twice")


if __name__ == "__main__":
    main()
