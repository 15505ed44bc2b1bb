"""The suite for adapters of notebooks and shells: each test starts the author's host as a real process."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from footfall import Client, overview
from footfall._spawn import CHILD_MARK
from footfall.testing._host import SessionStage, cells_in, session
from footfall.testing._recorder import Recorder
from footfall.testing._stage import CANARY, Seen, Stage
from footfall.testing._suite import Suite
from footfall.testing._tally import Cells, CountedCell, session_of

_NO_SENDER = {CHILD_MARK: "1"}
_OF_A_CELL = ("cells", "errors", "magics", "modules", "lost")
_SENDS_NOTHING = {"footfall._magics", "footfall._session", "footfall.errors", "footfall.wire"}


class SessionSuite(Suite):
    r"""Tests that an adapter of a notebook or shell has to pass; inherit from it, under a name with ``Test``.

    The program is started as ``python program.py``. It loads the adapter as often as the variable
    ``FOOTFALL_TESTING_TIMES`` says (``0`` or unset: not at all, and then it imports nothing of Footfall), each time
    with ``Client(project, version="1.4.2", endpoint="http://127.0.0.1:9")``, or any other version and address. Then it
    reads cells, each a line of JSON on its standard input, and runs each as its user would. After each it prints
    ``footfall.testing.CELL_END`` (``"\x1e"``) and a line break to both outputs, and flushes them.

    Attributes:
        program: the host's file, a :class:`pathlib.Path`.
        project: the project's name in it.
        modules: names of the adapter's modules that each session may load, beside the hot ones of Footfall itself.
        frontend: one of ``footfall.wire.FRONTENDS``: as what the host counts.
        cells: sources of cells, and as what each is to be counted; ``None`` for one that counts nothing, such as a
            blank one. All are run in this order, in one process. ``CANARY`` becomes a token that must not be found
            anywhere, the same in all cells; it belongs wherever a user's own words can be. A cell has to show the
            same each time.
        sleeping: a cell that prints something, flushes it and sleeps for minutes.
        environ: more variables for each session; ``CANARY`` works here too.
    """

    frontend: ClassVar[str]
    cells: ClassVar[Mapping[str, CountedCell | None]]
    sleeping: ClassVar[str]

    @pytest.fixture(scope="class")
    @classmethod
    def footfall_stage(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SessionStage]:
        """The machine of the class."""
        folder, recorder = tmp_path_factory.mktemp("stage"), Recorder()
        words = {word for cell in cls.cells.values() if cell is not None for word in (cell.kind, *cell.modules)}
        yield SessionStage(cls.program, cls.project, cls.modules, cls.environ, folder, recorder, words=words)
        recorder.close()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give each test of cells all of them."""
        if "cell" in metafunc.fixturenames:
            metafunc.parametrize("cell", list(self.cells), ids=_name_of)

    @classmethod
    def runs(cls) -> list[str]:
        """One session of all cells."""
        return [session(cls.cells)]

    @classmethod
    def expected(cls, line: str) -> Cells:
        """The cells of a report that a session is to be counted in, once it is over."""
        counted = (cls.cells[source] for source in cells_in(line))
        return session_of([one for one in counted if one], cls.frontend)

    def run_all(self, stage: Stage) -> None:
        """Run the session, if it was not run yet."""
        self.played(stage)

    def played(self, stage: Stage, times: int = 1) -> list[tuple[Seen, Cells]]:
        """What each cell shows, and is counted as, in a session that may send."""
        assert isinstance(stage, SessionStage)
        return stage.play(self.runs()[0], times)

    def shown(self, stage: Stage) -> list[Seen]:
        """What each cell shows bare."""
        return [seen for seen, _ in self.played(stage, 0)]

    def budget(self) -> set[str]:
        """Modules that a session may load beyond those of a bare one."""
        return super().budget() | _SENDS_NOTHING

    def test_cells_show_what_has_to_hold(self) -> None:
        """The author's cells have what the other tests need: outcomes, magics, and users' words everywhere."""
        counted = list(self.cells.values())
        assert {one.outcome for one in counted if one} >= {"ok", "error"}, "one cell of each outcome"
        assert None in counted, "a cell that counts nothing, such as a blank one"
        assert {"error", "ok"} <= {one.outcome for source, one in self.cells.items() if one and CANARY in source}
        assert any(one.kind == "other" and f"class {CANARY}" in source for source, one in self.cells.items() if one), (
            f"an exception class of the user's own, called {CANARY}"
        )
        assert any(one.magics for one in counted if one), "a cell with a magic that is told"
        assert any("other" in one.magics and CANARY in source for source, one in self.cells.items() if one), (
            f"a magic of the user's own, called {CANARY}"
        )
        assert any("fork" in source for source in self.cells), "a cell that forks, and runs a cell in the child"
        assert self.sleeping not in self.cells, "the cell that sleeps is for two tests only"

    def test_a_cell_is_what_it_was(self, footfall_stage: Stage, cell: str) -> None:
        """Output and errors of each cell are those of the bare host, to the last byte but for addresses in memory."""
        at = list(self.cells).index(cell)
        assert self.played(footfall_stage)[at][0] == self.shown(footfall_stage)[at]

    def test_a_session_is_what_it_was(self, footfall_stage: Stage) -> None:
        """A session that is given all its cells at once ends as the bare one, with all that it has printed."""
        state, _ = footfall_stage.fresh_on("at-once")
        line, telling = self.runs()[0], {**_NO_SENDER, "FOOTFALL_DEBUG": "1"}  # of what fails where nobody sees it
        assert footfall_stage.run(line, 1, state, telling) == footfall_stage.bare(line)

    def test_a_cell_is_counted_as_it_should_be(self, footfall_stage: Stage, cell: str) -> None:
        """Outcome, kind of error, magics and modules are what the author says, as the sender reads them."""
        counted = self.played(footfall_stage)[list(self.cells).index(cell)][1]
        expected = self.cells[cell]
        assert Cells({key: n for key, n in counted.items() if key[0] in _OF_A_CELL}) == (
            expected.cells() if expected else Cells()
        )

    def test_loaded_twice_is_loaded_once(self, footfall_stage: Stage) -> None:
        """A host that loads the adapter twice is what it was, and each cell counts once."""
        self.played(footfall_stage)  # the words are in its plan
        (state, tally), line = footfall_stage.fresh_on("twice"), self.runs()[0]
        assert footfall_stage.run(line, 2, state, _NO_SENDER) == footfall_stage.bare(line)
        assert tally.new() == self.expected(line)

    def test_off_reaches_a_session_that_runs(self, footfall_stage: SessionStage) -> None:
        """When the user says off, a session that runs goes on as a bare one, and nothing of it is left."""
        stage, (state, _), cells = (
            footfall_stage,
            footfall_stage.fresh_on("off-later"),
            list(map(footfall_stage.cell, self.cells)),
        )
        half = len(cells) // 2
        with stage.host(1, state, _NO_SENDER) as host:
            before = [host.run(cell) for cell in cells[:half]]
            assert list((stage.place(state) / "spool").glob("*.log")), "one of the first cells counts"
            client = Client(self.project, version="1", endpoint=stage.recorder.address, home=str(state), environ={})
            client.in_notebooks()
            overview.off(client)
            after = [host.run(cell) for cell in cells[half:]]
        assert before + after == self.shown(stage)
        assert [path.name for path in state.rglob("*") if path.is_file()] == ["consent"]

    def test_two_sessions_at_once_are_two(self, footfall_stage: SessionStage) -> None:
        """Two hosts that run at the same time in one home are what they were, and each cell of both counts."""
        stage, bare = footfall_stage, self.shown(footfall_stage)
        self.played(stage)  # the words are in its plan
        state, tally = stage.fresh_on("both")
        with stage.host(1, state, _NO_SENDER) as one, stage.host(1, state, _NO_SENDER) as other:
            for cell in map(stage.cell, self.cells):
                one.ask(cell)
                other.ask(cell)
            assert (one.answers(len(bare)), other.answers(len(bare))) == (bare, bare)
        expected = self.expected(self.runs()[0])
        assert tally.new() == expected + expected

    def test_a_session_costs_no_more_than_it_may(self, footfall_stage: Stage) -> None:
        """A session that counts loads nothing that could send, and starts and opens nothing but its spool."""
        (state, _), line = footfall_stage.fresh_on("budget"), self.runs()[0]
        footfall_stage.run(line, 1, state, _NO_SENDER)  # the day's first takes the token
        bare, on = footfall_stage.traced(line, 0), footfall_stage.traced(line, 1, tuple(_NO_SENDER.items()), state)
        assert on.seen == bare.seen
        assert on.modules - bare.modules <= self.budget()
        assert [event for event in on.events if str(state) not in event] == list(bare.events)

    @pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
    def test_a_killed_session_loses_nothing(self, footfall_stage: SessionStage) -> None:
        """Of a session that is killed in a cell, what had ended is counted as it ended, and that cell as killed."""
        self.played(footfall_stage)  # the words are in its plan
        state, tally = footfall_stage.fresh_on("killed")
        with footfall_stage.host(1, state, _NO_SENDER) as host:
            for cell in map(footfall_stage.cell, self.cells):
                host.run(cell)
            if sys.platform != "win32":
                host.interrupt(footfall_stage.cell(self.sleeping), signal.SIGKILL)
        counted = [one for one in self.cells.values() if one]
        assert tally.new() == session_of([*counted, CountedCell("killed")], self.frontend)

    @pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
    def test_an_interrupted_cell_counts_as_aborted(self, footfall_stage: SessionStage) -> None:
        """Ctrl-C in a cell shows what it shows bare; that cell counts as aborted, and the next one as what it is."""
        self.played(footfall_stage)  # the words are in its plan
        state, tally = footfall_stage.fresh_on("aborted")
        assert self._interrupted(footfall_stage, 1, state) == self._interrupted(footfall_stage, 0, state)
        assert tally.new() == session_of([CountedCell("aborted"), CountedCell("aborted")], self.frontend)

    def _interrupted(self, stage: SessionStage, times: int, state: Path) -> list[Seen]:
        with stage.host(times, state, _NO_SENDER) as host:
            for _ in range(2):
                host.interrupt(stage.cell(self.sleeping), signal.SIGINT)
                host.answer()
            return host.answers(2)


def _name_of(source: str) -> str:
    """A cell's name among the tests."""
    return " ".join(source.split())[:60] or "blank"
