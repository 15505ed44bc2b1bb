"""Magics: told by name when they are run, if they come with IPython; looking at them is no use of them."""

from __future__ import annotations

import pytest

import footfall_jupyter

CELLS = {
    "%timeit -n1 -r1 1": {"timeit": 1},
    "%%timeit -n1 -r1\n1": {"timeit": 1},
    "%%time\nx = 1": {"time": 1},
    "%time %timeit -n1 -r1 1": {"time": 1, "timeit": 1},
    "%pwd\n%pwd\n%pwd": {"pwd": 1},
    "%pwd\n%who": {"pwd": 1, "who": 1},
    "%matplotlib --list": {"matplotlib": 1},
    "%%capture\n1": {"capture": 1},
    "pwd": {"pwd": 1},
    "%pwd?": {"pinfo": 1},
    "%lsmagic": {"lsmagic": 1},
    "%canary": {},
    "%%canary\n1": {},
    "%writefile x": {},
    "%own canary": {"other": 1},
    "%%own_cell canary\ncanary": {"other": 1},
    "%alias canary echo\n%canary x": {"alias": 1, "other": 1},
    "get_ipython().run_line_magic('pwd', '')": {"pwd": 1},
    "get_ipython().find_line_magic('pwd');": {},
    "get_ipython().magics_manager.magics['line'].get('pwd');": {},
    "if False:\n    get_ipython().run_line_magic('pwd', '')": {},
    "%footfall": {},
}


@pytest.mark.parametrize("source", CELLS)
def test_a_magic_that_is_run_is_told(machine, counted, run, source):
    """Each magic that a cell runs counts once for that cell; a user's own is ``other``, its name is kept nowhere."""
    counted.register_magic_function(lambda line: None, "line", "own")
    counted.register_magic_function(lambda line, cell: None, "cell", "own_cell")
    run(counted, source)
    assert machine.told("magics") == CELLS[source]
    assert "canary" not in machine.spool()
    assert "own" not in machine.spool()


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_completing_and_reading_a_magic_is_no_use(machine, counted, run):
    """Completions, help texts and lists outside of a cell count nothing."""
    counted.complete("%time")
    counted.object_inspect("%timeit")
    counted.magics_manager.lsmagic_docs()
    run(counted, "1;")
    assert machine.told("magics") == {}


def test_the_tables_are_as_they_were(shell, run):
    """Loading, reloading and unloading leave the shell's magics, events and attributes as they were."""
    run(shell, "%pwd", "%unload_ext absent")  # some versions load their own magics on first use
    tables = {kind: dict(table) for kind, table in shell.magics_manager.magics.items()}
    heard = {name: list(callbacks) for name, callbacks in shell.events.callbacks.items()}
    run(shell, "%load_ext footfall_jupyter", "%reload_ext footfall_jupyter")
    assert "footfall" in shell.magics_manager.magics["line"]
    run(shell, "%unload_ext footfall_jupyter")
    assert shell.magics_manager.magics == tables
    assert {type(table) for table in shell.magics_manager.magics.values()} == {dict}
    assert shell.events.callbacks == heard


def test_a_magic_of_the_same_name_comes_back(shell, run):
    """A user's own %footfall is there again when the extension is not."""
    shell.register_magic_function(lambda line: print("own"), "line", "footfall")
    run(shell, "%load_ext footfall_jupyter", "%reload_ext footfall_jupyter", "%unload_ext footfall_jupyter")
    assert run(shell, "%footfall") == "own\n"


def test_unloading_does_what_is_left_to_do(machine, shell, run):
    """Where another extension has cleared the shell's events, unloading says nothing, and loading again counts."""
    run(shell, "%load_ext footfall_jupyter")
    shell.events.callbacks["post_run_cell"].clear()
    assert "Error" not in run(shell, "%unload_ext footfall_jupyter")
    assert {type(table) for table in shell.magics_manager.magics.values()} == {dict}
    before = machine.told("cells")["ok"]
    run(shell, "%load_ext footfall_jupyter", "1;")
    assert machine.told("cells")["ok"] == before + 2


def test_magics_that_come_and_go_meanwhile_are_kept(shell, run):
    """What is registered while the extension is loaded is still there when it is not."""
    run(shell, "%load_ext footfall_jupyter")
    shell.register_magic_function(lambda line: print("own"), "line", "own")
    assert run(shell, "%own") == "own\n"
    run(shell, "%unload_ext footfall_jupyter")
    assert run(shell, "%own") == "own\n"


def test_loaded_anew_it_is_the_same_session(machine, counted, run):
    """Reloading, and unloading and loading again, go on with the session and count no cell twice."""
    run(counted, "1;", "%reload_ext footfall_jupyter", "2;")
    run(counted, "%unload_ext footfall_jupyter", "3;", "%load_ext footfall_jupyter", "4;")
    assert machine.told("sessions") == {None: 1}
    assert machine.told("cells") == {"ok": 7}  # all but the one in between
    assert "footfall_jupyter is not" not in run(counted, "%unload_ext footfall_jupyter")


def test_loading_twice_counts_once(machine, counted, run):
    """The extension loaded once more by hand, or by a library's code, does not count a cell twice."""
    footfall_jupyter.load_ipython_extension(counted)
    run(counted, "import footfall_jupyter; footfall_jupyter.load_ipython_extension(get_ipython())", "1;")
    assert machine.told("cells") == {"ok": 3}
