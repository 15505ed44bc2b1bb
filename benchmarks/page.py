"""Pages that results are written into, each between its markers; what stands around them stays."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterable
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from headers import CLICK

NAMES = ("footfall", "footfall-click", "footfall-collector", "footfall-jupyter", "ipykernel", "ipython")


def filled(text: str, name: str, lines: Iterable[str]) -> str:
    """``text`` with these lines between its markers of this name.

    Raises:
        ValueError: when it has no such markers, or more than one pair of them.
    """
    begin, end = f"<!-- bench:{name} -->", f"<!-- bench:{name} end -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"no single place for {name} in the page")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    body = "\n".join(lines)
    return f"{before}{begin}\n\n{body}\n\n{end}{after}"


def write(path: Path, name: str, lines: Iterable[str]) -> None:
    """The same for a file."""
    path.write_text(filled(path.read_text(encoding="utf-8"), name, lines), encoding="utf-8")


def caption(told: str) -> str:
    """The first of the circumstances, for below a picture: day, machine and Python."""
    return "; ".join(told.split("; ")[:3])


def circumstances(arguments: str) -> str:
    """What a reader has to know of a run: the day, the machine (no name of it), the versions, the command."""
    kernel = re.match(r"[\d.]+", platform.release())
    machine = f"{platform.system()} {kernel[0] if kernel else ''} on {platform.machine()}, {os.cpu_count()} cores"
    load = f"load {os.getloadavg()[0]:.1f} when it began"
    versions = [CLICK.replace("==", " "), *filter(None, map(_version, NAMES))]
    today = datetime.now(timezone.utc).date().isoformat()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    command = f"python -m nox -s bench{' -- ' + arguments if arguments else ''}"
    return f"{today}; {machine}, {load}; {python}; {', '.join(versions)}; `{command}`"


def _version(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return ""


def is_supported() -> bool:
    """Whether programs can be measured here: it takes Linux's subreapers, pidfds and /proc."""
    return sys.platform == "linux"
