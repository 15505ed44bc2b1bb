"""Executes cells of cafes.ipynb in a real kernel, and prints what they show.

The library is copied out of this repository for it, as an installer would do: what is run from a working copy is its
developers', and not counted. Without names, all cells. A name that is no cell's is a cell to run:
``run_notebook.py load '%footfall preview'``.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

NOTEBOOK = Path(__file__).with_name("cafes.ipynb")
DIED = 3  # exit code: the kernel did


def main(names: list[str]) -> int:
    """Execute and print; gives the exit code."""
    document = nbformat.read(NOTEBOOK, as_version=4)
    code = {cell["id"]: cell for cell in document.cells if cell.cell_type == "code"}
    chosen = [code.get(name) or nbformat.v4.new_code_cell(name) for name in names or code]
    document.cells = [nbformat.v4.new_code_cell(cell.source) for cell in chosen]
    place = tempfile.mkdtemp()
    for path in NOTEBOOK.parent.glob("cafes*.py"):
        shutil.copy(path, place)
    resources = {"metadata": {"path": place}}
    try:
        NotebookClient(document, timeout=60, kernel_name="python3", allow_errors=True, resources=resources).execute()
    except DeadKernelError:
        return DIED
    finally:
        shutil.rmtree(place)
        for cell in document.cells:
            print("".join(map(_text, cell.outputs)), end="")
    return 0


def _text(output: nbformat.NotebookNode) -> str:
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}\n"
    shown = output.text if output.output_type == "stream" else output.data.get("text/plain", "")
    return f"{shown.rstrip()}\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cells", nargs="*", metavar="CELL", help="a cell's name in the notebook, or a cell's own text")
    sys.exit(main(parser.parse_args().cells))
