"""What the user's commands do; each takes the parsed options and the tool's client, or ``None`` for all tools."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from footfall import (
    NOTEBOOK_ENDING,
    Client,
    _as_json,
    _chart,
    _consent,
    _doctor,
    _install,
    _preview,
    _project,
    _question,
    _rules,
    _spawn,
    _spool,
    _spool_files,
    _state,
    _usage,
    outbox,
    overview,
    state_home,
    switch_of,
)
from footfall._consent import Decision, read_answer
from footfall._rules import Rule
from footfall._sending import is_stopped
from footfall._usage import Usage
from footfall.errors import FootfallError
from footfall.overview import Answer, Preview, Status
from footfall.sender import Sender
from footfall.transport import Outcome
from footfall.vocabulary import few

_CODES = {"on": 0, "local": 0, "off": 1, "undecided": 2}
_REFUSAL = 6  # the rule that tells a no of the user's
_NO_TOOL = "No tool has recorded anything here."
_NO_RECORD = "No record of anything that left: nothing did in the last 28 days, or `off` removed the record too."


def status(options: argparse.Namespace, client: Client | None) -> int:
    """Print mode, rule and what waits, for each tool."""
    shown = [_status(folder, client) for folder in _folders(options, client)]
    for_all = overview.answer_for_all_tools(_home(client))
    if options.json:
        _print_json((_as_json.of_status(found, rules) for found, rules in shown), for_all_tools=for_all)
        return _code_of([found for found, _ in shown], options)
    if not shown:
        print(_NO_TOOL)
    for found, rules in shown:
        print("\n".join(found.lines()))
        if options.rules:
            print("\n".join(_rules.table(rules, shutil.get_terminal_size().columns)))
    if for_all:
        print(f"for all tools: {for_all}")
    return _code_of([found for found, _ in shown], options)


def doctor(options: argparse.Namespace, client: Client | None) -> int:
    """Print what stands between each tool and its collector."""
    found = {folder: _findings(folder, client) for folder in _folders(options, client)}
    if options.json:
        _print_json({"project": folder.name, "findings": _as_json.plain(one)} for folder, one in found.items())
    else:
        texts = ("\n".join(_doctor.lines(folder.name, one)) for folder, one in found.items())
        print("\n\n".join(texts) or _NO_TOOL)
    return 0 if all(finding.is_fine for one in found.values() for finding in one) else 1


def _findings(folder: Path, client: Client | None) -> list[_doctor.Finding]:
    known, _ = _status(folder, client)
    return _doctor.examine(known, _client_of(folder, client), is_program=client is not None)


def _status(folder: Path, client: Client | None) -> tuple[Status, list[Rule]]:
    known = _client_of(folder, client)
    if known is None:
        decision = _decision_without_plan(folder)
        return Status.of(folder, decision, None, way_out=_way_out_without_plan(folder, decision)), []
    if client is not None:
        return overview.status(client), _rules.rules(client)
    decision = known.decide()
    way_out = _rules.way_out(decision, known)
    told = _rules.told(decision, known)
    found = Status.of(folder, told, known.endpoint or "", way_out=way_out)
    return replace(found, **overview.told_of(known)), _rules.rules(known)


def _way_out_without_plan(folder: Path, decision: Decision) -> str:
    """What changes the mode of a tool of which only the answer is there: its own command is taken to be the usual."""
    name, ending, _ = folder.name.partition(NOTEBOOK_ENDING)
    try:
        client = Client(name, version="0", endpoint=None, home=str(folder.parent))
    except FootfallError:
        return ""  # a folder that is no tool's
    client.kind = "notebook" if ending else client.kind
    way_out = _rules.way_out(decision, client)
    is_no = decision.rule == _REFUSAL and not ending
    return f"{way_out} (if it has no such command: `footfall purge {name}`, and it asks again)" if is_no else way_out


def _code_of(shown: list[Status], options: argparse.Namespace) -> int:
    """The exit code: the mode of the one tool, or of the one that was named; of several it is no one's."""
    named = [found for found in shown if found.project == getattr(options, "project", None)]
    decisive = named or shown
    return _CODES[decisive[0].mode] if len(decisive) == 1 else 0


