"""A project's folder as the sender and the ``footfall`` program find it: its plan, its client, the user's answer."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from footfall import _growth, _spawn, _spool, _state, _system, wire
from footfall._client import Client
from footfall._consent import NOWHERE, read_answer
from footfall._state import Sitting
from footfall.errors import FootfallError
from footfall.vocabulary import Vocabulary

LOCK_WAIT_SECONDS = 3.0
_PLANS, _EARLIER, _AGREED = "plan.d", "plan.json", "agreed.json"
ANSWER = ("consent", _AGREED)  # files of the user's answer, and of what it was given to
_Kind = TypeVar("_Kind")


def stored_vocabulary(folder: Path) -> Vocabulary:
    """The words that may leave: of the stored plans, those that the user has agreed to.

    Beside ``plan.json`` these are the plans of earlier versions, whose runs may still wait, and what lazily loaded
    commands added when they were first run. Its ``digests`` are those of these plans, as far as they may be told.

    Raises:
        FootfallError: when there is no plan, or it cannot be read.
    """
    document = _read_json(folder / "plan.json")
    newest = Vocabulary.from_document(document)
    words = _with_lazy(newest, document, folder)
    digests = {newest.version: digests_told(document)}
    for path in sorted((folder / _PLANS).glob("*/" + _EARLIER)):
        with contextlib.suppress(FootfallError):
            earlier = _read_json(path)
            plan = Vocabulary.from_document(earlier)
            digests.setdefault(plan.version, []).extend(digests_told(earlier))
            words = words.union(_with_lazy(plan, earlier, folder))
    words = replace(words, digests=digests)
    agreed = _agreed(folder)
    return words if agreed is None or agreed[0] == newest.version else words.within(agreed[1])


def digests_told(document: Mapping[str, Any]) -> list[str]:
    """The digest that reports of a stored plan may tell; none where its words may be this machine's own."""
    terms = document.get("client")
    varies = not isinstance(terms, dict) or bool(terms.get("varies"))
    return [] if varies else [Vocabulary.from_document(document).digest()]


def stored_plan(folder: Path) -> Vocabulary | None:
    """The words of ``plan.json`` alone; ``None`` when there is none, or it cannot be read."""
    try:
        return Vocabulary.from_document(_read_json(folder / "plan.json"))
    except FootfallError:
        return None


def _with_lazy(words: Vocabulary, document: Mapping[str, Any], folder: Path) -> Vocabulary:
    terms = document.get("client")
    if isinstance(terms, dict) and terms.get("shipped"):
        return words  # the author's own file is all there is
    commands = {**_lazy(folder / _PLANS / words.version), **words.commands}
    return replace(words, commands=commands)


def _lazy(place: Path) -> dict[str, tuple[str, ...]]:
    commands = {}
    for path in place.glob("*"):
        if path.is_file() and path.name != _EARLIER and wire.is_word(path.name):
            flags = path.read_text(encoding="utf-8", errors="replace").split(",")
            commands[path.name] = tuple(filter(wire.is_word, flags))
    return commands


def _agreed(folder: Path) -> tuple[str, frozenset[str]] | None:
    """The version whose words the user has agreed to, and those words; ``None`` if that was not kept."""
    if not (folder / _AGREED).exists():
        return None
    try:
        document = _read_json(folder / _AGREED)
        version, words = str(document["version"]), frozenset(map(str, document["words"]))
    except (FootfallError, KeyError, TypeError):
        return "", frozenset()  # nothing is agreed to that cannot be read
    lazy = _lazy(folder / _PLANS / version) if version else {}
    return version, words | lazy.keys() | {flag for flags in lazy.values() for flag in flags}


def store_plan(client: Client, head: Mapping[str, str]) -> None:
    """Write ``plan.json``, which begins with ``head``, put what was there aside, and find what has grown by it.

    Raises:
        OSError: when it cannot be written.
        FootfallError: when the program's plan cannot be used.
    """
    document = {**head, **_spawn.plan_document(client)}
    keep_plan(client.folder)
    _state.write_whole(client.folder + "/plan.json", json.dumps(document).encode())
    _growth.mark(Path(client.folder), new_words(Path(client.folder)))


def new_words(folder: Path) -> list[tuple[str, list[str]]]:
    """Words of ``plan.json`` that the user has not agreed to, by what they are; none where nobody was asked for words.

    Raises:
        FootfallError: when ``plan.json`` cannot be read.
    """
    agreed = _agreed(folder)
    if agreed is None or not (folder / "plan.json").exists():
        return []
    words = Vocabulary.from_document(_read_json(folder / "plan.json"))
    return [] if agreed[0] == words.version else _growth.beyond(words, agreed[1])


def keep_plan(folder: str) -> None:
    """Put ``plan.json`` by its version aside, before another version's takes its place: its runs may still wait."""
    with contextlib.suppress(FootfallError, OSError, KeyError, TypeError):
        version = str(_read_json(Path(folder, "plan.json"))["version"])
        if version.replace(".", "").isalnum():
            place = Path(folder, _PLANS, version)
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.replace(Path(folder, "plan.json"), place / _EARLIER)
            os.utime(place / _EARLIER)  # it is kept from now on, however long ago it was written


