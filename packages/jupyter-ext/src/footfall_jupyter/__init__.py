"""Footfall for Jupyter: ``%load_ext footfall_jupyter`` counts notebook sessions, ``instrument(client)`` a library's.

Importing this loads nothing else. Nothing of a cell is ever read: neither its source nor its output or names.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeVar

    from footfall import Client

    AnyClient = TypeVar("AnyClient", bound=Client)

__all__ = ["__version__", "instrument", "load_ipython_extension", "unload_ipython_extension"]


__version__ = "0.1.0"  # written out: each kernel tells it, and importlib.metadata takes 20 ms


def instrument(client: AnyClient, modules: Iterable[str] = ()) -> AnyClient:
    """Count the notebook sessions of a library, for its author, and return ``client``.

    In a plain Python program, where there is no IPython, nothing is counted. A second call adds modules and nothing
    else. Users have ``%footfall`` to see and decide; nobody is ever asked.

    Args:
        client: where and on which terms they are counted; for notebooks alone, with a project of its own.
        modules: names of modules of the library's own; sessions that import one are counted for it.

    Raises:
        PlanError: when ``client`` counts the runs of a program, or ``modules`` is no list of names.
    """
    client.in_notebooks(modules)
    library = str(sys._getframe(1).f_globals.get("__name__", "")).partition(".")[0]
    client.packages = (*client.packages, library)
    if "IPython" in sys.modules:
        with client.guard():
            from footfall_jupyter import _shell

            _shell.follow(client)
    return client


def load_ipython_extension(shell: Any) -> None:
    """Called by ``%load_ext footfall_jupyter``, and for ``c.InteractiveShellApp.extensions``.

    Raises:
        PlanError: when the project or endpoint that is configured cannot be used.
    """
    from footfall_jupyter import _extension

    _extension.load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Called by ``%unload_ext footfall_jupyter``: the shell is as it was, and counts for no library either."""
    from footfall_jupyter import _shell

    _shell.unload(shell)
