"""A real ipykernel over ZMQ, and notebooks executed without a user: sessions, interruptions, kills, senders."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import nbformat
import pytest
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

pytestmark = pytest.mark.e2e
SECONDS_MAX = 60
LOAD = "%load_ext footfall_jupyter"
LAB = {"deletedCells": [], "recordTiming": False, "cellId": "0b5dd9ae"}


class Kernel:
    """A kernel process, and a frontend that a person sits at."""

    def __init__(self, tmp_path, environ):
        self.manager = KernelManager(kernel_name="python3")  # the native one: this interpreter
        self.manager.start_kernel(env=dict(environ), cwd=str(tmp_path))
        self.connect()

    def connect(self):
        """Wait until the kernel answers."""
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=SECONDS_MAX)

    def send(self, source, *, metadata=LAB, **content):
        """Ask for a cell, as JupyterLab does, but that an error aborts nothing after it; gives the request's id."""
        asked = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": True}
        message = self.client.session.msg(
            "execute_request", {**asked, "stop_on_error": False, **content}, metadata=metadata
        )
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def run(self, *sources, **more):
        """Run cells one by one; gives the last one's answer and all that was shown, as (type, content)."""
        shown = []
        for source in sources:
            asked = self.send(source, **more)
            shown += self.shown(asked)
            reply = self.reply(asked)
        return reply, shown

    def reply(self, asked):
        """The answer to a request; others, as of the first greetings, are passed over."""
        while True:
            message = self.client.get_shell_msg(timeout=SECONDS_MAX)
            if message["parent_header"].get("msg_id") == asked:
                return message["content"]

    def shown(self, asked):
        """What a request's cell showed, until the kernel is idle again."""
        found = []
        while True:
            message = self.client.get_iopub_msg(timeout=SECONDS_MAX)
            if message["parent_header"].get("msg_id") != asked:
                continue
            if message["content"].get("execution_state") == "idle":
                return found
            if message["msg_type"] != "status":
                found.append((message["msg_type"], message["content"]))

    def wait_for(self, text):
        """Until a cell has written ``text``."""
        seen = ""
        while text not in seen:
            message = self.client.get_iopub_msg(timeout=SECONDS_MAX)
            seen += message["content"].get("text", "")

    @property
    def process(self):
        """Its process id."""
        return self.manager.provisioner.process.pid

    def stop(self):
        """End it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture
def new_kernel(tmp_path, plain_environ, machine):
    """Start kernels, which end with the test."""
    made = []

    def make(**environ):
        made.append(Kernel(tmp_path, {**plain_environ, **environ}))
        return made[-1]

    yield make
    for kernel in made:
        kernel.stop()


def test_cells_in_a_kernel(machine, new_kernel):
    """Cells that a frontend asks for are counted as in a shell, from lab, in a notebook; its own questions are not."""
    kernel = new_kernel()
    kernel.run(LOAD, "1", "await __import__('asyncio').sleep(0)", "%timeit -n1 -r1 1")
    kernel.run("1 / 0")
    kernel.run("2", store_history=False)
    kernel.run("3", silent=True)
    kernel.run("")
    assert machine.told("cells") == {"ok": 4, "error": 1}
    assert machine.told("magics") == {"timeit": 1}
    assert machine.told("errors") == {"ZeroDivisionError": 1}
    assert machine.told("frontends") == {"lab": 1}
    assert machine.surfaces() == {"notebook"}


def test_a_kernel_that_is_configured_to_count(machine, new_kernel, tmp_path):
    """Where an operator has every kernel load the extension, all cells are counted, from the frontend that asks."""
    profile = tmp_path / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    lines = "c.InteractiveShellApp.extensions = ['footfall_jupyter']\nc.InteractiveShellApp.exec_lines = ['1 + 1']\n"
    (profile / "ipython_config.py").write_text(lines)
    kernel = new_kernel()
    kernel.run("1", "2", "%footfall")
    assert machine.told("cells") == {"ok": 3}
    assert machine.told("frontends") == {"lab": 1}
    assert machine.surfaces() == {"notebook"}


@pytest.mark.parametrize(
    "wait", ["import time; time.sleep(60)", "import asyncio\nwhile True: await asyncio.sleep(0.01)"]
)
def test_an_interrupted_cell_is_aborted(machine, new_kernel, wait):
    """A cell that the user interrupts, also one that awaits, counts as aborted, and the next one as what it is."""
    kernel = new_kernel()
    kernel.run(LOAD)
    asked = kernel.send(f"print('running', flush=True)\n{wait}")
    kernel.wait_for("running")
    time.sleep(0.2)  # the cell has to be at its waiting
    kernel.manager.interrupt_kernel()
    kernel.shown(asked)
    kernel.reply(asked)
    kernel.run("1")
    assert machine.told("cells") == {"aborted": 1, "ok": 2}


def test_a_killed_kernel_loses_nothing(machine, new_kernel):
    """What had ended is counted, the cell that ran counts as killed; the kernel that comes after is a new session."""
    kernel = new_kernel()
    kernel.run(LOAD, "1", "2")
    kernel.send("print('running', flush=True); import time; time.sleep(60)")
    kernel.wait_for("running")
    os.kill(kernel.process, signal.SIGKILL)
    kernel.client.stop_channels()
    kernel.manager.restart_kernel(now=True)
    kernel.connect()
    kernel.run(LOAD, "3")
    assert machine.told("cells") == {"ok": 5, "killed": 1}
    assert machine.told("sessions") == {None: 2}
    assert machine.told("session_sizes") == {"1-9": 2}


def test_two_kernels_at_once_in_one_home(machine, new_kernel):
    """Two kernels that run at the same time are two sessions, and neither's cells are lost or counted twice."""
    kernels = [new_kernel(), new_kernel()]
    for kernel in kernels:
        kernel.run(LOAD)
    asked = [[kernel.send(f"{n}") for n in range(100)] for kernel in kernels]
    for kernel, requests in zip(kernels, asked, strict=True):
        for request in requests:
            kernel.reply(request)
    assert machine.told("cells") == {"ok": 202}
    assert machine.told("sessions") == {None: 2}
    assert machine.told("session_sizes") == {"100-999": 2}


