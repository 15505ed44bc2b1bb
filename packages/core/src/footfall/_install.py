"""How a program came to this machine: a working copy's runs are its developers', not its users' (rule 7).

Looked up where an answer is given and once a version, never in an ordinary run, and kept as a word: no path is.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from footfall import Client, _consent, _project, _state

_SOURCE_FILES = ("pyproject.toml", "setup.py", ".git")
_INSTALLED = ("site-packages", "dist-packages")
COPIES_MAX = 8  # of one program on one machine, of which is known how they were installed
SOURCE_TREE = "run from a source tree"


def look(client: Client) -> str:
    """How ``client``'s program was installed when not as a release, else empty; its decisions know it from now on."""
    if client.source is None:
        client.source = how_installed(client.project, client.packages)
    return client.source


def keep(client: Client) -> None:
    """Look, and keep what was found for this version; what was recorded before it was known is removed.

    Raises:
        OSError: when it cannot be kept.
    """
    if look(client):
        _project.wipe(Path(client.folder), but=_project.ANSWER)
    remember(client)


def look_and_remember(client: Client) -> str:
    """Look, and try to keep what was found."""
    how = look(client)
    with client.guard():
        remember(client)
    return how


def remember(client: Client) -> str:
    """Look, and keep what was found for this copy of the program, beside what is known of others.

    Raises:
        OSError: when it cannot be kept.
    """
    path, mark, how = Path(client.folder, "install"), _consent.copy_mark(client), look(client)
    known = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    others = [line for line in known if not line.startswith(mark)]
    _state.write_whole(str(path), "\n".join([*others[1 - COPIES_MAX :], mark + how]).encode())
    return how


def how_installed(project: str, packages: Iterable[str] = ()) -> str:
    """``editable``, ``from a repository``, ``from a folder`` (PEP 610) or ``run from a source tree``; empty: a release.

    An archive that was installed by its path is one too: so do distributions, and people without a network.
    ``packages`` are the top-level ones that the program is made of, as they are imported now.
    """
    places = {package: _place_of(package) for package in packages}
    sites = dict.fromkeys(filter(os.path.isdir, [*sys.path, *places.values()]))
    found = next((how for site in sites for how in _direct(site, project, places)), "")
    return found or (SOURCE_TREE if any(map(_is_source_tree, places.values())) else "")


def _direct(site: str, project: str, packages: Iterable[str]) -> Iterator[str]:
    """How the distributions in ``site`` were installed that are the project or hold one of its packages."""
    try:
        names = [name for name in os.listdir(site) if name.endswith(".dist-info")]
    except OSError:
        return  # not for us to read
    for name in names:
        about = f"{site}/{name}"
        how = _origin(about + "/direct_url.json") if os.path.isfile(about + "/direct_url.json") else ""
        if how and (_plain(name.partition("-")[0]) == _plain(project) or _holds(about, packages)):
            yield how


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def _holds(about: str, packages: Iterable[str]) -> bool:
    try:
        with open(about + "/RECORD", encoding="utf-8", errors="replace") as file:
            starts = tuple(package.replace(".", "/") + end for package in packages for end in ("/", ".py,", ".so,"))
            return any(line.startswith(starts) for line in file)
    except OSError:
        return False


def _origin(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            origin = json.load(file)
    except (ValueError, OSError, RecursionError):
        return ""
    if not isinstance(origin, dict):
        return ""
    if "vcs_info" in origin:
        return "from a repository"
    about = origin.get("dir_info")
    if not isinstance(about, dict):
        return ""
    return "editable" if about.get("editable") else "from a folder"


def _place_of(package: str) -> str:
    """The folder that a top-level package or module is imported from; of ``ns.package`` too; empty: not known."""
    module = sys.modules.get(package)
    file = getattr(module, "__file__", None)
    path = next(iter(getattr(module, "__path__", ())), None)
    if not isinstance(path, str):
        return os.path.dirname(file) if isinstance(file, str) else ""
    place = path
    for _ in package.split("."):
        place = os.path.dirname(place)
    return place


def _is_source_tree(place: str) -> bool:
    """Whether what is imported from ``place`` lies in a working copy: in its root, or in a folder right below."""
    if not place or not os.path.isdir(place) or not set(_INSTALLED).isdisjoint(place.split(os.sep)):
        return False
    return any(
        os.path.exists(f"{folder}/{name}") for folder in (place, os.path.dirname(place)) for name in _SOURCE_FILES
    )
