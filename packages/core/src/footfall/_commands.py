"""What the user's commands do; each takes the parsed options and the tool's client, or ``None`` for all tools."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

from footfall import _consent, _install, _preview, _project, _spawn, _spool, _state, outbox, overview
from footfall._client import NOTEBOOK_ENDING, Client
from footfall._consent import Decision, read_answer
from footfall.errors import FootfallError
from footfall.overview import Answer, Status
from footfall.sender import Sender
from footfall.transport import Outcome

_CODES = {"on": 0, "local": 0, "off": 1, "undecided": 2}


def status(options: argparse.Namespace, client: Client | None) -> int:
    """Print mode, rule and what waits, for each tool."""
    shown = [_status(folder, client) for folder in _folders(options, client)]
    if not shown:
        print("No tool has recorded anything here.")
    for found in shown:
        print("\n".join(found.lines()))
    for_all = overview.answer_for_all_tools(_home(client))
    if for_all:
        print(f"for all tools: {for_all}")
    return _CODES[shown[0].mode] if len(shown) == 1 else 0


def _status(folder: Path, client: Client | None) -> Status:
    if client is not None:
        return overview.status(client)
    return Status.of(folder, _decision(folder, None), _endpoint(folder))


def _endpoint(folder: Path) -> str | None:
    try:
        return _project.stored_client(folder).endpoint or ""
    except FootfallError:
        return None


def on(options: argparse.Namespace, client: Client | None) -> int:
    """Allow one tool; for all tools, only a refusal can be taken back: each tool says itself what it would send."""
    if client is None:
        (_home(None) / "consent").unlink(missing_ok=True)
        print(
            "Each tool's own answer counts again. To allow one: its own command, such as `mytool telemetry on`, "
            "or %footfall on in a notebook."
        )
        return 0
    return _tell(overview.on(client))


def local(options: argparse.Namespace, client: Client | None) -> int:
    """Record for the user only."""
    if client is None:
        home = _home(None)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _state.write_whole(str(home / "consent"), f"local {_today(None)}\n".encode())
        print("No tool sends anything from now on; those that you allowed go on recording for you.")
        return 0
    return _tell(overview.local(client))


def _tell(answer: Answer) -> int:
    print(answer.text)
    return 0 if answer.is_in_force else 1


def off(options: argparse.Namespace, client: Client | None) -> int:
    """Record nothing from now on, also in programs that run already, and remove what is kept."""
    if client is not None:
        return _tell(overview.off(client))
    folders, today = _folders(options, None), _today(None)
    if not options.project:
        home = _home(None)
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _state.write_whole(str(home / "consent"), f"off {today}\n".encode())
        print("No tool records anything from now on.")
    for folder in folders:
        print(overview.refuse(folder, today))
    return 0


def preview(options: argparse.Namespace, client: Client | None) -> int:
    """Print what would leave."""
    if client is not None:
        found = overview.preview(client)
        if found.is_example:
            print("Nothing is recorded. After a first day with one run, this would be sent:", file=sys.stderr)
        lines = list(found.lines)
    else:
        recording = [folder for folder in _folders(options, client) if (folder / "plan.json").exists()]
        lines = [line for f in recording for line in _preview.waiting_lines(f, _project.stored_client(f))]
    print("\n".join(lines) if lines else "Nothing waits to be sent.")
    return 0


def log(options: argparse.Namespace, client: Client | None) -> int:
    """Print what has left, by day."""
    paths = [path for folder in _folders(options, client) for path in overview.sent_paths(folder)]
    for sent in map(overview.read_sent, paths):  # one by one: what can be read is shown, also before one that cannot
        print(sent.text + ("  (refused by the collector)" if sent.is_refused else ""))
    if not paths:
        print("No record of anything that left: nothing did in the last 28 days, or `off` removed the record too.")
    return 0


def send(options: argparse.Namespace, client: Client | None) -> int:
    """Send what waits."""
    codes = [_send(folder, client, now=options.now) for folder in _folders(options, client)]
    return max(codes, default=0)


def _send(folder: Path, client: Client | None, *, now: bool) -> int:
    if client is not None:
        _install.look(client)
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
    texts = [f"{overview._parts(outcomes.count(Outcome.DELIVERED))} delivered"]
    if Outcome.REJECTED in outcomes:
        texts.append(f"{overview._parts(outcomes.count(Outcome.REJECTED))} refused by the collector, and lost")
    if waiting:
        texts.append(f"{overview._parts(waiting)} kept for a later sending")
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
    return _project.state_folder(client.home if client else _consent.state_home(os.environ))


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
