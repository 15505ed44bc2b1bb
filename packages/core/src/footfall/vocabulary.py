"""All words of one program: the document that ``footfall plan`` exports, and the check of a part against it.

The sender checks the bytes that are about to leave and the collector those that arrive, with the same code.
"""

from __future__ import annotations

import builtins
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from footfall import wire
from footfall.errors import PlanError
from footfall.plan import Bucket, Choice, EventType, Field, Flag, Plan, Version

BUILTIN_ERRORS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


NOTEBOOK = "notebook.session"  # the part of notebook sessions, and the word that stands for all of its words


@dataclass(frozen=True)
class Notebook:
    """Words of a program that is used in notebooks: its ``modules`` whose use in a session is counted."""

    modules: Sequence[str] = ()

    def words(self) -> frozenset[str]:
        """All words that a session's part can hold, but for kinds of errors."""
        lists = wire.SHAPES[NOTEBOOK]
        closed = (*wire.FRONTENDS, *wire.MAGICS, *wire.SESSION_BUCKETS, *wire.SIZE_BUCKETS)
        return frozenset({NOTEBOOK, *lists, *closed, *self.modules})


@dataclass(frozen=True)
class Vocabulary:
    """All words of one program: what ``footfall plan`` exports and the collector is given.

    ``commands`` maps each command's path (``db migrate``; ``(main)`` for the program itself) to the flags it declares.
    ``notebook`` is ``None`` for a program that counts no notebook sessions.
    """

    project: str
    version: str = ""
    commands: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Sequence[str] = ()
    events: Mapping[str, EventType] = field(default_factory=dict)
    notebook: Notebook | None = None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Vocabulary:
        """The vocabulary in a plan document (parsed TOML or JSON).

        Raises:
            PlanError: naming the place that cannot be read.
        """
        if document.get("format") != wire.FORMAT:
            raise PlanError(f"plan: format {wire.FORMAT} expected")
        project = document.get("project")
        if not isinstance(project, str) or not wire.is_project(project):
            raise PlanError("plan: project needs a name in lower case")
        return cls(
            project,
            str(document.get("version", "")),
            _commands_of(document.get("commands", {})),
            tuple(_words(document.get("errors", []), "errors")),
            {name: _event_of(name, body) for name, body in _table(document.get("events", {}), "events").items()},
            _notebook_of(document["notebook"]) if "notebook" in document else None,
        )

    def document(self) -> dict[str, Any]:
        """The plan document, ready for TOML or JSON. Names that no report can hold are left out."""
        return {
            "format": wire.FORMAT,
            "project": self.project,
            "version": self.version,
            "commands": {
                path: sorted(filter(wire.is_word, flags))
                for path, flags in sorted(self.commands.items())
                if wire.is_word(path)
            },
            "errors": sorted(filter(wire.is_word, self.errors)),
            "events": {name: _event_document(event) for name, event in sorted(self.events.items())},
            **({"notebook": {"modules": sorted(filter(wire.is_word, self.notebook.modules))}} if self.notebook else {}),
        }

    def has_command(self, path: str) -> bool:
        """Whether ``path`` is declared, or one of the words for what is not."""
        return path in self.commands or path in (wire.MAIN, wire.OTHER)

    def has_flag(self, path: str, flag: str) -> bool:
        """Whether ``flag`` is declared by the command at ``path`` or by a group above it."""
        words = path.split(" ")
        above = (" ".join(words[:depth]) for depth in range(len(words), 0, -1))
        return flag == wire.OTHER or any(flag in self.commands.get(place, ()) for place in (*above, wire.MAIN))

    def has_error(self, kind: str) -> bool:
        """Whether ``kind`` is a built-in exception, a kind of usage error, or an exception of the plan's."""
        return kind in BUILTIN_ERRORS or kind in wire.USAGE_KINDS or kind in self.errors or kind == wire.OTHER

    def has_module(self, name: str) -> bool:
        """Whether ``name`` is one of the modules whose use in a notebook is counted."""
        return self.notebook is not None and name in self.notebook.modules

    def alphabet(self) -> frozenset[str]:
        """Every string that can leave, apart from the day, the key and releases."""
        closed = (value for values in wire.ENVIRONMENT.values() if isinstance(values, tuple) for value in values)
        own = Plan(self.events.values()).alphabet()
        flags = (flag for declared in self.commands.values() for flag in declared)
        fixed = (wire.MAIN, wire.OTHER, wire.DEV, *wire.OUTCOMES, *wire.USAGE_KINDS, *wire.BUCKETS, *wire.AGES)
        parts = {*wire.SHAPES} - {NOTEBOOK}
        return frozenset({self.project, *parts, *wire.ENVIRONMENT, *self.commands, *self.errors}) | {
            *BUILTIN_ERRORS, *flags, *closed, *fixed, *own, *(self.notebook.words() if self.notebook else ()),
        }  # fmt: skip

    def union(self, other: Vocabulary) -> Vocabulary:
        """These words and ``other``'s; where both declare an event, this one's declaration holds."""
        commands = {
            path: tuple(dict.fromkeys((*self.commands.get(path, ()), *other.commands.get(path, ()))))
            for path in (*self.commands, *other.commands)
        }
        errors = tuple(dict.fromkeys((*self.errors, *other.errors)))
        events = {**other.events, **self.events}
        notebook = self.notebook or other.notebook
        if self.notebook and other.notebook:
            notebook = Notebook(tuple(dict.fromkeys((*self.notebook.modules, *other.notebook.modules))))
        return replace(self, commands=commands, errors=errors, events=events, notebook=notebook)

    def within(self, words: Collection[str]) -> Vocabulary:
        """These words, as far as they are among ``words``; an event only if all of its words are."""
        commands = {
            path: tuple(flag for flag in flags if flag in words)
            for path, flags in self.commands.items()
            if path in words
        }
        errors = tuple(kind for kind in self.errors if kind in words)
        events = {name: event for name, event in self.events.items() if Plan([event]).alphabet() <= set(words)}
        notebook = None
        if self.notebook and NOTEBOOK in words:
            notebook = Notebook(tuple(module for module in self.notebook.modules if module in words))
        return replace(self, commands=commands, errors=errors, events=events, notebook=notebook)

    def refusal(self, part: Mapping[str, Any]) -> str | None:
        """Why ``part`` (as :func:`footfall.wire.decode` gives it) may not pass: a fixed token; ``None`` if it may."""
        if part["project"] != self.project:
            return "other-project"
        kind = part["part"]
        if kind == "activity":
            return None
        if kind == "environment":
            return self._refuse_environment(part)
        if kind == NOTEBOOK:
            return self._refuse_session(part)
        return self._refuse_commands(part) if kind == "cli.command" else self._refuse_event(part)

    def _refuse_environment(self, part: Mapping[str, Any]) -> str | None:
        rows = part.get("rows", ())
        if len({row["field"] for row in rows}) < len(rows):
            return "repeated-field"
        for row in rows:
            known, value = wire.ENVIRONMENT[row["field"]], row["value"]
            fits = value in known if isinstance(known, tuple) else known.fullmatch(value) is not None
            if not fits and (row["field"], value) != ("version", wire.DEV):
                return "unknown-value"
        return None

    def _refuse_commands(self, part: Mapping[str, Any]) -> str | None:
        cells = [cell for name in wire.SHAPES["cli.command"] for cell in part.get(name, ())]
        if not all(self.has_command(cell["command"]) for cell in cells):
            return "unknown-command"
        if not all(self.has_flag(cell["command"], cell["flag"]) for cell in part.get("flags", ())):
            return "unknown-flag"
        return None if all(self.has_error(cell["kind"]) for cell in part.get("errors", ())) else "unknown-error"

    def _refuse_session(self, part: Mapping[str, Any]) -> str | None:
        if self.notebook is None:
            return "unknown-event"
        if not all(self.has_error(cell["kind"]) for cell in part.get("errors", ())):
            return "unknown-error"
        modules = (cell["module"] for cell in part.get("modules", ()))
        return None if all(map(self.has_module, modules)) else "unknown-module"

    def _refuse_event(self, part: Mapping[str, Any]) -> str | None:
        event = self.events.get(part["part"])
        if event is None or event.expired(part["day"]):
            return "unknown-event"
        for row in part.get("rows", ()):
            kind = event.fields.get(row["field"])
            if kind is None:
                return "unknown-field"
            if not kind.has(row["value"]):
                return "unknown-value"
        return None


