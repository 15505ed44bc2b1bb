"""The SQL texts of the package, one statement a file, by the folder they are in."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files


def texts(folder: str) -> Mapping[str, str]:
    """SQL by file name without ``.sql``, of one folder under ``sql``."""
    entries = (files("footfall_collector") / "sql" / folder).iterdir()
    return {entry.name[:-4]: entry.read_text("utf-8") for entry in entries if entry.name.endswith(".sql")}
