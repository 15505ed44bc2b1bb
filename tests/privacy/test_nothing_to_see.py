"""Whatever the collector or the disk does, a user sees what the bare program shows: code, output, errors."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from recording import senders_of
from worlds import World, agree_to_notebooks, wait_until

pytest.importorskip("pty", reason="terminals are simulated where there are pseudo-terminals")

from seen import Seen, seen

pytestmark = [
    pytest.mark.privacy,
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform != "linux", reason="reads the list of processes, and drops a right of root's"),
]

HEAD = b"HTTP/1.1 %s X\r\nFootfall-Collector: 1\r\nContent-Length: %d\r\n\r\n"
SWITCHES = {"HELLO_TELEMETRY": "1", "JUPYTER_TELEMETRY": "1"}  # on: these tests run as root, or in CI
PROGRAMS = {"click": ("bare", "counted"), "typer": ("typed_bare", "typed")}
LINES = (("greet", "--name", "you"), ("fail",), ("greet", "--nope"))
CELLS = "print(6 * 7); 1 / 0"


class Server:
    """A collector that takes a request and answers as badly as it is told, until it is closed."""

    def __init__(self, answer: Callable[[socket.socket, threading.Event], None]) -> None:
        self.closed, self.arrived = threading.Event(), threading.Event()
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self._socket.accept()[0]
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(5)
                    connection.recv(65536)
                    self.arrived.set()
                    self._answer(connection, self.closed)

    def close(self) -> None:
        """Listen no more."""
        self.closed.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


def _gigabyte(connection: socket.socket, _: threading.Event) -> None:
    connection.sendall(HEAD % (b"202", 1 << 30))
    for _ in range(1024):
        connection.sendall(b"x" * (1 << 20))


def _drip(connection: socket.socket, closed: threading.Event) -> None:
    for byte in HEAD % (b"202", 0):
        if closed.wait(1):
            return
        connection.sendall(bytes([byte]))


ANSWERS: dict[str, Callable[[socket.socket, threading.Event], object]] = {
    "black hole": lambda _, closed: closed.wait(),
    "500": lambda connection, _: connection.sendall(HEAD % (b"500", 0)),
    "garbage": lambda connection, _: connection.sendall(b"\x00\xff\x1b[31mzq7" * 1000),
    "gigabyte": _gigabyte,
    "slow loris": _drip,
}


@contextlib.contextmanager
def collector(kind: str) -> Iterator[tuple[str, threading.Event | None]]:
    """The address of a collector of a bad kind, and what tells that it was asked."""
    if kind == "down":
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        yield f"http://127.0.0.1:{port}", None
        return
    server = Server(ANSWERS[kind])
    try:
        yield server.address, server.arrived
    finally:
        server.close()


@pytest.fixture
def make_world(tmp_path):
    """Make an account; the senders that still live in the end are ended."""
    worlds = []

    def make(address="http://127.0.0.1:9"):
        worlds.append(World(tmp_path / str(len(worlds)), address))
        return worlds[-1]

    yield make
    for world in worlds:
        for sender in senders_of(world.footfall):
            with contextlib.suppress(ProcessLookupError):
                os.kill(sender, signal.SIGKILL)
        wait_until(lambda world=world: not senders_of(world.footfall), "a sender does not end")


def look(world: World, framework: str, *, is_counted: bool = True, before: tuple[str, ...] = (), **more) -> list[Seen]:
    """What a user sees of the framework's runs."""
    environ = world.environ(**{**SWITCHES, "TERM": "xterm", "COLUMNS": "80", "IPYTHONDIR": str(world.place / "data")})
    environ.update({name: value for name, value in more.items() if value is not None})
    for name in (name for name, value in more.items() if value is None):
        del environ[name]
    if framework == "jupyter":
        pytest.importorskip("footfall_jupyter")
        extension = ("--ext", "footfall_jupyter") if is_counted else ()
        commands = [[sys.executable, "-m", "IPython", "--no-banner", *extension, "-c", CELLS]]
    else:
        pytest.importorskip(f"footfall_{framework}")
        program = PROGRAMS[framework][is_counted]
        commands = [world.command(*line, program=program) for line in LINES]
    return [seen([*before, *command], environ, world.place / "cwd") for command in commands]


