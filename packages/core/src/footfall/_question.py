"""The texts of the question and the notice: plain, without colour, and eight lines on a terminal of 80 columns.

Names are shown whole where there is room. Longer ones are cut, so that all of it, how to say no above all, stays in
sight. Warm: see :mod:`footfall._ask`.
"""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from footfall import wire
from footfall._places import NUMBER, NUMBER_SHORT, has_number, host_of, is_readable_by_all, sink_of, what_is_at
from footfall.vocabulary import few, several

if TYPE_CHECKING:
    from footfall import Client

LINES_MAX = 8
COLUMNS = 80
COLUMNS_MIN = 30
NARROW = COLUMNS - 1  # columns; below, lines are cheaper than words cut short
PROMPT = "Allow?  [y/N/show] "
# Columns for the operator's, the collector's and the program's name, the roomiest first.
_ROOM = ((60, 60, 64), (48, 48, 33), (32, 40, 24), (20, 32, 16), (14, 28, 12), (8, 20, 12))
_TIGHT = 2  # of these; beyond it, what is said of a sink is shorter too
_ABOUT = (  # what is told of a run beside its command and options, the fullest first; and columns for names of events
    (
        (
            "how that went and how long it took, weeks of use, its version and Python's, kind of system and processor, "
            "terminal or script"
        ),
        40,
    ),
    ("how that went, how long, weeks of use, its version, Python's, kind of machine and terminal", 40),
    ("how that went, how long, weeks of use, versions, kind of machine and terminal", 40),
    ("how that went, how long, weeks of use, versions, kind of machine and terminal", 0),
    ("how, how long, weeks of use, versions, kind of machine and terminal", 0),
)
# The page of the results gives way first, then words of the text, then parts of names that are very long.
_FORMS = sorted(
    product(range(len(_ROOM)), range(len(_ABOUT)), (True, False)),
    key=lambda form: (form[0] > 2, form[0] + 3 * form[1], not form[2]),
)
_ANSWER_FILES = ("consent", "agreed.json", "install")
_NEVER = "never arguments, paths, file contents, names or an identifier."
# Where an id is sent, that is said with the place that it goes to; the shorter text for names that fill the room.
_NEVER_BUT = ("never arguments, paths, file contents or names.", "never arguments, paths, contents or names.")


def columns() -> int:
    """Columns to fill on the terminal of standard error: at most 79, as some terminals break a line in the 80th."""
    try:
        wide = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError, AttributeError):
        wide = 0  # not known
    return max(min(wide or COLUMNS, COLUMNS), COLUMNS_MIN) - 1


def question(client: Client, grown: str = "", width: int = COLUMNS) -> str:
    """The question, its prompt last; ``grown`` says what has changed since the user said yes."""

    def begin(name: str) -> str:
        if grown:
            return f"{name} asks again. {grown} As before: {_never(client)}"
        return f"{name} would like to count how it is used. {so_far}"

    so_far = "What it kept before is removed now." if keeps(client) else "Nothing has been recorded or sent."
    what = "" if grown else "If you agree: {}, "
    looking = say(client, "preview") if client.user_command else "answer show"
    return _text(client, width, begin, what, (looking, "Change your mind any time:"), 1) + f"\n{PROMPT}"


def notice(client: Client, grown: str = "", width: int = COLUMNS) -> str:
    """The notice; ``grown`` says what has changed since the user was shown one."""

    def begin(name: str) -> str:
        if grown:
            return f"{name} counts on new terms from its next run on. {grown} As before: {_never(client)}"
        return f"{name} counts how it is used, from its next run on. {so_far}"

    so_far = "What it kept before is removed now." if keeps(client) else "Nothing is recorded yet."
    what = "" if grown else "{}, "
    return _text(client, width, begin, what, (say(client, "preview"), "If you do not want it:"), 0)


def say(client: Client, word: str) -> str:
    """What a user types to say ``word`` (``off``, ``preview``, ...) to a tool: by its own command, if it has one."""
    if client.kind == "notebook":
        return f"%footfall {word}"
    own = client.user_command if client.has_runs else ""
    return f"{client.project} {own} {word}" if own else f"footfall {word} {client.project}"


def events_of(client: Client) -> list[str]:
    """Names of the author's own events that are counted today."""
    return [name for name, event in client.own_events().items() if not event.expired(client.today)]


def told_events(names: list[str], room: int) -> str:
    """How many events of the author's own there are, and their names where these fit ``room``; empty for none."""
    listed, many = ", ".join(names), "s" if len(names) > 1 else ""
    if not names or len(listed) > room:
        return f"{len(names)} own event{many}" if names else ""
    return f"own event{many} {listed}"


