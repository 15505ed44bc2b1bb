"""The user's commands as data: what ``mytool telemetry`` prints, for adapters that show it in another way.

Every function takes the tool's :class:`footfall.Client`, reads files and environment anew at each call, and prints
nothing. Cold: no run of an instrumented program imports this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from footfall import (
    Client,
    _install,
    _places,
    _preview,
    _project,
    _question,
    _rules,
    _sampling,
    _sending,
    _spawn,
    _state,
    _usage,
    outbox,
    switch_of,
)
from footfall._consent import Decision, read_answer
from footfall._growth import growth
from footfall._places import NUMBER, has_number
from footfall._sampling import Sample
from footfall._usage import Usage
from footfall.errors import FootfallError
from footfall.vocabulary import Vocabulary, several

_RESTRICTED = 8  # the rule that an answer given on purpose in the environment outranks
_REFUSED = "{} records nothing; what it kept is removed."
_NEXT = {"notebook": "the next cell"}  # what is counted next, by kind of client
_MODE_TEXTS = {
    "on": "on: counts are recorded and sent",
    "local": "local: counts are recorded for you, and never sent",
    "off": "off: nothing is recorded",
    "undecided": "not decided: nothing is recorded",
}
_NOT_DRAWN = "on: counts are recorded, and those of {} are not sent"

_LOST_TEXTS = {  # by reason: what was lost, and how
    "rejected": ("part", "refused by the collector"),
    "refused": ("part", "held back: the program's plan lacks a word in it"),
    "expired": ("count", "never sent: older than 45 days"),
    "expired-parts": ("part", "never sent: older than 45 days"),
    "expired-events": ("event", "never sent: over, by the program's plan"),
    "torn": ("line", "damaged"),
    "full-spool": ("line", "too many for a day's file"),
    "state": ("time", "all that waited, as state.json was damaged"),
}
_FORGOTTEN = "\nWhat it had recorded for you only, and what had not left before that, is forgotten and never sent."
_REMOVED = "\nWhat it kept before, counted without an answer of yours, is removed: it counts as new."
_ENDPOINT = "FOOTFALL_ENDPOINT"
_NO_LOSS = (("local", "expired"),)  # nothing of it was to be sent


@dataclass(frozen=True)
class Status:
    """What holds for one tool now.

    Attributes:
        project: the tool's name.
        mode: ``on``, ``local``, ``off`` or ``undecided``.
        reason: why, in words.
        rule: number of the consent rule that decided, 1 to 11.
        endpoint: where counts go; empty: nowhere; ``None``: not known, as the tool has not recorded anything yet.
        folder: where the tool's state is kept, whether that exists or not.
        waiting: number of sealed parts that the collector has not confirmed.
        waiting_since: UTC day (``YYYY-MM-DD``) of the oldest of them; empty when none waits.
        last_sent: newest UTC day of which counts have left, of the last 28; empty when none have.
        lost: numbers of what was lost, by reason; reasons without a loss are left out. Cannot be changed.
        refused_because: the collector's reason for the part that it refused last, one of ``footfall.wire.REFUSALS``;
            empty when there is none of the last 28 days, or it gave none.
        for_all_tools: the user's answer for all tools, with its day (``off, since 2026-11-18``), or empty.
        way_out: what changes that nothing is recorded or sent, in words; empty where there is nothing to say.
        plan: digest of the words that may leave, as the tool's TELEMETRY.md tells it; empty: not known.
        plan_holds: how many they are (``12 commands, 3 own events``); empty: not known.
        plan_is_told: whether reports tell that digest: they do where the tool brings its plan, the same for everybody.
        asks_again: what has grown since the user agreed, so that the program asks again; empty when nothing has.
        sample: how many of all installs send, and whether this one does; ``None``: all do.
        endpoint_from: the environment variable that says where counts go; empty: the program does.
        stopped_until: UTC day before which nothing is sent, as the collector said stop; empty: it did not.
    """

    project: str
    mode: str
    reason: str
    rule: int
    endpoint: str | None
    folder: Path
    waiting: int
    waiting_since: str
    last_sent: str
    lost: Mapping[str, int]
    refused_because: str = ""
    for_all_tools: str = ""
    way_out: str = ""
    plan: str = ""
    plan_holds: str = ""
    plan_is_told: bool = False
    asks_again: str = ""
    sample: Sample | None = None
    endpoint_from: str = ""
    stopped_until: str = ""

    @classmethod
    def of(
        cls, folder: Path, decision: Decision, endpoint: str | None, for_all_tools: str = "", way_out: str = ""
    ) -> Status:
        """The status of the tool whose state is in ``folder``.

        Raises:
            OSError: when the folder cannot be read.
        """
        waiting, words = outbox.waiting(folder), _project.stored_plan(folder)
        return cls(
            project=folder.name,
            mode=decision.mode,
            reason=decision.reason,
            rule=decision.rule,
            endpoint=endpoint,
            folder=folder,
            waiting=len(waiting),
            waiting_since=outbox.day_of(waiting[0]) if waiting else "",
            last_sent=max((path.name for path in (folder / "sent").glob("*-*-*")), default=""),
            lost=MappingProxyType(_lost(folder)),
            refused_because=next(filter(None, map(outbox.reason_of, reversed(sent_paths(folder)))), ""),
            for_all_tools=for_all_tools,
            way_out=way_out,
            **_told(words),
        )

    def lines(self) -> list[str]:
        """The tool's lines as the terminal shows them, without the answer for all tools."""
        details = (f"  {name:10} {text}" for name, text in self._details())
        text = _NOT_DRAWN.format(self.sample.year) if self.sample and self.is_kept_back else _MODE_TEXTS[self.mode]
        return [f"{self.project}: {text}", *details]

    @property
    def is_kept_back(self) -> bool:
        """Whether it counts and sends nothing, as this year other installs were drawn to."""
        return self.mode == "on" and self.sample is not None and self.sample.is_in is False

    def _details(self) -> Iterator[tuple[str, str]]:
        yield "because", f"{self.reason} (rule {self.rule})"
        if self.way_out:
            yield "to change", self.way_out
        if self.asks_again:
            yield "asks again", self.asks_again
        if self.endpoint is not None:
            place = self.endpoint + (f", with {NUMBER}" if has_number(self.endpoint) else "")
            place += f" (by {self.endpoint_from})" if self.endpoint_from else ""
            when = "when drawn" if self.is_kept_back else "when on"
            nowhere = f"nowhere; {when}, to {place}" if self.endpoint else "nowhere"
            yield "goes to", place if self.mode == "on" and self.endpoint and not self.is_kept_back else nowhere
        if self.sample:
            yield "sample", self.sample.text
        if self.plan:
            yield "plan", f"{self.plan} ({self.plan_holds})" + ("" if self.plan_is_told else "; reports do not tell it")
        yield "kept in", str(self.folder)
        if self.waiting:
            yield "waiting", f"{parts(self.waiting)} not yet confirmed by the collector, since {self.waiting_since}"
        if self.stopped_until and self.mode == "on":
            yield "stopped", stop_text(self.stopped_until)
        yield "last sent", f"counts of {self.last_sent}" if self.last_sent else "nothing yet"
        lost = sorted(reason for reason in self.lost if (self.mode, reason) not in _NO_LOSS)
        for number, reason in enumerate(lost):
            yield "" if number else "lost", self.loss(reason)

    def loss(self, reason: str) -> str:
        """What was lost for this reason, in words, with its number."""
        what, how = _LOST_TEXTS.get(reason, (reason, ""))
        why = f" ({self.refused_because})" if reason == "rejected" and self.refused_because else ""
        return f"{several(self.lost[reason], what)} {how}{why}"

    @property
    def text(self) -> str:
        """All that ``mytool telemetry status`` prints, without the last line's end."""
        every = [f"for all tools: {self.for_all_tools}"] if self.for_all_tools else []
        return "\n".join([*self.lines(), *every])


