"""A project's folder as the sender and the ``footfall`` program find it: its plan, its client, the user's answer."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from footfall import NOTEBOOK_ENDING, Client, _agreed, _growth, _spawn, _spool, _spool_files, _state, _system, wire
from footfall._agreed import AGREED, EARLIER, PLANS, Agreed, lazy_words, read_json
from footfall._consent import NOWHERE, Answer, read_answer
from footfall._documents import sample_in
from footfall._state import Sitting
from footfall.errors import FootfallError
from footfall.vocabulary import Vocabulary

LOCK_WAIT_SECONDS = 3.0
ANSWER = ("consent", AGREED)  # files of the user's answer, and of what it was given to
_Kind = TypeVar("_Kind")


def stored_vocabulary(folder: Path) -> Vocabulary:
    """The words that may leave: of the stored plans, those that the user has agreed to.

    Beside ``plan.json`` these are the plans of earlier versions, whose runs may still wait, and what lazily loaded
    commands added when they were first run. Its ``digests`` are those of these plans that an author ships.

    Raises:
        FootfallError: when there is no plan, or it cannot be read.
    """
    agreed = _agreed.read(folder)
    words, digests = _may_leave(read_json(folder / "plan.json"), folder, agreed)
    told = {words.version: digests}
    for path in sorted((folder / PLANS).glob("*/" + EARLIER)):
        with contextlib.suppress(FootfallError):
            earlier, digests = _may_leave(read_json(path), folder, agreed)
            words = words.union(earlier)
            told.setdefault(earlier.version, []).extend(digests)
    return replace(words, digests=told)


def _may_leave(document: dict[str, Any], folder: Path, agreed: Agreed | None) -> tuple[Vocabulary, list[str]]:
    """The words of a stored plan that may leave, and its digests that may: none where not all of its words may."""
    plan = Vocabulary.from_document(document)
    words, digests = _with_lazy(plan, document, folder), digests_told(document)
    if agreed is None:
        return words, digests
    return agreed.of(words), [] if _growth.beyond(plan, agreed) else digests


def digests_told(document: Mapping[str, Any]) -> list[str]:
    """The digest that reports of a stored plan tell: none but of a file that the author ships, the same everywhere.

    The words of a program that ships none may be one machine's own, and with them their digest.
    """
    return [Vocabulary.from_document(document).digest()] if _is_shipped(document) else []


def _is_shipped(document: Mapping[str, Any]) -> bool:
    terms = document.get("client")
    return isinstance(terms, dict) and terms.get("shipped") is True


def stored_plan(folder: Path) -> Vocabulary | None:
    """The words of ``plan.json`` alone; ``None`` when there is none, or it cannot be read."""
    try:
        return words_of(read_json(folder / "plan.json"))
    except FootfallError:
        return None


def words_of(document: Mapping[str, Any]) -> Vocabulary:
    """The words of one plan document with the client's terms; its ``digests`` are what reports tell of it."""
    words = Vocabulary.from_document(document)
    return replace(words, digests={words.version: digests_told(document)})


def _with_lazy(words: Vocabulary, document: Mapping[str, Any], folder: Path) -> Vocabulary:
    if _is_shipped(document):
        return words  # the author's own file is all there is
    commands = {**lazy_words(folder / PLANS / words.version), **words.commands}
    return replace(words, commands=commands)


def store_plan(client: Client, head: Mapping[str, str]) -> None:
    """Write ``plan.json``, which begins with ``head``, put what was there aside, and find what has grown by it.

    Raises:
        OSError: when it cannot be written.
        FootfallError: when the program's plan cannot be used.
    """
    document, folder = {**head, **_spawn.plan_document(client)}, Path(client.folder)
    keep_plan(client.folder)
    _state.write_whole(client.folder + "/plan.json", json.dumps(document).encode())
    _growth.mark(folder, _growth.new_words(client))
    if read_answer(str(folder / "consent")).word == "off":
        wipe(folder)  # said meanwhile: the answer is all that stays


def keep_plan(folder: str) -> None:
    """Put ``plan.json`` by its version aside, before another version's takes its place: its runs may still wait."""
    with contextlib.suppress(FootfallError, OSError, KeyError, TypeError):
        version = str(read_json(Path(folder, "plan.json"))["version"])
        if version.replace(".", "").isalnum():
            place = Path(folder, PLANS, version)
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.replace(Path(folder, "plan.json"), place / EARLIER)
            os.utime(place / EARLIER)  # it is kept from now on, however long ago it was written


