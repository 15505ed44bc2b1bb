"""What a program would count, or where to, beyond what its user agreed to. Warm: nobody's run imports it twice a day.

Words that are new do not leave until the user has said yes to them; that there are some is found once a version, when
``plan.json`` is written, and kept as a line for people in the file ``grown``. That file only says that it is worth
looking: of two versions that are used side by side it may be the other's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from footfall import Client, _agreed
from footfall._agreed import Agreed
from footfall._consent import Answer, read_answer
from footfall._places import place_of
from footfall._question import cut
from footfall._state import write_whole
from footfall.vocabulary import Vocabulary, plural, several

MARK = "grown"
LISTED_COLUMNS = 40  # of names in the question; the rest are a number there, and all of them in `show`


@dataclass(frozen=True)
class Growth:
    """What has grown since the user said yes, in sentences; ``meanwhile`` says what holds until there is an answer."""

    what: str = ""
    meanwhile: str = ""

    def __bool__(self) -> bool:
        return bool(self.what)


def growth(client: Client) -> Growth:
    """What ``client`` would do beyond what its user agreed to; nothing where nobody said yes.

    Raises:
        OSError: when the tool's folder cannot be read.
    """
    answer = read_answer(client.folder + "/consent")
    if answer.word not in ("on", "notice"):
        return Growth()
    if not answer.covers(client):
        return Growth(" ".join(_terms(client, answer)), "Until you say yes, nothing is recorded or sent.")
    new = new_words(client)
    meanwhile = "Until you say yes, none of that is sent; a no ends all counting."
    return Growth(f"New since you agreed: {cut(listed(new), 2 * LISTED_COLUMNS)}.", meanwhile) if new else Growth()


def _terms(client: Client, answer: Answer) -> Iterator[str]:
    now, then = (place_of(endpoint) or "nowhere" for endpoint in (client.endpoint, answer.endpoint))
    if answer.endpoint != client.endpoint:
        yield f"Counts would go to {cut(now, 40)}, no longer to {cut(then, 40)}."
    if answer.months < client.retention_months:
        yield f"Counts would be kept {client.retention_months} months, not {answer.months}."
    if answer.version < client.consent_version:
        yield "Its terms have changed."
    if answer.word == "notice" and client.consent != "notice":
        yield "There was only a notice before."


def mark(folder: Path, new: list[tuple[str, list[str]]]) -> None:
    """Keep a line that says what is new, or that nothing is.

    Raises:
        OSError: when it cannot be kept.
    """
    if new:
        write_whole(str(folder / MARK), listed(new).encode())
    else:
        (folder / MARK).unlink(missing_ok=True)


def new_words(client: Client) -> list[tuple[str, list[str]]]:
    """Words of ``client`` itself that the user has not agreed to, by what they are; none where nobody was asked.

    The mark may be another version's; this says what a yes to ``client`` would add.

    Raises:
        FootfallError, OSError, ValueError: when the program's plan cannot be used.
    """
    agreed = _agreed.read(Path(client.folder))
    return [] if agreed is None else beyond(_agreed.words_of(client), agreed)


def beyond(words: Vocabulary, agreed: Agreed) -> list[tuple[str, list[str]]]:
    """Declared words that are not ``agreed`` to, by what they are; kinds of which there are none are left out."""
    if words.version in agreed.versions:
        return []
    kept = words.within(agreed.words)
    flags = sorted({flag for declared in words.commands.values() for flag in declared} - agreed.words)
    modules = set(words.notebook.modules) if words.notebook else set()
    found = (
        ("command", sorted(words.commands.keys() - kept.commands.keys())),
        ("option", flags),
        ("event", sorted(words.events.keys() - kept.events.keys())),
        ("function", sorted(words.functions() - kept.functions()) if kept.functions() else []),
        ("error", sorted(set(words.errors) - set(kept.errors))),
        ("module", sorted(modules - set(kept.notebook.modules if kept.notebook else ()))),
    )
    return [(kind, names) for kind, names in found if names]


def listed(new: list[tuple[str, list[str]]]) -> str:
    """New words on one line: of the first kind by name as far as there is room, of the others by number."""
    (kind, names), *others = new
    shown = [cut(names[0], LISTED_COLUMNS)]
    while len(shown) < len(names) and len(", ".join([*shown, names[len(shown)]])) <= LISTED_COLUMNS:
        shown.append(names[len(shown)])
    left = len(names) - len(shown)
    more = f" and {left} more" if left else ""
    first = f"{plural(len(names), kind)} {', '.join(shown)}{more}"
    return "; ".join([first, *(several(len(names), kind) for kind, names in others)])
