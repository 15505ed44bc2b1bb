"""The plan files that an operator gives: which projects may report, and with which words."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from footfall.errors import PlanError
from footfall.vocabulary import Vocabulary

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Plans = Mapping[str, Sequence[Vocabulary]]
"""Vocabularies by project. One project may have several: the plan of each release that is still in use."""


def read_plan(path: Path) -> Vocabulary:
    """The vocabulary in a plan file, TOML or JSON by its suffix.

    Raises:
        PlanError: with the file's name and what is wrong in it.
    """
    try:
        return Vocabulary.from_document(_document(path))
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from error


def read_plans(paths: Iterable[Path]) -> Plans:
    """All plans in ``paths``: files, and directories of ``*.toml`` and ``*.json``. Raises ``PlanError``."""
    plans: dict[str, list[Vocabulary]] = {}
    for path in paths:
        for file in files_in(path):
            vocabulary = read_plan(file)
            plans.setdefault(vocabulary.project, []).append(vocabulary)
    return plans


def files_in(path: Path) -> list[Path]:
    """The plan files that ``path`` names: itself, or those in it, by their names."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.iterdir() if file.suffix in (".toml", ".json"))


def _document(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text("utf-8-sig")  # an editor may have put a mark before it
        document = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise PlanError(error.strerror or "cannot be read") from error
    except RecursionError as error:
        raise PlanError("nested too deep") from error
    except ValueError as error:  # not UTF-8, not TOML, not JSON: all of them
        raise PlanError(str(error)) from error
    if not isinstance(document, dict):
        raise PlanError("plan: a table is expected")
    return document
