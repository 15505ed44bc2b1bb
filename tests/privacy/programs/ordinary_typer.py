"""The Typer program on a person's own machine: that of the tests may be root's, or a container."""

from typed import app, main

from footfall import _consent

__all__ = ["app", "main"]

_consent.restriction = lambda environ: ""
