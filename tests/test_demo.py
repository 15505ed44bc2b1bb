"""The demo in short: its figures agree with the dashboards', and its comparison finds what is wrong in each."""

import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from footfall_collector import catalogue

pytest.importorskip("sqlite_utils")  # the e2e session has both programs
pytest.importorskip("toml_cli")
pytestmark = pytest.mark.e2e
EXAMPLES = Path(__file__).parents[1] / "examples"
sys.path.insert(0, str(EXAMPLES))

from simulation.calendar import FIRST_DAY, calendar_of, week_of  # noqa: E402 - after its folder is known
from simulation.collector_process import DemoError  # noqa: E402
from simulation.compare import compare, durations  # noqa: E402
from simulation.expected import OF_A_WEEK, OF_DAYS, Expected  # noqa: E402
from simulation.hiding import hide  # noqa: E402
from simulation.lines import Line  # noqa: E402
from simulation.notebooks import Notebooks, compare_notebooks  # noqa: E402
from simulation.people import FEWEST, USUAL, people  # noqa: E402
from simulation.play import Play  # noqa: E402
from simulation.programs import PROGRAMS, SQLITE_UTILS, TOML_CLI  # noqa: E402
from simulation.truth import Run, Truth  # noqa: E402

K = 2
DAYS = 8


@pytest.fixture(scope="module")
def played():
    """A short demo, played once, its collector still up."""
    folder = Path(tempfile.mkdtemp())
    before = signal.getsignal(signal.SIGINT)
    play = Play(folder, calendar_of(DAYS), installs=FEWEST + 1, seed=1, k=K, say=print)
    try:
        play.switch = play.prepare()
        play.run()
        yield play
    finally:
        play.close()
        signal.signal(signal.SIGINT, before)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=PROGRAMS, ids=lambda program: program.project)
def program(request):
    """Each of the programs that are played."""
    return request.param


@pytest.fixture(scope="module")
def noted(played):
    """The notebooks' part of the demo, played once, at the same collector."""
    folder = Path(tempfile.mkdtemp())
    notebooks = Notebooks(played, folder, switch=played.switch)
    try:
        notebooks.run()
        yield notebooks
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_every_figure_of_notebooks_is_true(noted):
    """Each figure of sessions and cells is what the demo's own count gives, with killed kernels and two at once."""
    figures = compare_notebooks(noted)
    assert [figure for figure in figures if not figure.agrees] == []
    assert {"killed", "error", "KeyError", "cafes_chart", "timeit", "other", "10-99"} <= {f.cell for f in figures}


def test_a_session_too_many_in_truth_is_found(noted):
    """The comparison notices one session that the truth has and the dashboard has not, in each of its charts."""
    noted.happened.append(noted.happened[0])
    try:
        wrong = {figure.chart for figure in compare_notebooks(noted) if not figure.agrees}
    finally:
        noted.happened.pop()
    assert wrong == {"sessions", *noted.happened[0][2].told}


def differences(play, program, truth, k=K):
    """Charts of a program that differ from ``truth``."""
    return {figure.chart for figure in compare(play, program, Expected(truth, play.calendar, k)) if not figure.agrees}


def busiest(truth):
    """The runs of the busiest command of the busiest week."""

    def cell(run):
        return week_of(run.day), run.line.command

    most, _ = Counter(map(cell, truth.runs)).most_common(1)[0]
    return [run for run in truth.runs if cell(run) == most]


def changed(truth, old, new):
    """The truth with some runs in place of others."""
    return Truth([*(run for run in truth.runs if run not in old), *new], truth.machine)


def test_every_figure_is_true(played, program):
    """Each figure of each chart, in each window, is what the demo's own count gives."""
    figures = compare(played, program, Expected(played.truth(program), played.calendar, K))
    assert [figure for figure in figures if not figure.agrees] == []
    assert len(figures) > 100
    assert sum(figure.shown is not None for figure in figures) > 100


def test_a_run_too_few_is_found(played, program):
    """The comparison notices one run that the dashboard has and the truth has not."""
    truth = played.truth(program)
    fewer = Truth([run for run in truth.runs if run is not busiest(truth)[0]], truth.machine)
    assert differences(played, program, fewer) >= {"commands"}


