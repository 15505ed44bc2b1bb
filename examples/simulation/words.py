"""The digest of a program's words, once more and on its own: written from what the docs say of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

_WORDS = {"flag": ["true", "false", "other"], "version": ["dev"]}


def digest_of(plan: Mapping[str, Any]) -> str:
    """The first twelve digits of the SHA-256 of an exported plan's words."""
    events = {name: {"expires": event["expires"], "fields": _fields(event)} for name, event in plan["events"].items()}
    modules = plan["notebook"]["modules"] if "notebook" in plan else None
    words = {"project": plan["project"], "commands": plan["commands"], "errors": plan["errors"], "events": events}
    text = json.dumps({**words, "modules": modules}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _fields(event: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: [field["type"], *sorted(_words(field))] for name, field in event["fields"].items()}


def _words(field: Mapping[str, Any]) -> set[str]:
    if field["type"] == "choice":
        return {*field["values"], "other"}
    if field["type"] == "bucket":
        edges = [str(edge) for edge in field["edges"]]
        return {f"<{edges[0]}", *(f"{low}-{high}" for low, high in pairwise(edges)), f">={edges[-1]}", "other"}
    return set(_WORDS[field["type"]])
