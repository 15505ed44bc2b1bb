"""What the user's commands tell as JSON: the same facts under names that stay (docs/commands.md)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from footfall._rules import Rule
from footfall.overview import Answer, Preview, Sent, Status

Document = dict[str, Any]


def text_of(tools: Iterable[Document], **more: object) -> str:
    """The one document that a command prints: what it has to say of each tool, and what is no tool's own."""
    return json.dumps({"tools": list(tools), **more}, indent=2)


def plain(value: object) -> Any:
    """A value of ours in JSON's own kinds: fields by their names, paths as texts."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


def of_status(status: Status, rules: list[Rule]) -> Document:
    """A tool's status; what each rule says if they were asked for."""
    document: Document = plain(status)
    del document["for_all_tools"]  # is no tool's own
    return {**document, **({"rules": plain(rules)} if rules else {})}


def of_answer(project: str, answer: Answer) -> Document:
    """What became of an answer."""
    return {"project": project, **plain(answer)}


def of_preview(project: str, preview: Preview) -> Document:
    """What would leave: each part's exact bytes, and what is in them."""
    parts = [_part(line) for line in preview.lines]
    return {"project": project, "is_example": preview.is_example, "sample": plain(preview.sample), "parts": parts}


def of_log(project: str, sent: Iterable[Sent]) -> Document:
    """What has left, in the order of days."""
    told = ("day", "is_refused", "reason")
    parts = [{**{name: getattr(one, name) for name in told}, **_part(one.text)} for one in sent]
    return {"project": project, "parts": parts}


def _part(text: str) -> Document:
    """A part's very bytes, which are ASCII, as a string; and the document in them, ``null`` if they are damaged."""
    try:
        return {"bytes": text, "document": json.loads(text)}
    except (ValueError, RecursionError):
        return {"bytes": text, "document": None}
