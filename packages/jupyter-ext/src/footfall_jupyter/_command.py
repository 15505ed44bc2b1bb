"""``%footfall``: what is counted in this shell, and the user's say in it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NoReturn

from footfall_jupyter._display import Block, Exact, Shown, Table, Title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from footfall import Client
    from footfall.overview import Sent
    from footfall_jupyter._shell import Shell

USAGE = """Usage: %footfall [status | on | off | local | preview | log | stats]
                 [PROJECT]

    status   whether anything is recorded, and why; %footfall alone does the same
    on       agree, from the next cell on
    off      say no: nothing is recorded, and what was kept is removed
    local    record for yourself only: nothing is sent
    preview  the exact bytes that would be sent now
    log      the exact bytes that were sent in the last 28 days
    stats    your own use, from what is kept on this computer
    help     this text

Where several projects count, an answer needs the name of one: %footfall lists them."""


_TERMS = (
    "It would be numbers: of sessions, of cells, how these ended and how long they took; which of IPython's own magics "
    "and Python's own errors came up; weeks of use, the kind of frontend, system and processor, and the versions of "
    "{} and Python{}. Never code, outputs, names, paths{}."
)


def magic(here: Shell) -> Callable[[str], object]:
    """The magic of a shell."""

    def footfall(line: str) -> object:
        """See and decide what is counted in this notebook: %footfall status|on|off|local|preview|log|stats."""
        from footfall import FootfallError

        try:
            return run(here, line.split())
        except (FootfallError, OSError) as error:
            _refuse(str(error))

    footfall.__doc__ = USAGE
    return footfall


def run(here: Shell, words: list[str]) -> object:
    """Do what the words after ``%footfall`` ask for, and give what is to be displayed."""
    word, *projects = words or ["status"]
    if word in ("help", "-h", "--help", "?"):
        return Shown("", [Exact(USAGE)])
    if word not in (*_ANSWERS, *_LISTS):
        _refuse(f"%footfall does not know that word\n\n{USAGE}")
    clients = [
        session.client for session in here.sessions.values() if not projects or session.client.project in projects
    ]
    if not clients:
        known = ", ".join(session.client.project for session in here.sessions.values()) or "nothing"
        _refuse(f"that project is not counted here; counted here: {known}")
    if word in _LISTS:
        return Shown("", [block for client in clients for block in _LISTS[word](here, client)])
    if len(clients) > 1:
        _refuse(f"say for which: {', '.join(f'%footfall {word} {client.project}' for client in clients)}")
    return Shown("", _answer(clients[0], word))


def hint(here: Shell, client: Client) -> None:
    """Tell a user who has just loaded the extension, and has not decided, how to."""
    if client.decide().mode != "undecided":
        return
    overview = _overview()
    if client.endpoint:
        place = overview.goes_to(client)
        by = f"{'run by' if place == client.endpoint else 'for'} {client.operator}, " if client.operator else ""
        number = f", with {overview.identifier(client)}" if overview.identifier(client) else ""
        to = f"They would go to {place}{number} ({by}counts kept {overview.kept_for(client)}), once a day."
    else:
        to = "No collector is set: it would be for your own eyes, and nothing would ever leave."
    choices = Table(
        [
            ("%footfall preview", "see exactly what would be sent"),
            ("%footfall on", "agree"),
            ("%footfall off", "say no; this text will not come again"),
        ]
    )
    title = f"{client.project} would like to count notebook sessions"
    nothing = "Nothing has been recorded or sent, and nothing will be unless you agree."
    own = overview.own_events(client, 60)
    never = "" if overview.identifier(client) else " or an identifier"
    terms = _TERMS.format(client.project, own and f"; and {own}", never)
    _publish(here.shell, Shown(title, [nothing, terms, to, choices]))


def _publish(shell: Any, shown: Shown) -> None:
    data, metadata = shell.display_formatter.format(shown)
    shell.display_pub.publish(data=data, metadata=metadata)


def _overview() -> ModuleType:
    """What the terminal's commands tell, as data; only who asks for it waits for that import."""
    from footfall import overview

    return overview


