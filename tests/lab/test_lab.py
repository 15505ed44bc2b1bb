"""A person's morning in JupyterLab: undecided, then counted, with cells that fail, hang and die, in two notebooks."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter

import pytest
from recording import senders_of
from servers import wait_until

pytestmark = pytest.mark.e2e

LOAD, HANG = "%load_ext footfall_jupyter", "import time\nprint('at it')\ntime.sleep(600)"
FIRST = (LOAD, "%reload_ext footfall_jupyter", "%footfall", "%footfall preview", "1 + 1", "%footfall on")
SECOND = ("2 + 2", "1 / 0", "%timeit -n1 -r1 pass", HANG)
AFTER_RESTART = (LOAD, HANG)
AFTER_DEATH = (LOAD, "%footfall", "%footfall preview")
CELLS = (*FIRST, *SECOND, *AFTER_RESTART, *AFTER_DEATH)
OTHER = (LOAD, "3 + 3", "%footfall")


class Morning:
    """What was shown and what was kept, by the cells of the first notebook and of the other one."""

    def __init__(self, server, recorder):
        self.server = server
        self.recorder = recorder
        self.pictures = server.place.parent
        self.shown = []
        self.other = []
        self.kept_undecided = None

    def begin(self, notebook):
        """Undecided, then a yes."""
        self.shown += [notebook.run(at) for at in range(5)]
        self.kept_undecided = list(self.server.place.rglob("footfall/**"))
        notebook.picture(self.pictures / "undecided-light.png", "Light")
        notebook.picture(self.pictures / "undecided-dark.png", "Dark")
        self.shown.append(notebook.run(5))

    def work(self, notebook):
        """Good cells, one that fails, a magic, and one that is interrupted."""
        self.shown += [notebook.run(at) for at in range(6, 9)]
        notebook.start(9)
        notebook.wait_for_text(9, "at it")
        notebook.choose("Kernel", "Interrupt Kernel")
        self.shown.append(notebook.wait_for_end(9))

    def visit(self, notebook):
        """The other notebook, while the first one's kernel lives."""
        assert len(self.server.kernels()) == 2
        self.other += [notebook.run(at) for at in range(len(OTHER))]

    def restart(self, notebook):
        """A new kernel by the menu, in which a cell hangs."""
        before = self.server.kernels()
        notebook.choose("Kernel", "Restart Kernel…")
        notebook.accept("Restart Kernel?")
        wait_until(lambda: self.replaced(before), "no kernel is started again")
        notebook.wait_until_ready()
        self.shown.append(notebook.run(10))
        notebook.start(11)
        notebook.wait_for_text(11, "at it")

    def die(self, notebook, of_other):
        """The kernel is killed, as it is when memory has run out; the server starts another."""
        before = self.server.kernels()
        (dying,) = before.keys() - of_other
        os.kill(before[dying], signal.SIGKILL)
        notebook.accept("appears to have died")
        wait_until(lambda: self.replaced(before), "no kernel is started again")
        self.shown += ["", *(notebook.run(at) for at in range(12, 15))]
        notebook.picture(self.pictures / "counted-light.png", "Light")
        notebook.picture(self.pictures / "counted-dark.png", "Dark")

    def replaced(self, before):
        """Whether each kernel is there, one of them in another process."""
        now = self.server.kernels()
        return now.keys() == before.keys() and now != before

    def end(self):
        """All is closed, and what has not left yet is sent."""
        self.server.stop()
        wait_until(lambda: not senders_of(self.server.footfall / "jupyter.notebook"), "a sender does not end")
        self.server.footfall_program("send", "jupyter", "--now")

    def parts(self, name):
        """All parts of a kind that were sent."""
        return [part for part in map(json.loads, self.recorder.bodies) if part["part"] == name]

    def sums(self, rows, field=""):
        """The numbers of all notebook parts in ``rows``, by a field of theirs."""
        found = Counter()
        for part in self.parts("notebook.session"):
            for row in part.get(rows, ()):
                found[row.get(field, "")] += row["n"]
        return dict(found)


