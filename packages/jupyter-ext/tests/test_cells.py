"""Cells in a real shell: each is counted once, as it ended, and nothing of it is kept."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading

import pytest

import footfall
import footfall_jupyter

# IPython 8.0 shows no cause that was never raised.
CHAINED = """e = ValueError('canary'); e.__notes__ = ['canary']
try: {}['canary']
except KeyError as cause: raise e from cause"""
ENDINGS = {
    "1 + 1": ("ok", None),
    "x = 1;": ("ok", None),
    "pass # nothing": ("ok", None),
    "1 / 0": ("error", "ZeroDivisionError"),
    "raise ValueError('canary')": ("error", "ValueError"),
    "class ValueError(Exception): pass\nraise ValueError('canary')": ("error", "other"),
    "class CanaryError(Exception): pass\nraise CanaryError": ("error", "other"),
    "try: 1 / 0\nfinally: raise KeyError('canary')": ("error", "KeyError"),
    "raise KeyboardInterrupt": ("aborted", None),
    "import asyncio; raise asyncio.CancelledError": ("error", "other"),
    "def canary(: pass": ("error", "SyntaxError"),
    "  canary\n x": ("error", "other"),  # IndentationError, or another kind in other versions: see below
    "canary_name": ("error", "NameError"),
    "%canary": ("error", "other"),
    "import canary_module": ("error", "ModuleNotFoundError"),
    "raise SystemExit(3)": ("exit", None),
    "class Code:\n    __eq__ = __hash__ = lambda *_: print('seen')\nraise SystemExit(Code())": ("exit", None),
    "raise SystemExit(0)": ("ok", None),
    "await __import__('asyncio').sleep(0)": ("ok", None),
    "async def f(): 1 / 0\nawait f()": ("error", "ZeroDivisionError"),
    "!true": ("ok", None),
    "get_ipython().run_cell('1 / 0')": ("ok", None),
    "get_ipython().run_cell('1'); get_ipython().run_cell('2'); 1 / 0": ("error", "ZeroDivisionError"),
    "get_ipython().run_cell(''); 1 / 0": ("error", "ZeroDivisionError"),
    "print('canary' * 1000)": ("ok", None),
    CHAINED: ("error", "ValueError"),
    "äöü = '試験 canary'": ("ok", None),
}


@pytest.mark.statement(29, 34)
@pytest.mark.filterwarnings("ignore:To exit")
@pytest.mark.parametrize("source", ENDINGS)
def test_a_cell_counts_once_as_it_ended(machine, counted, run, source):
    """A cell is counted with its outcome and the kind of a built-in error, and nothing of it is kept in any file."""
    run(counted, source)
    outcome, kind = ENDINGS[source]
    expected = {"ok": 1}
    expected[outcome] = expected.get(outcome, 0) + 1
    assert machine.told("cells") == expected
    kinds = machine.told("errors")
    assert kinds == ({kind: 1} if kind else {}) or source.startswith("  canary")
    assert sum(kinds.values()) == (outcome == "error")
    kept = b"".join((machine.home / path).read_bytes() for path in machine.files())
    assert b"canary" not in kept.lower()
    assert "試験".encode() not in kept


@pytest.mark.parametrize(
    "source", [*ENDINGS, "%%timeit -n1 -r1\n1/0", "%run canary.py", "%%canary\ncanary", "?print", ""]
)
@pytest.mark.filterwarnings("ignore:To exit")
def test_a_cell_looks_as_it_did(new_shell, run, source):
    """What a cell prints and displays, tracebacks among it, is byte for byte what it is without us."""
    bare = steady(run(new_shell(), "0;", source))
    assert steady(run(new_shell(), "%load_ext footfall_jupyter", source)) == bare


def steady(text):
    """What is printed, without what changes from one run to the next: times and addresses."""
    lines = (line for line in text.splitlines() if " per loop" not in line)
    return [re.sub(r"(0x)?\b[0-9a-f]{9,}\b|0x[0-9a-f]+", "address", line) for line in lines]


def test_cells_of_a_cell_are_its_own(machine, counted, run, tmp_path):
    """What a cell's code runs as cells, by run_cell or %run of a script or notebook, is part of that one cell."""
    (tmp_path / "script.py").write_text("get_ipython().run_cell('1')\n")
    cell = {"cell_type": "code", "source": "1 + 1", "metadata": {}, "outputs": [], "execution_count": None}
    notebook = {"cells": [cell, cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (tmp_path / "n.ipynb").write_text(json.dumps(notebook))
    run(counted, f"%run -i {tmp_path / 'script.py'}", f"%run {tmp_path / 'n.ipynb'}")
    run(counted, "for _ in range(20): get_ipython().run_cell('1 / 0', store_history=True)")
    assert machine.told("cells") == {"ok": 4}
    assert machine.told("magics") == {"run": 2}


@pytest.mark.parametrize("how", [{"silent": True}, {"store_history": False}])
def test_what_a_frontend_asks_for_itself_is_no_cell(machine, counted, how):
    """Silent requests, and those that leave no history, are not the user's cells."""
    counted.run_cell("1 + 1", **{"store_history": True, **how})
    assert machine.told("cells") == {"ok": 1}


def test_empty_cells_are_none(machine, counted, run):
    """A cell of blanks runs nothing, and does not upset those after it."""
    run(counted, "", "   \n", "1 + 1")
    assert machine.told("cells") == {"ok": 2}


def test_cells_in_threads_count_each(machine, counted):
    """Cells that run at the same time in several threads are counted each, by their own end."""
    counted.user_ns["both"] = threading.Barrier(2)
    cells = ("both.wait(10); both.wait(10)", "both.wait(10); both.wait(10); 1 / 0")
    threads = [threading.Thread(target=counted.run_cell, args=(cell, True)) for cell in cells]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert machine.told("cells") == {"ok": 2, "error": 1}


def test_a_loop_of_fast_cells_loses_none(machine, counted):
    """A thousand cells one after another are a thousand, and make a session of that size."""
    for _ in range(1000):
        counted.run_cell("1;", store_history=True)
    assert machine.told("cells") == {"ok": 1001}
    assert machine.told("session_sizes") == {">=1000": 1}
    assert machine.told("sessions") == {None: 1}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_forked_workers_count_nothing(machine, counted, run):
    """What runs in a worker that a cell forked is not counted, nor is the cell's end as the worker sees it."""
    run(
        counted,
        """
        import os
        child = os.fork()
        if child == 0:
            get_ipython().run_cell("1 / 0", store_history=True)
            os._exit(0)
        os.waitpid(child, 0)[1]
        """,
        """
        import os
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        """,
    )
    child = counted.user_ns["child"]
    if child == 0:  # the second worker has left its cell here
        os._exit(0)
    assert machine.told("cells") == {"ok": 3}


@pytest.mark.parametrize("word", ["local", "on"])
def test_an_answer_that_changes_little_loses_no_cell(machine, shell, run, word):
    """Going from on to local is the same session; none of the cells that said so counts as killed."""
    footfall_jupyter.instrument(footfall.Client("ourlib", version="1", endpoint="http://127.0.0.1:9"))
    run(shell, "1;", f"%footfall {word}", "2;", f"%footfall {word}", "3;")
    assert machine.told("cells", "ourlib") == {"ok": 5}
    assert machine.told("sessions", "ourlib") == {None: 1}


def test_a_cell_whose_end_was_never_heard_does_not_swallow_the_next(machine, counted, run):
    """If an end is lost, the cell counts as aborted when the next begins."""
    counted.events.unregister("post_run_cell", counted._footfall_shell.post_run_cell)
    run(counted, "1 + 1")
    counted.events.register("post_run_cell", counted._footfall_shell.post_run_cell)
    run(counted, "2 + 2")
    assert machine.told("cells") == {"ok": 2, "aborted": 1}


@pytest.mark.statement(2, 13)
@pytest.mark.privacy
@pytest.mark.parametrize(
    "switch", [{"DO_NOT_TRACK": "1"}, {"FOOTFALL": "off"}, {"JUPYTER_TELEMETRY": "0"}, {"JUPYTER_TELEMETRY": ""}]
)
def test_off_and_undecided_write_nothing(machine, shell, run, monkeypatch, switch):
    """Statements 2 and 13: without a yes, or with any no, loading, running cells and looking leave no file."""
    for name, value in {"CI": "1", **switch}.items():
        monkeypatch.setenv(name, value)
    if "JUPYTER_TELEMETRY" in switch:  # nor was anything answered
        shutil.rmtree(machine.home)
    run(shell, "%load_ext footfall_jupyter", "1 + 1", "1 / 0", "%footfall", "%timeit -n1 -r1 1")
    assert machine.files() == []


@pytest.mark.statement(21)
@pytest.mark.privacy
def test_off_reaches_the_session_that_runs(machine, counted, run):
    """Statement 21: after %footfall off the session writes nothing, and what it had written is gone."""
    run(counted, "1 + 1", "%footfall off", "1 + 1", "1 / 0")
    assert (machine.files(), machine.answer()) == ([], "off")


def break_folder(machine):
    """A file stands where the folder should be."""
    shutil.rmtree(machine.home)
    machine.home.write_text("")


def break_project(machine):
    """A file stands where the project's folder should be."""
    shutil.rmtree(machine.folder())
    machine.folder().write_text("")


def break_spool(machine):
    """A folder stands where the day's file should be."""
    from footfall._spool import day_of

    (machine.folder() / "spool" / f"{day_of(__import__('time').time())}.log").mkdir(parents=True)


def break_answer(machine):
    """The answer is a folder."""
    (machine.folder() / "consent").unlink()
    (machine.folder() / "consent").mkdir()


@pytest.mark.statement(53)
@pytest.mark.privacy
@pytest.mark.parametrize("broken", [break_folder, break_project, break_spool, break_answer])
def test_a_broken_state_folder_is_not_seen(machine, new_shell, run, broken):
    """Statement 53: where nothing can be written, cells look as they do without us."""
    cells = ("1 + 1", "1 / 0", "%timeit -n1 -r1 1;", "print(3)")
    bare = run(new_shell(), "0;", *cells)
    broken(machine)
    ours = run(new_shell(), "%load_ext footfall_jupyter", *cells)
    assert steady(ours) == steady(bare)


SHELL = [sys.executable, "-m", "IPython", "--no-banner"]


def ipython(environ, tmp_path, *arguments, **more):
    """A run of the ``ipython`` program."""
    command = [*SHELL, *arguments]
    return subprocess.run(
        command, env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, **more
    )


def test_ipython_c_is_one_cell(machine, plain_environ, tmp_path):
    """``ipython -c`` is a session of one cell on the console; configured lines at the start are none."""
    profile = tmp_path / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_config.py").write_text(
        "c.InteractiveShellApp.extensions = ['footfall_jupyter']\n"
        "c.InteractiveShellApp.exec_lines = ['1 + 1', '1 / 0']\n"
    )
    done = ipython(plain_environ, tmp_path, "-c", "print(6 * 7)")
    assert done.stdout.splitlines()[-1] == "42"
    assert "footfall" not in done.stdout + done.stderr
    assert machine.told("cells") == {"ok": 1}
    assert machine.told("frontends") == {"console": 1}
    assert machine.surfaces() == {"script"}
    (tmp_path / "script.py").write_text("print(1)")
    ipython(plain_environ, tmp_path, "script.py")
    assert machine.told("cells") == {"ok": 1}


def test_a_user_at_the_console(machine, plain_environ, tmp_path):
    """Lines typed into ``ipython`` are cells; leaving it loses none."""
    done = ipython(plain_environ, tmp_path, "--simple-prompt", input="%load_ext footfall_jupyter\n1 / 0\n2 + 2\nexit\n")
    assert done.returncode == 0
    assert machine.told("cells") == {"ok": 3, "error": 1}
    assert machine.told("session_sizes") == {"1-9": 1}
