"""A person's own shells with IPython's magics, one after the other: each word of the command line is a cell."""

import os
import sys

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from footfall import _consent

_consent.restriction = lambda environ: ""  # as in the program ordinary.py
SETTINGS = {"HistoryManager": {"enabled": False}, "Footfall": {"operator": "the hello project"}}


def main():
    """Run the cells in a session, and then in as many more as the test says."""
    for _ in range(1 + int(os.environ.get("HELLO_MORE_RUNS", "0"))):
        InteractiveShell.clear_instance()
        shell = InteractiveShell.instance(config=Config(SETTINGS))
        for cell in ("%load_ext footfall_jupyter", *sys.argv[1:]):
            shell.run_cell(cell, store_history=True)
