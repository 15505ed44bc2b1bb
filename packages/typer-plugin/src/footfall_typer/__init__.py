"""Footfall for Typer: this version holds the name of the package and records nothing."""

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    """Return ``__version__``, looked up only when asked for; any other name is an ``AttributeError``."""
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import version

    return version("footfall-typer")
