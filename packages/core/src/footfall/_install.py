"""How a project was installed, by PEP 610: a working copy's runs are its developers', not its users'."""

from __future__ import annotations

import json
from importlib import metadata


def how_installed(project: str) -> str:
    """``editable``, ``from a repository`` or ``from a folder`` when not a release; else, or when unknown, empty."""
    try:
        text = metadata.distribution(project).read_text("direct_url.json")
        origin = json.loads(text) if text else {}
    except (metadata.PackageNotFoundError, ValueError, OSError):
        return ""
    if not isinstance(origin, dict):
        return ""
    if "vcs_info" in origin:
        return "from a repository"
    about = origin.get("dir_info")
    if not isinstance(about, dict):
        return ""
    return "editable" if about.get("editable") else "from a folder"
