"""The plugin manager: an application's plugins are those its author passed; entry points count only in the sender and the CLI."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import lru_cache

import pluggy

from footfall import hookspecs
from footfall.hookspecs import hookimpl

__all__ = ["extra_fields", "hookimpl", "installed", "keeps", "lowered", "manager"]


def manager(plugins: Iterable[object] = ()) -> pluggy.PluginManager:
    """A manager that knows our hooks and ``plugins``."""
    made = pluggy.PluginManager("footfall")
    made.add_hookspecs(hookspecs)
    for plugin in plugins:
        made.register(plugin)
    return made


def installed() -> pluggy.PluginManager:
    """A manager with the plugins of installed distributions; ``FOOTFALL_PLUGINS_OFF`` names some to leave out, with commas."""
    made = manager()
    for name in os.environ.get("FOOTFALL_PLUGINS_OFF", "").split(","):
        made.set_blocked(name.strip())
    made.load_setuptools_entrypoints("footfall")
    return made


@lru_cache(maxsize=8)
def _of(plugins: tuple[object, ...]) -> pluggy.PluginManager:
    return manager(plugins)


def lowered(plugins: tuple[object, ...], project: str) -> str:
    """The lowest mode that the plugins ask for: ``off``, ``local`` or empty."""
    words = _of(plugins).hook.footfall_consent(project=project)
    return "off" if "off" in words else "local" if "local" in words else ""


def extra_fields(plugins: tuple[object, ...], event: str) -> dict[str, object]:
    """Fields that the plugins add to an event; the first plugin's win."""
    fields: dict[str, object] = {}
    for more in reversed(_of(plugins).hook.footfall_event_fields(event=event)):
        fields.update(more)
    return fields


def keeps(plugins: tuple[object, ...], event: str, fields: Mapping[str, object]) -> bool:
    """Whether no plugin drops the event."""
    return False not in _of(plugins).hook.footfall_filter_event(event=event, fields=fields)
