"""The question and the notice, at the end of a person's successful command. Warm: nobody else's run imports it."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from footfall import _project, _system, wire

if TYPE_CHECKING:
    from footfall._client import Client

ASK_BELOW = 51  # of 256: about every fifth undecided run asks, so that no counter of runs is needed
ANSWER_SECONDS = 60.0


def maybe_ask(client: Client) -> None:
    """Show the question or the notice, by the client's ``consent``; a question only in about every fifth run."""
    if not _system.may_ask():
        return
    if client.consent == "notice":
        print(notice(client), file=sys.stderr)
        _project.grant(client, "notice")
    elif os.urandom(1)[0] < ASK_BELOW:
        ask(client)


def ask(client: Client) -> None:
    """Ask; no answer within a minute, Enter, Ctrl-C or Ctrl-D is a no, and is remembered."""
    answer = ""
    with contextlib.suppress(KeyboardInterrupt, EOFError):
        print(question(client), end="", file=sys.stderr, flush=True)
        answer = _system.read_line(ANSWER_SECONDS).strip().lower()
        if answer in ("s", "show"):
            print(f"\n{example(client)}\nAllow?  [y/N] ", end="", file=sys.stderr, flush=True)
            answer = _system.read_line(ANSWER_SECONDS).strip().lower()
    if answer in ("y", "yes"):
        _project.grant(client)
        print("Thank you. Counting begins with the next run.", file=sys.stderr)
    else:
        _project.refuse(Path(client.folder), client.today)
        print("Nothing will be recorded.", file=sys.stderr)


def question(client: Client) -> str:
    """The question's text."""
    return (
        f"\n{client.project} would like to count how it is used. Nothing has been recorded or sent.\n"
        f"If you agree: once a day, {_what(client)};\n"
        f"never arguments, paths, file contents, names or an identifier.  {_terms(client)}\n"
        f"Exactly this would be sent:  {client.project} telemetry preview\n"
        f"Change your mind any time:   {client.project} telemetry off      (or DO_NOT_TRACK=1)\n"
        "Allow?  [y/N/show] "
    )


def notice(client: Client) -> str:
    """The notice's text."""
    return (
        f"\n{client.project} counts how it is used, from its next run on. Nothing has been recorded or sent.\n"
        f"Once a day, {_what(client)};\n"
        f"never arguments, paths, file contents, names or an identifier.  {_terms(client)}\n"
        f"Exactly this would be sent:  {client.project} telemetry preview\n"
        f"If you do not want it:       {client.project} telemetry off      (or DO_NOT_TRACK=1)"
    )


def example(client: Client) -> str:
    """What ``preview`` prints, for the question's ``show``."""
    from footfall._preview import preview_lines

    return "\n".join(preview_lines(client))


def _what(client: Client) -> str:
    number = len(set(client.commands()) - {wire.MAIN}) if client.commands else 0
    versions = f"the versions of {client.project}, Python and system"
    if number > 1:
        return f"which of its {number} commands and their options were used,\nhow they ended, and {versions}"
    return f"that it ran, with which of its options, how that ended,\nand {versions}"


def _terms(client: Client) -> str:
    if not client.endpoint:
        return "To: nowhere\n(no collector is set: counts stay on this machine)."
    host = client.endpoint.split("://")[-1].split("/")[0]
    who = f"run by {client.operator}, " if client.operator else ""
    public = f", results public at {host}/p/{client.project}" if client.public else ""
    return f"To: {host}\n({who}counts kept {client.retention_months} months{public})."
