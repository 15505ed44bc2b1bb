"""The ``footfall`` program on a person's own machine."""

import sys

from footfall import _consent, cli

_consent.restriction = lambda environ: ""  # as in the program ordinary.py


def main():
    """Run it."""
    sys.exit(cli.main())
