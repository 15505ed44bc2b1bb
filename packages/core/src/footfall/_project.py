"""A project's folder as the sender and the ``footfall`` program find it: its plan, its client, the user's answer."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from footfall import _spool, _state, _system, wire
from footfall._client import Client
from footfall.errors import FootfallError
from footfall.vocabulary import Vocabulary

LOCK_WAIT_SECONDS = 3.0
_Kind = TypeVar("_Kind")


def stored_vocabulary(folder: Path) -> Vocabulary:
    """The words in a folder's ``plan.json``, and those that lazily loaded commands added when they were first run.

    Raises:
        FootfallError: when there is no plan, or it cannot be read.
    """
    words = Vocabulary.from_document(_plan(folder))
    commands = dict(words.commands)
    for path in (folder / "plan.d" / words.version).glob("*"):
        if path.is_file() and wire.is_word(path.name):
            flags = path.read_text(encoding="utf-8", errors="replace").split(",")
            commands.setdefault(path.name, tuple(filter(wire.is_word, flags)))
    return Vocabulary(words.project, words.version, commands, words.errors, words.events)


def stored_client(
    folder: Path, clock: Callable[[], float] = time.time, environ: Mapping[str, str] | None = None
) -> Client:
    """The client that a folder's ``plan.json`` describes.

    Raises:
        FootfallError: when there is no plan, or it cannot be read.
    """
    document = _plan(folder)
    try:
        terms = document["client"]
        return Client(
            _typed(document["project"], str),
            version=_typed(document["version"], str),
            endpoint=_typed(terms["endpoint"], str),
            consent_version=_typed(terms["consent_version"], int),
            retention_months=_typed(terms["retention_months"], int),
            delay=_typed(terms["delay"], str),
            home=str(folder.parent),
            clock=clock,
            environ=environ,
        )
    except (KeyError, TypeError) as error:
        raise FootfallError(f"{folder / 'plan.json'} cannot be read") from error


def _typed(value: object, kind: type[_Kind]) -> _Kind:
    if not isinstance(value, kind):
        raise TypeError(f"no {kind.__name__}")
    return value


def _plan(folder: Path) -> dict[str, Any]:
    path = folder / "plan.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FootfallError(f"{folder.name} has not recorded anything yet") from None
    except (OSError, ValueError, RecursionError) as error:
        raise FootfallError(f"{path} cannot be read") from error
    if not isinstance(document, dict):
        raise FootfallError(f"{path} cannot be read")
    return document


def projects(home: Path) -> list[Path]:
    """Folders of all projects that keep state in ``home``."""
    return sorted(path for path in home.iterdir() if path.is_dir()) if home.is_dir() else []


def grant(client: Client, word: str = "on") -> None:
    """Store the user's yes (``on``, ``local`` or ``notice``) to what ``client`` asks; what was there before is removed.

    Raises:
        OSError: when it cannot be stored.
    """
    folder = Path(client.folder)
    before = client.decide().mode
    if before not in ("on", "local"):
        wipe(folder)
    _spool.make_private(str(folder / "spool"))
    terms = f"{client.consent_version} {client.endpoint} {client.retention_months}"
    _state.write_whole(str(folder / "consent"), f"{word} {client.today} {terms}\n".encode())
    if before == "local" and word != "local":
        forget_unsent(folder, client.today)


def forget_unsent(folder: Path, today: str) -> None:
    """Forget what was recorded for the user's own eyes; what a collector has confirmed is still remembered.

    Raises:
        OSError: when it cannot be forgotten.
    """
    from footfall.spool_reader import new_lines

    held = wait_for_lock(folder)
    state = _state.load(str(folder), today)
    begun = {run: start.day for run, start in state.open.items()}
    begun.update({run: day for kind, day, run, *_ in new_lines(str(folder), state) if kind == "S"})
    state.settled.update(begun)
    state.pending.clear()
    state.open.clear()
    _state.save(state, str(folder))
    if held is not None:
        release(held)


def refuse(folder: Path, today: str) -> None:
    """Store a no, then remove everything else, also from under a sender that is at work.

    Raises:
        OSError: when it cannot be stored.
    """
    _spool.make_private(str(folder / "spool"))
    _state.write_whole(str(folder / "consent"), f"off {today}\n".encode())
    wipe(folder)
    held = wait_for_lock(folder)
    wipe(folder)
    if held is not None:
        release(held)


def wipe(folder: Path) -> None:
    """Remove all of a project's folder but the answer."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name == "consent":
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def wait_for_lock(folder: Path) -> int | None:
    """The sender's lock of a folder, or ``None`` if a sender still holds it after a few seconds."""
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        held = _system.try_lock(str(folder / "lock"))
        if held is not None or time.monotonic() > deadline:
            return held
        time.sleep(0.05)


def release(held: int) -> None:
    """Let go of a lock."""
    os.close(held)
