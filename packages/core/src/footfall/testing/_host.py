"""The machine on which a suite starts an author's notebook or shell, and that host while it runs cell after cell."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from footfall import NOTEBOOK_ENDING, _agreed
from footfall._agreed import Agreed
from footfall.testing._stage import CANARY, Seen, Stage, Traced, wait_until
from footfall.testing._tally import Cells
from footfall.vocabulary import Notebook, Vocabulary

CELL_END = "\x1e"  # what a host prints on a line of its own when a cell has ended; nothing else prints it
_END = f"{CELL_END}\n".encode()
_ANSWER_SECONDS = 30.0  # for a cell that has to end; none of an author's takes more than a few
_PAUSE = 0.002  # between two looks at what was printed: there are many cells
_AT_WORK_SECONDS = 0.2  # after a cell has said that it sleeps, until it does


class Host:
    """A host's process, to which cells are given one by one; leaving it as a context ends it."""

    def __init__(
        self, process: subprocess.Popen[bytes], files: tuple[Path, Path], steady: Callable[[bytes], str]
    ) -> None:
        self.process = process
        self._files = files
        self._steady = steady
        self._asked = 0

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def run(self, source: str) -> Seen:
        """Run a cell to its end, as its user sees it."""
        self.ask(source)
        return self.answer()

    def ask(self, source: str) -> None:
        """Give the host a cell."""
        self._asked += 1
        if self.process.stdin is not None and self.process.poll() is None:
            self.process.stdin.write(json.dumps(source).encode() + b"\n")
            self.process.stdin.flush()

    def answer(self) -> Seen:
        """What the oldest cells up to the newest that was asked for have printed, when that has ended."""
        return self.answers(self._asked)[-1]

    def answers(self, count: int) -> list[Seen]:
        """What each of the first ``count`` cells has printed, when all have ended, or the process has."""
        printed = [b"", b""]

        def has_ended() -> bool:
            is_over = self.process.poll() is not None
            printed[:] = [path.read_bytes() for path in self._files]
            return is_over or all(text.count(_END) >= count for text in printed)

        wait_until(has_ended, _ANSWER_SECONDS, _PAUSE)
        out, err = ([*map(self._steady, text.split(_END)), *[""] * count] for text in printed)
        code = self.process.poll() or 0
        return [Seen(code, *both) for both in zip(out[:count], err[:count], strict=True)]

    def interrupt(self, source: str, number: int) -> None:
        """Give the host a cell, and send it a signal once that has printed something."""
        before = self._files[0].stat().st_size
        self.ask(source)
        wait_until(lambda: self._files[0].stat().st_size > before or self.process.poll() is not None)
        time.sleep(_AT_WORK_SECONDS)
        self.process.send_signal(number)

    def end(self) -> int:
        """Give it no more cells; its exit code."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            return self.process.wait(_ANSWER_SECONDS)
        finally:
            self.process.kill()


class SessionStage(Stage):
    """A stage whose program is a host of cells; a line is a whole session, as :func:`session` spells it."""

    def __init__(self, *about: Any, words: Iterable[str] = ()) -> None:
        super().__init__(*about)
        self._agreed = Vocabulary(self.project, notebook=Notebook()).alphabet() | {*words}
        self.play = cache(self._play)
        self._hosts = 0
        self.agree(self.state)

    def place(self, state: Path) -> Path:
        """The folder of the project's notebooks."""
        return state / f"{self.project}{NOTEBOOK_ENDING}"

    def agree(self, state: Path) -> None:
        """Let the user have said yes to all words of the cells: in a notebook, no switch stands for it."""
        self.place(state).mkdir(parents=True)
        _agreed.write(self.place(state), Agreed(("1.4.2",), self._agreed))
        (self.place(state) / "consent").write_text(f"on 2026-11-21 99 {self.recorder.address} 999\n", "utf-8")

    def cell(self, source: str) -> str:
        """A cell's text; one token takes the place of each canary, so that a name is one in all cells."""
        return source.replace(CANARY, self.canaries["word 0"])

    def words(self, _line: str) -> list[str]:
        """None: a host reads its cells."""
        return []

    def input(self, line: str) -> Path:
        """All cells of a session."""
        path = self.folder / "in"
        path.write_text(session(map(self.cell, cells_in(line))), "utf-8")
        return path

    def host(self, times: int = 1, state: Path | None = None, more: Mapping[str, str] | None = None) -> Host:
        """A host that waits for cells."""
        self._hosts += 1
        name = f"-{self._hosts}"
        environ = self.environ(times, state or self.state, more or {})
        process = self.start([sys.executable, str(self.program)], environ, subprocess.PIPE, name)
        return Host(process, (self.folder / f"out{name}", self.folder / f"err{name}"), self.steady)

    def _play(self, line: str, times: int = 1) -> list[tuple[Seen, Cells]]:
        """A session, cell by cell: what each shows and is counted as; the first one starts the day's sender."""
        with self.host(times) as host:
            return [(host.run(self.cell(source)), self.counted() if times else Cells()) for source in cells_in(line)]

    def _traced(
        self, line: str, times: int, more: tuple[tuple[str, str], ...] = (), state: Path | None = None
    ) -> Traced:
        self.bare(line)  # a host's first run on a machine may make folders of its own
        return super()._traced(line, times, more, state)


def session(cells: Iterable[str]) -> str:
    """A session of these cells, one in each line."""
    return "".join(json.dumps(source) + "\n" for source in cells)


def cells_in(line: str) -> list[str]:
    """The cells of a session."""
    return [json.loads(text) for text in line.splitlines()]
