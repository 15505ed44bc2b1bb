"""The main job: real programs counted, reported, shown and checked (`python -m nox -s demo`).

Some thirty people use sqlite-utils, toml-cli or both for six weeks, each run a real process, and a few more use a
library in notebooks, each session a real kernel; those who agree are counted. Then every figure of the dashboards is
compared with what the demo itself knows to be true. Exits with 1 if any differs.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from simulation.calendar import FEWEST_DAYS, MOST_DAYS, calendar_of, week_of
from simulation.collector_process import DemoError
from simulation.compare import Figure, compare
from simulation.expected import Expected
from simulation.notebooks import COUNTED, Notebooks, compare_notebooks
from simulation.people import FEWEST, MOST, USUAL
from simulation.play import Play
from simulation.programs import CAFES, PROGRAMS, Program
from simulation.report import account, introduction, verdict
from simulation.screenshot import take_screenshot
from simulation.truth import Truth

K = 2  # the least that a collector takes: most groups here are small
_PICTURE = Path(tempfile.gettempdir()) / "footfall-demo.png"
_EVERY = "all"


def main() -> int:
    """Run the demo; gives its exit code."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, _end)
    folder = Path(tempfile.mkdtemp(prefix="footfall-demo-"))
    play = Play(folder, calendar_of(options.days), installs=options.installs, seed=options.seed, k=K, say=_say)
    try:
        return _demo(play, options, folder)
    except DemoError as error:
        _say(f"demo: {error}")
        return 1
    except KeyboardInterrupt:
        _say("stopped")
        return 130
    finally:
        try:
            play.close()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _demo(play: Play, options: argparse.Namespace, folder: Path) -> int:
    began = time.monotonic()
    switch = play.prepare()
    _say("\n".join(introduction(play, options.seed, switch=switch)))
    play.run()
    notebooks = Notebooks(play, folder / "notebooks", switch=switch)
    notebooks.run()
    if options.misremember in (_EVERY, CAFES.project):
        notebooks.happened.append(notebooks.happened[0])
    _say(f"  {len(notebooks.happened)} notebook sessions of {len(COUNTED)} people who agreed, in real kernels")
    figures = {program: _compared(play, program, options.misremember) for program in PROGRAMS}
    figures[CAFES] = compare_notebooks(notebooks)
    _say(f"compared after {time.monotonic() - began:.0f} s\n")
    week = week_of(play.calendar.days[-8])
    for program, own in figures.items():
        _say("\n".join(account(program, own, week)))
    for program, own in figures.items():
        _say(verdict(program, own))
    _show(play, options)
    return 0 if all(figure.agrees for own in figures.values() for figure in own) else 1


def _show(play: Play, options: argparse.Namespace) -> None:
    for program in (*PROGRAMS, CAFES):
        _say(take_screenshot(play.collector.page(program), _picture(options.screenshot, program)))
    pages = ", ".join(map(play.collector.page, (*PROGRAMS, CAFES)))
    if options.keep:
        _say(f"dashboards: {pages}  (Ctrl-C ends them)")
        play.collector.wait()
    else:
        _say(f"the dashboards were at {pages}; `python -m nox -s demo -- --keep` leaves them up")


def _compared(play: Play, program: Program, misremember: str | None) -> list[Figure]:
    truth = play.truth(program)
    if misremember in (_EVERY, program.project):
        truth = _forge(truth)
    return compare(play, program, Expected(truth, play.calendar, K))


def _picture(path: Path, program: Program) -> Path:
    """Where the picture of a program's dashboard goes: beside ``path``, with its project in the name."""
    return path.resolve().with_stem(f"{path.stem}-{program.project}")


def _forge(truth: Truth) -> Truth:
    """Count one run of the busiest week's busiest command twice."""
    cells = [(week_of(run.day), run.line.command) for run in truth.runs]
    again = truth.runs[cells.index(max(cells, key=cells.count))]
    return Truth([*truth.runs, again], truth.machine)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="go on serving the dashboard until Ctrl-C")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance (default: %(default)s)")
    parser.add_argument(
        "--installs", type=_number(FEWEST, MOST), default=USUAL, help="of all programs together (default: %(default)s)"
    )
    parser.add_argument(
        "--days", type=_number(FEWEST_DAYS, MOST_DAYS), default=42, help="how many (default: %(default)s)"
    )
    parser.add_argument(
        "--screenshot",
        type=Path,
        default=_PICTURE,
        metavar="PATH",
        help="with a project before .png (default: %(default)s)",
    )
    parser.add_argument(
        "--misremember",
        nargs="?",
        const=_EVERY,
        choices=[_EVERY, *(program.project for program in (*PROGRAMS, CAFES))],
        metavar="PROJECT",
        help="count a run of this project, or of each, twice in the truth: it has to be found",
    )
    return parser


def _number(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{least} to {most}")
        return int(text)

    return number


def _say(text: str) -> None:
    print(text, flush=True)


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)


if __name__ == "__main__":
    sys.exit(main())