def _print_json(tools: Iterable[_as_json.Document], **more: object) -> None:
    print(_as_json.text_of(tools, **more))


def on(options: argparse.Namespace, client: Client | None) -> int:
    """Allow one tool; for all tools, only a refusal can be taken back: each tool says itself what it would send."""
    if client is not None:
        return _tell(overview.on(client), client, options)
    if options.project:
        known = _without_command(options)
        return _tell(overview.on(known), known, options)
    (_home(None) / "consent").unlink(missing_ok=True)
    text = (
        "Each tool's own answer counts again. Those that you refused, one by one or by `footfall off`, stay off.\n"
        "To allow one: its own command, such as `mytool telemetry on`, or %footfall on in a notebook."
    )
    return _tell_for_all(text, options)


def local(options: argparse.Namespace, client: Client | None) -> int:
    """Record for the user only."""
    if client is not None:
        return _tell(overview.local(client), client, options)
    if options.project:
        known = _without_command(options)
        return _tell(overview.local(known), known, options)
    _answer_for_all("local")
    text = "No tool sends anything from now on; those that you allowed go on recording for you."
    return _tell_for_all(text, options)


def _without_command(options: argparse.Namespace) -> Client:
    """The client of a tool without a command of its own, whose yes is said here, by its stored plan or its place.

    Raises:
        FootfallError: when it has a command, which knows best what would be sent; or no plan is stored.
    """
    name, word = options.project, options.run.__name__
    if ":" in name:  # a service's or library's client, which says itself what it would send
        from footfall import _program

        return _program.service_at(name)
    folder = _home(None) / name
    known = _client_of(folder, None)
    if known is not None and not known.user_command:
        known.plan_file = folder / "plan.json"
        return known
    own = f"`{_question.say(known, word) if known else f'{name} telemetry {word}'}` (in a notebook: %footfall {word})"
    hint = f"say it to the tool itself, which knows what it would send: {own}"
    if known is None:
        switch = switch_of(name)
        hint += (
            f".\nIf it has no such command: `footfall purge {name}` takes back a no, and it asks again; "
            f"{switch}=1 in the environment says yes.\n"
            f"If it is a service or library: `footfall {word}` and where its client is, such as {name}.usage:client"
        )
    raise FootfallError(hint)


def _tell(answer: Answer, client: Client, options: argparse.Namespace) -> int:
    if options.json:
        _print_json([_as_json.of_answer(client.project, answer)])
    else:
        print(answer.text)
    return 0 if answer.is_in_force else 1


def _answer_for_all(word: str) -> None:
    home = _home(None)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    _state.write_whole(str(home / "consent"), f"{word} {_today(None)}\n".encode())


def _tell_for_all(text: str, options: argparse.Namespace, answers: Sequence[tuple[str, Answer]] = ()) -> int:
    if options.json:
        for_all = overview.answer_for_all_tools(_home(None))
        _print_json((_as_json.of_answer(*answer) for answer in answers), for_all_tools=for_all, text=text)
    else:
        print("\n".join(filter(None, [text, *(answer.text for _, answer in answers)])))
    return 0


def off(options: argparse.Namespace, client: Client | None) -> int:
    """Record nothing from now on, also in programs that run already, and remove what is kept."""
    if client is not None:
        return _tell(overview.off(client), client, options)
    folders = _folders(options, None)
    if not options.project:
        _answer_for_all("off")
    answers = [(folder.name, _refuse(folder)) for folder in folders]
    return _tell_for_all("" if options.project else "No tool records anything from now on.", options, answers)


def _refuse(folder: Path) -> Answer:
    text = overview.refuse(folder, _today(None))
    now = _decision(folder, None)
    return Answer("off", now.mode, now.reason, now.rule, is_in_force=now.mode == "off", text=text)