def forget_plans(folder: Path) -> None:
    """Remove what was kept of versions that were replaced so long ago that nothing of theirs can wait."""
    agreed = _agreed.read(folder) or Agreed()
    for path in (folder / PLANS).glob("*/" + EARLIER):
        if path.stat().st_mtime < time.time() - _spawn.KEEP_DAYS * 86400:
            path.unlink()
            if path.parent.name not in agreed.versions:
                shutil.rmtree(path.parent)


def stored_client(
    folder: Path, clock: Callable[[], float] = time.time, environ: Mapping[str, str] | None = None
) -> Client:
    """The client that a folder's ``plan.json`` describes.

    Raises:
        FootfallError: when there is no plan, or it cannot be read.
    """
    document = read_json(folder / "plan.json")
    try:
        terms = document["client"]
        client = Client(
            _typed(document["project"], str),
            version=_typed(document["version"], str),
            endpoint=_typed(terms["endpoint"], str) or None,
            consent=_typed(terms.get("consent", "ask"), str),
            consent_version=_typed(terms["consent_version"], int),
            retention_months=_typed(terms["retention_months"], int),
            delay=_typed(terms["delay"], str),
            sample=sample_in(document.get("sample", 1)),
            home=str(folder.parent),
            clock=clock,
            environ=environ,
        )
    except (KeyError, TypeError) as error:
        raise FootfallError(f"{folder / 'plan.json'} cannot be read") from error
    client.kind = str(terms.get("kind", "cli"))
    if Path(client.folder) != folder:  # written by hand: another project's answer does not hold here
        raise FootfallError(f"{folder / 'plan.json'} is of another project")
    client.source = ""  # rule 7 is the program's own to know: what it has recorded is a release's
    client.user_command = str(terms.get("command", client.user_command))
    return client


def _typed(value: object, kind: type[_Kind]) -> _Kind:
    if not isinstance(value, kind):
        raise TypeError(f"no {kind.__name__}")
    return value


def projects(home: Path) -> list[Path]:
    """Folders of all projects that keep state in ``home``."""
    return sorted(path for path in home.iterdir() if path.is_dir()) if home.is_dir() else []


def folders_of(client: Client) -> list[Path]:
    """The client's folder, whether it is there or not; of a program also its notebooks', if they have kept anything."""
    notebooks = Path(client.home, client.project + NOTEBOOK_ENDING)
    return [Path(client.folder), *([notebooks] if client.kind != "notebook" and notebooks.is_dir() else [])]


