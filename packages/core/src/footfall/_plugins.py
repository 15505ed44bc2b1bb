"""The plugin manager: a program's plugins are those its author passed; entry points count in the sender and the CLI."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import metadata

import pluggy

from footfall import hookspecs
from footfall.hookspecs import hookimpl

__all__ = ["broken", "complain", "extra_fields", "hookimpl", "installed", "keeps", "lowered", "manager"]

_broken: dict[str, str] = {}  # why plugins could not be loaded, by their names


def manager(plugins: Iterable[object] = ()) -> pluggy.PluginManager:
    """A manager that knows our hooks and ``plugins``."""
    made = pluggy.PluginManager("footfall")
    made.add_hookspecs(hookspecs)
    for number, plugin in enumerate(plugins):
        if not made.is_registered(plugin):
            made.register(plugin, name=f"plugin {number}")  # two classes may have one name
    return made


def installed() -> pluggy.PluginManager:
    """A manager with the plugins of installed distributions, but for those that ``FOOTFALL_PLUGINS_OFF`` names.

    A plugin that cannot be loaded is left out: it must not keep a user from saying ``off``.
    """
    return _installed(os.environ.get("FOOTFALL_PLUGINS_OFF", ""))


def ours() -> pluggy.PluginManager:
    """A manager with Footfall's own plugins only: where nothing was agreed to, no code of others runs."""
    return _ours(os.environ.get("FOOTFALL_PLUGINS_OFF", ""))


@lru_cache(maxsize=1)
def _installed(left_out: str) -> pluggy.PluginManager:
    made = _ours.__wrapped__(left_out)
    for point in metadata.entry_points(group="footfall"):
        if not made.is_blocked(point.name) and not made.has_plugin(point.name):
            try:
                made.register(point.load(), name=point.name)
            except Exception as error:  # noqa: BLE001 - whatever a stranger's module raises when it is imported
                complain(f"plugin {point.name}", error)
                _broken[point.name] = f"{type(error).__name__}: {error}"
    return made


def broken() -> dict[str, str]:
    """Why plugins of installed distributions could not be loaded, by their names."""
    installed()
    return dict(_broken)


@lru_cache(maxsize=1)
def _ours(left_out: str) -> pluggy.PluginManager:
    from footfall.sinks import console, file, phonehome, posthog  # nobody's run of a command needs them

    made = manager()
    for name in left_out.split(","):
        made.set_blocked(name.strip())
    for name, sink in (("file", file), ("console", console), ("posthog", posthog), ("phonehome", phonehome)):
        made.register(
            sink, name=f"sink-{name}"
        )  # first: of several transports, the last one is asked before the others
    return made


def complain(what: str, error: Exception) -> None:
    """Say on stderr what of a plugin failed, to those who ask by ``FOOTFALL_DEBUG=1``."""
    if os.environ.get("FOOTFALL_DEBUG") and sys.stderr:
        print(f"footfall: {what}: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201


@lru_cache(maxsize=8)
def _of(plugins: tuple[object, ...]) -> pluggy.PluginManager:
    return manager(plugins)


def lowered(plugins: tuple[object, ...], project: str) -> str:
    """The lowest mode that the plugins ask for: ``off``, ``local`` or empty."""
    try:
        words = _of(plugins).hook.footfall_consent(project=project)
    except Exception as error:  # noqa: BLE001 - it would have had a say, perhaps "off"
        complain("footfall_consent", error)
        return "off"
    return "off" if "off" in words else "local" if "local" in words else ""


def extra_fields(plugins: tuple[object, ...], event: str) -> dict[str, object]:
    """Fields that the plugins add to an event; those of the plugin that was passed last win."""
    fields: dict[str, object] = {}
    for more in reversed(_of(plugins).hook.footfall_event_fields(event=event)):
        fields.update(more)
    return fields


def keeps(plugins: tuple[object, ...], event: str, fields: Mapping[str, object]) -> bool:
    """Whether no plugin drops the event."""
    return False not in _of(plugins).hook.footfall_filter_event(event=event, fields=fields)
