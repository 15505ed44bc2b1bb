"""What the user's commands do; each takes the parsed options and the tool's client, or ``None`` for all tools."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from footfall import _consent, _preview, _project, _spawn, _spool, _state, outbox
from footfall._client import Client
from footfall._consent import Decision, read_answer
from footfall.errors import FootfallError
from footfall.sender import Sender
from footfall.transport import Outcome

_RESTRICTED = 8  # the rule that an answer given on purpose in the environment outranks
_CODES = {"on": 0, "local": 0, "off": 1, "undecided": 2}


def status(options: argparse.Namespace, client: Client | None) -> int:
    """Print mode, rule and what waits, for each tool."""
    shown = [(folder, _decision(folder, client)) for folder in _folders(options, client)]
    if not shown:
        print("No tool has recorded anything here.")
    for folder, decision in shown:
        print(f"{folder.name}: {_MODE_TEXTS[decision.mode]}")
        print(f"  because    {decision.reason} (rule {decision.rule})")
        for name, text in _details(folder, client):
            print(f"  {name:10} {text}")
    machine = read_answer(str(_home(client) / "consent"))
    if machine.word:
        print(f"for all tools: {machine.word}, since {machine.day}")
    return _CODES[shown[0][1].mode] if len(shown) == 1 else 0


_MODE_TEXTS = {
    "on": "on: counts are recorded and sent",
    "local": "local: counts are recorded for you, and never sent",
    "off": "off: nothing is recorded",
    "undecided": "not decided: nothing is recorded",
}


def _details(folder: Path, client: Client | None) -> Iterator[tuple[str, str]]:
    endpoint = client.endpoint if client is not None else _endpoint(folder)
    if endpoint is not None:
        yield "goes to", endpoint or "nowhere"
    yield "kept in", str(folder)
    waiting = outbox.waiting(folder)
    if waiting:
        yield "waiting", f"{_parts(len(waiting))} not yet confirmed by the collector, since {outbox.day_of(waiting[0])}"
    days = sorted(path.name for path in (folder / "sent").glob("*-*-*"))
    yield "last sent", f"counts of {days[-1]}" if days else "nothing yet"
    lost = _lost(folder)
    if lost:
        yield "lost", ", ".join(f"{n} {reason}" for reason, n in sorted(lost.items()))


def _endpoint(folder: Path) -> str | None:
    try:
        return _project.stored_client(folder).endpoint
    except FootfallError:
        return None


def _parts(n: int) -> str:
    return "1 part" if n == 1 else f"{n} parts"


def _lost(folder: Path) -> dict[str, int]:
    dropped = folder / "spool" / "dropped"
    lost = {"to a full spool": dropped.stat().st_size} if dropped.exists() else {}
    try:
        state = _state.State.from_json((folder / _state.STATE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return lost
    return {**lost, **{reason: n for reason, n in state.lost.items() if n}}


def on(options: argparse.Namespace, client: Client | None) -> int:
    """Allow one tool; for all tools, only a refusal can be taken back: each tool says itself what it would send."""
    if client is None:
        (_home(None) / "consent").unlink(missing_ok=True)
        print("Each tool's own answer counts again. To allow one: its own command, such as `mytool telemetry on`.")
        return 0
    _project.grant(client)
    return _confirm_answer(client, "on", f"Thank you. {client.project} counts from its next run on.")


def local(options: argparse.Namespace, client: Client | None) -> int:
    """Record for the user only."""
    if client is None:
        home = _home(None)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _state.write_whole(str(home / "consent"), f"local {_today(None)}\n".encode())
        print("No tool sends anything from now on; those that you allowed go on recording for you.")
        return 0
    _project.grant(client, "local")
    return _confirm_answer(client, "local", f"{client.project} records for you only, from its next run on.")


def _confirm_answer(client: Client, wanted: str, text: str) -> int:
    decision = client.decide()
    if decision.mode == wanted:
        print(text)
        return 0
    print(f"Your answer is kept, but {client.project} is {decision.mode}: {decision.reason} (rule {decision.rule}).")
    if decision.rule == _RESTRICTED:
        print(f"{_consent.switch_of(client.project)}=1 in the environment says yes on purpose.")
    return 1


def off(options: argparse.Namespace, client: Client | None) -> int:
    """Record nothing from now on, also in programs that run already, and remove what is kept."""
    folders, today = _folders(options, client), _today(client)
    if client is None and not options.project:
        home = _home(None)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _state.write_whole(str(home / "consent"), f"off {today}\n".encode())
        print("No tool records anything from now on.")
    for folder in folders:
        _project.refuse(folder, today)
        print(f"{folder.name} records nothing; what it kept is removed.")
    return 0


def preview(options: argparse.Namespace, client: Client | None) -> int:
    """Print what would leave."""
    if client is not None:
        if not client.decide().records:
            print("Nothing is recorded. After a first day with one run, this would be sent:", file=sys.stderr)
        lines = _preview.preview_lines(client)
    else:
        recording = [folder for folder in _folders(options, client) if (folder / "plan.json").exists()]
        lines = [line for f in recording for line in _preview.waiting_lines(f, _project.stored_client(f))]
    print("\n".join(lines) if lines else "Nothing waits to be sent.")
    return 0


def log(options: argparse.Namespace, client: Client | None) -> int:
    """Print what has left, by day."""
    paths = [path for folder in _folders(options, client) for path in sorted(folder.glob("sent/*/*.json"))]
    for path in paths:
        note = "  (refused by the collector)" if path.name.endswith(".rejected.json") else ""
        print(path.read_text(encoding="utf-8") + note)
    if not paths:
        print("No record of anything that left: nothing did in the last 28 days, or `off` removed the record too.")
    return 0


def send(options: argparse.Namespace, client: Client | None) -> int:
    """Send what waits."""
    codes = [_send(folder, client, now=options.now) for folder in _folders(options, client)]
    return max(codes, default=0)


def _send(folder: Path, client: Client | None, *, now: bool) -> int:
    decision = _decision(folder, client)
    if decision.mode != "on":
        print(f"{folder.name}: nothing is sent: {decision.reason}")
        return 0
    if client is not None:
        _spool.make_private(str(folder / "spool"))
        _spawn.write_plan(client)
    clock, environ = (client.clock, client.environ) if client else (time.time, os.environ)
    if not now and not _spool.take_token(str(folder), _spool.day_of(clock())):
        print(f"{folder.name}: today's sending has been started already; --now sends all the same")
        return 0
    held = _project.wait_for_lock(folder)
    if held is None:
        raise FootfallError(f"{folder.name}: a sender is at work; try again in a moment")
    try:
        sender = Sender(folder, clock, environ=environ)
        outcomes = sender.run()
    finally:
        _project.release(held)
    waiting, refused = len(outbox.waiting(folder)), outcomes.count(Outcome.REJECTED)
    print(f"{folder.name}: {_sent(sender, waiting)}")
    return 1 if waiting or refused else 0


def _sent(sender: Sender, waiting: int) -> str:
    outcomes, endpoint = sender.sent, sender.client.endpoint
    if not outcomes and not waiting:
        return "nothing waits to be sent"
    texts = [f"{_parts(outcomes.count(Outcome.DELIVERED))} delivered"]
    if Outcome.REJECTED in outcomes:
        texts.append(f"{_parts(outcomes.count(Outcome.REJECTED))} refused by the collector, and lost")
    if waiting:
        texts.append(f"{_parts(waiting)} kept for a later sending")
    trouble = f" ({endpoint}: {sender.why})" if len(texts) > 1 and sender.why else ""
    return "; ".join(texts) + trouble


def purge(options: argparse.Namespace, client: Client | None) -> int:
    """Remove everything, the answer too."""
    for folder in _folders(options, client):
        if folder.is_dir():
            _project.refuse(folder, _today(client))
            shutil.rmtree(folder)
        print(f"{folder.name}: nothing is left in {folder}")
    home = _home(client)
    if client is None and not options.project:
        (home / "consent").unlink(missing_ok=True)
        print("Your answer for all tools is removed too.")
    if home.is_dir() and not any(home.iterdir()):
        home.rmdir()
    return 0


def _home(client: Client | None) -> Path:
    home = client.home if client else _consent.state_home(os.environ)
    if not home:
        raise FootfallError("there is no folder for your state: set FOOTFALL_HOME")
    return Path(home)


def _today(client: Client | None) -> str:
    return client.today if client else _spool.day_of(time.time())


def _folders(options: argparse.Namespace, client: Client | None) -> list[Path]:
    if client is not None:
        return [Path(client.folder)]
    found = _project.projects(_home(None))
    if not options.project:
        return found
    if options.project not in [folder.name for folder in found]:
        known = ", ".join(folder.name for folder in found) or "none"
        raise FootfallError(f"no tool named {options.project} has state here (known: {known})")
    return [folder for folder in found if folder.name == options.project]


def _decision(folder: Path, client: Client | None) -> Decision:
    if client is not None:
        return client.decide()
    try:
        return _project.stored_client(folder).decide()
    except FootfallError:
        return _decision_without_plan(folder)


def _decision_without_plan(folder: Path) -> Decision:
    answer, machine = read_answer(str(folder / "consent")), read_answer(str(folder.parent / "consent"))
    found = _consent.decide(
        environ=os.environ,
        project=folder.name,
        broken=answer.broken or machine.broken,
        tool=answer.word,
        machine=machine.word,
        covered=False,
    )
    if found.rule == 11 and answer.word:
        return Decision("undecided", 11, f"you answered; `{folder.name} telemetry status` says what holds")
    return found
