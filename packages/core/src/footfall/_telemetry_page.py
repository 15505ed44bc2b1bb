"""TELEMETRY.md, and the notice of a README: what a program counts, for those who use it. The same text at each writing.

Words that can leave are in code marks, and nothing else is below the heading of the table: so a program can read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from footfall import Client, _privacy_table, switch_of, wire
from footfall._builtin_errors import BUILTIN_ERRORS
from footfall._places import NO_IDENTIFIER, NUMBER, has_number, is_readable_by_all, place_of, sink_of
from footfall._privacy_table import Row, Section
from footfall._question import months_of, say, told_events
from footfall.vocabulary import Vocabulary, few

TABLE = "Every word that can leave"
_NEVER = "what you type, paths, file contents, error messages, names of people or machines"
_ERRORS = "Of an error only its kind is told, never its message."
_OFF = (
    "It is off by itself in CI, in tests, in containers, for root, and in versions that are no release. "
    "A no always wins, whatever else is set, and programs that run already hear it too."
)
_MAGICS = "All others are told as other."
_REQUEST = [
    "A part is sent in a request of its own. Beside the part, that has the version of Footfall",
    "(`User-Agent: footfall/1.2.3`) and what is the same in all of them, and nothing of you or of your machine.",
    "As with each connection, the other side sees the address that it comes from.",
]
_ADDRESS = ["Footfall's collector keeps no address and writes none into a log; no part has it."]
_NUMBER = [
    "So that PostHog can count people, each event has a number for you (`distinct_id`): the same in all of a week, and",
    "another one in the next. It is made from a secret of this program on your machine, which `off` removes; another",
    "program, and another place, get other numbers. Each count of the tables below is an event, with its day and no",
    "hour; in the place of `key` it has a `uuid` that is made from it. PostHog is told to keep no address",
    "(`$ip` is 0.0.0.0), to look up no place (`$geoip_disable`) and to make no profile (`$process_person_profile`).",
]
_CALLS = [
    "Of the tables below, phonehome gets the command, the release and the outcome of each run, and that there was a",
    "notebook session: a request for each, at most 100 of a part. With each it keeps when it came and a hash of the",
    "address that it came from, and it shows all that to everybody.",
]
_MORE = {"posthog": _NUMBER, "phonehome": _CALLS, "": _ADDRESS}
_NO_REQUEST = {
    "file": ["Each part is a line of that file. Nothing is sent from here; who collects the file may send it on."],
    "console": ["Each part is a line on your screen when you say `send --now`. Nothing else gets it."],
}
_MARKS = re.compile(r"[\\|\[\]*_~#!]")
_LINK = re.compile(r"https://[A-Za-z0-9._~/?#=%+:-]+")  # as it is: within one, Markdown would show what escapes a mark


def page(words: Vocabulary, client: Client) -> str:
    """The text of TELEMETRY.md; the digest of ``words`` is one that leaves if it is among their ``digests``."""
    blocks = [
        ["<!-- Written by `footfall docs`: change the program, then run that again. -->"],
        [f"# What {client.project} counts"],
        [_summary(client)],
        _terms(words, client),
        ["## You decide"],
        [_asking(client)],
        _choices(client),
        [_OFF],
        *_requests(client),
        [f"## {TABLE}"],
        [
            f"A report is made of parts. Each part is sent by itself, and {_joined(client)}.",
            "The tables have every field of every part, with all the values that it can have.",
            "Words set `like this` are sent just as they stand.",
        ],
        *(block for section in _privacy_table.sections(words) for block in _section(section)),
        *(_command_list(words) if words.has_commands() else ()),
        *_long_list("Python's own errors", _ERRORS, BUILTIN_ERRORS),
        *(_long_list("Magic commands of notebooks", _MAGICS, wire.MAGICS) if words.notebook else ()),
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def notice(words: Vocabulary, client: Client, link: str) -> str:
    """The text for a README, whose table is short; ``link`` leads to TELEMETRY.md."""
    rows = [
        ("Counted", f"once a day: {_what(words, client)}".replace(" listed below", f" [listed]({link})")),
        ("Never", _never(client)),
        ("Sent to", _where(client)),
        *([("Share that sends", few(client.sample))] if client.endpoint and client.sample < 1 else []),
        ("Shown before it leaves", _code(_say(client, "preview"))),
        ("Switched off", f"{_code(_say(client, 'off'))} or {_code('DO_NOT_TRACK=1')}"),
    ]
    lines = [
        f"## What {client.project} counts",
        "",
        _summary(client),
        "",
        *_table(("", ""), rows),
        "",
        f"[{link.rsplit('/', 1)[-1]}]({link}) has every word that can leave.",
    ]
    return "\n".join(lines)


def _summary(client: Client) -> str:
    is_told = client.consent == "notice"
    how, before = ("unless you say no", "you were told") if is_told else ("if you agree", "you say yes")
    but = f" With them goes {NUMBER}." if has_number(client.endpoint) else ""
    never = f"It never sends {_never(client)}.{but}"
    return f"{client.project} counts how it is used, {how}. {never} Nothing is recorded before {before}."


def _never(client: Client) -> str:
    return _NEVER if has_number(client.endpoint) else f"{_NEVER}, {NO_IDENTIFIER}"


def _joined(client: Client) -> str:
    is_joined = has_number(client.endpoint)
    return "only the number for you joins those of one week" if is_joined else "nothing joins two of them"


def _requests(client: Client) -> list[list[str]]:
    if not client.endpoint:
        return []
    sink = sink_of(client.endpoint)
    if sink in _NO_REQUEST:
        return [["## How it gets there"], _NO_REQUEST[sink]]
    return [["## With each request"], [*_REQUEST, *_MORE[sink]]]


def _what(words: Vocabulary, client: Client) -> str:
    about = (
        f"how they ended and how long they took, weeks of use, versions of {client.project} and Python, "
        "kind of system and processor, terminal or script"
    )
    told = told_events(sorted(words.events), 60)
    own = f", and {told}, listed below" if told else ""
    if not words.has_commands() and not words.notebook:
        where = f"weeks of use, versions of {client.project} and Python, kind of system and processor"
        return f"{told}, listed below, {where}" if told else where
    if not words.has_commands():
        return f"how many notebook sessions and cells there were, magics and modules, {about}{own}"
    return f"which commands and options were used, {about}{own}"


def _host(client: Client) -> str:
    return _text(place_of(client.endpoint))


def _public(client: Client) -> str:
    if sink_of(client.endpoint):
        return "public" if client.public or is_readable_by_all(client.endpoint) else "not public"
    return f"public at {_host(client)}/p/{client.project}" if client.public else "not public"


def _where(client: Client) -> str:
    if not client.endpoint:
        return "nowhere: there is no collector, and counts stay on your machine"
    by = "for" if sink_of(client.endpoint) else "run by"
    who = f"{by} {_text(client.operator)}; " if client.operator else ""
    return f"{_host(client)} ({who}counts are kept {months_of(client)}; results are {_public(client)})"


def _terms(words: Vocabulary, client: Client) -> list[str]:
    rows = [("What is counted", f"once a day: {_what(words, client)}")]
    if client.endpoint:
        rows += [
            ("Who gets it", _text(client.operator) or "not said by the author"),
            ("Where it goes", _host(client)),
            ("How long counts are kept", months_of(client)),
            ("Results", _public(client)),
        ]
    else:
        rows += [("Where it goes", _where(client))]
    if client.delay == "next-day":
        rows += [("When it leaves", "when the day is over that it tells of")]
    if client.endpoint and client.sample < 1:
        rows += [("Who sends", _drawn(client))]
    told = "" if words.told_digests() else "; reports do not tell it"
    rows += [("Digest of the words below", f"{_code(words.digest())} ({words.summary()}){told}")]
    return _table(("", ""), rows)


def _drawn(client: Client) -> str:
    return (
        f"{few(client.sample)}, so that each part counts for {round(1 / client.sample)}. Each install draws for "
        "itself, once a year, by a secret that never leaves it and that `off` removes. Who is not drawn sends nothing "
        "of that year, and has the counts for 28 days, for their own eyes"
    )


def _asking(client: Client) -> str:
    if client.kind == "notebook":
        return f"Nobody is asked. Only `%footfall on` is a yes: without it {client.project} keeps and sends nothing."
    if not client.has_runs:
        switch = switch_of(client.project)
        return (
            f"Nobody is asked. Only `{switch}=1` in the environment is a yes, or `footfall on` with the place of its "
            f"client (`module:name`): without one {client.project} keeps and sends nothing."
        )
    return {
        "ask": (
            f"{client.project} asks once, after a command that you run in a terminal. No answer is a no, and a no is "
            "remembered. Without a yes it keeps and sends nothing."
        ),
        "notice": (
            f"{client.project} shows a notice, once, in a terminal. It counts from its next run on, and sends nothing "
            "before a whole day has passed. If you say no, it keeps and sends nothing."
        ),
        "opt-in": f"{client.project} never asks. Only `{say(client, 'on')}` is a yes.",
    }[client.consent]


def _say(client: Client, word: str) -> str:
    return say(client, word)


def _purge(client: Client) -> str:
    return f"footfall purge {client.project}" if client.kind == "notebook" else _say(client, "purge")  # no such magic


def _choices(client: Client) -> list[str]:
    switch = switch_of(client.project)
    rows = [
        ("say yes", _say(client, "on") if client.has_runs else f"{switch}=1"),
        ("say no, and remove what is kept", _say(client, "off")),
        ("count for yourself only", _say(client, "local")),
        ("see what holds, and why", _say(client, "status")),
        ("see every byte before it leaves", _say(client, "preview")),
        ("see every byte that has left", _say(client, "log")),
        ("remove everything, your answer too", _purge(client)),
        ("say no for all tools that use Footfall", "footfall off"),
        ("say no by the environment, for all tools", "DO_NOT_TRACK=1"),
        ("the same, for those that use Footfall", "FOOTFALL=off"),
        (f"the same, for {client.project}", f"{switch}=off"),
        ("say no for everybody on a machine", "/etc/footfall/consent"),
    ]
    rows = [(what, _code(how)) for what, how in rows]
    rows[-1] = (rows[-1][0], f"the word {_code('off')} and a date in {rows[-1][1]}, written by the administrator")
    return _table(("To", "use"), rows)


def _section(section: Section) -> Iterator[list[str]]:
    yield [_heading(section)]
    if section.event:
        about = section.event
        facts = [
            ("Why", about.why),
            ("Question it answers", about.question),
            ("Who answers for it", about.owner),
            ("Where it was talked over", about.review),
            ("Ends on", about.expires),
        ]
        told = [(name, _text(fact)) for name, fact in facts if fact]
        if told:
            yield _table(("About it", ""), told)
    yield _table(("Field", "What it is", "All its values"), map(_row, section.rows))
    if section.lists:
        yield [f"In the report they stand in {section.lists}."]


def _heading(section: Section) -> str:
    if section.event or not section.part:
        return f"### {_code(section.part)}" if section.part else f"### {section.what}"
    return f"### {_code(section.part)}: {section.what}"


def _row(row: Row) -> tuple[str, str, str]:
    told = " ".join(map(_code, row.words))
    values = f"{row.text}, or {told}" if row.text and told else row.text or told
    return _code(row.field) if row.is_word else row.field, row.what, values


def _command_list(words: Vocabulary) -> Iterator[list[str]]:
    yield ["### Commands and options"]
    yield ["What is not in this list is told as other. An option of a group is told with the commands in it, too."]
    commands = {wire.MAIN: (), **words.commands}
    rows = [(_code(path), " ".join(map(_code, sorted(flags)))) for path, flags in sorted(commands.items())]
    yield _table(("Command", "Options"), rows)
    yield [f"{_code(wire.MAIN)} is the program itself: no command was given, or none that it has."]


def _long_list(title: str, what: str, words: Iterable[str]) -> list[list[str]]:
    return [
        ["<details>", f"<summary>{title}</summary>"],
        [what],
        [" ".join(map(_code, sorted(words)))],
        ["</details>"],
    ]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [tuple(heads), ("---",) * len(heads), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines]


def _code(word: str) -> str:
    """``word`` in code marks that it does not hold itself, as Markdown's tables have it."""
    mark = "`"
    while mark in word:
        mark += "`"
    room = " " if word[:1] == "`" or word[-1:] == "`" else ""
    return f"{mark}{room}{word}{room}{mark}".replace("|", "\\|")


def _text(text: str) -> str:
    """An author's text as it reads: no part of it is a mark of Markdown or HTML, or the end of a line or a cell."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(word if _LINK.fullmatch(word) else _escaped(word) for word in plain.split())


def _escaped(word: str) -> str:
    html = word.replace("`", "'").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKS.sub(r"\\\g<0>", html)
