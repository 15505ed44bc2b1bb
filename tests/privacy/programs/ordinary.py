"""The program on a person's own machine: that of the tests may be root's, or a container."""

from hello import cli, main

from footfall import _consent

__all__ = ["cli", "main"]

_consent.restriction = lambda environ: ""
