"""Charts of cafés, in text."""

from __future__ import annotations


def draw(town: dict[str, list[int]]) -> str:
    """A bar for each café."""
    return "\n".join(f"{name:8} {'#' * (sum(guests) // 2)} {sum(guests)}" for name, guests in town.items())
