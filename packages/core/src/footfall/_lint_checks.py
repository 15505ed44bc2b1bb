"""The checks of ``footfall lint``, by name. Each gives what it finds: a place in the plan, and what to do there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from difflib import SequenceMatcher
from itertools import combinations

from footfall import _spawn, periods, wire
from footfall._client import Client
from footfall.errors import FootfallError
from footfall.plan import Choice
from footfall.vocabulary import Vocabulary

EXPIRES_DAYS = 730  # an event that nobody has looked at for two years is not looked at
INSTALLS_A_CELL = 20  # fewer on the average, and most groups are too small to be shown
ALIKE = 0.88  # of difflib's ratio: "layer" and "layers" are, "loaded" and "stored" are not
UNUSED = "unused-waiver"
_CONTENT = frozenset({
    "address", "arg", "argument", "args", "argv", "body", "comment", "content", "cwd", "data", "dir", "directory",
    "domain", "email", "exception", "file", "filename", "folder", "home", "host", "hostname", "id", "ip", "key",
    "link", "location", "login", "mail", "message", "name", "password", "path", "phone", "query", "secret",
    "session", "text", "title", "token", "traceback", "uri", "url", "user", "username", "uuid", "value",
})  # fmt: skip
_PIECE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_FLAG = re.compile(r"(-{1,2}|/|\+)[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_DIGITS = re.compile(r"[0-9]{5}|[0-9a-f]{12}")


@dataclass(frozen=True)
class Finding:
    """What a check found: at which place of the plan, and what to do."""

    check: str
    place: str
    text: str

    @property
    def waiver(self) -> str:
        """What :class:`footfall.Plan` waives it by."""
        return f"{self.check}:{self.place}"

    def __str__(self) -> str:
        return f"{self.check}: {self.place}: {self.text}"


@dataclass(frozen=True)
class Subject:
    """What is checked.

    Attributes:
        words: all that can leave.
        today: UTC day, ``YYYY-MM-DD``.
        installs: how many are expected; ``None``: not said.
        digest: of the words that installs keep; empty: not known.
        varies: whether those may be one machine's own, and their digest is not reported.
        waived: reasons by finding.
    """

    words: Vocabulary
    today: str
    installs: int | None = None
    digest: str = ""
    varies: bool = False
    waived: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, words: Vocabulary, client: Client | None, installs: int | None) -> Subject:
        """A program's words, on the day and with the waivers of its client."""
        if client is None:
            return cls(words, f"{datetime.now(timezone.utc):%Y-%m-%d}", installs)
        waived = client.plan.waive if client.plan else {}
        digest = _digest_of_installs(client)
        return cls(words, client.today, installs, digest, client.varies and client.plan_file is None, waived)


def _digest_of_installs(client: Client) -> str:
    try:
        return Vocabulary.from_document(_spawn.plan_document(client)).digest()
    except (OSError, ValueError) as error:
        raise FootfallError(f"the plan that the program ships cannot be read: {error}") from error


Found = Iterator[tuple[str, str]]


def smells_of_content(subject: Subject) -> Found:
    """Names of fields, and words of choices, that look as if they told what a user typed or has.

    A choice may have such a name: its words are all there is to it.
    """
    for place, kind in _fields(subject.words):
        name = place.rpartition(".")[2]
        if not isinstance(kind, Choice) and _CONTENT & set(name.split("_")):
            yield place, f"{name!r} sounds like what a user has; make it a choice, or name it for what is counted"
        for value in kind.values if isinstance(kind, Choice) else ():
            if re.search(r"[@/\\~]|^www\.", value):
                yield f"{place}={value}", "looks like a path or an address; name the kind of thing, not the thing"


def dynamic_words(subject: Subject) -> Found:
    """Commands, options and modules that are no plain words: they may be made of a user's files while it runs."""
    told = "is no plain word; if it is made while the program runs, ship a plan (Client(plan_file=…)) without it"
    words = subject.words
    for path, flags in sorted(words.commands.items()):
        if path != wire.MAIN and not all(map(_is_plain, path.split(" "))):
            yield path, f"this command {told}"
        for flag in sorted(flags):
            if not _FLAG.fullmatch(flag) or _DIGITS.search(flag):
                yield f"{path} {flag}", f"this option {told}"
    for module in sorted(words.notebook.modules if words.notebook else ()):
        if not _is_plain(module):
            yield module, f"this module {told}"


def _is_plain(word: str) -> bool:
    return _PIECE.fullmatch(word) is not None and not _DIGITS.search(word)


