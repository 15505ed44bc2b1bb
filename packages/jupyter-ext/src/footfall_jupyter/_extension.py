"""``%load_ext footfall_jupyter``: what the operator has configured, the client of it, and the one hint to the user."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from traitlets import Enum, Integer, Unicode
from traitlets.config import Configurable

import footfall
import footfall_jupyter
from footfall import wire
from footfall_jupyter import _command, _shell

if TYPE_CHECKING:
    from types import FrameType

PROJECT = "jupyter"
_PLUMBING = ("IPython", "decorator", "footfall_jupyter", "importlib", "traitlets")


class Footfall(Configurable):
    """What an operator sets for everybody: ``c.Footfall.project = "ourhub"``. Whether to count is each user's say."""

    project = Unicode(PROJECT, help="Name under which sessions are counted; FOOTFALL_PROJECT outranks it.").tag(
        config=True
    )
    endpoint = Unicode(
        None, allow_none=True, help="The collector's address. Without one, sessions are recorded for the user only."
    ).tag(config=True)
    version = Unicode("", help="Version that is told, of the hub's image for example. Default: this package's.").tag(
        config=True
    )
    operator = Unicode("", help="Who runs the collector, as users are told.").tag(config=True)
    retention_months = Integer(25, help="How long counts are kept, as users are told.").tag(config=True)
    frontend = Enum(
        ("", *wire.FRONTENDS), "", help="Frontend that is told, where a kernel cannot know it. Default: what it sees."
    ).tag(config=True)


def load(shell: Any) -> None:
    """Follow the cells of ``shell`` for the configured project; tell a user who typed this, once, how to decide.

    Raises:
        PlanError: when the project or endpoint that is configured cannot be used.
    """
    settings = Footfall(parent=shell)
    client = _client(settings)
    client.in_notebooks()
    here = _shell.of(shell)
    with client.guard():
        here.frontend = settings.frontend
        here.follow(client.guard)
        here.add(client)
        if not here.has_hinted and is_typed(shell, sys._getframe()) and client.surface != "batch":
            here.has_hinted = True
            _command.hint(here, client)


def _client(settings: Footfall) -> footfall.Client:
    return footfall.Client(
        os.environ.get("FOOTFALL_PROJECT") or settings.project,
        version=settings.version or footfall_jupyter.__version__,
        endpoint=settings.endpoint or None,
        operator=settings.operator,
        retention_months=settings.retention_months,
        consent="opt-in",
    )


def is_typed(shell: Any, frame: FrameType | None) -> bool:
    """Whether ``%load_ext`` stands in a cell of the user's: no code but IPython's is between, no configured line."""
    while frame is not None and frame.f_globals is not shell.user_global_ns:
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in _PLUMBING:
            return False
        frame = frame.f_back
    return _shell.is_in_cell(frame) and not _shell.is_configured(frame)
