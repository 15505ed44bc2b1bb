"""The suite for adapters of command-line frameworks: each test starts the author's program as a real process."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from typing import ClassVar

import pytest

from footfall._spawn import CHILD_MARK
from footfall.testing._stage import CANARY, Stage
from footfall.testing._suite import Suite
from footfall.testing._tally import Cells, Counted, cells_of

Lines = Mapping[str, "Counted | tuple[Counted, ...] | None"]


class AdapterSuite(Suite):
    """Tests that an adapter of a command-line framework has to pass; inherit from it, under a name with ``Test``.

    The program is started as ``python program.py words...``. It instruments itself as often as the variable
    ``FOOTFALL_TESTING_TIMES`` says (``0`` or unset: not at all, and then it imports nothing of Footfall), each time
    with ``Client(project, version="1.4.2", endpoint="http://127.0.0.1:9")``, or any other version and address.

    Attributes:
        program: the program's file, a :class:`pathlib.Path`.
        project: the project's name in it.
        modules: names of the adapter's modules that each run may load, beside the hot ones of Footfall itself.
        lines: command lines, and as what each is to be counted: a ``Counted``, a tuple of them (a chain), or ``None``
            for one that counts nothing, such as ``--help``. ``CANARY`` in a line becomes a token that must not be
            found anywhere; it belongs wherever a user's own words can be. A line has to do the same each time.
        sleeping: a line that prints something, flushes it and sleeps for minutes; and the path of its command.
        environ: more variables for each run, such as one that an option is read from; ``CANARY`` works here too.
    """

    lines: ClassVar[Lines]
    sleeping: ClassVar[tuple[str, str]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give each test its lines: all of them, or one of each outcome."""
        if "line" in metafunc.fixturenames:
            metafunc.parametrize("line", list(self.lines), ids=lambda line: line or "no words")
        if "sample" in metafunc.fixturenames:
            metafunc.parametrize("sample", self.samples(), ids=lambda line: line or "no words")

    @classmethod
    def runs(cls) -> list[str]:
        """All lines."""
        return list(cls.lines)

    @classmethod
    def expected(cls, line: str) -> Cells:
        """The cells that a line is to be counted in."""
        counted = cls.lines[line]
        return cells_of(() if counted is None else (counted,) if isinstance(counted, Counted) else counted)

    @classmethod
    def samples(cls) -> list[str]:
        """The first line of each outcome, and the first that counts nothing."""
        found: dict[str, str] = {}
        for line in cls.lines:
            found.setdefault(cls.outcome(line), line)
        return list(found.values())

    @classmethod
    def outcome(cls, line: str) -> str:
        """How a line is to end; empty if it counts nothing."""
        counted = cls.lines[line]
        last = counted[-1] if isinstance(counted, tuple) else counted
        return last.outcome if last else ""

    @classmethod
    def two_samples(cls) -> list[str]:
        """A line that goes well and one that ends with an error."""
        return sorted((line for line in cls.samples() if cls.outcome(line) in ("ok", "error")), key=cls.outcome)[::-1]

    def run_all(self, stage: Stage) -> None:
        """Run each line that was not run yet."""
        for line in self.lines:
            stage.run_once(line)

    def test_lines_show_what_has_to_hold(self) -> None:
        """The author's lines have what the other tests need: all outcomes, flags, and users' words everywhere."""
        counted = [one for kind in self.lines.values() for one in (kind if isinstance(kind, tuple) else (kind,))]
        assert {one.outcome for one in counted if one} >= {"ok", "usage", "error"}, "one line of each outcome"
        assert None in counted, "a line that counts nothing, such as --help"
        assert any(one.flags for one in counted if one), "a line with an option that is counted"
        words = [word for line in self.lines for word in line.split()]
        assert CANARY in words, f"{CANARY} as an argument, in a line that ends with an error, and as unknown command"
        assert f"--{CANARY}" in words, f"--{CANARY} as an unknown option"
        assert any(word.endswith(f"={CANARY}") for word in words), f"--option={CANARY}"
        assert any(CANARY in line for line in self.lines if self.outcome(line) == "error"), "in an exception's text"
        assert self.sleeping[0] not in self.lines, "the line that sleeps is for two tests only"

    def test_a_run_is_what_it_was(self, footfall_stage: Stage, line: str) -> None:
        """Exit code, output and errors are those of the bare program, to the last byte but for addresses in memory."""
        assert footfall_stage.run_once(line)[0] == footfall_stage.bare(line)

    def test_a_run_is_counted_as_it_should_be(self, footfall_stage: Stage, line: str) -> None:
        """Command, flags, outcome and kind of error are what the author says, as the sender reads them."""
        assert footfall_stage.run_once(line)[1] == self.expected(line)

    def test_instrumented_twice_is_instrumented_once(self, footfall_stage: Stage, sample: str) -> None:
        """A program that instruments itself twice is what it was, and each run counts once."""
        footfall_stage.run_once(sample)  # the words are in its plan
        state, tally = footfall_stage.fresh(f"twice-{self.samples().index(sample)}")
        assert footfall_stage.run(sample, 2, state, {CHILD_MARK: "1"}) == footfall_stage.bare(sample)
        assert tally.new() == self.expected(sample)

    def test_a_run_costs_no_more_than_it_may(self, footfall_stage: Stage) -> None:
        """A run that counts loads Footfall's hot modules and the adapter's, starts and opens nothing else."""
        state, _ = footfall_stage.fresh("budget")
        footfall_stage.run(self.samples()[0], 1, state, {CHILD_MARK: "1"})  # the day's first takes the token
        for sample in self.two_samples():
            bare = footfall_stage.traced(sample, 0)
            on = footfall_stage.traced(sample, 1, ((CHILD_MARK, "1"),), state)
            assert on.seen == bare.seen
            assert on.modules - bare.modules <= self.budget()
            assert [event for event in on.events if str(state) not in event] == list(bare.events)

    @pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
    def test_a_killed_run_counts_as_killed(self, footfall_stage: Stage) -> None:
        """A run that is killed while its command is at work has left its start, and counts as killed."""
        if sys.platform != "win32":
            self._ends_by(footfall_stage, signal.SIGKILL, "killed")

    @pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
    def test_an_interrupted_run_counts_as_aborted(self, footfall_stage: Stage) -> None:
        """Ctrl-C ends a run with the bare program's exit code, and it counts as aborted."""
        self._ends_by(footfall_stage, signal.SIGINT, "aborted")

    def _ends_by(self, stage: Stage, number: int, outcome: str) -> None:
        stage.run_once(self.samples()[0])  # the words are in its plan
        (line, command), (state, tally) = self.sleeping, stage.fresh(outcome)
        assert stage.signalled(line, number, 1, state) == stage.signalled(line, number, 0, state)
        rows = {key: n for key, n in tally.new().items() if key[0] == "rows"}
        assert rows == {("rows", command, outcome): 1}
