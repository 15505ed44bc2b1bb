"""The exact bytes that would leave now, or, before anything was recorded, those of an example day."""

from __future__ import annotations

import platform
from pathlib import Path

from footfall import _spool, _state, outbox, seal, wire
from footfall._client import Client
from footfall._project import release, wait_for_lock
from footfall._spawn import write_plan
from footfall._state import Day, State
from footfall.errors import FootfallError
from footfall.sender import Sender


def preview_lines(client: Client) -> list[str]:
    """The parts, a line each: those that wait, and those that the next sender would seal."""
    if not client.decide().records:
        return [wire.encode(document).decode() for document in example_day(client)]
    if client.commands:
        write_plan(client)
    return waiting_lines(Path(client.folder), client)


def waiting_lines(folder: Path, client: Client) -> list[str]:
    """The same for a project that records, from its folder.

    Raises:
        FootfallError: when a sender is at work, or there is no plan yet.
    """
    held = wait_for_lock(folder)
    if held is None:
        raise FootfallError("a sender is at work; try again in a moment")
    try:
        sender = Sender(folder, client.clock)
        outbox.recover(folder)
        sender.state = _state.load(str(folder), client.today)
        sender.absorb()
        _state.save(sender.state, str(folder))
        lines = [path.read_text(encoding="utf-8") for path in outbox.waiting(folder)]
        days = [day for day in sender.state.days() if day <= client.today]
        return lines + [wire.encode(document).decode() for day in days for document in sender.documents(day)]
    finally:
        release(held)


def example_day(client: Client) -> list[seal.Document]:
    """The parts of a first day with one run, in which the program's first command worked."""
    python, implementation, _, arch = _spool.machine()
    system = {"Darwin": "macos", "Windows": "windows", "Linux": "linux"}.get(platform.system(), wire.OTHER)
    commands = sorted(client.commands()) if client.commands else []
    command = next((path for path in commands if path != wire.MAIN), wire.MAIN)
    day = Day(environment={"version": wire.version_of(client.version), "python": python, "os": system})
    day.environment |= {"implementation": implementation, "arch": {"aarch64": "arm64"}.get(arch, arch), "surface": "terminal"}
    day.cells["rows", command, wire.release_of(client.version), "ok"] = 1
    day.cells["durations", command, wire.BUCKETS[0]] = 1
    return seal.seal(client.project, client.today, day, State())