def test_a_run_too_many_is_found(played, program):
    """The comparison notices one run that the truth has and the dashboard has not."""
    truth = played.truth(program)
    assert differences(played, program, changed(truth, [], busiest(truth)[:1])) >= {"commands"}


def test_anothers_runs_are_found(played):
    """The comparison notices runs of one program that are shown as another's."""
    sqlite_utils, toml_cli = played.truth(SQLITE_UTILS), played.truth(TOML_CLI)
    swapped = Truth(sqlite_utils.runs, toml_cli.machine)
    assert differences(played, TOML_CLI, swapped) >= {"commands", "outcomes", "flags"}


@pytest.mark.parametrize(
    ("change", "chart"),
    [
        (lambda run: replace(run, install=f"not-{run.install}"), "actives-week"),
        (lambda run: replace(run, line=replace(run.line, command="vacuum")), "commands"),
        (lambda run: replace(run, line=replace(run.line, outcome="aborted", kind="")), "outcomes"),
        (lambda run: replace(run, line=replace(run.line, flags=("--no-headers",))), "flags"),
        (lambda run: replace(run, line=replace(run.line, outcome="error", kind="OSError")), "errors"),
        (lambda run: replace(run, surface="service"), "surfaces"),
    ],
)
def test_another_truth_is_found(played, program, change, chart):
    """The comparison notices runs that were another install's, command's, outcome's, in the chart that tells it."""
    truth = played.truth(program)
    runs = busiest(truth)
    assert chart in differences(played, program, changed(truth, runs, map(change, runs)))


def test_runs_without_an_end_are_found(played, program):
    """The comparison notices that durations are told of runs that never ended."""
    truth = played.truth(program)
    killed = [replace(run, line=replace(run.line, outcome="killed", kind="")) for run in truth.runs]
    assert "durations" in differences(played, program, Truth(killed, truth.machine))


def wrong_durations(rows, hidden, total):
    """Cells of a chart of durations that cannot be of: three installs with 4 runs of a, one of them with 2 of b."""

    def run(install, command, outcome):
        return Run(install, FIRST_DAY, Line("", command, (), outcome, ""), "script")

    runs = [run(install, "a", "ok") for install in ("1", "1", "2", "3")] + [run("1", "b", "ok"), run("1", "b", "exit")]
    killed = [run(install, "b", "killed") for install in ("1", "2", "3")]
    expected = Expected(Truth([*runs, *killed], {}), calendar_of(DAYS), K)
    document = {"rows": rows, "hidden": hidden, "total": total}
    return {figure.cell for figure in durations(week_of(FIRST_DAY), expected, document) if not figure.agrees}


@pytest.mark.parametrize(
    ("rows", "hidden", "total"),
    [
        ([["a", "1-3s", 3, 4]], 0, 3),  # b in one bucket: one install, nothing is told
        ([["a", "1-3s", 3, 4]], 2, 5),  # b in two buckets, both hidden
        ([["a", "1-3s", 2, 2]], 2, 4),  # a in three buckets, two of them of one install
        ([], 3, 3),  # a in two buckets, the larger hidden to cover the other
    ],
)
def test_durations_as_they_may_have_been_agree(rows, hidden, total):
    """However long the runs took, the right chart of them is within its bounds."""
    assert wrong_durations(rows, hidden, total) == set()


@pytest.mark.parametrize(
    ("rows", "hidden", "total", "wrong"),
    [
        ([["a", "1-3s", 3, 3]], 0, 3, "a, runs"),
        ([["a", "1-3s", 3, 5]], 0, 3, "a, runs"),
        ([["a", "1-3s", 2, 5]], 2, 4, "a, runs"),
        ([["a", "1-3s", 4, 4]], 0, 4, "a, installs of a bucket"),
        ([["a", "1-3s", 3, 4], ["b", "1-3s", 1, 2]], 0, 4, "buckets under k"),
        ([["a", "1-3s", 3, 4], ["c", "1-3s", 2, 2]], 0, 5, "c, runs"),
        ([["a", "1-3s", 2, 4]], 3, 5, "runs shown and installs hidden"),
        ([["a", "1-3s", 3, 4]], 0, 4, "installs neither shown nor hidden"),
        ([], None, None, "total"),
    ],
)
def test_durations_that_cannot_be_are_found(rows, hidden, total, wrong):
    """The comparison notices runs and installs too many or too few, small groups, and commands that have none."""
    assert wrong in wrong_durations(rows, hidden, total)


