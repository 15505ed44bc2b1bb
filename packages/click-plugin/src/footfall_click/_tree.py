"""Reading a program's whole tree: what it can report. Lazily loaded commands stay unloaded, unless an author asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from footfall_click import MAIN, Reader, declared_flags, registered_name

DEPTH_MAX = 12  # a group that contains itself must not keep us


def static_commands(reader: Reader, *, load_lazy: bool = False) -> dict[str, list[str]]:
    """Path and declared flags of each command of the reader's program that is its own.

    Args:
        reader: of an instrumented program, or made for reading alone.
        load_lazy: also load what groups list but have not registered; for authors, never in a user's run.
    """
    commands = {MAIN: sorted(set(declared_flags(reader.program)))}
    for path, command in _walk(reader, reader.program, (), load_lazy=load_lazy):
        commands[" ".join(path)] = sorted(set(declared_flags(command)))
    return commands


def _walk(reader: Reader, group: Any, above: tuple[str, ...], *, load_lazy: bool) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in _subcommands(group, load_lazy=load_lazy):
        if command is reader.user_command or len(above) > DEPTH_MAX or not reader.is_own(command):
            continue
        path = (*above, name)
        yield path, command
        yield from _walk(reader, command, path, load_lazy=load_lazy)


def _subcommands(group: Any, *, load_lazy: bool) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for source in (group, *getattr(group, "sources", ())):
        for command in (getattr(source, "commands", None) or {}).values():
            name = registered_name(group, command)
            if name is not None and name not in seen:
                seen.add(name)
                yield name, command
    if load_lazy and hasattr(group, "list_commands"):
        ctx = group.context_class(group, info_name=group.name)
        for name in group.list_commands(ctx):
            command = None if name in seen else group.get_command(ctx, name)
            if command is not None and registered_name(group, command) is None:
                yield name, command
