"""A person's own shell with IPython's magics: each word of the command line is a cell."""

import sys

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from footfall import _consent

_consent.restriction = lambda environ: ""  # as in the program ordinary.py


def main():
    """Run the cells."""
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    for cell in ("%load_ext footfall_jupyter", *sys.argv[1:]):
        shell.run_cell(cell, store_history=True)