def preview(options: argparse.Namespace, client: Client | None) -> int:
    """Print what would leave: the bytes alone on standard output, what is said about them on the other."""
    found = [(folder, _preview_of(folder, client)) for folder in _folders(options, client)]
    found = [(folder, shown) for folder, shown in found if shown is not None]
    if options.json:
        name = client.project if client else ""
        _print_json(_as_json.of_preview(name or folder.name, shown) for folder, shown in found if shown)
        return 0
    silent = [] if client else list(_why_nothing(_folders(options, None)))
    silent += _kept_back([folder for folder, _ in found], client)
    _remark("\n".join(silent))
    if not silent and not any(shown.lines for _, shown in found if shown):
        _remark("Nothing waits to be sent.")
    for folder, shown in found:
        if shown and shown.lines:
            why = shown.sample.why_unsure if shown.sample else ""
            _remark(f"{folder.name}: {why}." if why else "")
            _remark(_about_preview(folder, client, shown))
            print("\n".join(shown.lines))
    return 0


def _preview_of(folder: Path, client: Client | None) -> Preview | None:
    if client is not None:
        return overview.preview(client)
    if not (folder / "plan.json").exists() or not _decision(folder, None).records:
        return None
    known = _project.stored_client(folder)
    lines = tuple(_preview.waiting_lines(folder, known))
    return Preview(lines, is_example=False, sample=overview.sample_that_decides(known))


def _why_nothing(folders: Iterable[Path]) -> Iterator[str]:
    """Of tools that kept something and do not record now, why not: nothing of theirs leaves either."""
    for folder in folders:
        decision = _decision(folder, None)
        if (folder / "plan.json").exists() and not decision.records:
            yield f"{folder.name}: nothing is recorded or sent: {decision.reason} (rule {decision.rule})."


def _kept_back(folders: Iterable[Path], client: Client | None) -> Iterator[str]:
    """Of tools whose installs do not all send, why this one's do not."""
    for folder in folders:
        known = _client_of(folder, client)
        why = overview.why_nothing(known) if known else ""
        if why:
            yield f"{folder.name}: {why}."


def _about_preview(folder: Path, client: Client | None, shown: Preview) -> str:
    known = _client_of(folder, client)
    if shown.is_example:
        drawn = f", if this install is drawn: {few(known.sample)} sends" if known and known.sample < 1 else ""
        return f"Nothing is recorded. After a first day with one run, this would be sent{drawn}:"
    if _decision(folder, client).mode == "local":
        return f"{folder.name} has recorded this, for you only; nothing is sent:"
    first = _rules.first_sending(known) if known else ""
    if known and known.today < first:
        return f"{folder.name} would send this on {first}, not before:"
    return "" if client else f"{folder.name} would send this now:"


def _remark(text: str) -> None:
    """Say something about the bytes that are printed, in its place among them on a terminal, and not one of them."""
    sys.stdout.flush()
    if text:
        print(text, file=sys.stderr, flush=True)


def log(options: argparse.Namespace, client: Client | None) -> int:
    """Print what has left, by day: the bytes alone on standard output, what is said about them on the other."""
    paths = [(folder, overview.sent_paths(folder)) for folder in _folders(options, client)]
    if options.json:
        name = client.project if client else ""
        _print_json(
            _as_json.of_log(name or folder.name, (part for path in sent for part in overview.read_sent(path)))
            for folder, sent in paths
        )
        return 0
    silent = list(_kept_back([folder for folder, _ in paths], client))
    _remark("\n".join(silent))
    if not silent and not any(sent for _, sent in paths):
        _remark(_NO_RECORD)
    for folder, sent in paths:
        for about, group in groupby(sent, overview.about_sent):
            same = list(group)
            _remark(f"{folder.name}, {about.format(overview.parts(len(same)))}:")
            for path in same:  # one by one: what can be read is shown, also before one that cannot
                for part in overview.read_sent(path):
                    print(part.text)
    return 0


