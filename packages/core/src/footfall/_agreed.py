"""The words that a user has agreed to: ``agreed.json`` beside their answer. Warm: no ordinary run reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from footfall import Client, _spawn, _state, wire
from footfall._consent import read_answer
from footfall.errors import FootfallError
from footfall.vocabulary import Vocabulary

PLANS, EARLIER, AGREED = "plan.d", "plan.json", "agreed.json"


@dataclass(frozen=True)
class Agreed:
    """What a yes, or several of the same terms, were given to; empty: nothing is agreed to, or nobody can know it.

    Of the ``versions`` all of their own plans is agreed to, also what their lazily loaded commands add; of every other
    version's plan the ``words`` alone. The last version is the one that was agreed to last.
    """

    versions: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()

    def of(self, plan: Vocabulary) -> Vocabulary:
        """A plan, as far as it is agreed to."""
        return plan if plan.version in self.versions else plan.within(self.words)

    def and_of(self, client: Client) -> Agreed:
        """The same and all of ``client``'s words."""
        versions = [version for version in self.versions if version != client.version]
        return Agreed((*versions, client.version), self.words | words_of(client).alphabet())


def words_of(client: Client) -> Vocabulary:
    """The words of the program that runs.

    Raises:
        FootfallError, OSError, ValueError: when its plan cannot be used.
    """
    return Vocabulary.from_document(_spawn.plan_document(client))


def read(folder: Path) -> Agreed | None:
    """What the user has agreed to; ``None`` where no yes was given that words would have to be agreed to for.

    That is a run that the tool's own switch puts on without any answer (rule 9), or one that is for the user's own
    eyes. A yes of which it is not known what it was given to agrees to nothing.
    """
    if not (folder / AGREED).exists():
        return Agreed() if read_answer(str(folder / "consent")).word in ("on", "notice") else None
    try:
        document = read_json(folder / AGREED)
        versions = (*map(str, document.get("earlier", ())), str(document["version"]))
        words = frozenset(map(str, document["words"]))
    except (FootfallError, KeyError, TypeError):
        return Agreed()
    lazy = [item for version in versions if version for item in lazy_words(folder / PLANS / version).items()]
    return Agreed(versions, words | {word for path, flags in lazy for word in (path, *flags)})


def write(folder: Path, agreed: Agreed) -> None:
    """Keep what was agreed to.

    Raises:
        OSError: when it cannot be kept.
    """
    *earlier, version = agreed.versions
    document = {"version": version, "earlier": earlier, "words": sorted(agreed.words)}
    _state.write_whole(str(folder / AGREED), json.dumps(document).encode())


def lazy_words(place: Path) -> dict[str, tuple[str, ...]]:
    """Commands that were loaded lazily, with their flags, as a version's folder of them holds them."""
    commands = {}
    for path in place.glob("*"):
        if path.is_file() and path.name != EARLIER and wire.is_word(path.name):
            flags = path.read_text(encoding="utf-8", errors="replace").split(",")
            commands[path.name] = tuple(filter(wire.is_word, flags))
    return commands


def read_json(path: Path) -> dict[str, Any]:
    """A file that holds an object.

    Raises:
        FootfallError: when there is none, or it cannot be read.
    """
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
