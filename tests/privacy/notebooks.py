"""Notebooks made at random, with canaries wherever users' own words can be, and the machine that executes them."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from canaries import Canaries, plant
from nbclient import NotebookClient
from recording import senders_of
from worlds import agree_to_notebooks

LOAD = "%load_ext footfall_jupyter"
SECONDS_MAX = 60
_PLACE = re.compile("@([^@\n]+)@")

# @place@: that place's canary. Cells that go well, ...
FINE = (
    "@cell source@ = 1; print('@cell source@')",
    "'@display output@'",
    "x = ['@multi-line@'\n, '@cell source@']\nx",
    "# @cell source@",
    "@non-ASCII@ = '@non-ASCII@'\n@non-ASCII@",
    "def f(@local variable@='@cell source@'): return @local variable@\nf()",
    "import os; os.environ['@environment value@'] = '@cell source@'",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>@display output@</b>'))",
    "display({'text/plain': '@display output@', 'text/html': '@display output@'}, raw=True)",
    "await __import__('asyncio').sleep(0, '@cell source@')",
    "get_ipython().run_cell('print(\"@cell source@\")', store_history=True);",
    "import warnings; warnings.warn('@cell source@')",
)
# ... magics and what users give to them, and their own, ...
MAGICS = (
    "%%writefile @script file@.py\nprint('@cell source@')",
    "%run @script file@.py @magic argument@",
    "%run more-@notebook file@.ipynb",
    "%env NAME=@magic argument@",
    "%env @environment value@",
    "%alias @alias@ echo @magic argument@\n%@alias@ @magic argument@",
    "y = '@cell source@'\n%store y",
    "%store -r @magic argument@",
    "!echo @magic argument@",
    "z = !echo @magic argument@",
    "%%bash\necho @magic argument@",
    "%%script echo @magic argument@\n@cell source@",
    "%%html\n<b>@display output@</b>",
    "%%javascript\nvar @cell source@ = 1",
    "%time '@cell source@'",
    "%%time\n@cell source@ = 2",
    "%timeit -n1 -r1 '@cell source@'",
    "%%capture @alias@\nprint('@display output@')",
    "%macro @alias@ 1-2",
    "%pdoc @cell source@",
    "str?\n@cell source@?",
    "%cd @magic argument@",
    "%bookmark @alias@",
    "%history -g @magic argument@",
    "%load_ext @module name@",
    "%config @magic argument@",
    "%@cell magic@ @magic argument@",
    "%%@cell magic@ @magic argument@\n@cell source@",
    "get_ipython().register_magic_function(print, 'line', '@cell magic@')\n%@cell magic@ @magic argument@",
    "get_ipython().run_line_magic('@cell magic@', '@magic argument@')",
    "%footfall @magic argument@",
    "%footfall status @magic argument@",
    "%footfall preview",
)
# ... and those that fail.
FAILING = (
    "raise OSError(2, '@exception message@', '@positional path@')",
    "raise KeyError('@exception message@')",
    "class @exception class@(Exception): pass\nraise @exception class@('@exception message@')",
    "class TypeError(Exception): pass\nraise TypeError('@exception message@')",
    "raise type('@exception class@', (LookupError,), {'__module__': 'builtins'})('@exception message@')",
    "try: 1 / 0\nexcept ArithmeticError as e: raise RuntimeError('@exception message@') from e",
    "error = IndexError('@exception message@')\nerror.__notes__ = ['@exception note@']\nraise error",
    "raise SystemExit('@exception message@')",
    "raise KeyboardInterrupt('@exception message@')",
    "raise ExceptionGroup('@exception message@', [OSError('@exception message@')])",
    "def @local variable@(: pass",
    " @cell source@\n@local variable@",
    "@local variable@",
    "import @module name@",
    "open('@positional path@')",
    "'@cell source@'.@local variable@",
    "assert False, '@exception message@'",
)
LONG = "w = '@1 MB long@'; len(w)"


class Notebooks:
    """Notebooks drawn from ``seed``."""

    def __init__(self, seed: int, canaries: Canaries) -> None:
        self.draw = random.Random(seed)
        self.canaries = canaries

    def sources(self, count: int) -> list[str]:
        """Sources of cells, one of a megabyte among them."""
        found = [self.text(template) for template in self.draw.sample((*FINE, *MAGICS, *FAILING), count)]
        found.insert(self.draw.randrange(count), self.text(LONG))
        return found

    def text(self, template: str) -> str:
        """A cell's source, with a canary in each place."""
        return _PLACE.sub(lambda place: self._word(place[1]), template)

    def _word(self, place: str) -> str:
        more = {"multi-line": repr(self.canaries.many_lines)[1:-1], "1 MB long": self.canaries.long}
        return {**more, "non-ASCII": self.canaries.foreign}.get(place) or self.canaries[place]

    def metadata(self) -> dict[str, Any]:
        """What a frontend tells with a cell: as JupyterLab does, as VS Code does, or of the user's own."""
        token = self.canaries["cell metadata"]
        cell = self.draw.choice([token, f"vscode-notebook-cell:/home/{self.canaries['notebook file']}.ipynb#{token}"])
        return {"cellId": cell, "tags": [token], "deletedCells": [token], token: {token: token}}