@pytest.mark.parametrize(
    ("chart", "value"),
    [
        ("versions", "1.0"),
        ("pythons", "2.7"),
        ("systems", "other"),
        ("architectures", "arm"),
        ("implementations", "pypy"),
        ("plans", "0" * 12),
    ],
)
def test_another_machine_is_found(played, program, chart, value):
    """The comparison notices an environment that is not this machine's."""
    truth = played.truth(program)
    truth.machine[chart] = value
    assert differences(played, program, truth) == {chart}


def test_another_k_is_found(played, program):
    """The comparison notices a dashboard that tells of groups that it should hide."""
    assert "commands" in differences(played, program, played.truth(program), k=K + 1)


def test_a_line_that_belies_its_row_ends_the_play(played, program):
    """A run that ends in another way than the table says stops the demo, and the message names the program."""
    install = next(iter(played.installs_of(program).values()))
    line = next(line for line in program.lines() if line.outcome == "exit")
    with pytest.raises(DemoError, match=f"^{program.project}: .* should be ok, but it ended with 1"):
        install.run(replace(line, outcome="ok"), played.calendar.seconds(0, 0))


def test_a_planted_error_fails_the_demo():
    """The program itself ends with 1, naming what differs, when one truth counts a run twice; and leaves nothing."""
    with tempfile.TemporaryDirectory() as temporary:
        command = [
            sys.executable,
            EXAMPLES / "demo.py",
            "--days",
            str(DAYS),
            "--installs",
            str(FEWEST),
            "--misremember",
            TOML_CLI.project,
        ]
        command += ["--screenshot", Path(temporary) / "picture.png"]
        ran = subprocess.run(
            command, check=False, capture_output=True, text=True, env={"PATH": "", "TMPDIR": temporary}, timeout=300
        )
        assert ran.returncode == 1, ran.stdout + ran.stderr
        assert re.search(r"^sqlite-utils: all \d+ figures are true$", ran.stdout, re.MULTILINE)
        assert re.search(r"^toml-cli: \d+ of \d+ figures are DIFFERENT$", ran.stdout, re.MULTILINE)
        assert [path.name for path in Path(temporary).iterdir() if not path.match("picture-*.png")] == []


def test_every_chart_is_compared():
    """No chart of the collector's goes unchecked."""
    assert set(OF_DAYS) == set(catalogue.OF_DAYS)
    assert set(OF_A_WEEK) == set(catalogue.OF_A_WEEK)


@pytest.mark.parametrize(
    ("program", "commands", "signals"), [(SQLITE_UTILS, 30, {"aborted", "killed"}), (TOML_CLI, 6, set())]
)
def test_there_are_enough_command_lines(program, commands, signals):
    """At least 60 different lines, good and bad, of most of the program's commands, with all outcomes."""
    lines = program.lines()
    assert len({line.text for line in lines}) >= 60
    assert len({line.command for line in lines if line.command}) >= commands
    assert {line.outcome for line in lines} == {"ok", "exit", "error", "usage", *signals}
    assert any(not line.command for line in lines)


def test_one_person_has_one_environment():
    """Who uses several programs has DO_NOT_TRACK set for all of them or for none, and so CI."""
    calendar = calendar_of(42)
    environments = defaultdict(set)
    for person in people(USUAL, calendar, random.Random(1)):
        environments[person.name].add((person.answer == "dnt", person.surface == "ci"))
    assert [name for name, found in environments.items() if len(found) > 1] == []


@pytest.mark.parametrize(
    ("cells", "told", "hidden", "total"),
    [
        ({"a": 100, "b": 50, "c": 3}, {"a": 100}, 53, 153),
        ({"a": 100, "b": 50}, {"a": 100, "b": 50}, 0, 150),
        ({"a": 2, "b": 1}, {}, None, None),
        ({"a": 100, "b": 4}, {}, 104, 104),
    ],
)
def test_the_demos_own_hiding_follows_the_rule(cells, told, hidden, total):
    """The vectors of the rule for small groups, k = 5."""
    found = hide(cells, 5)
    assert (dict(found.cells), found.hidden, found.total) == (told, hidden, total)