@pytest.fixture(scope="module")
def morning(chromium, server, recorder):
    """The whole morning, once."""
    from pages import Notebook, browser  # what they import may be missing

    told = Morning(server, recorder)
    server.write("first.ipynb", *CELLS)
    server.write("other.ipynb", *OTHER)
    server.start()
    with browser(chromium) as opened:
        context = opened.new_context(viewport={"width": 1200, "height": 1400})
        first = Notebook(context.new_page(), server, "first.ipynb")
        told.begin(first)
        told.work(first)
        of_first = server.kernels()
        told.visit(Notebook(context.new_page(), server, "other.ipynb"))
        of_other = server.kernels().keys() - of_first.keys()
        told.restart(first)
        told.die(first, of_other)
    told.end()
    return told


def test_a_hint_once(morning):
    """Who loads the extension and has not decided is told what would be counted and how to say so; once a kernel."""
    hint = morning.shown[0]
    for text in (
        "jupyter would like to count notebook sessions",
        "Nothing has been recorded",
        morning.recorder.address,
    ):
        assert text in hint
    assert [line.split("\t")[0] for line in hint.splitlines() if line.startswith("%")] == [
        "%footfall preview",
        "%footfall on",
        "%footfall off",
    ]
    assert morning.shown[1] == ""


def test_undecided(morning):
    """Without an answer the table says so, a preview shows an example of what a day would send, and nothing is kept."""
    _, _, status, preview, plain, _ = morning.shown[:6]
    assert status.startswith("jupyter: not decided: nothing is recorded\n")
    assert "because\tnot asked yet (rule 11)" in status
    assert "this kernel\t0 cells counted" in status
    examples = [json.loads(line) for line in preview.splitlines() if line.startswith("{")]
    assert {part["part"] for part in examples} == {"activity", "environment", "notebook.session"}
    assert plain == "2"
    assert morning.kept_undecided == []


def test_yes(morning):
    """After a yes the table of a fresh kernel tells it, and its own figures."""
    assert morning.shown[5].startswith("Thank you. jupyter counts from the next cell on.")
    for status in (morning.shown[13], morning.other[2]):
        assert status.startswith("jupyter: on: counts are recorded and sent\n")
        assert "because\tyou said on (rule 10)" in status
        assert f"goes to\t{morning.recorder.address}" in status
    assert "this kernel\t1 cell counted" in morning.shown[13]
    assert "this kernel\t2 cells counted" in morning.other[2]
    assert morning.shown[12] == morning.other[0] == "", "decided: no hint"


def test_cells_show_what_they_always_showed(morning):
    """Results, tracebacks and interruptions are displayed as without the extension."""
    assert morning.shown[6] == "4"
    assert "ZeroDivisionError" in morning.shown[7]
    assert "footfall" not in morning.shown[7]
    assert "1 loop" in morning.shown[8]
    assert "KeyboardInterrupt" in morning.shown[9]
    assert "footfall" not in morning.shown[9]
    assert morning.other[1] == "6"


def test_preview_while_it_counts(morning):
    """A preview shows parts of this very kind, and the cells of which they tell."""
    lines = [line for line in morning.shown[14].splitlines() if line.startswith("{")]
    told = [part for part in map(json.loads, lines) if part["part"] == "notebook.session"]
    assert told
    assert all(line.encode() not in morning.recorder.bodies for line in lines), "it goes on: more is told with the next"


def test_figures_that_left(morning):
    """Each session and each cell is reported once, by its outcome, with the errors and magics that have names."""
    assert morning.sums("sessions") == {"": 4}
    assert morning.sums("frontends", "frontend") == {"lab": 4}
    assert morning.sums("cells", "outcome") == {"ok": 9, "error": 1, "aborted": 1, "killed": 1}
    assert morning.sums("errors", "kind") == {"ZeroDivisionError": 1}
    assert morning.sums("magics", "magic") == {"timeit": 1}
    assert morning.sums("session_sizes", "bucket") == {"1-9": 4}
    assert sum(morning.sums("cell_durations", "bucket").values()) == 11, "no duration is known of the one that died"


def test_where_it_ran(morning):
    """The one environment that is reported says notebook, and the install is active and new once."""
    (environment,) = morning.parts("environment")
    rows = {row["field"]: row["value"] for row in environment["rows"]}
    assert rows["surface"] == "notebook"
    assert [part["new"] for part in morning.parts("activity")] == [True]


def test_nothing_is_left(morning):
    """No kernel, no sender and no server lives when all is closed."""
    assert morning.server.kernels() == {}
    assert senders_of(morning.server.footfall / "jupyter.notebook") == {}
