"""The checks of ``footfall lint``, by name. Each gives what it finds: a place in the plan, and what to do there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from difflib import SequenceMatcher
from itertools import combinations

from footfall import periods, wire
from footfall._program import Program
from footfall.plan import Choice, EventType
from footfall.vocabulary import CALLS, Vocabulary

EXPIRES_DAYS = 730  # an event that nobody has looked at for two years is not looked at
INSTALLS_A_CELL = 20  # fewer on the average, and most groups are too small to be shown
ALIKE = 0.88  # of difflib's ratio: "layer" and "layers" are, "loaded" and "stored" are not
LISTED = 3  # names in one finding; the others are a number
UNUSED = "unused-waiver"
_CONTENT = frozenset({
    "address", "arg", "argument", "args", "argv", "body", "comment", "content", "cwd", "data", "dir", "directory",
    "domain", "email", "exception", "file", "filename", "folder", "home", "host", "hostname", "id", "ip", "key",
    "link", "location", "login", "mail", "message", "name", "password", "path", "phone", "query", "secret",
    "session", "text", "title", "token", "traceback", "uri", "url", "user", "username", "uuid", "value",
})  # fmt: skip
_BEFORE = ("base", "dir", "end", "file", "full", "host", "in", "out", "user")  # of a word in one: filepath, username
_KIND = re.compile(
    r"n/a|i/o|(?!(home|users|etc|usr|var|tmp|opt|mnt|root)/)[a-z]+/[a-z0-9_]+", re.IGNORECASE
)  # linux/amd64, text/html: a kind of two words, no path
_PLACE = re.compile(
    r"[@/\\~]|^www\.|^[0-9]{1,3}(\.[0-9]{1,3}){3}(:[0-9]+)?$|^[0-9a-f]*:[0-9a-f:]*:[0-9a-f:]*$"
    r"|^([a-z0-9-]+\.)+(com|org|net|edu|gov|example|local|internal|de|uk|fr|eu)$",
    re.IGNORECASE,
)
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
        shipped: the words of the plan file that the program brings; ``None``: it brings none.
        waived: reasons by finding.
    """

    words: Vocabulary
    today: str
    installs: int | None = None
    shipped: Vocabulary | None = None
    waived: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, program: Program, installs: int | None) -> Subject:
        """A program's words, on the day and with the waivers of its client. Raises ``FootfallError``."""
        client = program.client
        if client is None:
            return cls(program.words, f"{datetime.now(timezone.utc):%Y-%m-%d}", installs)
        shipped = program.shipped()
        waived = client.plan.waive if client.plan else {}
        return cls(program.words, client.today, installs, shipped, waived)


Found = Iterator[tuple[str, str]]


def smells_of_content(subject: Subject) -> Found:
    """Names of fields, and words of choices, that look as if they told what a user typed or has.

    A choice may have such a name: its words are all there is to it.
    """
    for place, kind in _fields(subject.words):
        name = place.rpartition(".")[2]
        if not isinstance(kind, Choice) and _CONTENT & _singular(name):
            yield place, f"{name!r} sounds like what a user has; make it a choice, or name it for what is counted"
        for value in kind.values if isinstance(kind, Choice) else ():
            if _PLACE.search(value) and not _KIND.fullmatch(value):
                yield f"{place}={value}", "looks like a path or an address; name the kind of thing, not the thing"


def _singular(name: str) -> set[str]:
    """The words in a field's name, as one of the kind would be called; of ``filepath`` also both parts."""
    words = set(name.split("_"))
    words |= {word.removesuffix(end) for word in words for end in ("s", "es")}
    return words | {word.removeprefix(start) for word in words for start in _BEFORE if word.startswith(start)}


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
    """The plan file that the program ships has not the words that the program has now."""
    now, shipped = subject.words, subject.shipped
    if shipped is not None and shipped.digest() != now.digest():
        missing, more = _entries(now) - _entries(shipped), _entries(shipped) - _entries(now)
        told = [f"{what} {_some(sorted(names))}" for what, names in (("lacks", missing), ("still has", more)) if names]
        yield "plan", f"the shipped file {' and '.join(told)}; write it anew with `footfall plan … -o plan.json`"


def _entries(words: Vocabulary) -> frozenset[str]:
    """All that a digest is made of, as a person would name it."""
    document = words.document()
    flags = (f"{path} {flag}" for path, declared in document["commands"].items() for flag in declared)
    modules = document.get("notebook", {}).get("modules", ())
    share = f"sample = {words.samples[0]:g}"
    return frozenset({*document["commands"], *flags, *document["errors"], *modules, share}).union(
        *({f"{name} until {event.expires or 'ever'}", *_told_of(name, event)} for name, event in words.events.items())
    )


def _told_of(name: str, event: EventType) -> Iterator[str]:
    for key, kind in event.fields.items():
        yield from (f"{name}.{key} ({kind.type})", *(f"{name}.{key}={word}" for word in kind.words()))


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


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
    share = subject.words.samples[0]
    sending = int((subject.installs or 0) * share)  # of these groups are shown, or hidden
    most = sending // INSTALLS_A_CELL
    who = f"{subject.installs} installs" + (f", of which {sending} send" if share < 1 else "")
    for part, cells in _cells(subject.words).items():
        if cells > most:
            yield part, f"{cells} groups for {who}; at most {most}, or most are too small to be shown"


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
    groups += [
        (f"{place}=", kind.values)
        for place, kind in _fields(subject.words)
        if isinstance(kind, Choice) and not place.startswith(f"{CALLS}.")
    ]  # an author's functions have the names that they have
    for before, names in groups:
        for one, other in combinations(names, 2):
            if _are_alike(one, other):
                yield f"{before}{other}", f"is easily taken for {one!r}; name one of them in another way, or merge them"


def _are_alike(one: str, other: str) -> bool:
    """Whether two names are nearly one; not those that differ in a number or a sign that means something (``c++``)."""
    first, second = ("".join(filter(_tells, word.casefold())) for word in (one, other))
    if re.sub(r"[0-9]", "", first) == re.sub(r"[0-9]", "", second) and re.search(r"[0-9]", first + second):
        return first == second
    return SequenceMatcher(None, first, second).ratio() >= ALIKE


def _tells(letter: str) -> bool:
    return letter.isalnum() or letter in "+#"


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
