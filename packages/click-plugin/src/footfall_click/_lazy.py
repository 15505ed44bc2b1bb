"""The names of commands that a group has not registered but loads when they are asked for. Warm: few programs do."""

from __future__ import annotations

import sys

from footfall_click import module_of
from footfall_click._reader import OTHER, is_option, spelling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def name_of(ctx: Any, command: Any) -> str | None:
    """The name under which the group of ``ctx`` lists ``command``, or ``other``; ``None``: made while the program runs.

    The group tells its names without loading. They may be those of a user's files, so what was asked for is no proof:
    the name has to be the command's own, or lead to it by an import path that the group holds.
    """
    module = sys.modules.get(module_of(getattr(command, "callback", None) or command))
    if not any(value is command for value in getattr(module, "__dict__", {}).values()):
        return None
    listed = ctx.command.list_commands(ctx)
    names = (command.name, *_import_names(ctx.command, command))
    return next((str(name) for name in names if name in listed), OTHER)


def declared_flags(command: Any) -> list[str]:
    """The longest spellings of the options that ``command`` declares."""
    return [spelling(param) for param in getattr(command, "params", ()) if is_option(param)]


def _import_names(group: Any, command: Any) -> Iterator[str]:
    """Names that ``group`` maps to the import path (``mytool.jobs.cli`` or ``mytool.jobs:cli``) of this very object."""
    for mapping in [value for value in vars(group).values() if isinstance(value, dict)]:
        for name, path in mapping.items():
            module, _, attribute = path.replace(":", ".").rpartition(".") if isinstance(path, str) else ("", "", "")
            if attribute and getattr(sys.modules.get(module), attribute, None) is command:
                yield name
