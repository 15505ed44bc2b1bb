"""Finding an author's program, for the commands that are for authors: ``mytool.cli:cli``, its words and its client."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from footfall import Client, _plugins, _project, _spawn
from footfall.errors import FootfallError
from footfall.vocabulary import Vocabulary


@dataclass(frozen=True)
class Program:
    """A program's words, and the client on whose terms it is counted; ``None`` if it is not instrumented."""

    words: Vocabulary
    client: Client | None

    def shipped(self) -> Vocabulary | None:
        """The words of the plan that the program ships, as its file has them; ``None`` if it ships none.

        Raises:
            FootfallError: when that cannot be read.
        """
        if self.client is None or self.client.plan_file is None:
            return None
        with _readable():
            return _spawn.shipped_words(self.client)

    def leaving(self) -> Vocabulary:
        """The words that can leave: those of the plan that the program ships, with their digest, if it ships one.

        Raises:
            FootfallError: when that cannot be read.
        """
        if self.client is None or self.client.plan_file is None:
            return self.words
        with _readable():
            return _project.words_of(_spawn.plan_document(self.client))


@contextlib.contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise FootfallError(f"the plan that the program ships cannot be read: {error}") from error


def service_at(place: str) -> Client:
    """The client of a service or library, for its user: ``mylib.usage:client``, as it is installed.

    Raises:
        FootfallError: when there is none, or it is one of commands or notebooks, which are told by themselves.
    """
    module, _, attribute = place.partition(":")
    try:
        found: object = getattr(importlib.import_module(module), attribute)
    except Exception as error:  # whatever a module raises when it is imported
        hint = "; the current folder is not looked into" if isinstance(error, ModuleNotFoundError) else ""
        raise FootfallError(f"{place}: {type(error).__name__}: {error}{hint}") from error
    if not isinstance(found, Client) or found.has_runs or found.kind == "notebook":
        raise FootfallError(f"{place} is no client of a service or library")
    return found


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options by which all of these commands find a program."""
    parser.add_argument("program", help="where the program is: mytool.cli:cli")
    parser.add_argument("--project", help="the tool's name, if the program is not instrumented")
    parser.add_argument("--version", help="the tool's version, if the program is not instrumented")


def _is_of_service(client: Client) -> bool:
    """Whether a client counts for a service or library: it has own events, and no adapter has instrumented it."""
    return client.kind != "notebook" and (not client.has_runs or (client.commands is None and client.plan is not None))


def find(options: argparse.Namespace) -> Program:
    """The program that ``options`` name.

    Raises:
        FootfallError: when it cannot be imported, or no installed adapter knows it.
    """
    module, _, attribute = options.program.partition(":")
    if not attribute:
        raise FootfallError(f"{options.program}: say where in the module the program is, such as {module}:cli")
    os.environ.pop("FOOTFALL_ENDPOINT", None)  # the author's collector is told, not one of the author's own tests
    sys.path.insert(0, os.getcwd())  # the author's own checkout, as `python -m` would have it
    try:
        program: object = importlib.import_module(module)
        for name in attribute.split("."):
            program = getattr(program, name)
    except Exception as error:  # whatever an author's module raises when it is imported
        raise FootfallError(f"{options.program}: {type(error).__name__}: {error}") from error
    hook = _plugins.installed().hook
    if isinstance(program, Client) and _is_of_service(program):
        return Program(_spawn.program_words(program), program)
    words = hook.footfall_vocabulary(program=program, project=options.project, version=options.version)
    if words is None:
        raise FootfallError(
            f"{options.program} is no program that an installed adapter knows "
            "(footfall-click: a Click one, footfall-typer: a Typer one, footfall-jupyter: a library's client; "
            "an adapter of others by the hook footfall_vocabulary)"
            + "".join(f"\nThe plugin {name} cannot be loaded: {why}" for name, why in _plugins.broken().items())
        )
    client = hook.footfall_client(program=program)
    return Program(replace(words, samples=(client.sample,)) if client else words, client)
