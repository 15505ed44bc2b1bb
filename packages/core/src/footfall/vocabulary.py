"""All words of one program: the document that ``footfall plan`` exports, and the check of a part against it.

The sender checks the bytes that are about to leave and the collector those that arrive, with the same code.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from footfall import wire
from footfall._builtin_errors import BUILTIN_ERRORS
from footfall._documents import commands_in, digest_of, event_document, event_in, sample_in, table_in, words_in
from footfall.errors import PlanError
from footfall.plan import Choice, EventType, Plan

CALLS = "library.call"  # the event of calls of the author's own functions
NOTEBOOK = "notebook.session"  # the part of notebook sessions, and the word that stands for all of its words


@dataclass(frozen=True)
class Notebook:
    """Words of a program that is used in notebooks: its ``modules`` whose use in a session is counted."""

    modules: Sequence[str] = ()

    def words(self) -> frozenset[str]:
        """All words that a session's part can hold, but for kinds of errors."""
        closed = (*wire.FRONTENDS, *wire.MAGICS, *wire.SESSION_BUCKETS, *wire.SIZE_BUCKETS)
        return frozenset({NOTEBOOK, *closed, *self.modules})


@dataclass(frozen=True)
class Vocabulary:
    """All words of one program: what ``footfall plan`` exports and the collector is given.

    ``commands`` maps each command's path (``db migrate``; ``(main)`` for the program itself) to the flags it declares.
    ``notebook`` is ``None`` for a program that counts no notebook sessions. ``has_runs`` is false for a library or
    service that has no commands, and counts events of its own alone. ``digests`` are those of the plans that
    the user's machine has, by version, a version's newest first: only they may leave it. ``None``: there is no such
    list, as at a collector, which takes any. ``samples`` are the shares of the installs that send: the plan's own,
    then those of plans that were joined to it.
    """

    project: str
    version: str = ""
    commands: Mapping[str, Sequence[str]] = field(default_factory=dict)
    errors: Sequence[str] = ()
    events: Mapping[str, EventType] = field(default_factory=dict)
    notebook: Notebook | None = None
    has_runs: bool = True
    samples: Sequence[float] = (1,)
    digests: Mapping[str, Sequence[str]] | None = field(default=None, compare=False)

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
            commands_in(document.get("commands", {})),
            tuple(words_in(document.get("errors", []), "errors")),
            {name: event_in(name, body) for name, body in table_in(document.get("events", {}), "events").items()},
            _notebook_in(document["notebook"]) if "notebook" in document else None,
            has_runs=document.get("runs") is not False,
            samples=(sample_in(document.get("sample", 1)),),
        )

    def document(self) -> dict[str, Any]:
        """The plan document, ready for TOML or JSON. Names that no report can hold are left out."""
        return {
            "format": wire.FORMAT,
            "project": self.project,
            "version": self.version,
            "digest": self.digest(),
            **self._declared(),
            "events": {name: event_document(event) for name, event in sorted(self.events.items())},
            **({"notebook": {"modules": sorted(filter(wire.is_word, self.notebook.modules))}} if self.notebook else {}),
            **self._terms(),
        }

    def _declared(self) -> dict[str, Any]:
        commands = {
            path: sorted(filter(wire.is_word, set(flags)))
            for path, flags in sorted(self._all_commands().items())
            if wire.is_word(path)
        }
        return {"commands": commands, "errors": sorted(filter(wire.is_word, set(self.errors)))}

    def _terms(self) -> dict[str, Any]:
        """What reports follow beside words; left out where it is as in most plans."""
        runs = {} if self.has_runs else {"runs": False}
        return {**runs, **({"sample": self.samples[0]} if self.samples[0] < 1 else {})}

    def _all_commands(self) -> Mapping[str, Sequence[str]]:
        """The commands, with the program itself: where commands are counted it is one of the words in any case."""
        return {wire.MAIN: (), **self.commands} if self.has_commands() else {}

    def digest(self) -> str:
        """Twelve hexadecimal digits that stand for these words: two plans with the same words have the same.

        It is made of the project, commands, flags, errors, events with their fields and expiry, modules, and the share
        of the installs that send: not of the version, so a release that changes no word keeps it, nor of what an event
        says of itself.
        """
        modules = sorted(set(self.notebook.modules)) if self.notebook else None
        words = {"project": self.project, **self._declared(), "modules": modules, **self._terms()}
        return digest_of(words, self.events)

    def summary(self) -> str:
        """How much there is, as a person is told: ``12 commands, 3 own events``."""
        commands = len(self.commands.keys() - {wire.MAIN}) or len(self.commands)
        told = [(commands, "command")] if commands or (not self.notebook and self.has_runs) else []
        told += [(len(self.events), "own event")]
        notebooks = [f"notebooks with {several(len(self.notebook.modules), 'module')}"] if self.notebook else []
        return ", ".join([*notebooks, *(several(n, thing) for n, thing in told)])

    def has_commands(self) -> bool:
        """Whether runs of commands are counted, as they are of all programs but those for notebooks alone."""
        return bool(self.commands) or (self.notebook is None and self.has_runs)

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
        """Every string that can leave, apart from the day, the key and releases.

        The plan's digest is among them where ``digests`` says which may leave.
        """
        closed = (value for values in wire.ENVIRONMENT.values() if isinstance(values, tuple) for value in values)
        own = Plan(self.events.values()).alphabet()
        flags = (flag for declared in self.commands.values() for flag in declared)
        fixed = (wire.OTHER, wire.DEV, *wire.CELL_OUTCOMES, *wire.BUCKETS, *wire.AGES)
        if self.has_commands():
            fixed = (*fixed, "cli.command", wire.MAIN, *wire.OUTCOMES, *wire.USAGE_KINDS)
        parts = ("activity", "environment")
        return frozenset({self.project, *parts, *wire.ENVIRONMENT, *self.commands, *self.errors}) | {
            *BUILTIN_ERRORS, *flags, *closed, *fixed, *own, *(self.notebook.words() if self.notebook else ()),
            *self.told_digests(),
        }  # fmt: skip

    def told_digests(self) -> frozenset[str]:
        """All of ``digests``; none where there is no such list."""
        return frozenset(digest for digests in (self.digests or {}).values() for digest in digests)

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
        has_runs = self.has_runs or other.has_runs
        samples = tuple(dict.fromkeys((*self.samples, *other.samples)))
        joined = replace(self, commands=commands, errors=errors, events=events, notebook=notebook)
        return replace(joined, has_runs=has_runs, samples=samples)

    def within(self, words: Collection[str]) -> Vocabulary:
        """These words, as far as they are among ``words``; an event only if all of its words are."""
        commands = {
            path: tuple(flag for flag in flags if flag in words)
            for path, flags in self.commands.items()
            if path in words
        }
        errors = tuple(kind for kind in self.errors if kind in words)
        own = {name: _calls_within(event, words) if name == CALLS else event for name, event in self.events.items()}
        events = {name: event for name, event in own.items() if event and Plan([event]).alphabet() <= set(words)}
        notebook = None
        if self.notebook and NOTEBOOK in words:
            notebook = Notebook(tuple(module for module in self.notebook.modules if module in words))
        return replace(self, commands=commands, errors=errors, events=events, notebook=notebook)

    def functions(self) -> frozenset[str]:
        """Names of the author's functions whose calls are counted."""
        calls = self.events.get(CALLS)
        return (
            frozenset(word for kind in calls.fields.values() for word in getattr(kind, "values", ()))
            if calls
            else frozenset()
        )

    def refusal(self, part: Mapping[str, Any], today: str = "") -> str | None:
        """Why ``part`` (as :func:`footfall.wire.decode` gives it) may not pass: a fixed token; ``None`` if it may.

        An event that has expired on the part's day does not pass, nor one that has on ``today``, a UTC day: the
        sender's. A collector gives none: it takes what was sent in time and comes late.
        """
        if part["project"] != self.project:
            return "other-project"
        if part.get("sample", 1) not in (1, *self.samples):
            return "unknown-sample"
        if wire.repeats(part):
            return "repeated-field"
        kind = part["part"]
        if kind == "activity":
            return None
        if kind == "environment":
            return self._refuse_environment(part)
        if kind == NOTEBOOK:
            return self._refuse_session(part)
        return self._refuse_commands(part) if kind == "cli.command" else self._refuse_event(part, today)

    def _refuse_environment(self, part: Mapping[str, Any]) -> str | None:
        rows = part.get("rows", ())
        if len({row["field"] for row in rows}) < len(rows):
            return "repeated-field"
        for row in rows:
            known, value = wire.ENVIRONMENT[row["field"]], row["value"]
            fits = value in known if isinstance(known, tuple) else known.fullmatch(value) is not None
            if not fits and (row["field"], value) != ("version", wire.DEV):
                return "unknown-value"
            if row["field"] == "plan" and self.digests is not None and value not in self.told_digests():
                return "unknown-value"
        return None

    def _refuse_commands(self, part: Mapping[str, Any]) -> str | None:
        if not self.has_commands():
            return "unknown-event"
        cells = [cell for name in wire.SHAPES["cli.command"] for cell in part.get(name, ())]
        if not all(self.has_command(cell["command"]) for cell in cells):
            return "unknown-command"
        if not all(self.has_flag(cell["command"], cell["flag"]) for cell in part.get("flags", ())):
            return "unknown-flag"
        return None if all(self.has_error(cell["kind"]) for cell in part.get("errors", ())) else "unknown-error"

    def _refuse_session(self, part: Mapping[str, Any]) -> str | None:
        if self.notebook is None:
            return "unknown-event"
        kinds = [cell["kind"] for cell in part.get("errors", ())]
        if not all(map(self.has_error, kinds)) or {*kinds} & {*wire.USAGE_KINDS}:
            return "unknown-error"
        modules = (cell["module"] for cell in part.get("modules", ()))
        return None if all(map(self.has_module, modules)) else "unknown-module"

    def _refuse_event(self, part: Mapping[str, Any], today: str) -> str | None:
        event = self.events.get(part["part"])
        if event is None or event.expired(max(part["day"], today)):
            return "unknown-event"
        for row in part.get("rows", ()):
            kind = event.fields.get(row["field"])
            if kind is None:
                return "unknown-field"
            if not kind.has(row["value"]):
                return "unknown-value"
        return None


def _calls_within(event: EventType, words: Collection[str]) -> EventType | None:
    """The event of calls with those of its functions that are among ``words``: each release of a library has others."""
    fields = {
        name: Choice(*(word for word in kind.values if word in words))
        for name, kind in event.fields.items()
        if isinstance(kind, Choice) and not set(words).isdisjoint(kind.values)
    }
    return replace(event, fields=fields) if fields.keys() == event.fields.keys() else None


def several(n: int, thing: str) -> str:
    """So many things, in words: ``1 part``, ``3 parts``."""
    return f"{n} {plural(n, thing)}"


def plural(n: int, thing: str) -> str:
    """The word for ``n`` things."""
    return thing if n == 1 else thing + "s"


def few(share: float) -> str:
    """How many send, where a share of the installs do: ``one in 10 installs``."""
    return f"one in {round(1 / share)} installs"


def _notebook_in(value: object) -> Notebook:
    return Notebook(tuple(words_in(table_in(value, "notebook").get("modules", []), "notebook.modules")))
