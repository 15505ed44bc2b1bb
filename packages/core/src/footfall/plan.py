"""The events that an author declares, with closed field types only.

A field is a choice, a flag, a bucket or a version; there is no free text, so all strings that can ever leave are finite
and can be printed (:meth:`footfall.vocabulary.Vocabulary.alphabet`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

from footfall import wire
from footfall.errors import PlanError

EVENT_BYTES_MAX = wire.MAX_PART_BYTES // 2 - 256  # one event's cells; a day's are then split without counting any twice

_WIDEST_RELEASE = "9999.9999.9999.9999.post999"
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


class _Closed:
    """What the field types share: a finite set of words."""

    unknown: ClassVar[str] = wire.OTHER

    def words(self) -> frozenset[str]:
        """All words that can leave."""
        return frozenset({self.unknown})

    def first(self) -> str:
        """A word for an example: the first that is declared."""
        return self.unknown

    def has(self, word: str) -> bool:
        """Whether ``word`` can leave."""
        return word in self.words()

    def keep(self, word: str) -> str:
        """``word`` if it can leave, else the word for what is not known."""
        return word if self.has(word) else self.unknown


@dataclass(frozen=True)
class Choice(_Closed):
    """One of a closed list of words; anything else leaves as ``other``."""

    values: tuple[str, ...]
    type: ClassVar[str] = "choice"

    def __init__(self, *values: str) -> None:
        if not values or not all(map(wire.is_word, values)):
            raise PlanError("a Choice needs words: printable, not empty, at most 120 characters")
        object.__setattr__(self, "values", tuple(values))

    def first(self) -> str:
        """The first word."""
        return self.values[0]

    def admit(self, value: object) -> str:
        """The word that leaves for ``value``."""
        return value if type(value) is str and value in self.values else wire.OTHER

    def words(self) -> frozenset[str]:
        """All words that can leave."""
        return frozenset({*self.values, wire.OTHER})


@dataclass(frozen=True)
class Flag(_Closed):
    """True or false; anything else leaves as ``other``."""

    type: ClassVar[str] = "flag"

    def first(self) -> str:
        """True."""
        return "true"

    def admit(self, value: object) -> str:
        """The word that leaves for ``value``."""
        return "true" if value is True else "false" if value is False else wire.OTHER

    def words(self) -> frozenset[str]:
        """All words that can leave."""
        return frozenset({"true", "false", wire.OTHER})


@dataclass(frozen=True)
class Bucket(_Closed):
    """A number, told only by the bucket it falls in: ``<1``, ``1-10``, ``>=10`` for the edges 1 and 10."""

    edges: tuple[float, ...]
    type: ClassVar[str] = "bucket"

    def __init__(self, *edges: float) -> None:
        if not edges or not all(type(edge) in (int, float) and math.isfinite(edge) for edge in edges):
            raise PlanError("a Bucket needs edges: finite numbers")
        if any(a >= b for a, b in pairwise(edges)):
            raise PlanError("a Bucket needs edges that rise")
        object.__setattr__(self, "edges", tuple(edges))

    def labels(self) -> tuple[str, ...]:
        """Names of the buckets, lowest first; one more than edges."""
        text = [f"{edge:g}" if float(f"{edge:g}") == edge else repr(edge) for edge in self.edges]
        between = (f"{low}-{high}" for low, high in pairwise(text))
        return (f"<{text[0]}", *between, f">={text[-1]}")

    def first(self) -> str:
        """The lowest bucket."""
        return self.labels()[0]

    def admit(self, value: object) -> str:
        """The word that leaves for ``value``."""
        if (type(value) is not int and type(value) is not float) or value != value:  # noqa: PLR0124 - isnan takes no large int
            return wire.OTHER
        return self.labels()[sum(value >= edge for edge in self.edges)]

    def words(self) -> frozenset[str]:
        """All words that can leave."""
        return frozenset({*self.labels(), wire.OTHER})


@dataclass(frozen=True)
class Version(_Closed):
    """A version by the fixed release grammar; anything that is not a release leaves as ``dev``."""

    type: ClassVar[str] = "version"
    unknown: ClassVar[str] = wire.DEV

    def admit(self, value: object) -> str:
        """The word that leaves for ``value``."""
        return wire.version_of(value) if type(value) is str else wire.DEV

    def words(self) -> frozenset[str]:
        """All words that can leave, but for releases."""
        return frozenset({wire.DEV})

    def has(self, word: str) -> bool:
        """Whether ``word`` can leave."""
        return word == wire.version_of(word)


Field = Choice | Flag | Bucket | Version
FIELD_TYPES: Mapping[str, type[Field]] = {kind.type: kind for kind in (Choice, Flag, Bucket, Version)}


def _width(word: str) -> int:
    return len(wire.encode({"": word}))


@dataclass(frozen=True)
class EventType:
    """An author's own event: its name (``noun.noun``), its fields, and what its users are told of it.

    Attributes:
        why: what it is counted for, as users read it.
        expires: first UTC day (``YYYY-MM-DD``, at most 730 ahead of its writing) on which nothing of it is recorded or
            sent any more.
        question: the question that its figures answer.
        owner: who answers for it.
        review: link to where it was talked over.
    """

    name: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    why: str = ""
    expires: str = ""
    question: str = ""
    owner: str = ""
    review: str = ""

    def __post_init__(self) -> None:
        if not wire.is_event(self.name):
            raise PlanError(
                f"event name {self.name!r}: two words in lower case with a dot between, not cli.* or notebook.*"
            )
        for name, kind in self.fields.items():
            if not _FIELD_NAME.fullmatch(name):
                raise PlanError(f"field name {name!r} of {self.name}: lower case letters, digits and _")
            if not isinstance(kind, Field):
                raise PlanError(f"field {name} of {self.name}: a Choice, Flag, Bucket or Version, not {kind!r}")
        if self.expires and not wire.is_day(self.expires):
            raise PlanError(f"expires of {self.name}: a day as YYYY-MM-DD")
        if self._bytes_at_most() > EVENT_BYTES_MAX:
            raise PlanError(
                f"{self.name} has too many fields, or too long words, for a report of {wire.MAX_PART_BYTES} bytes"
            )

    def _bytes_at_most(self) -> int:
        widest = (max({*kind.words(), _WIDEST_RELEASE}, key=_width) for kind in self.fields.values())
        cells = ({"field": name, "value": word} for name, word in zip(self.fields, widest, strict=True))
        return sum(len(wire.encode({**cell, "n": wire.COUNT_MAX, "first_in_week": False})) + 1 for cell in cells)

    def expired(self, day: str) -> bool:
        """Whether the event is over on ``day`` (``YYYY-MM-DD``)."""
        return bool(self.expires) and day >= self.expires

    def admit(self, values: Mapping[str, object]) -> dict[str, str]:
        """The declared fields of ``values`` as words; what is not declared is not looked at."""
        return {name: kind.admit(values[name]) for name, kind in self.fields.items() if name in values}


class Plan:
    """The events that an author declares besides the command tree: ``Plan([EventType(...), ...])``.

    ``errors`` names exception classes of the program's own, which may then be reported by name. ``waive`` says why a
    finding of ``footfall lint`` may stand, by the finding's check and place:
    ``{"smells-of-content:model.loaded.path_depth": "a count of folders"}``.
    """

    def __init__(
        self,
        events: Iterable[EventType] = (),
        *,
        errors: Iterable[type[BaseException]] = (),
        waive: Mapping[str, str] | None = None,
    ) -> None:
        self.events: dict[str, EventType] = {}
        for event in events:
            if not isinstance(event, EventType):
                raise PlanError(f"a Plan is made of EventTypes, not {event!r}")
            if event.name in self.events:
                raise PlanError(f"event {event.name} is declared twice")
            self.events[event.name] = event
        self.errors: tuple[type[BaseException], ...] = tuple(errors)
        self.waive: dict[str, str] = dict(waive or {})
        for finding, reason in self.waive.items():
            if ":" not in finding or type(reason) is not str or not reason.strip():
                raise PlanError(f"waive {finding!r}: a finding as check:place, and the reason in words")

    def admit(self, name: str, values: Mapping[str, object], day: str) -> dict[str, str] | None:
        """The words of an event that may leave, or ``None`` when it is not declared or expired. Never raises."""
        event = self.events.get(name) if type(name) is str else None
        return None if event is None or event.expired(day) else event.admit(values)

    def alphabet(self) -> frozenset[str]:
        """Every string that these events can send, apart from releases."""
        return frozenset(
            word
            for event in self.events.values()
            for word in (event.name, *event.fields, *(w for kind in event.fields.values() for w in kind.words()))
        )