def stats(options: argparse.Namespace, client: Client | None) -> int:
    """Print the user's own use of each tool."""
    folders = _folders(options, client)
    found = [(_status(folder, client)[0], _usage.usage_of(folder, _today(client), client)) for folder in folders]
    if options.json:
        _print_json({"mode": known.mode, **_as_json.plain(usage)} for known, usage in found)
    elif not found:
        print(_NO_TOOL)
    else:
        screen = _chart.Screen.of(sys.stdout, os.environ)
        said = [_local_of(folder, client) for folder in folders]
        told = (_stats_lines(known, usage, local, screen) for (known, usage), local in zip(found, said, strict=True))
        print("\n\n".join(map("\n".join, told)))
    is_told = any(not usage.is_empty for _, usage in found)
    return 0 if is_told else _code_of([known for known, _ in found], options)


def _local_of(folder: Path, client: Client | None) -> str:
    known = _client_of(folder, client)
    return _question.say(known, "local") if known else f"{folder.name} telemetry local"


def _stats_lines(known: Status, usage: Usage, local: str, screen: _chart.Screen) -> Iterator[str]:
    if not usage.is_empty:
        yield from _chart.lines(usage, screen)
    elif known.mode in ("on", "local"):
        yield f"{known.project}: nothing recorded yet."
    else:
        yield f"{known.project}: nothing is recorded: {known.reason} (rule {known.rule})."
        own = f"`{local}` counts for your own eyes only"
        way_out = own if known.mode == "undecided" else known.way_out
        if way_out:
            yield f"To change that: {way_out}."


def send(options: argparse.Namespace, client: Client | None) -> int:
    """Send what waits."""
    folders = _folders(options, client)
    with contextlib.redirect_stdout(sys.stderr) if options.json else contextlib.nullcontext():  # `console:` prints
        sendings = [_send(folder, client, now=options.now) for folder in folders]
    if options.json:
        _print_json(map(_as_json.plain, sendings))
    else:
        print("\n".join(f"{sending.project}: {sending.text}" for sending in sendings) or _NO_TOOL)
    if len(sendings) == 1 and sendings[0].mode != "on":
        return _CODES[sendings[0].mode] or 1
    return 1 if any(sending.waiting or sending.refused for sending in sendings) else 0


@dataclass(frozen=True)
class _Sending:
    """What became of sending: numbers of parts, and the same in words."""

    project: str
    mode: str
    text: str
    delivered: int = 0
    refused: int = 0
    waiting: int = 0


def _send(folder: Path, client: Client | None, *, now: bool) -> _Sending:
    if client is not None:
        _install.look(client)
    decision = _decision(folder, client)
    if decision.mode != "on":
        return _Sending(folder.name, decision.mode, f"nothing is sent: {decision.reason} (rule {decision.rule})")
    if client is not None:
        _spool_files.make_private(str(folder / "spool"))
        _spawn.write_plan(client)
    clock, environ = (client.clock, client.environ) if client else (time.time, os.environ)
    if not now and not _spool.take_token(str(folder), _spool.day_of(clock())):
        text = "today's sending has been started already; --now sends all the same"
        waiting = len(outbox.waiting(folder))
        what = f" ({overview.parts(waiting)} not confirmed)" if waiting else ""
        return _Sending(folder.name, "on", text + what, waiting=waiting)
    held = _project.wait_for_lock(folder)
    if held is None:
        raise FootfallError(f"{folder.name}: a sender is at work; try again in a moment")
    try:
        sender = Sender(folder, clock, environ=environ)
        outcomes = sender.run()
    finally:
        _project.release(held)
    waiting, refused = len(outbox.waiting(folder)), outcomes.count(Outcome.REJECTED)
    delivered = outcomes.count(Outcome.DELIVERED)
    return _Sending(folder.name, "on", _sent(sender, waiting), delivered, refused, waiting)


