"""Off in a real kernel, to which a frontend talks over ZMQ and at which strace looks: statements 13 and 21."""

from __future__ import annotations

import contextlib
import sys
from urllib.parse import urlsplit

import pytest

pytest.importorskip("ipykernel")

from jupyter_client.manager import KernelManager
from recording import senders_of
from worlds import SECONDS_MAX, World, wait_until

pytestmark = [pytest.mark.privacy, pytest.mark.slow]

CELLS = ("%load_ext footfall_jupyter", "1 + 1", "1 / 0", "%pwd", "import wave", "await __import__('asyncio').sleep(0)")
FORCED = {"JUPYTER_TELEMETRY": "1"}  # root and containers too, once there is a yes
TOLD = 3  # parts of a day's first report


@contextlib.contextmanager
def kernel(world, **environ):
    """A kernel that is watched, until the context ends; gives what runs cells in it."""
    manager = KernelManager(connection_file=str(world.place.parent / "kernel.json"))
    manager.kernel_spec.argv[:1] = [*world.tracer(), sys.executable]
    manager.start_kernel(env=world.environ(**FORCED, **environ), cwd=str(world.place / "cwd"))
    client = manager.blocking_client()
    client.start_channels()

    def run(*sources):
        """Run cells; gives the types of all messages about them, and how each cell ended."""
        shown, endings = [], []
        for source in sources:
            reply = client.execute_interactive(
                source, allow_stdin=False, stop_on_error=False, timeout=SECONDS_MAX, output_hook=shown.append
            )
            endings.append(reply["content"]["status"])
        return [message["msg_type"] for message in shown], endings

    try:
        client.wait_for_ready(timeout=SECONDS_MAX)
        yield run
    finally:
        client.stop_channels()
        manager.shutdown_kernel()
        manager.cleanup_resources()


def asked_for(world):
    """What a kernel and its children have asked the system for on our behalf: sockets, programs and files."""
    trace, port = world.traced(b""), urlsplit(world.address).port
    return (
        [call for call in trace.sockets if f"htons({port})" in call],
        [call for call in trace.children if "footfall" in call],
        [call for call in trace.changes if str(world.footfall) in call],
    )


def kept(world):
    """All that Footfall keeps; IPython has files of its own."""
    return {name: content for name, content in world.files().items() if not name.startswith("..")}


@pytest.fixture
def world(tmp_path, recorder):
    """An account whose user said yes in a notebook."""
    made = World(tmp_path, recorder.address)
    made.run("%footfall on", program="celled")
    return made


@pytest.mark.statement(13)
def test_do_not_track_in_a_kernel_of_jupyter(world, recorder):
    """Cells of a kernel that has DO_NOT_TRACK write no file, start no sender and open no socket to the collector."""
    before = kept(world)
    with kernel(world, DO_NOT_TRACK="1") as run:
        shown, endings = run(*CELLS)
    assert endings == ["ok", "ok", "error", "ok", "ok", "ok"]
    assert shown.count("display_data") == 0, "nobody is told anything"
    assert asked_for(world) == ([], [], [])
    assert kept(world) == before
    assert not recorder.requests


@pytest.mark.statement(21)
def test_off_reaches_a_kernel_of_jupyter_that_runs(world, recorder):
    """A kernel that has counted and sent writes, starts and sends nothing after ``off`` was said elsewhere."""
    with kernel(world) as run:
        run(*CELLS)
        wait_until(lambda: not senders_of(world.footfall), "a sender does not end")
        assert len(recorder.requests) == TOLD
        assert all(asked_for(world)), "this is what is looked for"
        world.run("off", "jupyter", program="footfall.cli")
        said, asked = kept(world), asked_for(world)
        assert list(said) == ["jupyter.notebook/consent"]
        run(*CELLS)
        assert kept(world) == said
    assert asked_for(world) == asked
    assert kept(world) == said
    assert len(recorder.requests) == TOLD
