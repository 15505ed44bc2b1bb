"""Reading a program's whole tree: what it can report. Lazily loaded commands stay unloaded, unless an author asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from footfall import wire
from footfall_click._lazy import declared_flags
from footfall_click._reader import MAIN, OTHER, Reader, registered_name

DEPTH_MAX = 12  # a group that contains itself must not keep us


def static_commands(reader: Reader, *, load_lazy: bool = False) -> dict[str, list[str]]:
    """Path and declared flags of each command of the reader's program that is its own.

    A name that cannot be a word of a report (it holds a line break, say) is left out: it is counted as ``other``.

    Args:
        reader: of an instrumented program, or made for reading alone.
        load_lazy: also load what groups list but have not registered; for authors, never in a user's run.
    """
    found = [(" ".join(path), command) for path, command in _walk(reader, reader.program, (), load_lazy=load_lazy)]
    return {path: _flags(command) for path, command in ((MAIN, reader.program), *found) if wire.is_word(path)}


def _flags(command: Any) -> list[str]:
    return sorted(filter(wire.is_word, set(declared_flags(command))))


def _walk(
    reader: Reader, group: Any, above: tuple[str, ...], *, load_lazy: bool
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in _subcommands(reader, group, load_lazy=load_lazy):
        if len(above) > DEPTH_MAX or not reader.is_own(command) or command in (reader.counted.user_command or ()):
            continue
        path = (*above, name)
        yield path, command
        yield from _walk(reader, command, path, load_lazy=load_lazy)


def _subcommands(reader: Reader, group: Any, *, load_lazy: bool) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for source in (group, *getattr(group, "sources", ())):
        for command in (getattr(source, "commands", None) or {}).values():
            name = registered_name(group, command)
            if name is not None and name not in seen:
                seen.add(name)
                yield name, command
    if load_lazy and hasattr(group, "list_commands"):
        ctx = group.context_class(group, info_name=group.name)
        for listed in group.list_commands(ctx):
            command = None if listed in seen else group.get_command(ctx, listed)
            name, is_lazy = reader.name(ctx, command) if command is not None else (OTHER, False)
            if is_lazy and name not in (OTHER, *seen):
                seen.add(name)
                yield name, command