def forget_plans(folder: Path) -> None:
    """Remove what was kept of versions that were replaced so long ago that nothing of theirs can wait."""
    agreed = _agreed(folder)
    for path in (folder / _PLANS).glob("*/" + _EARLIER):
        if path.stat().st_mtime < time.time() - _spawn.KEEP_DAYS * 86400:
            path.unlink()
            if agreed is None or path.parent.name != agreed[0]:
                shutil.rmtree(path.parent)


def stored_client(
    folder: Path, clock: Callable[[], float] = time.time, environ: Mapping[str, str] | None = None
) -> Client:
    """The client that a folder's ``plan.json`` describes.

    Raises:
        FootfallError: when there is no plan, or it cannot be read.
    """
    document = _read_json(folder / "plan.json")
    try:
        terms = document["client"]
        client = Client(
            _typed(document["project"], str),
            version=_typed(document["version"], str),
            endpoint=_typed(terms["endpoint"], str) or None,
            consent_version=_typed(terms["consent_version"], int),
            retention_months=_typed(terms["retention_months"], int),
            delay=_typed(terms["delay"], str),
            home=str(folder.parent),
            clock=clock,
            environ=environ,
        )
    except (KeyError, TypeError) as error:
        raise FootfallError(f"{folder / 'plan.json'} cannot be read") from error
    client.kind = str(terms.get("kind", "cli"))
    client.user_command = str(terms.get("command", client.user_command))
    return client


def _typed(value: object, kind: type[_Kind]) -> _Kind:
    if not isinstance(value, kind):
        raise TypeError(f"no {kind.__name__}")
    return value


def _read_json(path: Path) -> dict[str, Any]:
    if path.exists() and not path.is_file():  # a pipe would make us wait, a device could have no end
        raise FootfallError(f"{path} cannot be read")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FootfallError(f"{path.parent.name} has not recorded anything yet") from None
    except (OSError, ValueError, RecursionError) as error:
        raise FootfallError(f"{path} cannot be read") from error
    if not isinstance(document, dict):
        raise FootfallError(f"{path} cannot be read")
    return document


def projects(home: Path) -> list[Path]:
    """Folders of all projects that keep state in ``home``."""
    return sorted(path for path in home.iterdir() if path.is_dir()) if home.is_dir() else []


def state_folder(home: str) -> Path:
    """The folder of all tools' state, as :attr:`footfall.Client.home` names it.

    Raises:
        FootfallError: when there is none: a tool's would be one at the root of the file system.
    """
    if not home:
        raise FootfallError("there is no folder for your state: set FOOTFALL_HOME")
    return Path(home)


def grant(client: Client, word: str = "on") -> None:
    """Store the user's yes (``on``, ``local`` or ``notice``) to what ``client`` asks.

    A yes that held already is kept, with its day; what was there without one is removed. What a yes adds to an earlier
    one holds for later runs only: what those before it recorded is read first, under the words that were agreed to.

    Raises:
        OSError: when it cannot be stored.
    """
    folder = Path(client.folder)
    before, held = client.decide().mode, read_answer(str(folder / "consent"))
    is_wider = (folder / _growth.MARK).exists()
    if before not in ("on", "local"):
        wipe(folder)
    elif is_wider:
        _read_what_waits(client)
    _spool.make_private(str(folder / "spool"))
    version, endpoint, months = client.consent_version, client.endpoint, client.retention_months
    is_new = held.word != word or not held.covers(version, endpoint, months)
    if is_new or (is_wider and word == "notice"):  # nobody said yes to a notice: it has days of its own to be refused
        text = f"{word} {client.today} {version} {endpoint or NOWHERE} {months}\n"
        _state.write_whole(str(folder / "consent"), text.encode())
    words = Vocabulary.from_document(_spawn.plan_document(client)).alphabet()
    agreed = {"version": client.version, "words": sorted(words)}
    _state.write_whole(str(folder / _AGREED), json.dumps(agreed).encode())
    if client.source:  # where the answer is given is looked already; else its first run will
        _state.write_whole(str(folder / "install"), f"{client.version} {client.source}".encode())
    (folder / _growth.MARK).unlink(missing_ok=True)
    if before == "local" and word != "local":
        forget_unsent(folder, client.today)


def _read_what_waits(client: Client) -> None:
    from footfall._sending import Sender  # it needs this module

    folder = Path(client.folder)
    with contextlib.suppress(FootfallError):  # no plan: nothing has been read of it before, and none of it can leave
        sender, held = Sender(folder, client.clock, environ=client.environ), wait_for_lock(folder)
        if held is not None:  # else a sender is reading it now
            sender.load()
            for start in sender.state.open.values():
                start.command = start.command if sender.words.has_command(start.command) else wire.OTHER
            _state.save(sender.state, str(folder))
            release(held)


def forget_unsent(folder: Path, today: str) -> None:
    """Forget what was recorded for the user's own eyes; what a collector has confirmed is still remembered.

    Raises:
        OSError: when it cannot be forgotten.
    """
    from footfall.spool_reader import new_lines

    held = wait_for_lock(folder)
    state = _state.load(str(folder), today)
    begun = {run: start.day for run, start in state.open.items()}
    for kind, day, run, *_ in new_lines(str(folder), state):
        if kind == "S":
            begun[run] = day
        elif kind in "BC":
            state.sittings[run] = Sitting(day, day)
    for sitting in state.sittings.values():
        sitting.is_over, sitting.running = True, []
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


def wipe(folder: Path, but: tuple[str, ...] = ("consent",)) -> None:
    """Remove all of a project's folder but the answer."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name in but:
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