def _status(here: Shell, client: Client) -> list[Block]:
    first, *lines = _overview().status(client).text.splitlines()
    rows = [(line[2:12].strip(), line[13:]) for line in lines if line.startswith("  ")]
    every = [line for line in lines if not line.startswith("  ")]
    rows += _terms(client)
    counted = here.sessions[client.folder].counted
    rows.append(("this kernel", f"{counted} cell{'' if counted == 1 else 's'} counted"))
    name = f" {client.project}" if len(here.sessions) > 1 else ""
    say = f"Your say: %footfall on{name}, off{name} or local{name}. What would be sent: %footfall preview{name}."
    return [Title(first), Table(rows), *every, say]


def _terms(client: Client) -> list[tuple[str, str]]:
    """Who has what is sent, and for how long: nobody is asked in a notebook, so it stands where a user decides."""
    if not client.endpoint:
        return []
    by = [("run by", client.operator)] if client.operator else []
    return [*by, ("counts kept", _overview().kept_for(client))]


def _preview(_: Shell, client: Client) -> list[Block]:
    found = _overview().preview(client)
    lines = map(Exact, found.lines)
    if found.is_example:
        drawn = "" if client.sample == 1 else ", if this install is drawn to send"
        return [
            f"{client.project} records nothing. After a first day with one cell, this would be sent{drawn}:",
            *lines,
        ]
    if not found.lines:
        return [_kept_back(client) or "Nothing waits to be sent."]
    what = "would send this now" if client.decide().mode == "on" else "has recorded this, for you alone"
    unsure = found.sample.why_unsure if found.sample else ""
    return [*([f"{client.project}: {unsure}."] if unsure else []), f"{client.project} {what}:", *lines]


def _kept_back(client: Client) -> str:
    """Why nothing of the project is sent, where other installs were drawn to; empty where this one sends."""
    why = _overview().why_nothing(client)
    return f"{client.project}: {why}." if why else ""


def _log(_: Shell, client: Client) -> list[Block]:
    sent = _overview().log(client)
    if not sent and _kept_back(client):
        return [_kept_back(client)]
    if not sent:
        why = "nothing did in the last 28 days, or `off` removed the record too"
        return [f"No record of anything that left for {client.project}: {why}."]
    return [f"{client.project} has sent this in the last 28 days.", *_by_day(sent)]


def _by_day(sent: list[Sent]) -> Iterator[Block]:
    """The parts, those of a day under its name, and those that the collector would not take apart from the others."""
    about = ""
    for part in sent:
        why = f" ({part.reason})" if part.reason else ""
        above = f"{part.day}, {f'refused by the collector{why}, and lost' if part.is_refused else 'delivered'}:"
        if above != about:
            yield above
        about = above
        yield Exact(part.text)


def _stats(_: Shell, client: Client) -> list[Block]:
    found = _overview().stats(client)
    if not found.is_empty:
        return [Title(f"{client.project}: your own use"), Table(found.rows())]
    decision = client.decide()
    if decision.records:
        return [f"{client.project}: nothing recorded yet."]
    own = "%footfall local counts for your own eyes only"
    way_out = own if decision.mode == "undecided" else _overview().status(client).way_out
    return [
        f"{client.project}: nothing is recorded: {decision.reason} (rule {decision.rule}).",
        *([f"To change that: {way_out}."] if way_out else []),
    ]


def _answer(client: Client, word: str) -> list[Block]:
    given = getattr(_overview(), word)(client)
    more = ["See it any time: %footfall preview. Change your mind any time: %footfall off."]
    return [*given.text.splitlines(), *(more if given.is_in_force and word != "off" else ())]


_ANSWERS = ("on", "off", "local")
_LISTS: dict[str, Callable[[Shell, Client], list[Block]]] = {
    "status": _status,
    "preview": _preview,
    "log": _log,
    "stats": _stats,
}


def _refuse(problem: str) -> NoReturn:
    """Say it as IPython says what is wrong with a magic: in one line, without a traceback."""
    raise sys.modules["IPython.core.error"].UsageError(problem)