def nearest_that_exists(folder: Path) -> Path:
    """``folder``, or while it is not there the one above it in which it would be made."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def state_folder(home: str) -> Path:
    """The folder of all tools' state, as :attr:`footfall.Client.home` names it.

    Raises:
        FootfallError: when there is none: a tool's would be one at the root of the file system.
    """
    if not home:
        raise FootfallError("there is no folder for your state: set FOOTFALL_HOME")
    return Path(home)


def grant(client: Client, word: str = "on") -> bool:
    """Store the user's yes (``on``, ``local`` or ``notice``) to what ``client`` asks.

    Tells whether what was recorded for the user only, and what waited before, is forgotten by it.

    A yes that held already is kept, with its day and, while its terms are the same, its words: of two versions that
    are used side by side each keeps its own. A yes to the same terms is one too while something else says off. What was
    there without a yes is removed. What a yes adds to an earlier one holds for later runs only: what those before it
    recorded is read first, under the words that were agreed to.

    Raises:
        OSError: when it cannot be stored.
    """
    folder = Path(client.folder)
    before, held = client.decide().mode, read_answer(str(folder / "consent"))
    has_agreed = held.says_yes and (held.word == "local" or held.covers(client))
    agreed, new = _agreed.read(folder) or Agreed(), _growth.new_words(client)
    is_new = held.word != word or not held.covers(client)
    kept = agreed if held.word in (word, "on") and held.covers(client) else Agreed()
    now = kept.and_of(client)
    if before not in ("on", "local") and not has_agreed:
        wipe(folder)
    elif _sealed_for(folder, held) not in ("", client.endpoint or NOWHERE):
        shutil.rmtree(folder / "outbox", ignore_errors=True)  # what was sealed for one collector is not for another
    elif client.version not in agreed.versions and any((folder / "spool").glob("*.log")):
        _read_what_waits(client)
    _spool_files.make_private(str(folder / "spool"))
    if is_new or (new and word == "notice"):  # nobody said yes to a notice: it has days of its own to be refused
        (folder / AGREED).unlink(missing_ok=True)  # whatever ends us before all is written, nothing is agreed to
        version, endpoint, months = client.consent_version, client.endpoint, client.retention_months
        text = f"{word} {client.today} {version} {endpoint or NOWHERE} {months}\n"
        _state.write_whole(str(folder / "consent"), text.encode())
    _agreed.write(folder, now)
    if client.source:  # where the answer is given is looked already; else its first run will
        from footfall import _install  # it needs this module

        _install.remember(client)
    (folder / _growth.MARK).unlink(missing_ok=True)
    is_forgotten = "local" in (before, held.word) and word != "local"
    if is_forgotten:
        forget_unsent(folder, client.today)
    return is_forgotten


def _sealed_for(folder: Path, held: Answer) -> str:
    """The collector for which what waits was sealed: the answer's, or the plan's where a switch was the only yes.

    Empty where neither tells.
    """
    if held.word:
        return held.endpoint
    with contextlib.suppress(FootfallError, KeyError, TypeError):
        return str(read_json(folder / "plan.json")["client"]["endpoint"] or NOWHERE)
    return ""


def _read_what_waits(client: Client) -> None:
    from footfall._sending import Sender  # it needs this module

    folder = Path(client.folder)
    if not (folder / "plan.json").exists():
        _spawn.write_plan(client)  # where no sender was started yet: what waits could not be read without
    with contextlib.suppress(FootfallError):  # a plan that cannot be read: the next run writes another, under a yes
        sender, held = Sender(folder, client.clock, environ=client.environ), lock_for_answer(folder)
        if held is not None:  # else a sender is reading it now
            sender.load()
            for start in sender.state.open.values():
                start.command = start.command if sender.words.has_command(start.command) else wire.OTHER
                known = [flag for flag in start.flags if sender.words.has_flag(start.command, flag)]
                start.flags = known if len(known) == len(start.flags) else [*known, wire.OTHER]
            _state.save(sender.state, str(folder))
            release(held)


def forget_unsent(folder: Path, today: str) -> None:
    """Forget what was recorded for the user's own eyes, and what else waits; what is confirmed is still remembered.

    Raises:
        OSError: when it cannot be forgotten.
    """
    from footfall.spool_reader import new_lines

    held = lock_for_answer(folder)
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
    for path in (folder / "spool").glob(f"*{_spool.LOCAL}.log"):
        path.unlink(missing_ok=True)
    if held is not None:
        release(held)


def refuse(folder: Path, today: str) -> None:
    """Store a no, then remove everything else, also from under a sender that is at work.

    Raises:
        OSError: when it cannot be stored.
    """
    _spool_files.make_private(str(folder / "spool"))
    _state.write_whole(str(folder / "consent"), f"off {today}\n".encode())
    wipe(folder)
    held = lock_for_answer(folder)
    wipe(folder)
    if held is not None:
        release(held)
        if sys.platform == "win32":
            wipe(folder)  # nothing that is open can be removed there: the lock, which was ours


def wipe(folder: Path, but: tuple[str, ...] = ("consent",)) -> None:
    """Remove all of a project's folder but the answer."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name in but:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            _remove(path)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        if sys.platform != "win32":
            raise
        # Somebody has it open, as a sender its lock: who has removes it, when they hear of the off.


def wait_for_lock(folder: Path) -> int | None:
    """The sender's lock of a folder, or ``None`` if a sender still holds it after a few seconds."""
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        held = _system.try_lock(str(folder / "lock"))
        if held is not None or time.monotonic() > deadline:
            return held
        time.sleep(0.05)


def lock_for_answer(folder: Path) -> int | None:
    """The lock, or ``None`` also where there are none, as on some network drives: no sender works there, either."""
    try:
        return wait_for_lock(folder)
    except OSError:
        return None


def release(held: int) -> None:
    """Let go of a lock."""
    os.close(held)
