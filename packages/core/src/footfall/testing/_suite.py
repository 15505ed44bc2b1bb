"""What must hold of every host, whatever runs in it: off is off, a broken state is nobody's concern, no word leaks."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest

from footfall import wire
from footfall._project import stored_vocabulary
from footfall._spawn import CHILD_MARK
from footfall._spool import day_of
from footfall.testing._canaries import files_of, undeclared
from footfall.testing._stage import Stage, wait_until
from footfall.testing._tally import Cells

_OFF = {
    "DO_NOT_TRACK": {"DO_NOT_TRACK": "1"},
    "FOOTFALL": {"FOOTFALL": "off"},
    "own switch": {},  # its name is the project's
    "stored": {},
}
_NOT_A_PERSON = {"CI": {"CI": "true"}, "root": {"SUDO_USER": "somebody"}}
_LEAVE_SECONDS = 10.0  # for a sender that a run with a broken state has started; it takes one
_FULL = 1 << 17  # bytes in a day's file, of which a disk would take half
_DISK_IS_FULL = ("sh", "-c", 'ulimit -f 64; exec "$@"', "sh")  # no file grows beyond 64 blocks, of 512 or 1024 bytes


class Suite:
    """Tests that all suites share; not to be inherited from itself.

    Attributes:
        program: the file of the program that is run.
        project: the project's name in it.
        modules: names of the adapter's modules that each run may load, beside the hot ones of Footfall itself.
        environ: more variables for each run; ``CANARY`` in a value becomes a token.
    """

    program: ClassVar[Path]
    project: ClassVar[str]
    modules: ClassVar[tuple[str, ...]]
    environ: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def runs(cls) -> list[str]:
        """All that is run, each as the stage's ``run`` takes it."""
        raise NotImplementedError

    @classmethod
    def expected(cls, line: str) -> Cells:
        """The cells that a run is to be counted in."""
        raise NotImplementedError

    @classmethod
    def samples(cls) -> list[str]:
        """Runs that show each way to end."""
        return cls.runs()

    @classmethod
    def two_samples(cls) -> list[str]:
        """Two runs at most, for what is tried in many ways."""
        return cls.runs()[:2]

    def run_all(self, stage: Stage) -> None:
        """Run what was not run yet, where it may be sent."""
        raise NotImplementedError

    def test_no_test_is_overridden(self) -> None:
        """A subclass overrides a test of the suite only as a failure that is known, with its reason."""
        suites = [kind for kind in type(self).__mro__ if kind.__module__.startswith(__package__ or "footfall.testing")]
        ours = {name for kind in suites for name in vars(kind) if name.startswith("test_")}
        theirs = [kind for kind in type(self).__mro__ if kind not in suites]
        changed = {name: test for kind in reversed(theirs) for name, test in vars(kind).items() if name in ours}
        silent = [name for name, test in changed.items() if not _is_known_failure(test)]
        assert silent == [], "mark with pytest.mark.xfail(reason=...), and call the suite's own test in it"

    @pytest.mark.parametrize("way", _OFF)
    def test_off_is_as_if_it_were_not_there(self, footfall_stage: Stage, way: str) -> None:
        """Off, in each of its forms, a run writes, starts and opens nothing more than bare, nor loads more than on."""
        stage, (state, _) = footfall_stage, footfall_stage.fresh(f"off-{way}".replace(" ", "-"))
        environ = {stage.switch: "off"} if way == "own switch" else _OFF[way]
        samples = self.samples() if way == "own switch" else self.two_samples()[:1]
        if way == "stored":
            _answer(stage.place(state), "off 2026-11-21\n")
        before = files_of(state)
        for sample in samples:
            bare, off = stage.traced(sample, 0), stage.traced(sample, 1, tuple(environ.items()), state)
            assert off.seen == bare.seen == stage.bare(sample)
            assert off.events == bare.events
            assert off.modules - bare.modules <= self.budget()
        assert files_of(state) == before
        assert state.exists() == (way == "stored")

    def test_undecided_writes_nothing(self, footfall_stage: Stage) -> None:
        """Where nobody was asked yet, and nobody can be, a run is the bare one and leaves nothing."""
        self.leaves_nothing(footfall_stage, footfall_stage.fresh("undecided")[0], {})

    @pytest.mark.parametrize("where", _NOT_A_PERSON)
    def test_ci_and_root_need_a_yes_of_their_own(self, footfall_stage: Stage, where: str) -> None:
        """In CI and as root a stored yes does not count: a run writes nothing; elsewhere it does."""
        stage, state = footfall_stage, footfall_stage.fresh(where)[0]
        _answer(stage.place(state), f"on 2026-11-21 99 {stage.recorder.address} 999\n")
        self.leaves_nothing(stage, state, _NOT_A_PERSON[where])
        before = files_of(state)
        stage.run_as_person(self.two_samples()[0], state, {})
        assert files_of(state) != before

    def leaves_nothing(self, stage: Stage, state: Path, environ: Mapping[str, str]) -> None:
        """Runs that nobody said yes to are the bare ones, and the state folder is what it was."""
        before = state.exists(), files_of(state)
        for sample in self.two_samples()[:1]:
            assert stage.run_as_person(sample, state, environ) == stage.bare(sample)
        assert (state.exists(), files_of(state)) == before

    @pytest.mark.skipif(sys.platform == "win32", reason="made with what POSIX systems have")
    @pytest.mark.parametrize("fault", ["file", "spool", "day", "pipe", "answer", "denied", "full"])
    def test_a_broken_state_is_not_the_users_concern(self, footfall_stage: Stage, fault: str) -> None:
        """Whatever stands in the state folder's place, a run is to its user what it is bare."""
        stage, (state, _) = footfall_stage, footfall_stage.fresh_on(f"broken-{fault}")
        _break(fault, state, stage.place(state))
        before = _DISK_IS_FULL if fault == "full" else ()
        for sample in self.two_samples():
            assert stage.run(sample, 1, state, {CHILD_MARK: "1"}, before) == stage.bare(sample)

    def test_nothing_typed_is_kept_or_sent(self, footfall_stage: Stage) -> None:
        """No word of the user's, in whatever spelling or hash, is in the state folder or in what was sent."""
        self.send_all(footfall_stage)
        assert footfall_stage.canaries.traces(footfall_stage.left()) == []

    def test_only_declared_words_are_sent(self, footfall_stage: Stage) -> None:
        """Each string of a report is a word of the program's exported plan."""
        self.send_all(footfall_stage)
        alphabet = stored_vocabulary(footfall_stage.place(footfall_stage.state)).alphabet()
        for body in footfall_stage.recorder.bodies:
            assert undeclared(wire.decode(body), alphabet) == set()

    def test_all_is_sent_once(self, footfall_stage: Stage) -> None:
        """What the collector is sent adds up to what the runs are to be counted as."""
        self.send_all(footfall_stage)
        assert footfall_stage.sent() == sum(map(self.expected, self.runs()), Cells())

    def test_nothing_is_left_running(self, footfall_stage: Stage) -> None:
        """When the day's sender has ended, no process is left that a run has started."""
        self.send_all(footfall_stage)
        wait_until(lambda: not footfall_stage.processes(), _LEAVE_SECONDS)
        assert footfall_stage.processes() == []

    def send_all(self, stage: Stage) -> None:
        """Run what was not run yet, and send it."""
        self.run_all(stage)
        assert (stage.place(stage.state) / "plan.json").exists(), "the day's first run starts the sender"
        stage.send()

    def budget(self) -> set[str]:
        """Modules that an instrumented run may load beyond those of a bare one."""
        ours = {"footfall", "footfall._consent", "footfall._spool", *self.modules}
        return ours | {"__future__", "errno"}  # next to nothing, and most programs have them


def _is_known_failure(test: object) -> bool:
    marks = getattr(test, "pytestmark", [])
    return any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)


def _answer(project: Path, text: str) -> None:
    project.mkdir(parents=True)
    (project / "consent").write_text(text, "utf-8")


def _break(fault: str, state: Path, project: Path) -> None:
    """Put something in the way."""
    day = project / "spool" / f"{day_of(time.time())}.log"
    place = {"file": state, "spool": day.parent, "answer": project / "consent"}.get(fault, day)
    if fault == "file":
        shutil.rmtree(state, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if fault == "day":
        day.mkdir()
    elif fault == "pipe":
        os.mkfifo(day)
    elif fault == "denied":
        day.parent.chmod(0o500)
    else:
        place.write_bytes(b"\n" * _FULL if fault == "full" else b"\x00\xff in the way")
