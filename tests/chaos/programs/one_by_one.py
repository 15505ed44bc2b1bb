"""The program, or its sender, ended (or its disk filled) at each call that changes something, or each STEPth.

    python one_by_one.py program|sender kill|full STEP TEMPLATE PLACE ENDPOINT

runs under ``LD_PRELOAD`` of faults.c. Number n gets a copy of TEMPLATE, ``PLACE/n``, and the address ``ENDPOINT/n``.
The processes are forked from this one, which has imported everything: so each of them takes a moment only. For each
there is a line on standard output: n and how it ended (its signal, negative, or its exit status). The last is the
first that nothing happened to. Then each copy has the next day's sender, to which nothing happens; if this was about
the program, the next day's first run starts it.
"""

import ctypes
import os
import shutil
import sys
import time
from pathlib import Path

import click  # noqa: F401 - what the program and its sender import
import httpx  # noqa: F401

import footfall_click  # noqa: F401
from footfall import _install, _project, sender, transport  # noqa: F401

KINDS = {"nothing": 0, "kill": 1, "full": 2}
BECOME_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of prctl(2): whose descendants lose their parent, is their next
LIBRARY = ctypes.CDLL(None)


def once(what, kind, home, endpoint, n):
    """One process, and how it ended."""
    process = os.fork()
    if not process:
        os.environ.update(FOOTFALL_HOME=str(home), FAULT_HOME=f"{home}/", FOOTFALL_ENDPOINT=endpoint)
        os.environ.pop("LD_PRELOAD")
        LIBRARY.fault_arm(KINDS[kind], ctypes.c_long(n))
        if what == "sender":
            sender.main([str(home / "hello"), f"--clock-offset={float(os.environ['HELLO_CLOCK']) - time.time():.0f}"])
        run_program(home.parent / f"{home.name}.{kind}.output")
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def run_program(output):
    """The program, in a process that ends with it; what it says is in a file."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    import chaotic

    try:
        chaotic.cli(["greet"], prog_name="hello")
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(end.code or 0)


def main():
    """All of them."""
    what, kind, step, template, place, endpoint = sys.argv[1:]
    LIBRARY.fault_arm(0, ctypes.c_long(0))
    LIBRARY.prctl(BECOME_SUBREAPER, *map(ctypes.c_ulong, (1, 0, 0, 0)))
    os.environ["FOOTFALL_PLUGINS_OFF"] = "1"
    numbers, calls = [0], 0
    while numbers[-1] <= calls:
        n = numbers[-1] + int(step)
        numbers.append(n)
        home = Path(place) / str(n)
        shutil.copytree(template, home)
        print(n, once(what, kind, home, f"{endpoint}/{n}", n), flush=True)
        calls = LIBRARY.fault_calls()
    os.environ["HELLO_CLOCK"] = str(float(os.environ["HELLO_CLOCK"]) + 86400)
    for number in numbers[1:]:
        end = once(what, "nothing", Path(place) / str(number), f"{endpoint}/{number}", 0)
        assert end == 0, number
        wait_for_orphans()


def wait_for_orphans():
    """Until all senders have ended: their parent has, so that they are this process's children."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


main()
