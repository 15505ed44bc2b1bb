"""The plugin by which ``footfall plan`` knows what is counted in notebooks. Cold: only that command loads it."""

from __future__ import annotations

import footfall
import footfall_jupyter
from footfall import hookimpl
from footfall.vocabulary import Notebook, Vocabulary
from footfall_jupyter._extension import PROJECT


@hookimpl
def footfall_vocabulary(program: object, project: str | None, version: str | None) -> Vocabulary | None:
    """The words of a library's client (``mylib.usage:client``), or of the extension itself."""
    if program is footfall_jupyter.load_ipython_extension:
        return Vocabulary(project or PROJECT, version or footfall_jupyter.__version__, notebook=Notebook())
    if not isinstance(program, footfall.Client) or program.kind != "notebook":
        return None
    plan = program.plan
    return Vocabulary(
        project or program.project,
        version or program.version,
        errors=tuple(kind.__name__ for kind in plan.errors) if plan else (),
        events=program.own_events(),
        notebook=Notebook(program.modules),
    )


@hookimpl
def footfall_client(program: object) -> footfall.Client | None:
    """A library's client itself."""
    return program if isinstance(program, footfall.Client) and program.kind == "notebook" else None