class Machine:
    """A machine whose names are canaries, with one kernel; ``state`` is what Footfall keeps there."""

    def __init__(self, root: Path, canaries: Canaries, address: str) -> None:
        self.canaries = canaries
        self.cwd, self.home = root / canaries["cwd name"], root / canaries["HOME"]
        self.state = self.home / ".local/state/footfall/jupyter.notebook"
        self.jupyter = root / "share"
        plant(self.cwd, canaries)
        self.home.mkdir()
        name, user, host = canaries["kernel name"], canaries["user"], canaries["host"]
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "JUPYTER_TELEMETRY": "1",
            "FOOTFALL_ENDPOINT": address,
            "SECRET": canaries["environment value"],
            "JPY_SESSION_NAME": str(self.cwd / f"{canaries['notebook file']}.ipynb"),
            "JPY_KERNEL": name,
            **dict.fromkeys(("USER", "LOGNAME", "JUPYTERHUB_USER", "USERNAME"), user),
            **dict.fromkeys(("HOSTNAME", "HOST", "COMPUTERNAME"), host),
        }
        self.state.mkdir(parents=True)
        agree_to_notebooks(self.state)
        (self.state / "consent").write_text(f"on 2026-11-18 1 {address} 25\n")
        place = self.jupyter / "kernels" / name
        place.mkdir(parents=True)
        command = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        about = {"argv": command, "display_name": name, "language": name, "metadata": {name: name}}
        (place / "kernel.json").write_text(json.dumps(about))

    def execute(self, sources: Iterable[str], made: Notebooks, *, asks: bool) -> list[str]:
        """Execute a notebook of these cells; what each ended as. ``asks``: as a frontend with a user does."""
        path = Path(self.environ["JPY_SESSION_NAME"])
        cells = [nbformat.v4.new_code_cell(source, metadata=made.metadata()) for source in sources]
        token = self.canaries["notebook metadata"]
        about = {"title": token, "authors": [token]}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=about), path)
        nbformat.write(nbformat.v4.new_notebook(cells=cells[:1], metadata=about), path.with_name(f"more-{path.name}"))
        client = NotebookClient(
            nbformat.read(path, as_version=4),
            timeout=SECONDS_MAX,
            kernel_name=self.canaries["kernel name"],
            allow_errors=True,
            resources={"metadata": {"path": str(self.cwd), "name": self.canaries["notebook file"]}},
        )
        client.reset_execution_trackers()
        with client.setup_kernel(env=self.environ):
            client.kc.allow_stdin = asks
            for index, cell in enumerate(client.nb.cells):
                client.kc.session.metadata = made.metadata()
                client.execute_cell(cell, index)
        return [_ending(cell) for cell in client.nb.cells]

    def send_what_is_left(self) -> None:
        """When the day's own sender has ended, as the user may by hand."""
        until = time.monotonic() + SECONDS_MAX
        while senders_of(self.state) and time.monotonic() < until:
            time.sleep(0.02)
        command = [sys.executable, "-m", "footfall.cli", "send", "--now", "jupyter"]
        subprocess.run(command, cwd=self.cwd, env=self.environ, capture_output=True, check=True)


def _ending(cell: Any) -> str:
    return next((output["ename"] for output in cell.outputs if output["output_type"] == "error"), "")
