"""The question and the notice, at the end of a person's successful command. Warm: nobody else's run imports it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from footfall import _install, _project, _system
from footfall._growth import growth, new_words
from footfall._question import columns, notice, question

if TYPE_CHECKING:
    from footfall import Client

ASK_BELOW = 51  # of 256: about every fifth undecided run asks, so that no counter of runs is needed
ANSWER_SECONDS = 60.0


def maybe_ask(client: Client) -> None:
    """Show the question or the notice, by the client's ``consent``; a question only in about every fifth run."""
    is_notice = client.consent == "notice"
    if not _system.may_ask() or not (is_notice or os.urandom(1)[0] < ASK_BELOW):
        return
    if _install.look(client):
        return  # who works on the program's source is not asked
    if not is_open(client) or not _can_be_kept(client):
        return
    if is_notice:
        print(notice(client, growth(client).what, columns()), file=sys.stderr)
        _project.grant(client, "notice")
    else:
        ask(client)


def is_open(client: Client) -> bool:
    """Whether there is something to ask now: a run may be long, a question open for minutes, a mark another version's.

    Raises:
        FootfallError, OSError, ValueError: when the program's plan, or what was agreed to, cannot be used.
    """
    now = client.decide()
    return now.mode == "undecided" or ((now.mode, now.rule) == ("on", 10) and bool(growth(client)))


def _can_be_kept(client: Client) -> bool:
    """Whether an answer could be: where nothing can be written, it would be asked for again and again."""
    return os.access(_project.nearest_that_exists(Path(client.folder)), os.W_OK)


def ask(client: Client) -> None:
    """Ask; no answer within a minute, Enter, Ctrl-C or Ctrl-D is a no, and is remembered.

    An answer that was given elsewhere while the question was open stays.
    """
    answer, typed, grown = "", "", growth(client)
    with contextlib.suppress(KeyboardInterrupt, EOFError):
        said = f"{grown.what} {grown.meanwhile}" if grown else ""
        print(question(client, said, columns()), end="", file=sys.stderr, flush=True)
        typed = _system.read_line(ANSWER_SECONDS)
        answer = typed.strip().lower()
        if answer in ("s", "show"):
            print(f"\n{example(client)}\nAllow?  [y/N] ", end="", file=sys.stderr, flush=True)
            typed = ""  # Ctrl-C now is no line either
            typed = _system.read_line(ANSWER_SECONDS)
            answer = typed.strip().lower()
    if not is_open(client):
        now = client.decide()
        print(f"An answer came meanwhile and stays: {now.mode}, {now.reason}.", file=sys.stderr)
    elif answer in ("y", "yes"):
        _project.grant(client)
        print("Thank you. Counting starts next run.", file=sys.stderr)
    else:
        _project.refuse(Path(client.folder), client.today)
        print("" if typed.endswith("\n") else "\n", "Nothing will be recorded.", sep="", file=sys.stderr)


def example(client: Client) -> str:
    """What ``preview`` prints, for the question's ``show``; before it the words that are new, where some are."""
    from footfall._preview import preview_lines

    new = (f"New {kind}s: {', '.join(names)}" for kind, names in new_words(client))
    return "\n".join([*new, *preview_lines(client)])