def keeps(client: Client) -> bool:
    """Whether the tool's folder holds more than an answer: what was recorded by a switch in the environment."""
    return any(path.is_file() and path.name not in _ANSWER_FILES for path in Path(client.folder).rglob("*"))


def cut(text: str, room: int) -> str:
    """The printable part of ``text``, in at most ``room`` columns; dots stand for the rest."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if _columns(text) <= room:
        return text
    while _columns(text) > room - 3:
        text = text[:-1]
    return text.rstrip() + "..."


def _text(
    client: Client, width: int, begin: Callable[[str], str], what: str, ways: tuple[str, str], prompt: int
) -> str:
    """The first form that fits a terminal, from the roomiest names and a line of its own for the beginning on."""
    lines: list[str] = []
    commands = list(_commands(client, *ways, width))
    for room, about, has_page in _FORMS:
        operator, host, project = _ROOM[room]
        often = "once a day" if about == len(_ABOUT) - 1 else _often(client)  # there is no room for more
        begun = what.format(often)
        body = [begun[:1].upper() + begun[1:] + _what(client, about)] if what else []
        first, terms = (
            begin(cut(client.project, project)),
            _terms(client, operator, min(host, width - 4), has_page=has_page),
        )
        for texts in ([first, *body, terms], [first, " ".join([*body, terms])], [" ".join([first, *body, terms])]):
            lines = [line for text in texts for line in _wrapped(text, width)] + commands
            if len(lines) + prompt <= LINES_MAX or width < NARROW:
                return "\n" + "\n".join(lines)
    return "\n" + "\n".join(lines)


def _what(client: Client, form: int = 0) -> str:
    number = len(set(client.commands()) - {wire.MAIN}) if client.commands else 0
    used = f"which of its {number} commands and options ran," if number > 1 else "that it ran, with which options,"
    about, room = _ABOUT[form]
    own = told_events(events_of(client), room)
    return f"{used} {about}{own and ', and ' + own}; {_never(client, is_tight=form == len(_ABOUT) - 1)}"


def _often(client: Client) -> str:
    """How often counts leave, and of how many installs: ``once a day``, or ``once a day, from one in 10 installs``."""
    return "once a day" if client.sample == 1 else f"once a day, from {few(client.sample)}"


def _never(client: Client, *, is_tight: bool = False) -> str:
    return _NEVER_BUT[is_tight] if has_number(client.endpoint) else _NEVER


def _terms(client: Client, operator: int, host: int, *, has_page: bool) -> str:
    if not client.endpoint:
        return "To: nowhere (no collector is set: counts stay on this machine)."
    name, sink, is_tight = host_of(client.endpoint), what_is_at(client.endpoint), host < _ROOM[_TIGHT][1]
    before = "" if is_tight and sink_of(client.endpoint) in name else sink  # posthog.com says itself what it is
    host -= len(before) if is_tight else 0
    shown = name if len(name) <= host else "..." + name[3 - host :]  # its end says whose it is
    has_page = has_page and not sink and len(name) + len(client.project) <= host - 18
    page = f" at {shown}/p/{client.project}" if has_page else ""
    by = cut(client.operator, operator)
    who = f"{'for' if sink else 'run by'} {by}, " if by else ""
    public = f", results public{page}" if client.public or is_readable_by_all(client.endpoint) else ""
    number = f", with {NUMBER_SHORT if is_tight else NUMBER}" if has_number(client.endpoint) else ""
    return f"To: {before}{shown}{number} ({who}counts kept {months_of(client)}{public})."


def months_of(client: Client) -> str:
    """How long counts are kept, in words."""
    return several(client.retention_months, "month")


def _commands(client: Client, looking: str, label: str, width: int) -> Iterator[str]:
    """How to look and how to say no, to be typed as they stand: never cut."""
    ending, more = say(client, "off"), "  (or DO_NOT_TRACK=1)"
    exactly = f"Exactly this would be {'sent' if client.endpoint else 'kept'}:"
    if 29 + max(len(looking), len(ending)) <= width:
        yield f"{exactly:28} {looking}"
        yield f"{label:28} {ending}" + (more if 29 + len(ending + more) <= width else "")
    elif width >= NARROW:
        yield f"To see it:  {looking}"
        yield f"To end it:  {ending}" + (more if 12 + len(ending + more) <= width else "")
    else:
        yield from (exactly, f"  {looking}", label, f"  {ending}", f" {more}")


def _wrapped(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` columns; a word that is longer than a line is broken."""
    lines = [""]
    for word in text.split():
        if lines[-1] and _columns(lines[-1]) + 1 + _columns(word) <= width:
            lines[-1] += " " + word
            continue
        if lines[-1]:
            lines.append("")
        for char in word:
            if _columns(lines[-1] + char) > width:
                lines.append("")
            lines[-1] += char
    return lines


def _columns(text: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