def _sent(sender: Sender, waiting: int) -> str:
    outcomes, endpoint = sender.sent, sender.client.endpoint
    if not outcomes and not waiting:
        return overview.why_nothing(sender.client) or _until_when(sender) or "nothing waits to be sent"
    texts = [f"{overview.parts(outcomes.count(Outcome.DELIVERED))} delivered"]
    if Outcome.REJECTED in outcomes:
        texts.append(f"{overview.parts(outcomes.count(Outcome.REJECTED))} refused by the collector, and lost")
    if waiting:
        texts.append(f"{overview.parts(waiting)} kept for a later sending")
    texts += filter(None, [_until_when(sender)])
    trouble = f" ({endpoint}: {sender.why})" if len(texts) > 1 and sender.why else ""
    return "; ".join(texts) + trouble


def _until_when(sender: Sender) -> str:
    """Until when what there is stays here, and why; empty where nothing keeps it."""
    client, state = sender.client, sender.state
    if is_stopped(state, client.today):
        return overview.stop_text(state.stopped_until)
    if not state.days():
        return ""
    first = _rules.first_sending(client)
    if client.today < first:
        return f"the notice was shown lately: nothing is sent before {first}"
    return "what ran today leaves when the day has ended (UTC)" if client.delay == "next-day" else ""


def purge(options: argparse.Namespace, client: Client | None) -> int:
    """Remove everything, the answer too."""
    folders = _project.folders_of(client) if client else _folders(options, None)
    texts = {folder: _purge(folder, client) for folder in folders}
    home, is_all = _home(client), client is None and not options.project
    if is_all:
        (home / "consent").unlink(missing_ok=True)
    if home.is_dir() and not any(home.iterdir()):
        home.rmdir()
    if options.json:
        _print_json({"project": folder.name, "folder": str(folder), "text": text} for folder, text in texts.items())
    else:
        last = ["Your answer for all tools is removed too."] if is_all else []
        print("\n".join([*texts.values(), *last]))
    return 0


def _purge(folder: Path, client: Client | None) -> str:
    if folder.is_dir():
        _project.refuse(folder, _today(client))
        shutil.rmtree(folder)
    return f"{folder.name}: nothing is left in {folder}"


def _home(client: Client | None) -> Path:
    return _project.state_folder(client.home if client else state_home(os.environ))


def _today(client: Client | None) -> str:
    return client.today if client else _spool.day_of(time.time())


def _folders(options: argparse.Namespace, client: Client | None) -> list[Path]:
    if client is not None:
        return [Path(client.folder)]
    found = _project.projects(_home(None))
    if not options.project:
        return found
    wanted = (options.project, options.project + NOTEBOOK_ENDING)
    chosen = [folder for folder in found if folder.name in wanted]
    if not chosen:
        known = ", ".join(folder.name for folder in found) or "none"
        raise FootfallError(f"no tool named {options.project} has state here (known: {known})")
    return chosen


def _client_of(folder: Path, client: Client | None) -> Client | None:
    """The tool's client: the one that asks, or as the tool has stored it; ``None`` when it has not."""
    try:
        return client or _project.stored_client(folder)
    except FootfallError:
        return None


def _decision(folder: Path, client: Client | None) -> Decision:
    known = _client_of(folder, client)
    return known.decide() if known else _decision_without_plan(folder)


def _decision_without_plan(folder: Path) -> Decision:
    answer, machine = read_answer(str(folder / "consent")), read_answer(str(folder.parent / "consent"))
    admin = read_answer(_consent.admin_file(os.environ))
    found = _consent.decide(
        environ=os.environ,
        project=folder.name.removesuffix(NOTEBOOK_ENDING),
        broken=answer.broken or machine.broken,
        admin="unclear" if admin.broken else admin.word,
        distributor=_consent.DISTRIBUTOR_MODE,
        tool=answer.word,
        machine=machine.word,
        covered=False,
    )
    if found.rule == 11 and answer.word:
        return Decision("undecided", 11, f"you answered; `{folder.name} telemetry status` says what holds")
    return found