@cache
def bare(framework: str, place: Path) -> list[Seen]:
    """What a user sees where there is no telemetry."""
    return look(World(place / framework), framework, is_counted=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the bare programs run."""
    return tmp_path_factory.mktemp("bare")


def agree_in_notebooks(world: World) -> None:
    """The user says yes to notebooks: their switch alone does not."""
    folder = world.footfall / "jupyter.notebook"
    folder.mkdir(parents=True)
    agree_to_notebooks(folder)
    (folder / "consent").write_text(f"on {today()} 1 {world.address} 25\n")


def codes(framework: str) -> list[int]:
    """Exit codes of the runs."""
    return [1] if framework == "jupyter" else [0, 3, 2]


def is_recorded(world: World) -> bool:
    """Whether something was written down."""
    return any(path.suffix == ".log" and path.stat().st_size for path in world.footfall.rglob("*"))


def check_collector(framework, kind, make_world, place):
    """The runs of a framework are the bare ones while the collector is of a bad kind."""
    with collector(kind) as (address, arrived):
        world = make_world(address)
        agree_in_notebooks(world)
        assert look(world, framework) == bare(framework, place)
        assert [run.code for run in bare(framework, place)] == codes(framework)
        assert is_recorded(world)
        assert arrived is None or arrived.wait(60), "the sender has asked"
        assert look(world, framework) == bare(framework, place)


KINDS = pytest.mark.parametrize("kind", ["down", *ANSWERS])
SOME_KINDS = pytest.mark.parametrize("kind", ["down", "black hole", "garbage"])  # the sender is the same for all


@pytest.mark.statement(52)
@KINDS
def test_a_bad_collector_is_not_seen_in_click(make_world, place, kind):
    """A Click program shows what it shows bare, while a collector is down, silent, broken or endless."""
    check_collector("click", kind, make_world, place)


@pytest.mark.statement(52)
@SOME_KINDS
def test_a_bad_collector_is_not_seen_in_typer(make_world, place, kind):
    """A Typer program shows what it shows bare, while a collector is down, silent or broken."""
    check_collector("typer", kind, make_world, place)


@pytest.mark.statement(52)
@SOME_KINDS
def test_a_bad_collector_is_not_seen_in_jupyter(make_world, place, kind):
    """IPython shows what it shows bare, while a collector is down, silent or broken."""
    check_collector("jupyter", kind, make_world, place)


def _full(world):
    return {"before": ("sh", "-c", 'ulimit -f 0; exec "$@"', "sh")}


def _read_only(world):
    """A home in which nothing can be made; root can do that anywhere, unless it has given up the right to."""
    for folder in (*world.footfall.rglob("*"), world.footfall):
        if folder.is_dir():
            folder.chmod(0o500)
    if os.geteuid():
        return {}
    if shutil.which("setpriv") is None:
        pytest.skip("root may write anywhere here")
    return {"before": ("setpriv", "--inh-caps=-all", "--bounding-set=-all")}


def _no_home(world):
    return dict.fromkeys(("HOME", "FOOTFALL_HOME", "XDG_STATE_HOME"))


def _locked(world):
    """Another process holds the sender's lock and the day's file, and does not let go while the test runs."""
    for folder in ("hello", "jupyter.notebook"):
        (world.footfall / folder / "spool").mkdir(parents=True, exist_ok=True)
        for name in ("lock", f"spool/{today()}.log"):
            held = os.open(world.footfall / folder / name, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(held, fcntl.LOCK_EX)
            _HELD.append(held)
    return {}


def _corrupt(world):
    for folder in ("hello", "jupyter.notebook"):
        (world.footfall / folder / "spool").mkdir(parents=True, exist_ok=True)
        for name in ("state.json", "plan.json", "agreed.json", "install", f"spool/{today()}.log"):
            (world.footfall / folder / name).write_bytes(b"\x00\xff{]" * 1000)
    return {}


def _in_the_way(world):
    shutil.rmtree(world.footfall)
    world.footfall.write_bytes(b"a file")
    return {}


_HELD: list[int] = []


def today() -> str:
    """The day's name."""
    return time.strftime("%Y-%m-%d", time.gmtime())


FAULTS = {
    "disk full": _full,
    "read-only home": _read_only,
    "no home": _no_home,
    "locked files": _locked,
    "corrupt state": _corrupt,
    "a file in the way": _in_the_way,
    "clock two years ahead": lambda world: {"HELLO_DAYS": "730"},
    "clock two years back": lambda world: {"HELLO_DAYS": "-730"},
}
NOT_OF_JUPYTER = ("disk full", "clock two years ahead", "clock two years back")  # IPython itself ends there; no clock
DISK = pytest.mark.parametrize("fault", FAULTS)


def check_disk(framework, fault, make_world, place):
    """The runs of a framework are the bare ones while something is wrong with the disk or the clock."""
    world = make_world()
    agree_in_notebooks(world)
    try:
        if fault.startswith("clock"):
            assert look(world, framework) == bare(framework, place)
        how = FAULTS[fault](world)
        assert look(world, framework, **how) == bare(framework, place)
    finally:
        while _HELD:
            os.close(_HELD.pop())
    if fault in ("locked files", "corrupt state") or fault.startswith("clock"):
        assert is_recorded(world)


@pytest.mark.statement(53)
@DISK
def test_a_bad_disk_or_clock_is_not_seen_in_click(make_world, place, fault):
    """A Click program shows what it shows bare, whatever is wrong with disk, home, files or clock."""
    check_disk("click", fault, make_world, place)


@pytest.mark.statement(53)
@DISK
def test_a_bad_disk_or_clock_is_not_seen_in_typer(make_world, place, fault):
    """A Typer program shows what it shows bare, whatever is wrong with disk, home, files or clock."""
    check_disk("typer", fault, make_world, place)


@pytest.mark.statement(53)
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in NOT_OF_JUPYTER])
def test_a_bad_disk_is_not_seen_in_jupyter(make_world, place, fault):
    """IPython shows what it shows bare, whatever is wrong with disk, home or files."""
    check_disk("jupyter", fault, make_world, place)
