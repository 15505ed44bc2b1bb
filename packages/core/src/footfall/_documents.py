"""The parts of a plan document, TOML or JSON: read with the place named that cannot be read, and written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from footfall import wire
from footfall.errors import PlanError
from footfall.plan import Bucket, Choice, EventType, Field, Flag, Version

_ABOUT = ("why", "question", "owner", "review", "expires")  # what an event says of itself, beside its fields


def table_in(value: object, place: str) -> Mapping[str, Any]:
    """``value``, a table. Raises ``PlanError``."""
    if not isinstance(value, Mapping):
        raise PlanError(f"plan: {place} needs a table")
    return value


def words_in(value: object, place: str) -> list[str]:
    """``value``, a list of words. Raises ``PlanError``."""
    if not isinstance(value, list) or not all(map(wire.is_word, value)):
        raise PlanError(f"plan: {place} needs a list of words")
    return value


def commands_in(value: object) -> dict[str, tuple[str, ...]]:
    """Flags by path of the command. Raises ``PlanError``."""
    table = table_in(value, "commands")
    if not all(map(wire.is_word, table)):
        raise PlanError("plan: a command's path is printable, not empty, at most 120 characters")
    return {path: tuple(words_in(flags, f"commands.{path}")) for path, flags in table.items()}


def event_in(name: str, value: object) -> EventType:
    """The event type in the table of ``name``. Raises ``PlanError``."""
    body = table_in(value, f"events.{name}")
    fields = table_in(body.get("fields", {}), f"events.{name}.fields")
    return EventType(
        name,
        {key: _field_in(f"events.{name}.fields.{key}", spec) for key, spec in fields.items()},
        **{name: str(body.get(name, "")) for name in _ABOUT},
    )


def sample_in(value: object) -> float:
    """The share of the installs that send. Raises ``PlanError``."""
    if type(value) in (int, float) and value == 1:
        return 1
    if isinstance(value, float) and wire.is_sample(value):
        return value
    raise PlanError(f"plan: sample is 1, or one of {', '.join(map(str, wire.SAMPLES))}")


def _field_in(place: str, value: object) -> Field:
    body = table_in(value, place)
    kind = body.get("type")
    if kind == "choice":
        return Choice(*words_in(body.get("values"), f"{place}.values"))
    if kind == "bucket":
        edges = body.get("edges")
        return Bucket(*(edges if isinstance(edges, list) else ()))
    if kind == "flag":
        return Flag()
    if kind == "version":
        return Version()
    raise PlanError(f"plan: {place} is not a choice, flag, bucket or version")


def event_document(event: EventType) -> dict[str, Any]:
    """The table of an event type."""
    return {
        **{name: getattr(event, name) for name in _ABOUT},
        "fields": {name: _field_document(kind) for name, kind in sorted(event.fields.items())},
    }


def _field_document(kind: Field) -> dict[str, Any]:
    if isinstance(kind, Choice):
        return {"type": kind.type, "values": list(kind.values)}
    return {"type": kind.type, "edges": list(kind.edges)} if isinstance(kind, Bucket) else {"type": kind.type}


def digest_of(words: Mapping[str, Any], events: Mapping[str, EventType]) -> str:
    """The first digits of the SHA-256 of ``words`` and ``events``, in the one spelling that their JSON has here."""
    fields = {
        name: {"expires": event.expires, "fields": {key: _kind(kind) for key, kind in event.fields.items()}}
        for name, event in events.items()
    }
    text = json.dumps({**words, "events": fields}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[: wire.DIGEST_DIGITS]


def _kind(kind: Field) -> list[str]:
    """A field by its words: edges that are written in another way, or choices in another order, give the same."""
    return [kind.type, *sorted(kind.words())]
