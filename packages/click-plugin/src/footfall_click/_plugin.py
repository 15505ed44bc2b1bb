"""What ``footfall plan`` asks of this adapter: the words of a Click program."""

from __future__ import annotations

import sys
from typing import Any

from footfall import Client
from footfall.errors import PlanError
from footfall.hookspecs import hookimpl
from footfall.vocabulary import Vocabulary
from footfall_click import Counted, module_of, package_of
from footfall_click._tree import static_commands


@hookimpl
def footfall_vocabulary(program: Any, project: str | None, version: str | None) -> Vocabulary | None:
    """The vocabulary of an instrumented program, or of one that is given a project's name for it."""
    if not hasattr(program, "make_context") or not hasattr(program, "params"):
        return None
    return vocabulary_of(program, project, version, _own(program))


@hookimpl
def footfall_client(program: Any) -> Client | None:
    """The client on whose terms an instrumented program is counted."""
    return getattr(getattr(program, "main", None), "footfall_client", None)


def vocabulary_of(program: Any, project: str | None, version: str | None, own: frozenset[str]) -> Vocabulary:
    """The words of a Click program; ``own`` are its packages, used where it is not instrumented.

    Raises:
        PlanError: when neither the program nor ``project`` tells its name.
    """
    client: Client | None = getattr(program.main, "footfall_client", None)
    name = project or (client.project if client else "")
    if not name:
        raise PlanError("the program is not instrumented here: give its name with --project")
    counted = getattr(program.main, "footfall_counted", None) or Counted(program, client, own)
    plan = client.plan if client else None
    return Vocabulary(
        name,
        version or (client.version if client else ""),
        static_commands(counted.reader, load_lazy=True),
        tuple(kind.__name__ for kind in plan.errors) if plan is not None else (),
        plan.events if plan is not None else {},
    )


def _own(program: Any) -> frozenset[str]:
    """Packages of a program that nobody instrumented: its callback's, or of whichever module holds it."""
    return frozenset({package_of(module_of(getattr(program, "callback", None)))} - {""}) or holders(program)


def holders(program: object) -> frozenset[str]:
    """Packages of the modules that have ``program`` as an attribute."""
    modules = ((name, getattr(module, "__dict__", {}).values()) for name, module in list(sys.modules.items()))
    return frozenset(package_of(name) for name, held in modules if any(it is program for it in held))