@dataclass(frozen=True)
class Answer:
    """What became of the user's answer. It is kept in any case; something that ranks higher may overrule it.

    Attributes:
        word: the answer: ``on``, ``local`` or ``off``.
        mode: the mode that holds now, see :class:`Status`.
        reason: why that holds, in words.
        rule: number of the consent rule that decided.
        is_in_force: whether the mode is the one that was asked for.
        text: what the terminal says of it, one line or two, without the last line's end.
    """

    word: str
    mode: str
    reason: str
    rule: int
    is_in_force: bool
    text: str


@dataclass(frozen=True)
class Preview:
    """What would leave now.

    Attributes:
        lines: the parts, byte for byte as they would be posted (UTF-8), one each; empty when nothing waits.
        is_example: nothing is recorded, and the lines are what a first day with one run would send.
        sample: in mode ``on``, how many of all installs send, and whether this one does; ``None``: all do.
    """

    lines: tuple[str, ...]
    is_example: bool
    sample: Sample | None = None


@dataclass(frozen=True)
class Sent:
    """A part that has left.

    Attributes:
        day: the UTC day that it tells of, ``YYYY-MM-DD``.
        text: its bytes (UTF-8), as they were posted.
        is_refused: whether the collector would not take it.
        reason: why not, as the collector says it: one of ``footfall.wire.REFUSALS``; empty when it gave none of them.
    """

    day: str
    text: str
    is_refused: bool
    reason: str = ""


