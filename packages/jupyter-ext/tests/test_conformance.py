"""The extension passes the suite for notebooks and shells."""

from __future__ import annotations

from pathlib import Path

from footfall.testing import CountedCell, SessionSuite

HOSTS = Path(__file__).with_name("hosts")
FORKS = """
import os
child = os.fork()
if child == 0:
    get_ipython().run_cell("CANARY = 3", store_history=True)
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""
CELLS = {
    "CANARY = 1; print('CANARY')": CountedCell(),
    "CANARY": CountedCell(),
    "": None,
    "raise ValueError('CANARY')": CountedCell("error", "ValueError"),
    "class CANARY(Exception): pass\nraise CANARY('CANARY')": CountedCell("error", "other"),
    "try: 1 / 0\nexcept ArithmeticError as error: raise KeyError('CANARY') from error": CountedCell(
        "error", "KeyError"
    ),
    "def CANARY(: pass": CountedCell("error", "SyntaxError"),
    "import wave": CountedCell(modules=("wave",)),
    "%alias CANARY echo CANARY": CountedCell(magics=("alias",)),
    "%CANARY CANARY": CountedCell(magics=("other",)),
    "%nothing CANARY": CountedCell("error", "other"),
    "%%writefile /dev/null\nCANARY": CountedCell(magics=("writefile",)),
    "%env CANARY=CANARY": CountedCell(magics=("env",)),
    "%%capture\n%pwd\nprint('CANARY')": CountedCell(magics=("capture", "pwd")),
    "!echo CANARY": CountedCell(),
    "get_ipython().run_cell('1 / 0'); get_ipython().run_line_magic('pwd', '');": CountedCell(magics=("pwd",)),
    FORKS: CountedCell(),
    "raise KeyboardInterrupt": CountedCell("aborted"),
    "await __import__('asyncio').sleep(0, 'CANARY')": CountedCell(),
    "from IPython.display import HTML, display; display(HTML('<b>CANARY</b>'))": CountedCell(),
    "print('żółć')": CountedCell(),
}


class TestShell(SessionSuite):
    """A library's sessions in IPython's shell."""

    program = HOSTS / "shell.py"
    project = "ourlib"
    modules = (
        "footfall_jupyter",
        "footfall_jupyter._command",
        "footfall_jupyter._display",
        "footfall_jupyter._magics",
        "footfall_jupyter._place",
        "footfall_jupyter._shell",
    )
    frontend = "console"
    environ = {"SHELL_COLOR": "CANARY"}
    cells = CELLS
    sleeping = "print('CANARY', flush=True); import time; time.sleep(300)"
