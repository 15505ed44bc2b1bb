"""The exact bytes that would leave now, or, before anything was recorded, those of an example day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pluggy

from footfall import (
    Client,
    _plugins,
    _rules,
    _sampling,
    _spool_files,
    _state,
    _system,
    outbox,
    seal,
    spool_reader,
    wire,
)
from footfall._project import digests_told, release, wait_for_lock
from footfall._question import events_of
from footfall._spawn import plan_document, write_plan
from footfall._state import Day, State
from footfall.errors import FootfallError
from footfall.pseudonym import SECRET_BYTES, secret_of, stored_secret
from footfall.sender import Sender
from footfall.transport import Transport, bodies_of, transport_for


def preview_lines(client: Client) -> list[str]:
    """The parts, a line each: those that wait, and those that the next sender would seal."""
    if not client.decide().records:
        way = transport_of(client, _plugins.ours())
        return [line for document in example_day(client) for line in _posted(way, wire.encode(document), _no_secret)]
    _spool_files.make_private(client.folder + "/spool")
    write_plan(client)
    return waiting_lines(Path(client.folder), client)


def _example_events(client: Client) -> Iterator[tuple[str, ...]]:
    """One of each event of the author's own, with the first word of each of its fields."""
    events = client.own_events()
    for name in events_of(client):
        yield (name,)
        for field, kind in events[name].fields.items():
            yield name, field, kind.first()


def waiting_lines(folder: Path, client: Client) -> list[str]:
    """The same for a project that records, from its folder.

    Raises:
        FootfallError: when a sender is at work, or there is no plan yet.
    """
    held = wait_for_lock(folder)
    if held is None:
        raise FootfallError("a sender is at work; try again in a moment")
    try:
        sender = Sender(folder, client.clock, environ=client.environ)
        sender.load()
        for day in sender.state.days():
            sender.state.day(day)  # drawing its keys, which are kept until they are sent
        _state.save(sender.state, str(folder))
        return list(_lines(sender, folder, client))
    except ValueError as error:  # a sink's of a plugin
        raise FootfallError(f"what would be sent cannot be shown: {error}") from error
    finally:
        release(held)


def _lines(sender: Sender, folder: Path, client: Client) -> Iterator[str]:
    """The parts in the order of sending, each as it is once those before it are confirmed: so they share no first."""
    way = transport_of(client, _plugins.installed())
    secret = (lambda: secret_of(folder)) if _needs_secret(client, folder) else _no_secret
    for path in outbox.waiting(folder):
        body = path.read_bytes()
        sealed = sender.admitted(body)
        if sealed is not None:
            seal.confirm(sender.state.confirmed, sealed)
            yield from _posted(way, body, secret)[len(outbox.posted(path) or ()) :]
    for day in sender.state.days():
        if day <= client.today:
            sends = client.decide().mode != "on" or _sampling.may_send(client, day)
            for document in sender.documents(day):
                seal.confirm(sender.state.confirmed, document)
                yield from _posted(way, wire.encode(document), secret) if sends else ()
    if client.decide().mode == "local":
        for document in _local_documents(sender, folder, client):
            yield from _posted(way, wire.encode(document), secret)


def _needs_secret(client: Client, folder: Path) -> bool:
    """Whether a look may make the secret: where all installs send and records may leave now; else its sender does."""
    if client.decide().mode != "on" or client.today < _rules.first_sending(client):
        return False
    return client.sample == 1 or stored_secret(folder) is not None


def transport_of(client: Client, plugins: pluggy.PluginManager) -> Transport | None:
    """What would take the parts; ``None`` where nothing does, or a plugin's cannot be had: then the parts are shown."""
    hook = plugins.hook
    try:
        return transport_for(
            client.endpoint, lambda endpoint: hook.footfall_transport(endpoint=endpoint, folder=Path(client.folder))
        )
    except Exception as error:  # noqa: BLE001 - a plugin's
        _plugins.complain("footfall_transport", error)
        return None


def _posted(way: Transport | None, body: bytes, secret: Callable[[], bytes]) -> list[str]:
    """The lines that are posted for a part."""
    return [one.decode() for one in (bodies_of(way, body, secret) if way else [body])]


def _no_secret() -> bytes:
    """A stand-in for the secret of an install's own, which is there only once records may leave."""
    return bytes(SECRET_BYTES)


def _local_documents(sender: Sender, folder: Path, client: Client) -> Iterator[seal.Document]:
    """What was recorded for the user only, as it would look if it were sent; its keys are drawn for this look."""
    confirmed = sender.state.confirmed
    sender.state = spool_reader.of_the_user_only(str(folder), sender.words, _system.is_alive, client.today)
    sender.state.confirmed = confirmed
    for day in sender.state.days():
        for document in sender.documents(day):
            seal.confirm(confirmed, document)
            yield document


def example_day(client: Client) -> list[seal.Document]:
    """The parts of a first day with one run, in which the program's first command worked, or with one cell.

    A group is no command here: of itself it may do nothing.
    """
    commands = sorted(client.commands()) if client.commands else []
    groups = {path.rpartition(" ")[0] for path in commands}
    command = next((path for path in commands if path not in {wire.MAIN, *groups}), wire.MAIN)
    about = (client.version, *_spool_files.machine(), client.surface or "terminal")
    digest = next(iter(digests_told(plan_document(client))), "")
    day = Day(environment=spool_reader.environment_of(*about, plan=digest))
    if client.kind == "notebook":
        told = (("sessions",), ("frontends", wire.FRONTENDS[0]), ("cells", "ok"), ("cell_durations", wire.BUCKETS[0]))
        day.sessions.update(told)
    elif client.has_runs:
        day.cells["rows", command, wire.release_of(client.version), "ok"] = 1
        day.cells["durations", command, wire.BUCKETS[0]] = 1
    day.events.update(_example_events(client))
    return seal.seal(client.project, client.today, day, State(), client.sample)
