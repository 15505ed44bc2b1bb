"""Transports for authors who run something already; each is a plugin like anybody's, by ``footfall_transport``."""

from __future__ import annotations

from footfall._client import is_loopback


def origin(address: str) -> str:
    """The URL at whose root a sink's server listens: plain HTTP for this machine only."""
    host = address.partition("/")[0]
    return f"http://{host}" if is_loopback(host) else f"https://{host}"