CELLS = [
    "print('x')",
    "1 + 1",
    "1 / 0",
    "%pwd",
    "%nope",
    "%%time\nraise ValueError('x')",
    "from IPython.display import HTML; HTML('<b>x</b>')",
    "def f(: pass",
    "await __import__('asyncio').sleep(0, 3)",
    "len(dir())",
    "get_ipython().history_manager is not None",
]


def test_a_frontend_sees_what_it_saw(machine, new_kernel):
    """All messages that cells send to their frontend are those of a kernel without us."""
    seen = []
    for first in ("0;", LOAD):
        kernel = new_kernel()
        kernel.run(first)
        seen.append([kernel.run(cell) for cell in CELLS])
    for bare, ours in zip(*seen, strict=True):
        assert steady(ours) == steady(bare)
    assert machine.told("cells")["error"] == sum(reply["status"] == "error" for reply, _ in seen[0])


def steady(told):
    """Messages without what changes from run to run."""
    told[0].pop("engine_info", None)
    text = json.dumps(told, default=str, sort_keys=True)
    return [
        line
        for line in text.replace("\\n", "\n").splitlines()
        if "CPU times" not in line and "Wall time" not in line and "ipykernel_" not in line
    ]


class Recorder(HTTPServer):
    """A collector on the loopback that keeps the bodies that it is sent."""

    def __init__(self):
        self.bodies = []
        super().__init__(("127.0.0.1", 0), Answers)
        self.address = f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    """Its answers."""

    def do_POST(self):
        """Keep a body, and answer as a collector does."""
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(202)
        self.send_header("Footfall-Collector", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def recorder():
    """A collector."""
    with Recorder() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_a_kernels_sender_is_not_its_child(machine, new_kernel, recorder, plain_environ):
    """The day's first cell starts the sender, which reports while the kernel lives on and has no child of ours."""
    del plain_environ["FOOTFALL_SENDER"]
    machine.allow("jupyter", recorder.address)
    kernel = new_kernel(FOOTFALL_ENDPOINT=recorder.address)
    kernel.run(LOAD)
    deadline = time.monotonic() + SECONDS_MAX
    while not (machine.folder() / "state.json").exists() or len(recorder.bodies) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    parts = {body["part"]: body for body in recorder.bodies}
    assert set(parts) == {"activity", "environment", "notebook.session"}
    assert parts["notebook.session"]["cells"] == [{"outcome": "ok", "n": 1, "first_in_week": True}]
    assert parts["notebook.session"]["frontends"][0]["frontend"] == "lab"
    source = "import os\ntry: print(os.waitpid(-1, os.WNOHANG))\nexcept ChildProcessError: print('no child')"
    _, shown = kernel.run(source)
    assert shown[-1][1]["text"] == "no child\n"


def notebook(*sources):
    """A notebook with these cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return nbformat.v4.new_notebook(cells=cells)


@pytest.fixture
def execute(machine, tmp_path):
    """Execute a notebook without a user."""

    def run(*sources, **settings):
        made = notebook(*sources)
        NotebookClient(
            made,
            timeout=SECONDS_MAX,
            kernel_name="python3",
            resources={"metadata": {"path": str(tmp_path)}},
            **settings,
        ).execute()
        return made

    return run


def test_an_executed_notebook_is_a_batch(machine, execute):
    """A notebook that nbclient executes is a session of its cells, on surface batch, with no hint in its outputs."""
    made = execute(LOAD, "1", "print(2)", "1 / 0", allow_errors=True)
    assert machine.told("cells") == {"ok": 3, "error": 1}
    assert machine.told("frontends") == {"batch": 1}
    assert machine.surfaces() == {"batch"}
    assert made.cells[0].outputs == []


@pytest.mark.statement(13)
@pytest.mark.privacy
def test_an_executed_notebook_that_is_off_leaves_nothing(machine, execute, monkeypatch):
    """Statement 13: with DO_NOT_TRACK an executed notebook is what it is without us, and leaves no file."""
    monkeypatch.setenv("DO_NOT_TRACK", "1")
    made = execute(LOAD, "1 + 1")
    assert made.cells[0].outputs == []
    assert made.cells[1].outputs[0].data["text/plain"] == "2"
    assert machine.files() == []
