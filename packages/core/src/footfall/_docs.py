"""What the author's command ``footfall docs`` does: TELEMETRY.md and the README's notice, written or compared."""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from footfall import Client, _program, _telemetry_page
from footfall._question import columns, notice, question, say
from footfall.errors import FootfallError

BEGIN = "<!-- footfall docs: begin (written by a program, between these marks) -->"
END = "<!-- footfall docs: end -->"
_FENCE = re.compile(r"`{3,}|~{3,}")
_SHIP_IT = "The program ships no plan file: with one (Client(plan_file=…)) its words are the same for everybody."


def docs(options: argparse.Namespace, _client: Client | None) -> int:
    """Write the files, or, to check, say which of them are not what would be written: 1 then; or show the question."""
    found = _program.find(options)
    if found.client is None:
        raise FootfallError(
            f"{options.program} is not instrumented where you say it is: its client says to whom counts go, "
            "so name the place after instrument(), such as mytool.cli:cli"
        )
    if options.question:
        sys.stdout.write(f"{_asked(found.client, options.program).strip()}\n")
        return 0
    command, words = _command(options), found.leaving()
    wanted = {Path(options.output): _telemetry_page.page(words, found.client)}
    if options.readme:
        readme = Path(options.readme)
        link = Path(os.path.relpath(options.output, readme.parent)).as_posix()
        wanted[readme] = with_notice(_read(readme), _telemetry_page.notice(words, found.client, link))
    if options.check:
        return _check(wanted, command)
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8", newline="")
        sys.stdout.write(f"wrote {path}\n")
    if found.client.plan_file is None:
        sys.stdout.write(f"{_SHIP_IT}\n")
    return 0


def _asked(client: Client, place: str) -> str:
    """What a person is asked who has not answered, or that nobody is."""
    if client.kind == "cli" and client.has_runs and client.consent != "opt-in":
        return (question if client.consent == "ask" else notice)(client, width=columns())
    yes = say(client, "on") if client.has_runs else f"footfall on {place}"
    where = " in a notebook" if client.kind == "notebook" else "" if client.has_runs else " by a service or library"
    return f"Nobody is asked{where}: `{yes}` says yes."


def _command(options: argparse.Namespace) -> str:
    words = ["footfall", "docs", options.program]
    if options.output != "TELEMETRY.md":
        words += ["--output", options.output]
    if options.readme:
        words += ["--readme", options.readme]
    return shlex.join(words)


def with_notice(readme: str, notice: str) -> str:
    """A README's text with the notice between its two marks, which are put at the end where there are none.

    Raises:
        FootfallError: when there is one mark without the other.
    """
    ending = "\r\n" if "\r\n" in readme else "\n"
    lines = readme.splitlines(keepends=True)
    marks = {mark: [number for number, line in _outside_fences(lines) if line == mark] for mark in (BEGIN, END)}
    block = f"{BEGIN}\n{notice}\n{END}".replace("\n", ending)
    if [len(found) for found in marks.values()] == [1, 1] and marks[BEGIN] < marks[END]:
        (first,), (last,) = marks[BEGIN], marks[END]
        after = lines[last].partition(END)[2]
        return "".join(lines[:first]) + block + after + "".join(lines[last + 1 :])
    if any(marks.values()):
        wrong = END if len(marks[BEGIN]) == 1 else BEGIN
        raise FootfallError(f"the README has only one of the marks, or too many: put {wrong} once where it belongs")
    return (readme.rstrip("\r\n") + ending * 2 if readme.strip() else "") + block + ending


def _outside_fences(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Lines by number, without the spaces around them, that are in no block of code."""
    fence = ""
    for number, line in enumerate(map(str.strip, lines)):
        opened = _FENCE.match(line)
        if not fence and opened:
            fence = opened[0]
        elif not fence:
            yield number, line
        elif line.startswith(fence) and not line.strip(fence[0]):
            fence = ""


def _check(wanted: dict[Path, str], command: str) -> int:
    stale = False
    for path, text in wanted.items():
        here = _read(path)
        if here != text:
            stale = True
            sys.stdout.writelines(_difference(path, here, text))
            sys.stdout.write(f"{path} is {'not up to date' if path.exists() else 'missing'}: run `{command}`\n")
    if not stale:
        sys.stdout.write(f"{' and '.join(map(str, wanted))}: up to date\n")
    return int(stale)


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:  # its line endings stay as they are
            return file.read()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise FootfallError(f"{path} is no text in UTF-8") from error


def _difference(path: Path, here: str, wanted: str) -> list[str]:
    lines = (here.splitlines(keepends=True), wanted.splitlines(keepends=True))
    found = difflib.unified_diff(*lines, fromfile=f"{path} (as it is)", tofile=f"{path} (as it would be written)")
    return [line if line.endswith("\n") else line + "\n" for line in found]
