"""The command lines that people run, good and bad, and what is true of each: tables written by hand."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

# A signal's number, negative, is the exit code of a process that it ends.
_CODES = {"ok": (0,), "exit": (1, 3), "error": (1,), "usage": (2,), "aborted": (1,), "killed": (-9,)}
_FRAME = " │─╭╮╰╯"
# What a person reads when a command line is wrong, by the kind of wrong usage.
_SEEN = {
    "bad_option": "requires",
    "bad_parameter": "Invalid value for",
    "missing_parameter": "Missing argument",
    "no_such_command": "No such command",
    "no_such_option": "No such option",
    "usage": "unexpected extra argument",
}


@dataclass(frozen=True)
class Line:
    """One command line, and what is true of a run of it.

    Attributes:
        text: what is typed after the program's name.
        command: the command that runs; empty for what is no use of the program, like ``--help``.
        flags: the options that it was given, by longest spelling.
        outcome: ``ok``, ``exit``, ``error``, ``usage``, ``aborted`` or ``killed``.
        kind: of error or of wrong usage; empty for other outcomes.
    """

    text: str
    command: str
    flags: tuple[str, ...]
    outcome: str
    kind: str

    @property
    def words(self) -> list[str]:
        """The line as a shell would split it."""
        return shlex.split(self.text.partition(" < ")[0])

    @property
    def stdin(self) -> str:
        """Name of the file that is piped into it; empty for none."""
        return self.text.partition(" < ")[2]

    def problem(self, code: int, stderr: str) -> str:
        """How a run that was watched belies what is written here; empty if it does not.

        So the truth that the demo compares with rests on what the program did, not on what we think it does.
        """
        last = _last(stderr)
        if code not in _CODES[self.outcome] or ("Traceback" in stderr) != (self.outcome == "error"):
            return f"{self.text}: should be {self.outcome}, but it ended with {code}, {last!r}"
        expected = _SEEN.get(self.kind) or (f"{self.kind}: " if self.kind not in ("", "other") else "")
        return "" if expected in last else f"{self.text}: should be {self.kind}, but it said {last!r}"


def read_lines(table: Path) -> list[Line]:
    """All lines of a table, in its order."""
    rows = [row.split("|", 3) for row in table.read_text(encoding="utf-8").splitlines() if not row.startswith("#")]
    return [_line(*(cell.strip() for cell in row)) for row in rows]


def _line(ending: str, command: str, flags: str, text: str) -> Line:
    outcome, _, kind = ending.partition(":")
    return Line(text, command, tuple(flags.split()), outcome, kind)


def _last(stderr: str) -> str:
    """The last line that says something; Typer's programs draw a frame around it."""
    said = [text for text in (row.strip(_FRAME) for row in stderr.splitlines()) if text]
    return said[-1] if said else ""
