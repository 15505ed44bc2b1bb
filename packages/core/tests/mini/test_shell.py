"""The adapter for a shell passes the suite."""

from pathlib import Path

from footfall.testing import CountedCell, SessionSuite

FORKS = """
import os
child = os.fork()
if child == 0:
    shell.run("CANARY = 3")
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""


class TestShell(SessionSuite):
    """Each test of the suite, on one shell."""

    program = Path(__file__).with_name("shell.py")
    project = "shell"
    modules = ("footfall_shell",)
    frontend = "console"
    environ = {"SHELL_COLOR": "CANARY"}
    cells = {
        "CANARY = 1; print('CANARY')": CountedCell(),
        "": None,
        "raise ValueError('CANARY')": CountedCell("error", "ValueError"),
        "class CANARY(Exception): pass\nraise CANARY('CANARY')": CountedCell("error", "other"),
        "class ValueError(Exception): pass\nraise ValueError": CountedCell("error", "other"),
        "def CANARY(: pass": CountedCell("error", "SyntaxError"),
        "import wave": CountedCell(modules=("wave",)),
        "%time CANARY": CountedCell(magics=("time",)),
        "%alias CANARY": CountedCell(magics=("alias",)),
        "%CANARY CANARY": CountedCell(magics=("other",)),
        "%nothing CANARY": CountedCell("error", "KeyError"),
        "shell.run('1 / 0'); shell.run('%time x')": CountedCell(magics=("time",)),
        FORKS: CountedCell(),
        "raise SystemExit(3)": CountedCell("exit"),
        "raise SystemExit": CountedCell(),
        "raise KeyboardInterrupt": CountedCell("aborted"),
        "print('żółć')": CountedCell(),
    }
    sleeping = "print('CANARY', flush=True); import time; time.sleep(300)"