def status(client: Client) -> Status:
    """What holds for ``client``; nothing is written.

    Raises:
        OSError: when the tool's folder cannot be read.
    """
    _install.look(client)
    for_all = answer_for_all_tools(Path(client.home)) if client.home else ""
    decision = client.decide()
    way_out = _rules.way_out(decision, client)
    found = Status.of(Path(client.folder), _rules.told(decision, client), client.endpoint or "", for_all, way_out)
    words = _words(client)
    grown = growth(client).what if words else ""
    return replace(found, project=client.project, **_told(words), asks_again=grown, **told_of(client))


def told_of(client: Client) -> dict[str, Any]:
    """What of a status a client alone tells: its sample, who says where its counts go, and until when none do.

    Raises:
        OSError: when the tool's folder cannot be read.
    """
    by = _ENDPOINT if client.endpoint and client.environ.get(_ENDPOINT) else ""
    state = _state.stored(client.folder)
    until = state.stopped_until if state and _sending.is_stopped(state, client.today) else ""
    return {"sample": _sampling.sample_of(client), "endpoint_from": by, "stopped_until": until}


def _told(words: Vocabulary | None) -> dict[str, Any]:
    if words is None:
        return {"plan": "", "plan_holds": "", "plan_is_told": False}
    is_told = any((words.digests or {}).values())
    return {"plan": words.digest(), "plan_holds": words.summary(), "plan_is_told": is_told}


def _words(client: Client) -> Vocabulary | None:
    """The words that the client has now, which its next sender will be given; ``None`` when they cannot be used."""
    try:
        return _project.words_of(_spawn.plan_document(client))
    except (FootfallError, OSError, ValueError):
        return None


def answer_for_all_tools(home: Path) -> str:
    """The user's answer for all tools with its day (``off, since 2026-11-18``); empty when there is none."""
    machine = read_answer(str(home / "consent"))
    return f"{machine.word}, since {machine.day}" if machine.word else ""


def on(client: Client) -> Answer:
    """Keep a yes: counts are recorded and sent from the next run on, unless something ranks higher.

    Raises:
        FootfallError: when there is no folder for the user's state, or the program's plan cannot be used.
        OSError: when the answer cannot be kept.
    """
    _project.state_folder(client.home)
    _install.look(client)
    had_recorded, kept = any(Path(client.folder, "spool").glob("*.log")), _question.keeps(client)
    is_forgotten = _project.grant(client)
    answer = _answer(client, "on", f"Thank you. {client.project} counts from {_next(client)} on.")
    if had_recorded and is_forgotten:
        return replace(answer, text=answer.text + _FORGOTTEN)
    return _with_removed(answer, client, kept=kept)


def local(client: Client) -> Answer:
    """Keep a yes to recording for the user only: nothing is sent.

    Raises:
        FootfallError: when there is no folder for the user's state, or the program's plan cannot be used.
        OSError: when the answer cannot be kept.
    """
    _project.state_folder(client.home)
    _install.look(client)
    kept = _question.keeps(client)
    _project.grant(client, "local")
    answer = _answer(client, "local", f"{client.project} records for you only, from {_next(client)} on.")
    return _with_removed(answer, client, kept=kept)


def _with_removed(answer: Answer, client: Client, *, kept: bool) -> Answer:
    """The answer, which also says that what was ``kept`` before it is removed, where it is."""
    return replace(answer, text=answer.text + _REMOVED) if kept and not _question.keeps(client) else answer


def off(client: Client) -> Answer:
    """Keep a no, and remove all else that was kept, also from under programs that run already.

    The no of a program is its notebooks' too, if they have kept anything: who says it knows of one tool, not of two.

    Raises:
        FootfallError: when there is no folder for the user's state.
        OSError: when the answer cannot be kept.
    """
    _project.state_folder(client.home)
    folders = _project.folders_of(client)
    for folder in folders:
        _project.refuse(folder, client.today)
    too = f"\nNor do {client.project}'s notebooks." if len(folders) > 1 else ""
    return _answer(client, "off", _REFUSED.format(client.project) + too)


def refuse(folder: Path, today: str) -> str:
    """Keep a no in a tool's folder, remove all else from it, and give what the terminal says of it.

    Raises:
        OSError: when the answer cannot be kept.
    """
    _project.refuse(folder, today)
    return _REFUSED.format(folder.name)


def preview(client: Client) -> Preview:
    """What would leave now. If the tool records, its plan and the keys of the parts are kept for the sender.

    Raises:
        FootfallError: when a sender is at work, or the program's plan cannot be used.
        OSError: when the tool's folder cannot be read or written.
    """
    _install.look(client)
    is_example = not client.decide().records
    return Preview(tuple(_preview.preview_lines(client)), is_example, sample_that_decides(client))


