"""``instrument(client)``: a library that wants its notebook sessions counted."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version

import pytest

import footfall
import footfall_jupyter

LIBRARY = """
import footfall, footfall_jupyter
plan = footfall.Plan([footfall.EventType("model.fitted")])
client = footfall.Client("ourlib", version="1.4.2", endpoint="http://127.0.0.1:9", plan=plan)
footfall_jupyter.instrument(client, modules=["wave", "absent_module"])

def fit():
    client.count("model.fitted")
"""


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library that instruments itself when it is imported."""
    (tmp_path / "ourlib.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("ourlib", "wave"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_a_library_counts_its_sessions(machine, shell, run, library):
    """From the cell that imports it on, cells are counted for the library; its modules once a session, its events."""
    run(shell, "1;", "import ourlib", "import wave", "import wave", "for _ in range(3): ourlib.fit()", "1 / 0")
    assert machine.told("sessions", "ourlib") == {None: 1}
    assert machine.told("cells", "ourlib") == {"ok": 4, "error": 1}
    assert machine.told("modules", "ourlib") == {"wave": 1}
    events = [line for line in machine.spool("ourlib").splitlines() if line.startswith("R")]
    assert [line.split("\t")[2:] for line in events] == [["model.fitted", "3"]]
    assert {path.split("/")[0] for path in machine.files()} == {"ourlib.notebook"}


def test_instrumented_twice_counts_once(machine, shell, run, library):
    """A second call, with the same client or another of the same project, changes nothing."""
    run(shell, "import ourlib", "from importlib import reload; reload(ourlib);")
    run(shell, "import footfall_jupyter; footfall_jupyter.instrument(ourlib.client);", "1;")
    assert machine.told("cells", "ourlib") == {"ok": 4}
    assert machine.told("sessions", "ourlib") == {None: 1}


def test_a_library_that_is_loaded_anew_goes_on_counting(machine, shell, run, library):
    """After a reload the library has a new client: its events and cells go on in the same session."""
    again = "import importlib; ourlib = importlib.reload(ourlib);"
    run(shell, "import ourlib", "ourlib.fit()", again, "ourlib.fit(); ourlib.fit()", "2;")
    assert machine.told("sessions", "ourlib") == {None: 1}
    assert machine.told("cells", "ourlib") == {"ok": 5}
    counts = [line.split("\t")[3] for line in machine.spool("ourlib").splitlines() if line.startswith("R")]
    assert sum(map(int, counts)) == 3


def test_more_modules_may_be_named_later(machine, shell, run, library):
    """A second call adds modules; one without any takes none away."""
    run(shell, "import ourlib", "from footfall_jupyter import instrument; instrument(ourlib.client);", "import wave")
    assert machine.told("modules", "ourlib") == {"wave": 1}


def test_a_module_counts_once_however_often_the_adapter_is_loaded(machine, counted, run, monkeypatch):
    """Reloading the extension does not tell a module of the session again."""
    client = footfall.Client("ourlib", version="1", endpoint="http://127.0.0.1:9")
    monkeypatch.delitem(sys.modules, "wave", raising=False)
    footfall_jupyter.instrument(client, ["wave"])
    run(counted, "import wave", "%reload_ext footfall_jupyter")
    footfall_jupyter.instrument(client, ["wave"])
    run(counted, "1;")
    assert machine.told("modules", "ourlib") == {"wave": 1}


def test_a_client_of_commands_is_refused():
    """A client counts a program or notebooks: whoever tries both is told so at once, in whichever order."""
    client = footfall.Client("ourlib", version="1", endpoint=None)
    client.commands = dict
    with pytest.raises(footfall.PlanError, match="a Client of their own"):
        footfall_jupyter.instrument(client)
    with pytest.raises(footfall.PlanError, match="a list of names"):
        footfall_jupyter.instrument(footfall.Client("ourlib", version="1", endpoint=None), modules="ourlib.plot")


@pytest.mark.statement(7)
@pytest.mark.privacy
def test_what_was_counted_before_the_yes_is_not_told(machine, shell, run, library):
    """Statement 7: own events of a cell in which nothing was agreed to yet, or no more, are told to nobody."""
    (machine.folder("ourlib") / "consent").unlink()
    run(shell, "import ourlib", "for _ in range(7): ourlib.fit()", "%footfall on", "1;")
    assert "model.fitted" not in machine.spool("ourlib")
    run(shell, "ourlib.fit(); get_ipython().run_line_magic('footfall', 'off')", "%footfall on", "ourlib.fit(); 1;")
    assert machine.spool("ourlib").count("model.fitted") == 1


@pytest.mark.parametrize("load", [{"silent": True}, {"store_history": False}])
def test_loaded_by_what_is_no_cell_counts_none(machine, shell, run, library, load):
    """A library that is imported by a frontend's own question, or a configured line, counts from the next cell on."""
    shell.run_cell("import ourlib", **{"store_history": True, **load})
    assert machine.files() == []
    run(shell, "1;")
    assert machine.told("cells", "ourlib") == {"ok": 1}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_worker_that_imports_the_library_is_no_session(machine, library, plain_environ, tmp_path):
    """Forked workers of a cell that import the library themselves are no sessions, and count no events twice."""
    (tmp_path / "work.py").write_text("def fit(_):\n    import ourlib\n    ourlib.fit()\n")
    cells = (
        "import multiprocessing, work",
        "with multiprocessing.get_context('fork').Pool(2) as pool: pool.map(work.fit, range(4))",
        "import ourlib; ourlib.fit()",
        "with multiprocessing.get_context('fork').Pool(2) as pool: ourlib.fit(); pool.map(work.fit, range(4))",
    )
    program = "from IPython.core.interactiveshell import InteractiveShell as S; s = S.instance()\n" + "".join(
        f"s.run_cell({cell!r}, store_history=True)\n" for cell in cells
    )
    environ = {**plain_environ, "PYTHONPATH": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    subprocess.run([sys.executable, "-c", program], env=environ, check=True, cwd=tmp_path, timeout=60)
    assert machine.told("sessions", "ourlib") == {None: 1}
    assert machine.told("cells", "ourlib") == {"ok": 2}


def test_beside_the_extension_each_counts_for_itself(machine, counted, run, library):
    """The extension's project and a library's are two, each with its own cells and its own answer."""
    run(counted, "import ourlib", "1;", "%footfall off ourlib", "2;")
    assert machine.told("cells") == {"ok": 5}
    assert [path for path in machine.files() if path.startswith("ourlib")] == []
    assert machine.answer("ourlib") == "off"


def test_the_client_comes_back(shell, machine):
    """What instrument gives back is the client that it was given."""
    client = footfall.Client("ourlib", version="1", endpoint=None)
    assert footfall_jupyter.instrument(client) is client


def test_outside_of_ipython_nothing_happens(machine, library, plain_environ, tmp_path):
    """In a plain program nothing is counted, the library's own events neither, and no framework is loaded."""
    program = "import sys; import ourlib; ourlib.fit(); print(ourlib.client.kind, 'IPython' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=plain_environ, capture_output=True, text=True, check=True
    )
    assert done.stdout == "notebook False\n"
    assert machine.files() == []


def test_importing_it_loads_nothing_else():
    """Importing the package adds its own module to those loaded and no other."""
    program = "import sys; old = set(sys.modules); import footfall_jupyter; print(*sorted(set(sys.modules) - old))"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"footfall_jupyter", "__future__"}