def _table(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise PlanError(f"plan: {place} needs a table")
    return value


def _words(value: object, place: str) -> list[str]:
    if not isinstance(value, list) or not all(map(wire.is_word, value)):
        raise PlanError(f"plan: {place} needs a list of words")
    return value


def _commands_of(value: object) -> dict[str, tuple[str, ...]]:
    table = _table(value, "commands")
    if not all(map(wire.is_word, table)):
        raise PlanError("plan: a command's path is printable, not empty, at most 120 characters")
    return {path: tuple(_words(flags, f"commands.{path}")) for path, flags in table.items()}


def _notebook_of(value: object) -> Notebook:
    return Notebook(tuple(_words(_table(value, "notebook").get("modules", []), "notebook.modules")))


def _event_of(name: str, value: object) -> EventType:
    body = _table(value, f"events.{name}")
    fields = _table(body.get("fields", {}), f"events.{name}.fields")
    return EventType(
        name,
        {key: _field_of(f"events.{name}.fields.{key}", spec) for key, spec in fields.items()},
        why=str(body.get("why", "")),
        expires=str(body.get("expires", "")),
    )


def _field_of(place: str, value: object) -> Field:
    body = _table(value, place)
    kind = body.get("type")
    if kind == "choice":
        return Choice(*_words(body.get("values"), f"{place}.values"))
    if kind == "bucket":
        edges = body.get("edges")
        return Bucket(*(edges if isinstance(edges, list) else ()))
    if kind == "flag":
        return Flag()
    if kind == "version":
        return Version()
    raise PlanError(f"plan: {place} is not a choice, flag, bucket or version")


def _event_document(event: EventType) -> dict[str, Any]:
    return {
        "why": event.why,
        "expires": event.expires,
        "fields": {name: _field_document(kind) for name, kind in sorted(event.fields.items())},
    }


def _field_document(kind: Field) -> dict[str, Any]:
    if isinstance(kind, Choice):
        return {"type": kind.type, "values": list(kind.values)}
    return {"type": kind.type, "edges": list(kind.edges)} if isinstance(kind, Bucket) else {"type": kind.type}