def another_digest(subject: Subject) -> Found:
    """Installs may not have the document's words: commands are loaded lazily, or made while the program runs."""
    here = subject.words.digest()
    told = "no digest, as commands are made while the program runs" if subject.varies else subject.digest
    if subject.varies or (subject.digest and subject.digest != here):
        yield here, f"installs report {told}; ship what `footfall plan -o plan.json` writes: Client(plan_file=…)"


def expires_too_far(subject: Subject) -> Found:
    """Events that end more than 730 days from now."""
    last = periods.shift(subject.today, EXPIRES_DAYS)
    for name, event in sorted(subject.words.events.items()):
        if event.expires > last:
            yield name, f"expires on {event.expires}; at most {last}: in two years, ask again whether it is needed"


def has_expired(subject: Subject) -> Found:
    """Events that are not recorded any more."""
    for name, event in sorted(subject.words.events.items()):
        if event.expired(subject.today):
            yield name, f"ended on {event.expires}; take it out of the plan, or give it another day and a review"


def _missing(attribute: str, text: str) -> Callable[[Subject], Found]:
    def check(subject: Subject) -> Found:
        for name, event in sorted(subject.words.events.items()):
            if not getattr(event, attribute).strip():
                yield name, f"EventType(…, {attribute}=…): {text}"

    check.__doc__ = f"Events without {attribute}."
    return check


def many_cells(subject: Subject) -> Found:
    """Parts with more groups than one for every 20 of the installs that you expect (--installs N)."""
    most = (subject.installs or 0) // INSTALLS_A_CELL
    for part, cells in _cells(subject.words).items():
        if cells > most:
            text = f"{cells} groups for {subject.installs} installs; at most {most}, or most are too small to be shown"
            yield part, text


def _cells(words: Vocabulary) -> dict[str, int]:
    """Groups that each part divides installs into."""
    found = {name: 1 + sum(len(kind.words()) for kind in event.fields.values()) for name, event in words.events.items()}
    if words.has_commands():
        found["cli.command"] = sum(1 + len(flags) for flags in words.commands.values())
    if words.notebook and words.notebook.modules:
        found["notebook.session"] = len(words.notebook.modules)
    return dict(sorted(found.items()))


def too_similar(subject: Subject) -> Found:
    """Names of events, of an event's fields, or words of one choice that are easily taken for each other."""
    events = subject.words.events
    groups: list[tuple[str, Sequence[str]]] = [("", sorted(events))]
    groups += [(f"{name}.", sorted(event.fields)) for name, event in sorted(events.items())]
    groups += [(f"{place}=", kind.values) for place, kind in _fields(subject.words) if isinstance(kind, Choice)]
    for before, names in groups:
        for one, other in combinations(names, 2):
            if _are_alike(one, other):
                yield f"{before}{other}", f"is easily taken for {one!r}; name one of them in another way, or merge them"


def _are_alike(one: str, other: str) -> bool:
    first, second = (re.sub(r"[^a-z0-9]", "", word.lower()) for word in (one, other))
    return SequenceMatcher(None, first, second).ratio() >= ALIKE


def _fields(words: Vocabulary) -> Iterator[tuple[str, object]]:
    for name, event in sorted(words.events.items()):
        for key, kind in sorted(event.fields.items()):
            yield f"{name}.{key}", kind


def unused_waiver(_subject: Subject) -> Found:
    """Waivers of what is not found. This one cannot be waived."""
    yield from ()


CHECKS: Mapping[str, Callable[[Subject], Found]] = {
    "smells-of-content": smells_of_content,
    "dynamic-words": dynamic_words,
    "another-digest": another_digest,
    "missing-why": _missing("why", "what it is counted for; users read it in TELEMETRY.md"),
    "missing-question": _missing("question", "the question that its figures answer"),
    "missing-owner": _missing("owner", "who answers for it"),
    "missing-expires": _missing("expires", "the day on which it ends, YYYY-MM-DD"),
    "expires-too-far": expires_too_far,
    "expired": has_expired,
    "many-cells": many_cells,
    "too-similar": too_similar,
    UNUSED: unused_waiver,
}


def has_run(name: str, subject: Subject) -> bool:
    """Whether a check can say that it finds nothing; one that there is not never finds anything."""
    return name != "many-cells" or subject.installs is not None


def run(name: str, subject: Subject) -> Iterator[Finding]:
    """What a check finds, all of it, waived or not."""
    if has_run(name, subject):
        yield from (Finding(name, place, text) for place, text in CHECKS[name](subject))