def test_loading_it_loads_no_network_and_no_sender(machine, plain_environ, tmp_path):
    """In a shell, the extension loads modules of ours that a cell needs, and none that could send."""
    program = (
        "import sys\nfrom IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()\n"
        "shell.run_cell('1;')\nold = set(sys.modules)\n"
        "shell.run_cell('%load_ext footfall_jupyter', store_history=True); shell.run_cell('1;', store_history=True)\n"
        "print(*sorted(set(sys.modules) - old))"
    )
    plain_environ["JUPYTER_TELEMETRY"] = "0"
    done = subprocess.run(
        [sys.executable, "-c", program], env=plain_environ, capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"httpx", "ssl", "socket", "http.client", "pluggy", "footfall.sender", "footfall.transport"}
    assert {name for name in loaded if name.partition(".")[0] == "footfall"} == {
        "footfall", "footfall._consent", "footfall._magics", "footfall._session", "footfall._spool",
        "footfall.errors", "footfall.wire",
    }  # fmt: skip


def test_version_is_that_of_the_distribution():
    """``__version__`` is what the installed distribution's metadata says."""
    assert footfall_jupyter.__version__ == version("footfall-jupyter")


def plan(*arguments, cwd, environ):
    """What ``footfall plan`` prints."""
    command = [sys.executable, "-m", "footfall.cli", "plan", *arguments]
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False, timeout=60)


def test_a_librarys_plan_is_exported(machine, library, plain_environ, tmp_path):
    """``footfall plan`` gives a collector the words of a library's sessions: its modules and its own events."""
    done = plan("ourlib:client", cwd=tmp_path, environ=plain_environ)
    assert 'project = "ourlib"' in done.stdout
    assert '[notebook]\nmodules = ["absent_module", "wave"]' in done.stdout
    assert '[events."model.fitted"]' in done.stdout


def test_a_hubs_plan_is_exported(machine, plain_environ, tmp_path):
    """An operator names the project that the extension is configured with, and gets its words."""
    where = "footfall_jupyter:load_ipython_extension"
    done = plan(where, "--project", "ourhub", "--version", "2026.11", cwd=tmp_path, environ=plain_environ)
    assert 'project = "ourhub"' in done.stdout
    assert "[notebook]\nmodules = []" in done.stdout


def test_other_things_are_no_librarys_client(machine, plain_environ, tmp_path):
    """What no adapter knows is refused in a line that names the adapters."""
    done = plan("json:dumps", cwd=tmp_path, environ=plain_environ)
    assert done.returncode != 0
    assert "footfall-jupyter" in done.stderr
