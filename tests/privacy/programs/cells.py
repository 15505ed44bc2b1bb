"""A shell that stays, as a kernel does: it runs each line that it is given as a cell, and says when it has."""

import sys

from IPython.core.interactiveshell import InteractiveShell

from footfall import Client, _consent
from footfall_jupyter import instrument

_consent.restriction = lambda environ: ""


def main():
    """Run cells until there are no more."""
    shell = InteractiveShell.instance()
    instrument(Client("hello", version="1.4.2", endpoint="https://usage.example.org"))
    for line in sys.stdin:
        shell.run_cell(line, store_history=True)
        print("done", flush=True)
