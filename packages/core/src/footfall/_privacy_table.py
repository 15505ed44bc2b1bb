"""The privacy table: each part of a report, its fields, what each is, and all the values that it can have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from footfall import wire
from footfall.plan import EventType, Field, Version
from footfall.vocabulary import NOTEBOOK, Vocabulary

BUILT_IN = "one of Python's own errors, listed at the end"
_FIRST = "whether this machine tells it for the first time in the week"
_ROWS = "a list named rows, each as a field and its value"
_YES_NO = "true or false"
_NUMBER = f"a number from 1 to {wire.COUNT_MAX}"
_RELEASE = "a release number, such as 1.4.2"
_SHORT_RELEASE = "a release number, such as 1.4"
_ABOUT = {
    "version": ("version of the program; what is not a release is not told", _RELEASE),
    "python": ("version of Python", "two numbers, such as 3.12"),
    "os": ("operating system", ""),
    "arch": ("kind of processor", ""),
    "implementation": ("which Python", ""),
    "surface": ("where it ran", ""),
    "plan": (
        "digest of the words on this page, as the status tells it",
        "left out: the program does not bring its plan",
    ),
}


@dataclass(frozen=True)
class Row:
    """A field: its name, what it is, the words it can have, and in plain text what it can have that is no word.

    ``is_word``: the name is itself told as a word, not only as the field's name.
    """

    field: str
    what: str
    words: Sequence[str] = ()
    text: str = ""
    is_word: bool = False


@dataclass(frozen=True)
class Section:
    """One part: its name (empty: what all parts have), what it is for, its fields, their lists, and the event it is."""

    part: str
    what: str
    rows: Sequence[Row]
    lists: str = ""
    event: EventType | None = None


def sections(words: Vocabulary) -> list[Section]:
    """The whole table, part by part."""
    found = [_head(words), _activity(), _environment(words)]
    if words.has_commands():
        what = "which commands ran, and how that ended"
        found.append(Section("cli.command", what, list(_commands(words)), _lists("cli.command")))
    if words.notebook:
        what = "which notebook sessions there were"
        found.append(Section(NOTEBOOK, what, list(_sessions(words)), _lists(NOTEBOOK)))
    return [*found, *(_event(event) for _, event in sorted(words.events.items()))]


def _lists(part: str) -> str:
    *names, last = wire.SHAPES[part]
    return f"lists named {', '.join(names)} and {last}"


def _head(words: Vocabulary) -> Section:
    shares = [share for share in words.samples if share < 1]
    return Section(
        "",
        "In each part",
        [
            Row("format", "version of this format", (), "the number 1"),
            Row("project", "name of the program", [words.project]),
            Row("day", "the day that is told of, in UTC; no hour", (), "a date, such as 2026-11-21"),
            Row("part", "which part it is", (), "the names in the headings below"),
            Row(
                "key",
                "so that a part that is sent twice counts once",
                (),
                "32 random hexadecimal digits, new each time",
            ),
            *(Row("sample", "the share of the installs that send", (), f"the number {share:g}") for share in shares),
        ],
    )


def _activity() -> Section:
    return Section(
        "activity",
        "that it was used on this day",
        [
            Row("new", "whether nothing was ever sent before", (), _YES_NO),
            Row("first_in_week", _FIRST, (), _YES_NO),
            Row("first_in_month", "the same of the month", (), _YES_NO),
            Row("age", "weeks since the first report", wire.AGES),
        ],
    )


def _environment(words: Vocabulary) -> Section:
    rows = [_about(name, words) for name in wire.ENVIRONMENT]
    first = Row("first_in_week", _FIRST, (), _YES_NO)
    return Section("environment", "on what it ran", [*rows, first], _ROWS)


def _about(name: str, words: Vocabulary) -> Row:
    what, text = _ABOUT[name]
    known = wire.ENVIRONMENT[name]
    if name == "plan" and words.told_digests():
        return Row(name, what, sorted(words.told_digests()), is_word=True)
    told = list(known) if isinstance(known, tuple) else [wire.DEV] if name == "version" else []
    return Row(name, what, told, text, is_word=True)


def _commands(words: Vocabulary) -> Iterator[Row]:
    yield Row("command", "the command, by its declared name", [wire.OTHER], "a command of the list below")
    yield Row("flag", "an option that was given, by its declared name", [wire.OTHER], "an option of the list below")
    yield Row("release", "version of the program", [wire.DEV], _SHORT_RELEASE)
    yield Row("outcome", "how the command ended", wire.OUTCOMES)
    yield Row("kind", "which error it was, by name", _kinds(words, *wire.USAGE_KINDS), BUILT_IN)
    yield Row("bucket", "how long it took", wire.BUCKETS)
    yield from _counted("how often on this day")


def _counted(what: str) -> Iterator[Row]:
    yield Row("n", what, (), _NUMBER)
    yield Row("first_in_week", _FIRST, (), _YES_NO)


def _kinds(words: Vocabulary, *more: str) -> list[str]:
    return [*more, *sorted(words.errors), wire.OTHER]


def _sessions(words: Vocabulary) -> Iterator[Row]:
    modules = words.notebook.modules if words.notebook else ()
    yield Row("frontend", "where the notebook is shown", wire.FRONTENDS)
    yield Row("outcome", "how a cell ended", wire.CELL_OUTCOMES)
    yield Row("kind", "which error it was, by name", _kinds(words), BUILT_IN)
    yield Row("magic", "a magic command, by the name it was registered by", [wire.OTHER], "one of the list at the end")
    yield Row("bucket", "how long a cell took", wire.BUCKETS)
    yield Row("bucket", "how long a session was", wire.SESSION_BUCKETS)
    yield Row("bucket", "how many cells a session had", wire.SIZE_BUCKETS)
    if modules:
        yield Row("module", "a module of the library that was imported", sorted(modules))
    yield from _counted("how many sessions or cells")


def _event(event: EventType) -> Section:
    rows = [Row(name, "a field of the event", _words(kind), _text(kind), is_word=True) for name, kind in _sorted(event)]
    counted = _counted("how often on this day")
    return Section(event.name, event.why, [*rows, *counted], _ROWS if rows else "", event)


def _sorted(event: EventType) -> list[tuple[str, Field]]:
    return sorted(event.fields.items())


def _words(kind: Field) -> list[str]:
    told = getattr(kind, "values", None) or (kind.labels() if hasattr(kind, "labels") else sorted(kind.words()))
    return list(dict.fromkeys([*told, kind.unknown]))


def _text(kind: Field) -> str:
    return _RELEASE if isinstance(kind, Version) else ""
