"""A shell that stays, as a kernel does: each word, then each line that it is given, is a cell that a library counts."""

import sys

from IPython.core.interactiveshell import InteractiveShell
from terms import NEW, TERMS

from footfall import Client, _consent
from footfall_jupyter import instrument

_consent.restriction = lambda environ: ""


def main():
    """Run cells until there are no more."""
    cells, sys.argv[1:] = sys.argv[1:], []
    shell = InteractiveShell.instance()
    instrument(Client("hello", **TERMS), NEW)
    for cell in cells:
        shell.run_cell(cell, store_history=True)
    for line in sys.stdin:
        shell.run_cell(line, store_history=True)
        print("done", flush=True)
