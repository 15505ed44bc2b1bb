"""The hooks that a plugin may implement, named ``footfall_*``; mark an implementation with ``footfall.hookimpl``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from footfall import Client
    from footfall.transport import Outcome, Transport
    from footfall.vocabulary import Vocabulary

hookspec = pluggy.HookspecMarker("footfall")
hookimpl = pluggy.HookimplMarker("footfall")


@hookspec
def footfall_consent(project: str) -> str | None:
    """Called before a run is recorded: ``off`` or ``local`` lowers its mode; anything else leaves it as it is."""


@hookspec
def footfall_event_fields(event: str) -> Mapping[str, object] | None:
    """Called for an own event: fields to add. The event's own fields win, and the plan wins over both."""


@hookspec
def footfall_filter_event(event: str, fields: Mapping[str, object]) -> bool | None:
    """Called before an event is written: ``False`` drops it."""


@hookspec(firstresult=True)
def footfall_transport(endpoint: str, folder: Path) -> Transport | None:
    """Called in the sender before each post: a transport for this endpoint, in place of Footfall's own.

    ``folder`` is where the project's state is: :func:`footfall.pseudonym.secret_of` needs it.
    """


@hookspec
def footfall_part_sent(part: Mapping[str, Any], outcome: Outcome) -> None:
    """Called in the sender after a part was posted, with what came of it."""


@hookspec
def footfall_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Called when the ``footfall`` program starts: add commands, each with ``set_defaults(run=function)``."""


@hookspec(firstresult=True)
def footfall_vocabulary(program: object, project: str | None, version: str | None) -> Vocabulary | None:
    """Called by ``footfall plan``, ``docs`` and ``lint``: the words of a program of the adapter's framework."""


@hookspec(firstresult=True)
def footfall_client(program: object) -> Client | None:
    """Called by ``footfall docs`` and ``lint``: the client with which a program of the framework is instrumented."""
