"""Footfall counts how a program is used, asking first: see :class:`Client`, and an adapter such as ``footfall-click``.

Names are fetched on first use, so that importing this package costs a program one small module.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from footfall._client import Client, Guard, Invocation
    from footfall._consent import Decision
    from footfall._heartbeat import Heartbeat
    from footfall._plugins import hookimpl
    from footfall._session import Cell, Session
    from footfall.errors import FootfallError, PlanError
    from footfall.plan import Bucket, Choice, EventType, Flag, Plan, Version

__all__ = [
    "Bucket",
    "Cell",
    "Choice",
    "Client",
    "Decision",
    "EventType",
    "Flag",
    "FootfallError",
    "Guard",
    "Heartbeat",
    "Invocation",
    "Plan",
    "PlanError",
    "Session",
    "Version",
    "hookimpl",
]

_HOMES = {
    "Client": "_client",
    "Guard": "_client",
    "Invocation": "_client",
    "Decision": "_consent",
    "Heartbeat": "_heartbeat",
    "hookimpl": "_plugins",
    "Cell": "_session",
    "Session": "_session",
    "FootfallError": "errors",
    "PlanError": "errors",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("footfall")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = __import__(f"footfall.{_HOMES.get(name, 'plan')}", fromlist=(name,))
    value = globals()[name] = getattr(module, name)
    return value
