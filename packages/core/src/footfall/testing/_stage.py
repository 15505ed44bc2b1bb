"""The machine on which a suite starts an author's program: folders, environment, collector; each run a real process."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from footfall import _project, switch_of
from footfall._spawn import CHILD_MARK
from footfall.testing import _processes
from footfall.testing._canaries import Canaries, files_of
from footfall.testing._recorder import Recorder
from footfall.testing._tally import Cells, Tally, told

CANARY = "CANARY"  # in a line or in a value of the environment: a token takes its place
TIMES = "FOOTFALL_TESTING_TIMES"  # how often the program is to instrument itself; 0 or unset is bare
_LOG = "FOOTFALL_TESTING_LOG"
_PERSON = "FOOTFALL_TESTING_PERSON"
_PROBE = Path(__file__).with_name("probe")
_WAIT_SECONDS = 30.0  # for a process that has to come to its point; none of ours takes a second
_PLACES = ("cwd name", "HOME", "argv[0]", "environment value", *(f"word {n}" for n in range(8)))
_PASSED = ("PATH", "PYTHONPATH", "SYSTEMROOT")


@dataclass(frozen=True)
class Seen:
    """What a user sees of a run: exit code (negative: a signal's), output and errors."""

    code: int
    output: str
    errors: str


@dataclass(frozen=True)
class Traced:
    """A run, the modules that it has loaded at its end, and what it has written, started and opened on the way."""

    seen: Seen
    modules: frozenset[str]
    events: tuple[str, ...]


class Stage:
    """One machine with one program on it, in ``folder``; whatever names a user could choose there are canaries.

    Args:
        program: the program's file.
        project: the project's name in it.
        modules: the adapter's modules.
        environ: more variables for each run.
        folder: where the machine's files are.
        recorder: the collector that the program reports to.
    """

    def __init__(
        self,
        program: Path,
        project: str,
        modules: Sequence[str],
        environ: Mapping[str, str],
        folder: Path,
        recorder: Recorder,
    ) -> None:
        self.canaries = Canaries(_PLACES)
        self.folder = folder
        self.recorder = recorder
        self.project = project
        self.switch = switch_of(project)
        self.state = folder / "state"
        self.cwd, self.home = (folder / self.canaries[name] for name in ("cwd name", "HOME"))
        self.cwd.mkdir()
        self.home.mkdir()
        self.program = folder / f"{self.canaries['argv[0]']}.py"
        self.program.symlink_to(program.absolute())
        self.traced = cache(self._traced)
        self.run_once = cache(self._run_once)
        self.bare = cache(lambda line: self.run(line, 0))
        self.send = cache(self._send)
        token = self.canaries["environment value"]
        self._more = {CANARY: token, **{name: value.replace(CANARY, token) for name, value in environ.items()}}
        self._frames = _frames_of(modules)
        self._tally = Tally(self.place(self.state))
        self._has_waited = False

    def place(self, state: Path) -> Path:
        """The project's folder in a state folder."""
        return state / self.project

    def agree(self, state: Path) -> None:
        """Let the user have said yes; the program's switch says so already."""

    def environ(self, times: int, state: Path, more: Mapping[str, str]) -> dict[str, str]:
        """The environment of a run that is on; the same but for ``TIMES`` where it is bare."""
        passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
        fixed = {"HOME": str(self.home), "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", **self._more}
        ours = {"FOOTFALL_HOME": str(state), "FOOTFALL_ENDPOINT": self.recorder.address, self.switch: "1"}
        return {**passed, **fixed, **ours, TIMES: str(times), **more}

    def words(self, line: str) -> list[str]:
        """A line's words, each canary in its place."""
        tokens = iter(_PLACES[4:])
        return [re.sub(CANARY, lambda _: self.canaries[next(tokens)], word) for word in shlex.split(line)]

    def input(self, _line: str) -> Path:
        """The file that the program of a line reads from."""
        return Path(os.devnull)

    def run(
        self,
        line: str,
        times: int = 1,
        state: Path | None = None,
        more: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> Seen:
        """One run, as its user sees it; ``before`` goes before Python on the command line."""
        with self.started(line, times, state, more, before) as process:
            watch = threading.Timer(_WAIT_SECONDS * 2, process.kill)  # wait() with a timeout looks every 50 ms only
            watch.start()
            code = process.wait()
            watch.cancel()
        return Seen(code, self._text("out"), self._text("err"))

    def started(
        self,
        line: str,
        times: int = 1,
        state: Path | None = None,
        more: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
    ) -> subprocess.Popen[bytes]:
        """The process of a run that has just begun; it writes into files, so that what it leaves keeps none waiting."""
        command = [*before, sys.executable, str(self.program), *self.words(line)]
        with self.input(line).open("rb") as given:
            return self.start(command, self.environ(times, state or self.state, more or {}), given)

    def start(
        self, command: Sequence[str], environ: Mapping[str, str], given: IO[bytes] | int, name: str = ""
    ) -> subprocess.Popen[bytes]:
        """A process whose output goes to files of this ``name``, and which hears Ctrl-C."""
        heard = signal.signal(signal.SIGINT, signal.default_int_handler)  # else a child in the background is deaf to it
        try:
            with (self.folder / f"out{name}").open("wb") as out, (self.folder / f"err{name}").open("wb") as err:
                return subprocess.Popen(command, cwd=self.cwd, env=environ, stdin=given, stdout=out, stderr=err)
        finally:
            signal.signal(signal.SIGINT, heard)

    def signalled(self, line: str, number: int, times: int, state: Path) -> int:
        """Exit code of a run that is sent a signal once it has written something."""
        with self.started(line, times, state, {CHILD_MARK: "1"}) as process:
            wait_until(lambda: (self.folder / "out").stat().st_size > 0 or process.poll() is not None)
            time.sleep(0.2)  # it has said that it sleeps, and now it does
            process.send_signal(number)
            try:
                return process.wait(_WAIT_SECONDS)
            finally:
                process.kill()  # one that did not hear it would sleep on, and keep us

    def _text(self, name: str) -> str:
        return self.steady((self.folder / name).read_bytes())

    def steady(self, printed: bytes) -> str:
        """What was printed, as text; but for addresses in memory, which differ in each run."""
        return self._frames.sub("", re.sub(r"0x[0-9a-fA-F]+", "0x", printed.decode("utf-8", "replace")))

    def _traced(
        self, line: str, times: int, more: tuple[tuple[str, str], ...] = (), state: Path | None = None
    ) -> Traced:
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        seen = self.run(line, times, state, {**_probed(), _LOG: str(log), **dict(more)})
        first, *events = log.read_text("utf-8").split("\n") if log.exists() else [""]
        return Traced(seen, frozenset(first.split("\t")), tuple(events))

    def run_as_person(self, line: str, state: Path, more: Mapping[str, str]) -> Seen:
        """A run as on a person's own machine; the program's switch says nothing, and no sender is started."""
        return self.run(line, 1, state, {**_probed(), _PERSON: "1", self.switch: "", CHILD_MARK: "1", **more})

    def _run_once(self, line: str) -> tuple[Seen, Cells]:
        """A run of the program that is on, and what it is counted as. The first one starts the day's sender.

        What fails is told: where it would be kept from a user, it is seen here.
        """
        return self.run(line, more={"FOOTFALL_DEBUG": "1"}), self.counted()

    def counted(self) -> Cells:
        """What was counted since this was last asked, by runs that may start senders."""
        self._wait_for_sender()
        return self._tally.new()

    def _wait_for_sender(self) -> None:
        place = self.place(self.state)
        if not self._has_waited and (place / "plan.json").exists():
            self._has_waited = True
            wait_until((place / "state.json").exists)
            wait_until(lambda: _is_free(place))

    def fresh(self, name: str) -> tuple[Path, Tally]:
        """Another state folder, not made yet, and its tally."""
        state = self.folder / f"state-{name}"
        return state, Tally(self.place(state), self.place(self.state))

    def fresh_on(self, name: str) -> tuple[Path, Tally]:
        """The same, on which the user has said yes."""
        state, tally = self.fresh(name)
        self.agree(state)
        return state, tally

    def _send(self) -> None:
        """Run the real sender, as the next day's first run would start it."""
        command = [sys.executable, "-m", "footfall.sender", str(self.place(self.state))]
        environ = self.environ(0, self.state, {})
        subprocess.run(command, env=environ, cwd=self.cwd, check=True, timeout=_WAIT_SECONDS * 2)

    def sent(self) -> Cells:
        """What all reports to the collector add up to."""
        return told(self.recorder.bodies)

    def left(self) -> bytes:
        """All that is kept and was sent: the state folder's names and contents, and requests to the collector."""
        return b"\0".join([files_of(self.state), *self.recorder.requests])

    def processes(self) -> list[str]:
        """Command lines of processes that know this machine's folder, where the system tells."""
        found = []
        for process in _processes.living():
            command = _processes.read(process)
            if str(self.folder).encode() in command + _processes.read(process, "environ"):
                found.append(command.replace(b"\0", b" ").decode("utf-8", "replace"))
        return found


def wait_until(condition: Callable[[], bool], seconds: float = _WAIT_SECONDS, pause: float = 0.02) -> None:
    """Wait for a condition, or for so long."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(pause)


def _is_free(place: Path) -> bool:
    held = _project.wait_for_lock(place)
    if held is not None:
        _project.release(held)
    return held is not None


def _probed() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join([str(_PROBE), *filter(None, [os.environ.get("PYTHONPATH")])])}


def _frames_of(modules: Sequence[str]) -> re.Pattern[str]:
    """A traceback's frames of ours: before Python 3.11 they cannot be taken out of what ``raise`` shows."""
    if sys.version_info >= (3, 11):
        return re.compile("$^")
    names = "|".join(re.escape(name.partition(".")[0]) for name in ("footfall", *modules))
    return re.compile(rf'  File "[^"]*[/\\](?:{names})(?:\.py|[/\\][^"]*)", line .*\n(    .*\n)*')
