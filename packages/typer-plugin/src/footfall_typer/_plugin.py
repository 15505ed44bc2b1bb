"""What ``footfall plan`` asks of this adapter: the words of a Typer program."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import footfall_typer
from footfall import Client, PlanError
from footfall.hookspecs import hookimpl
from footfall.vocabulary import Vocabulary
from footfall_click import package_of
from footfall_click._plugin import holders, vocabulary_of
from footfall_typer import Builds, app_of, typer_of


@hookimpl
def footfall_vocabulary(program: Any, project: str | None, version: str | None) -> Vocabulary | None:
    """The vocabulary of a Typer app, instrumented or given a project's name for it, or of a function for ``run``."""
    client = _client_beside(program)
    if client is not None and client.commands is None:  # else it counts another program of that module
        _refuse_caller(program)
        program = app_of(program, client, package_of(program.__module__))
    typer = typer_of(program)
    if typer is None:
        return None
    return vocabulary_of(typer.get_command(program), project, version, holders(program))


@hookimpl
def footfall_client(program: Any) -> Client | None:
    """The client on whose terms an instrumented app is counted, or a function that ``run`` is given."""
    builds = getattr(type(program), "footfall_builds", None)
    return builds.client if isinstance(builds, Builds) else _client_beside(program)


def _refuse_caller(function: FunctionType) -> None:
    used = [function.__globals__.get(name) for name in function.__code__.co_names]
    if any(it is footfall_typer or it is footfall_typer.run for it in used):
        raise PlanError(f"{function.__name__} calls footfall_typer.run: name the function that it gives to it")


def _client_beside(function: object) -> Client | None:
    """The one client of commands in a function's module: ``run`` names it only when the program runs."""
    if not isinstance(function, FunctionType):
        return None
    found = {id(it): it for it in function.__globals__.values() if isinstance(it, Client) and it.kind == "cli"}
    return next(iter(found.values())) if len(found) == 1 else None
