"""Which magics a cell uses, by the names under which they are registered.

IPython looks a magic up in a table before it runs it. The table is replaced by one that notices being asked for that; a
wrapped function would show in tracebacks, and a cell's text is never read.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_RUNNERS = {"line": "run_line_magic", "cell": "run_cell_magic"}
_LOOKUPS = (
    "find",
    "find_magic",
    "find_line_magic",
    "find_cell_magic",
    "_find_with_lazy_load",
)  # of any IPython from 8.0


class Table(dict):  # type: ignore[type-arg]
    """A shell's magics of one kind, by name."""

    def __init__(self, plain: dict[str, Any], kind: str, used: Callable[[str], None]) -> None:
        super().__init__(plain)
        self._runner = _RUNNERS[kind]
        self._used = used

    def get(self, name: Any, default: Any = None) -> Any:
        """As a dictionary's; a magic that is looked up to be run is used."""
        found = super().get(name, default)
        if found is not default and _is_run(sys._getframe(1), self._runner):
            self._used(name)
        return found


def _is_run(frame: FrameType | None, runner: str) -> bool:
    """Whether ``runner`` asks, and not a completion, a help text or a registration: only look-ups are between."""
    while frame is not None and frame.f_code.co_name in _LOOKUPS:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_name == runner


def count(shell: Any, used: Callable[[str], None]) -> None:
    """Call ``used`` with the name of each magic that is about to run in ``shell``."""
    tables = shell.magics_manager.magics
    for kind in _RUNNERS:
        tables[kind] = Table(tables[kind], kind, used)


def restore(shell: Any, before: dict[str, Any]) -> None:
    """Give ``shell`` plain tables again, with all that was registered since, and the line magics of ``before``."""
    tables = shell.magics_manager.magics
    for kind in _RUNNERS:
        tables[kind] = dict(tables[kind])
    for name, found in before.items():
        if found is None:
            tables["line"].pop(name, None)
        else:
            tables["line"][name] = found
