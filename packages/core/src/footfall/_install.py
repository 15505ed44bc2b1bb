"""How a project was installed, by PEP 610: a working copy's runs are its developers', not its users'."""

from __future__ import annotations

import json
from importlib import metadata


def how_installed(project: str) -> str:
    """``editable``, ``from a repository`` or ``from a folder`` when not a release; empty for a release, or when unknown."""
    try:
        text = metadata.distribution(project).read_text("direct_url.json")
        origin = json.loads(text) if text else {}
    except (metadata.PackageNotFoundError, ValueError, OSError):
        return ""
    if not isinstance(origin, dict):
        return ""
    if "vcs_info" in origin:
        return "from a repository"
    if "dir_info" in origin:
        return "editable" if dict(origin["dir_info"]).get("editable") else "from a folder"
    return ""
