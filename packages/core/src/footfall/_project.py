"""A project's folder as the sender and the ``footfall`` program find it: its plan, its client, the user's answer."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from footfall import _spool, _state, _system
from footfall._client import Client
from footfall.errors import FootfallError
from footfall.vocabulary import Vocabulary

LOCK_WAIT_SECONDS = 3.0


def stored_vocabulary(folder: Path) -> Vocabulary:
    """The words in a folder's ``plan.json``, and those that lazily loaded commands added when they were first run.

    Raises:
        FootfallError: when there is no plan, or it cannot be read.
    """
    words = Vocabulary.from_document(_plan(folder))
    commands = dict(words.commands)
    place = folder / "plan.d" / words.version
    for path in place.iterdir() if place.is_dir() else ():
        flags = path.read_text(encoding="utf-8")
        commands.setdefault(path.name, flags.split(",") if flags else ())
    return Vocabulary(words.project, words.version, commands, words.errors, words.events)


def stored_client(folder: Path, clock: Callable[[], float] = time.time) -> Client:
    """The client that a folder's ``plan.json`` describes.

    Raises:
        FootfallError: when there is no plan, or it cannot be read.
    """
    document = _plan(folder)
    try:
        terms = document["client"]
        return Client(
            document["project"],
            version=document["version"],
            endpoint=terms["endpoint"],
            consent_version=terms["consent_version"],
            retention_months=terms["retention_months"],
            delay=terms["delay"],
            home=str(folder.parent),
            clock=clock,
        )
    except (KeyError, TypeError) as error:
        raise FootfallError(f"{folder / 'plan.json'} cannot be read") from error


def _plan(folder: Path) -> dict[str, Any]:
    path = folder / "plan.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FootfallError(f"{folder.name} has not recorded anything yet") from None
    except (OSError, ValueError) as error:
        raise FootfallError(f"{path} cannot be read") from error
    if not isinstance(document, dict):
        raise FootfallError(f"{path} cannot be read")
    return document


def projects(home: Path) -> list[Path]:
    """Folders of all projects that keep state in ``home``."""
    return sorted(path for path in home.iterdir() if path.is_dir()) if home.is_dir() else []


def grant(client: Client, word: str = "on") -> None:
    """Store the user's yes (``on``, ``local`` or ``notice``) to what ``client`` asks; what was there before it is removed.

    Raises:
        OSError: when it cannot be stored.
    """
    folder = Path(client.folder)
    if client.decide().mode not in ("on", "local"):
        wipe(folder)
    _spool.make_private(str(folder / "spool"))
    terms = f"{client.consent_version} {client.endpoint} {client.retention_months}"
    _state.write_whole(str(folder / "consent"), f"{word} {client.today} {terms}\n".encode())


def refuse(folder: Path, today: str) -> None:
    """Store a no, then remove everything else, also from under a sender that is at work.

    Raises:
        OSError: when it cannot be stored.
    """
    _spool.make_private(str(folder / "spool"))
    _state.write_whole(str(folder / "consent"), f"off {today}\n".encode())
    wipe(folder)
    wait_for_lock(folder)
    wipe(folder)


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
