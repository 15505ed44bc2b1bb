"""A shell of IPython's that runs the cells that it reads, counted for a library as often as the suite asks for."""

import json
import os
import sys

from IPython import version_info
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

COLORS = "nocolor" if version_info[0] > 8 else "NoColor"
SETTINGS = {"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": COLORS}}

shell = InteractiveShell.instance(config=Config(SETTINGS))
for _ in range(int(os.environ.get("FOOTFALL_TESTING_TIMES", "0"))):
    import footfall
    import footfall_jupyter

    client = footfall.Client("ourlib", version="1.4.2", endpoint="http://127.0.0.1:9")
    footfall_jupyter.instrument(client, modules=["wave"])

for line in sys.stdin:
    shell.run_cell(json.loads(line), store_history=True)
    for stream in (sys.stdout, sys.stderr):
        print("\x1e", file=stream, flush=True)
