"""What ``footfall plan`` asks of this adapter: the words of a Typer program."""

from __future__ import annotations

from typing import Any

from footfall import Client
from footfall.hookspecs import hookimpl
from footfall.vocabulary import Vocabulary
from footfall_click._plugin import holders, vocabulary_of
from footfall_typer import Builds, typer_of


@hookimpl
def footfall_vocabulary(program: Any, project: str | None, version: str | None) -> Vocabulary | None:
    """The vocabulary of a Typer app, instrumented or given a project's name for it."""
    typer = typer_of(program)
    if typer is None:
        return None
    return vocabulary_of(typer.get_command(program), project, version, holders(program))


@hookimpl
def footfall_client(program: Any) -> Client | None:
    """The client on whose terms an instrumented app is counted."""
    builds = getattr(type(program), "footfall_builds", None)
    return builds.client if isinstance(builds, Builds) else None
