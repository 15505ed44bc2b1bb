"""The main job: a real program counted, reported, shown and checked (`python -m nox -s demo`).

Some two dozen people use sqlite-utils for six weeks, each run a real process; those who agree are counted. Then every
figure of the dashboard is compared with what the demo itself knows to be true. Exits with 1 if any differs.
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
from simulation.collector_process import PROJECT, DemoError
from simulation.compare import Figure, compare, summary, table
from simulation.expected import Expected
from simulation.install import SWITCH
from simulation.people import FEWEST, MOST, USUAL
from simulation.play import Play
from simulation.screenshot import take_screenshot
from simulation.truth import Truth

K = 2  # the least that a collector takes: most groups here are small
_PICTURE = Path(tempfile.gettempdir()) / "footfall-demo.png"


def main() -> int:
    """Run the demo; gives its exit code."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, _end)
    folder = Path(tempfile.mkdtemp(prefix="footfall-demo-"))
    play = Play(folder, calendar_of(options.days), installs=options.installs, seed=options.seed, k=K, say=_say)
    try:
        return _demo(play, options)
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


def _demo(play: Play, options: argparse.Namespace) -> int:
    began = time.monotonic()
    switch = play.prepare()
    _introduce(play, options, switch=switch)
    play.run()
    truth = _forge(play.truth()) if options.misremember else play.truth()
    figures = compare(play, Expected(truth, play.calendar, K))
    _say(f"compared after {time.monotonic() - began:.0f} s\n")
    code = _conclude(figures, play)
    page = f"{play.collector.url}/projects/{PROJECT}"
    _say(take_screenshot(page, options.screenshot.resolve()))
    if not options.keep:
        _say(f"the dashboard was at {page}; `python -m nox -s demo -- --keep` leaves it up")
    else:
        _say(f"dashboard: {page}  (Ctrl-C ends it)")
        play.collector.wait()
    return code


def _introduce(play: Play, options: argparse.Namespace, *, switch: bool) -> None:
    days, lines = play.calendar.days, {deed.line.text for deed in play.deeds() if deed.line}
    _say(
        f"{len(play.installs)} installs of sqlite-utils, {len(days)} simulated days from {days[0]}; seed {options.seed}"
    )
    _say(f"{sum(deed.line is not None for deed in play.deeds())} runs of {len(lines)} different command lines")
    if switch:
        _say(f"this is root, CI or a container, where Footfall is off: those who agree also set {SWITCH}=1")
    _say(f"groups of fewer than {K} installs are hidden, to have much to compare; usually it is fewer than 5")
    out = [days[number] for number in play.calendar.outage]
    _say(f"collector at {play.collector.url}, down from {out[0]} to {out[-1]}")


def _conclude(figures: list[Figure], play: Play) -> int:
    week = week_of(play.calendar.days[-8])
    some = [
        f for f in figures if f.chart in ("actives-week", "actives-month") or (f.chart, f.window) == ("commands", week)
    ]
    wrong = [figure for figure in figures if not figure.agrees]
    _say("\n".join([*table(some), "", *summary(figures), ""]))
    if wrong:
        _say("\n".join([*table(wrong), "", f"{len(wrong)} of {len(figures)} figures are DIFFERENT"]))
        return 1
    _say(f"all {len(figures)} figures of the dashboard are true")
    return 0


def _forge(truth: Truth) -> Truth:
    """Count one run of the busiest week's busiest command twice."""
    cells = [(week_of(run.day), run.line.command) for run in truth.runs]
    again = truth.runs[cells.index(max(cells, key=cells.count))]
    return Truth([*truth.runs, again], truth.machine["versions"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--keep", action="store_true", help="go on serving the dashboard until Ctrl-C")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance (default: %(default)s)")
    parser.add_argument(
        "--installs", type=_number(FEWEST, MOST), default=USUAL, help="how many people (default: %(default)s)"
    )
    parser.add_argument(
        "--days", type=_number(FEWEST_DAYS, MOST_DAYS), default=42, help="how many (default: %(default)s)"
    )
    parser.add_argument("--screenshot", type=Path, default=_PICTURE, metavar="PATH", help="default: %(default)s")
    parser.add_argument("--misremember", action="store_true", help="count a run twice in the truth: it has to be found")
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
