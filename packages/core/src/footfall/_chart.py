"""A tool's use as a terminal shows it: a small bar chart, in what the terminal can show."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TextIO

from footfall import periods
from footfall._spawn import KEEP_DAYS
from footfall._usage import CommandUse, Usage
from footfall.outbox import SENT_DAYS

SHOWN_MAX = 20  # commands; a chart longer than a screen is none
DAYS_SHOWN = 28
_KEPT = f"on this computer: what a sender has read for {SENT_DAYS} days, anything else for {KEEP_DAYS}"
WIDE = 60  # columns from which a command's line holds all there is of it
_NAME_MAX, _NAME_MAX_NARROW = 24, 14
_BAR_MIN, _BAR_MAX = 4, 24
_GAPS, _REST = 6, 23  # columns between and before name, runs and bar; of all that stands after the bar
_MARGIN = 13  # columns before a row's text
_EIGHTHS, _LEVELS = " ▏▎▍▌▋▊▉█", "·▁▂▃▄▅▆▇█"
_PLAIN_LEVELS = "_.:-=+*#"
_BLUE, _RED, _END = "\x1b[34m", "\x1b[31m", "\x1b[0m"


@dataclass(frozen=True)
class Screen:
    """What is written to: its width in columns, whether it can show blocks, and whether in colour."""

    width: int = 80
    has_blocks: bool = True
    has_colours: bool = False

    @classmethod
    def of(cls, stream: TextIO, environ: Mapping[str, str]) -> Screen:
        """The screen behind a stream."""
        is_dumb = environ.get("TERM") == "dumb"
        has_colours = stream.isatty() and not is_dumb and not environ.get("NO_COLOR") and os.name != "nt"
        return cls(shutil.get_terminal_size().columns, not is_dumb and _can_show(stream), has_colours)

    def bar(self, n: int, most: int, width: int) -> str:
        """A bar of at most ``width`` columns, of which ``most`` fills all; what is not nothing is seen."""
        if not self.has_blocks:
            return "#" * max(round(n / most * width), 1 if n else 0)
        eighths = max(round(n / most * width * 8), 1 if n else 0)
        return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()

    def days(self, counts: Mapping[str, int]) -> str:
        """One column for each of the last days up to the newest one: how much there was, or a dot for nothing."""
        newest, most = max(counts), max(counts.values())
        scale = _LEVELS if self.has_blocks else _PLAIN_LEVELS
        none, levels = scale[0], scale[1:]
        columns = min(DAYS_SHOWN, self.width - _MARGIN)
        shown = (counts.get(periods.shift(newest, -ago), 0) for ago in reversed(range(columns)))
        return "".join(levels[(n * len(levels) - 1) // most] if n else none for n in shown).lstrip(none)

    def cut(self, name: str, width: int) -> str:
        """A name in at most ``width`` columns, padded to it."""
        more = "…" if self.has_blocks else "~"
        return f"{name if len(name) <= width else name[: width - 1] + more:{width}}"

    def coloured(self, text: str, colour: str) -> str:
        """A text in a colour, where there are colours."""
        return f"{colour}{text}{_END}" if self.has_colours and colour else text


def _can_show(stream: TextIO) -> bool:
    try:
        (_EIGHTHS + _LEVELS + "…").encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def lines(usage: Usage, screen: Screen) -> Iterator[str]:
    """The tool's use, line by line, none longer than the screen is wide."""
    yield f"{usage.project}: your own use"
    if usage.commands:
        yield from _commands(usage.commands, screen)
    for name, text in facts(usage, screen):
        yield from _wrapped(name, text, screen.width)


def _commands(commands: tuple[CommandUse, ...], screen: Screen) -> Iterator[str]:
    is_wide = screen.width >= WIDE
    shown, most = commands[:SHOWN_MAX], max(use.runs for use in commands)
    count_width = max(4, len(str(most)))
    room = screen.width - _GAPS - count_width - (_REST if is_wide else 0)  # for name and bar
    longest = max(7, *(len(use.command) for use in shown))
    name_width = min(longest, _NAME_MAX if is_wide else _NAME_MAX_NARROW, room - _BAR_MIN)
    bar_width = min(room - name_width, _BAR_MAX)
    head = f"  {'command':{name_width}}  {'runs':>{count_width}}"
    yield f"{head}  {'':{bar_width}}  {'failed':>6}  usually takes" if is_wide else head
    for use in shown:
        bar = screen.bar(use.runs, most, bar_width)
        failed = screen.coloured(f"{use.failures or '-':>6}", _RED if use.failures else "")
        start = f"  {screen.cut(use.command, name_width)}  {use.runs:{count_width}}  {screen.coloured(bar, _BLUE)}"
        if is_wide:
            yield f"{start}{'':{bar_width - len(bar)}}  {failed}  {use.usual_duration or '-'}"
        else:
            yield start
            yield f"    {use.failures or 'none'} failed, usually {use.usual_duration or 'unknown'}"
    if len(commands) > len(shown):
        rest = commands[SHOWN_MAX:]
        yield f"  and {len(rest)} more, run {sum(use.runs for use in rest)} times"


def facts(usage: Usage, screen: Screen) -> Iterator[tuple[str, str]]:
    """All that is no command's own, as rows of a name and a text."""
    if usage.days:
        first, last = min(usage.days), max(usage.days)
        yield "days", f"{len(usage.days)} with use, {first} to {last}" if first < last else f"1 with use, {first}"
        if first < last:
            yield "by day", screen.days(usage.days)
    given = [use for use in usage.commands[:SHOWN_MAX] if use.options]
    for number, use in enumerate(given):
        yield "" if number else "options", f"{use.command}: {_listed(use.options)}"
    if usage.cells:
        yield "sessions", str(usage.sessions)
        yield "cells", f"{usage.cells}, {usage.failed_cells or 'none'} failed"
    for name, counts in (("magics", usage.magics), ("errors", usage.errors), ("events", usage.events)):
        if counts:
            yield name, _listed(counts)
    yield "kept", _KEPT


def command_rows(usage: Usage) -> Iterator[tuple[str, str]]:
    """The commands as rows of a name and a text, for who shows tables."""
    for use in usage.commands:
        usually = f", usually {use.usual_duration}" if use.usual_duration else ""
        yield use.command, f"{use.runs} run{'' if use.runs == 1 else 's'}, {use.failures or 'none'} failed{usually}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())


def _wrapped(name: str, text: str, width: int) -> Iterator[str]:
    """A row of the table, its text wrapped between words, or within one that is too long."""
    import textwrap

    room = max(width - _MARGIN, 10)
    wrapped = [text] if len(text) <= room else textwrap.wrap(text, room, break_on_hyphens=False)
    for number, line in enumerate(wrapped):
        yield f"  {name if number == 0 else '':9}  {line}"
