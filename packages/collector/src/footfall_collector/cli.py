"""The ``footfall-collector`` program."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from footfall.errors import FootfallError, PlanError
from footfall.vocabulary import few
from footfall_collector import plans, retention, server, store, suppress, windows
from footfall_collector.app import create_app

EXIT_BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; gives its exit code: 0, or 2 when what it was given cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        run: int = options.run(options)
    except (FootfallError, store.StoreError, ValueError, OSError) as error:
        print(f"footfall-collector: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    return run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footfall-collector", description="Counts usage reports and shows the counts."
    )
    parser.add_argument("--version", action="version", version=f"footfall-collector {version('footfall-collector')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands.add_parser("serve", help="take reports and show the dashboard"))
    _add_prune(commands.add_parser("prune", help="delete what was kept for long enough, as serve does once a day"))
    check = commands.add_parser("check", help="say whether plan files can be used")
    check.add_argument("plans", type=Path, nargs="+", metavar="PATH", help="a plan file, or a directory of them")
    check.set_defaults(run=_check)
    return parser


def _add_serve(serve: argparse.ArgumentParser) -> None:
    _add_store(serve)
    serve.add_argument("--retention-months", type=int, metavar="N", help=_RETENTION_HELP)
    serve.add_argument("--plan", type=Path, action="append", required=True, metavar="PATH", help=_PLAN_HELP)
    serve.add_argument("--host", default="127.0.0.1", help="default: %(default)s")
    serve.add_argument("--port", type=int, default=8080, help="default: %(default)s; 0 takes a free one")
    serve.add_argument("--k", type=int, default=suppress.K_DEFAULT, help=_K_HELP)
    serve.add_argument("--retire", action="append", default=[], metavar="PROJECT", help=_RETIRE_HELP)
    serve.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS", help=_CLOCK_HELP)
    serve.set_defaults(run=_serve)


def _add_prune(prune: argparse.ArgumentParser) -> None:
    _add_store(prune)
    prune.add_argument("--retention-months", type=int, metavar="N", help=_TERM_HELP)
    prune.add_argument("--shorten", action="store_true", help=_SHORTEN_HELP)
    prune.set_defaults(run=_prune)


def _add_store(command: argparse.ArgumentParser) -> None:
    command.add_argument("--store", default="sqlite:///footfall.db", metavar="URL", help="default: %(default)s")


_RETENTION_HELP = f"how long counters are kept; default: as before in this store, else {retention.MONTHS_DEFAULT}"
_TERM_HELP = "how long counters are kept; default: as serve keeps them in this store"
_SHORTEN_HELP = "keep them for fewer months than serve does"
_PLAN_HELP = "a project's plan file, or a directory of them; may be repeated"
_K_HELP = "hide groups of fewer installs; default: %(default)s, at least 2"
_RETIRE_HELP = "tell the clients of this project to stop reporting"
_CLOCK_HELP = "run the clock ahead, for demos and tests"


def _serve(options: argparse.Namespace) -> int:
    clock = windows.clock_ahead_by(options.clock_offset)
    projects = plans.read_plans(options.plan)
    if not projects:
        raise FootfallError("no plan file in what --plan names")
    if unknown := sorted(set(options.retire) - projects.keys()):
        raise FootfallError(f"--retire {unknown[0]}: no plan is given for that project")
    opened = store.open_store(options.store, clock, options.retention_months)
    app = create_app(opened, projects, k=options.k, clock=clock, retired=frozenset(options.retire))
    # Whoever cannot listen has made no store and changed no term of one that another collector serves.
    with server.listen(options.host, options.port) as listening:
        opened.open()
        try:
            opened.keep_term()
            return server.serve(app, listening)
        finally:
            opened.close()


def _prune(options: argparse.Namespace) -> int:
    opened = store.open_store(options.store)
    try:
        done = opened.prune(options.retention_months, may_shorten=options.shorten)
    finally:
        opened.close()
    rows = f"{done.counters} rows of counters and {done.keys} keys" if done.counters or done.keys else "nothing"
    print(f"deleted {rows}; kept for {done.months} months, from {done.oldest} on")
    return 0


def _check(options: argparse.Namespace) -> int:
    files = list(chain.from_iterable(map(plans.files_in, options.plans)))
    if not files:
        raise FootfallError(f"no plan file in {', '.join(map(str, options.plans))}")
    return max(map(_check_file, files))


def _check_file(path: Path) -> int:
    try:
        vocabulary = plans.read_plan(path)
    except PlanError as error:
        print(f"footfall-collector: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    share = f"; {few(vocabulary.samples[0])} sends" if vocabulary.samples[0] < 1 else ""
    print(f"{path}: {vocabulary.project}: {vocabulary.summary()}{share}")
    return 0
