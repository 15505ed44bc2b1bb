"""Adapter files: one a peer, ``peers/NAME.py``, with a TOML header in comments; ``peers/README.md`` has its keys."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PEERS = Path(__file__).parent / "peers"
CLICK = "click==8.5.1"  # the same in every environment
BARE = "none"
FLOOR = "floor"
ON, OFF, FIRST = "footfall", "footfall_off", "footfall_first"
ALWAYS = (BARE, FLOOR, "floor_nojson", OFF, ON, FIRST)  # measured beside whatever else is
_HEADER = re.compile(r"^# /// peer\n(.*?)^# ///$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Peer:
    """One instrumented program, as its file's header describes it."""

    name: str
    title: str
    requires: tuple[str, ...] = ()
    wheels: tuple[str, ...] = ()  # folders of this workspace's packages, installed as they were built
    venv: str = ""  # shared with the peers that name the same
    pip_args: tuple[str, ...] = ()
    uv_args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    app: str = ""  # another file of ``peers`` that has the program
    delivery_app: str = ""  # a file with a program that tells its runs apart, for the delivery table only
    forget: tuple[str, ...] = ()  # files in HOME that are removed before each run
    collector: str = "tokens"  # or ``footfall``: the delivery table counts what our collector has stored
    flush: tuple[str, ...] = ()  # what sends the rest, once after the runs of the delivery table
    patches: tuple[Mapping[str, str], ...] = ()
    records: str = "body"
    sends: str = ""
    local_only: bool = False
    note: str = ""

    @property
    def kind(self) -> str:
        """``bare``, ``ours``, ``reference`` (written by hand) or ``peer``."""
        if self.name == BARE:
            return "bare"
        if self.wheels:
            return "ours"
        return "reference" if self.name.startswith(("floor", "naive")) else "peer"

    @property
    def program(self) -> Path:
        """The file that is installed as ``hello_app``."""
        return PEERS / f"{self.app or self.name}.py"


def parse(name: str, text: str) -> Peer:
    """The peer that an adapter file describes.

    Raises:
        ValueError: when there is no header, or it has a key or a value that means nothing here.
    """
    found = _HEADER.search(text)
    if not found:
        raise ValueError(f"{name}: no '# /// peer' header")
    head: dict[str, Any] = tomllib.loads(re.sub(r"(?m)^# ?", "", found[1]))
    unknown = head.keys() - {known.name for known in fields(Peer)} | head.keys() & {"name"}
    if unknown:
        raise ValueError(f"{name}: unknown in its header: {', '.join(sorted(unknown))}")
    made = Peer(name, **{"title": name, **{key: _frozen(value) for key, value in head.items()}})
    if made.collector not in ("tokens", "footfall"):
        raise ValueError(f"{name}: there is no collector {made.collector!r}")
    return made


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def load(names: Iterable[str] = ()) -> list[Peer]:
    """The peers of these names, else all: bare, references and ours first, then the others by name.

    Raises:
        SystemExit: when there is no file of a name.
    """
    paths = {path.stem: path for path in sorted(PEERS.glob("[!_]*.py"))}
    wanted = [*names] or [*paths]
    missing = sorted({*wanted} - paths.keys())
    if missing:
        raise SystemExit(f"no such peer: {', '.join(missing)}; there are: {', '.join(paths)}")
    peers = [parse(name, paths[name].read_text(encoding="utf-8")) for name in dict.fromkeys(wanted)]
    order = ("bare", "ours", "reference", "peer")
    return sorted(peers, key=lambda peer: order.index(peer.kind))