def log(client: Client) -> list[Sent]:
    """What has left in the last 28 days, oldest day first; empty too when ``off`` has removed the record.

    Raises:
        FootfallError: when the record of a part is no text.
        OSError: when it cannot be read.
    """
    return [sent for path in sent_paths(Path(client.folder)) for sent in read_sent(path)]


def why_nothing(client: Client) -> str:
    """Why nothing is sent though the mode is on, in words; empty where this install sends, or the mode says enough.

    Raises:
        OSError: when the tool's folder cannot be read.
    """
    sample = sample_that_decides(client)
    return sample.why_nothing if sample else ""


def sample_that_decides(client: Client) -> Sample | None:
    """The sample, where the mode is on and not all installs send."""
    sample = _sampling.sample_of(client)
    return sample if sample and client.decide().mode == "on" else None


def stats(client: Client) -> Usage:
    """How the tool was used on this machine, as far as it was recorded and is still kept; nothing is written.

    Raises:
        FootfallError: when a sender is at work.
        OSError: when the tool's folder cannot be read.
    """
    return _usage.usage_of(Path(client.folder), client.today, client)


def own_events(client: Client, columns: int) -> str:
    """How many events of the author's own are counted, with their names where ``columns`` are enough; may be empty."""
    return _question.told_events(_question.events_of(client), columns)


def goes_to(client: Client) -> str:
    """Where counts go, in words: a collector's address, ``PostHog at us.i.posthog.com``, ``the file /var/...``."""
    return _places.place_of(client.endpoint) if _places.sink_of(client.endpoint) else client.endpoint


def identifier(client: Client) -> str:
    """What tells an install from others, in words, where such a thing is sent; empty where it is not.

    Only PostHog is sent one: ``a number for you that changes each week``.
    """
    return NUMBER if has_number(client.endpoint) else ""


def kept_for(client: Client) -> str:
    """How long the collector keeps counts: ``25 months``."""
    return _question.months_of(client)


def sent_paths(folder: Path) -> list[Path]:
    """Files of the parts that have left a tool's folder, by day; a day's refused ones last, by reason."""
    paths = folder.glob("sent/*/*.json")
    return sorted(paths, key=lambda path: (path.parent.name, outbox.is_refused(path), outbox.reason_of(path), path))


def read_sent(path: Path) -> list[Sent]:
    """What was posted of the part in one of :func:`sent_paths`: the part itself, or what an event sink was sent.

    Raises:
        FootfallError: when it is no text.
        OSError: when it cannot be read.
    """
    try:
        posted = outbox.posted(path)
        texts = [path.read_text(encoding="utf-8")] if posted is None else [body.decode() for body in posted]
    except UnicodeDecodeError as error:
        raise FootfallError(f"{path} cannot be read") from error
    return [Sent(path.parent.name, text, outbox.is_refused(path), outbox.reason_of(path)) for text in texts]


def about_sent(path: Path) -> str:
    """What a heading says of the parts like the one in ``path``; ``{}`` stands for how many there are."""
    if not outbox.is_refused(path):
        return f"{path.parent.name}: {{}} delivered"
    reason = outbox.reason_of(path)
    return f"{path.parent.name}: {{}} refused by the collector{f' ({reason})' if reason else ''}, and lost"


def _answer(client: Client, word: str, text: str) -> Answer:
    now = client.decide()
    is_in_force, way_out = now.mode == word, _rules.way_out(now, client)
    if not is_in_force:
        text = f"Your answer is kept, but {client.project} is {now.mode}: {now.reason} (rule {now.rule})."
        if now.rule == _RESTRICTED:
            does = "lifts that: then your answer holds" if client.kind == "notebook" else "says yes on purpose"
            text += f"\n{switch_of(client.project)}=1 in the environment {does}."
        elif way_out:
            text += f"\nTo change that: {way_out}."
    return Answer(word, now.mode, now.reason, now.rule, is_in_force, text)


def _next(client: Client) -> str:
    return _NEXT.get(client.kind, "its next run")


def stop_text(until: str, who: str = "the collector") -> str:
    """That ``who`` said stop, and until when that holds, in words."""
    return f"{who} said stop: nothing is sent before {until}"


def parts(n: int) -> str:
    """So many parts, in words."""
    return several(n, "part")


def _lost(folder: Path) -> dict[str, int]:
    dropped = folder / "spool" / "dropped"
    lost = {"full-spool": dropped.stat().st_size} if dropped.exists() else {}
    state = _state.stored(str(folder))
    if state is None:
        return lost
    return {**lost, **{reason: n for reason, n in state.lost.items() if n}}
