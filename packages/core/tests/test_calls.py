"""Calls of an author's functions: counted exactly, and nothing that can be looked at is another than without."""

import asyncio
import importlib
import inspect
import json
import os
import pickle
import random
import subprocess
import sys
import textwrap
import threading
import traceback

import pytest

from footfall import EventType, Flag, Plan, PlanError, _calls, _spawn, overview
from footfall.vocabulary import Vocabulary

IS_MONITORED = sys.version_info >= (3, 12)
LIBRARY = '''
"""A library."""
import abc, asyncio, contextlib, dataclasses, enum, functools
from json import dumps

def add(a, b=1, *rest, key: int = 0, **more) -> int:
    """Add."""
    return a + b

def deep(n):
    return deep(n - 1) if n else 0

def fails():
    raise KeyError("no")

def numbers(n):
    got = []
    for number in range(n):
        got.append((yield number))
    return got

async def wait(n):
    await asyncio.sleep(0)
    return n

async def stream(n):
    for number in range(n):
        yield number

@contextlib.contextmanager
def opened():
    yield 7

def logged(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner

@logged
def decorated(a):
    return a

@functools.lru_cache
def cached(a):
    return a

@functools.singledispatch
def dispatched(a):
    return a

def made(n):
    def times(a):
        return n * a
    return times

twice, thrice = made(2), made(3)
alias = add

def _private():
    return add(1)

class Base:
    def same(self):
        return "base"

class Thing(Base):
    """A thing."""
    size = 3
    def __init__(self, n=0):
        self.n = n
    def grow(self, by=1):
        self.n += by
        return self
    def same(self):
        return super().same()
    @classmethod
    def of(cls, n):
        return cls(n)
    @staticmethod
    def plain(a):
        return a
    @property
    def twice(self):
        return 2 * self.n
    def _hidden(self):
        return self.n
    def __eq__(self, other):
        return self.n == other.n
    __hash__ = None

@dataclasses.dataclass
class Pair:
    one: int
    two: int = 2

class Colour(enum.Enum):
    RED = 1
    def darker(self):
        return "dark " + self.name.lower()

class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self): ...
    def double(self):
        return 2 * self.area()
'''
NAMES = {
    "add", "deep", "fails", "numbers", "wait", "stream", "opened", "logged", "decorated", "made", "Base.same", "Thing",
    "Thing.grow", "Thing.same", "Thing.of", "Thing.plain", "Pair", "Colour.darker", "Shape.area", "Shape.double",
}  # fmt: skip
USE = """
import asyncio
def use(lib, random):
    truth = {}
    def told(name, n=1): truth["ourlib." + name] = truth.get("ourlib." + name, 0) + n
    async def all_of(n): return [number async for number in lib.stream(n)]
    class Square(lib.Shape):
        def area(self): return 4
    for _ in range(200):
        choice = random.randrange(12)
        if choice == 0: lib.add(1, 2, key=3); told("add")
        if choice == 1: lib.deep(5); told("deep", 6)
        if choice == 2:
            try: lib.fails()
            except KeyError: told("fails")
        if choice == 3: assert list(lib.numbers(3)) == [0, 1, 2]; told("numbers")
        if choice == 4: assert asyncio.run(lib.wait(4)) == 4; told("wait")
        if choice == 5: lib._private(); told("add")
        if choice == 6:
            with lib.opened() as seven: assert seven == 7
            told("opened")
        if choice == 7:
            assert lib.Thing.of(3).grow().same() == "base"
            for name in ("Thing", "Thing.of", "Thing.grow", "Thing.same", "Base.same"): told(name)
        if choice == 8: assert lib.decorated(lib.Thing.plain(8)) == 8; told("decorated"); told("Thing.plain")
        if choice == 9: lib.Pair(1); told("Pair"); lib.Colour.RED.darker(); told("Colour.darker")
        if choice == 10: assert Square().double() == 8; told("Shape.double")
        if choice == 11: lib.alias(1); lib.twice(2); lib.cached(1); lib.dispatched(1); lib.Thing.size; told("add")
    return truth
"""
_space = {}
exec(USE, _space)  # the same text runs in processes of its own
use = _space["use"]


@pytest.fixture
def lib(tmp_path, monkeypatch):
    """The library, newly imported."""
    (tmp_path / "ourlib.py").write_text(LIBRARY)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "ourlib", raising=False)
    yield importlib.import_module("ourlib")
    sys.modules.pop("ourlib", None)


def calls_in(folder):
    """Calls in the spool, by function."""
    found = {}
    for path in folder.glob("spool/*.log"):
        for line in path.read_text().split("\n"):
            if line.startswith("N\t"):
                for word in line.split("\t")[4:]:
                    name, _, n = word.rpartition("=")
                    found[name] = found.get(name, 0) + int(n)
    return found


def source(value):
    """The text of a function or class, where there is one."""
    try:
        return inspect.getsource(value)
    except (OSError, TypeError):
        return ""


def look(lib):
    """All that one can see of the library's objects without calling them."""
    seen = {}
    for owner in (lib, lib.Base, lib.Thing, lib.Pair, lib.Colour, lib.Shape):
        for name in list(vars(owner)):
            value = getattr(owner, name)
            if not callable(value) or (name.startswith("__") and name != "__init__"):
                continue
            seen[owner.__name__, name] = (
                type(vars(owner)[name]), type(value), value.__name__ if hasattr(value, "__name__") else "",
                getattr(value, "__qualname__", ""), getattr(value, "__module__", ""), value.__doc__,
                str(inspect.signature(value)) if name not in ("Colour", "RED") else "",
                inspect.iscoroutinefunction(value), inspect.isgeneratorfunction(value),
                inspect.isasyncgenfunction(value), inspect.isabstract(value), inspect.isfunction(value),
                getattr(value, "__isabstractmethod__", None), getattr(value, "__defaults__", None),
                source(value),
            )  # fmt: skip
    return seen


def test_the_names_are_the_modules_own_public_functions(install, lib):
    """Those that are written in the module and called by a declared name: no import, alias, cache, or one of many."""
    install.client.instrument_module(lib)
    assert install.client.calls.names == {f"ourlib.{name}" for name in NAMES}


def test_all_decides_where_there_is_one(install, lib, tmp_path):
    """Of a package that lists its names, those count, also where they are written in a module below it."""
    (tmp_path / "ourpack").mkdir()
    (tmp_path / "ourpack" / "_inner.py").write_text("def one(): pass\ndef two(): pass\n")
    text = "from ourpack._inner import one, two\nfrom ourlib import add\n__all__ = ['one', 'add', '_own']\n"
    text += "def _own(): pass\ndef own(): pass\n"
    (tmp_path / "ourpack" / "__init__.py").write_text(text)
    package = importlib.import_module("ourpack")
    install.client.instrument_module(package)
    assert install.client.calls.names == {"ourpack.one", "ourpack._own"}
    package.one()
    package._inner.one()
    package.two()
    install.client.write_counts()
    assert calls_in(install.folder) == {"ourpack.one": 2 if IS_MONITORED else 1}


def test_nothing_that_can_be_looked_at_changes(install, lib):
    """Types, names, signatures, documentation and source of all objects are the same as before."""
    before = look(lib)
    install.client.instrument_module(lib)
    use(lib, random.Random(1))
    assert look(lib) == before


@pytest.mark.skipif(not IS_MONITORED, reason="by replacing functions, before Python 3.12")
def test_no_object_is_replaced(install, lib):
    """Where the interpreter tells of calls, each object is the very same, and so is its code."""
    before = {name: (value, getattr(value, "__code__", None)) for name, value in vars(lib).items()}
    methods = dict(vars(lib.Thing))
    install.client.instrument_module(lib)
    use(lib, random.Random(1))
    assert all(
        vars(lib)[name] is value and getattr(value, "__code__", None) is code for name, (value, code) in before.items()
    )
    assert all(vars(lib.Thing)[name] is value for name, value in methods.items())


def test_pickles_are_the_same(install, lib):
    """Functions, methods and instances have the pickles they had, and come back as what they were."""
    things = [lib.add, lib.Thing, lib.Thing(3), lib.Thing(3).grow, lib.Thing.of, lib.wait, lib.numbers, lib.Colour.RED]
    before = [pickle.dumps(thing) for thing in things]
    install.client.instrument_module(lib)
    now = [lib.add, lib.Thing, lib.Thing(3), lib.Thing(3).grow, lib.Thing.of, lib.wait, lib.numbers, lib.Colour.RED]
    assert [pickle.dumps(thing) for thing in now] == before
    assert pickle.loads(before[0]) is lib.add
    assert pickle.loads(before[2]) == lib.Thing(3)


def test_a_class_stays_one(install, lib):
    """Classes can be subclassed, instances are instances, and what is abstract stays so."""
    thing, kind = lib.Thing(1), lib.Thing
    install.client.instrument_module(lib)
    assert lib.Thing is kind
    assert isinstance(thing, lib.Thing)
    assert type("More", (lib.Thing,), {})(2).grow().n == 3
    with pytest.raises(TypeError):
        lib.Shape()


def test_tracebacks_have_no_frame_of_ours_where_that_can_be(install, lib):
    """From Python 3.12 on a traceback is the same; before, it has one frame more for each call that is counted."""
    install.client.instrument_module(lib)
    with pytest.raises(KeyError) as caught:
        lib.fails()
    frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)][1:]
    assert frames == (["fails"] if IS_MONITORED else ["counts", "fails"])


def test_a_generator_is_driven_as_before(install, lib):
    """Values that are sent in, thrown in and returned go through."""
    install.client.instrument_module(lib)
    numbers = lib.numbers(2)
    assert (next(numbers), numbers.send("a")) == (0, 1)
    with pytest.raises(StopIteration) as stopped:
        numbers.send("b")
    assert stopped.value.value == ["a", "b"]
    numbers = lib.numbers(2)
    next(numbers)
    with pytest.raises(OSError, match="thrown"):
        numbers.throw(OSError("thrown"))


@pytest.mark.parametrize("seed", range(5))
def test_calls_are_counted_exactly(install, lib, seed):
    """What the collector is told is, by function, what has been called."""
    install.client.instrument_module(lib)
    truth = use(lib, random.Random(seed))
    install.client.write_counts()
    install.send()
    rows = [row for part in install.collector.of("library.call") for row in part["rows"]]
    assert {row["value"]: row["n"] for row in rows} == truth
    assert sum(part["n"] for part in install.collector.of("library.call")) == sum(truth.values())


def test_threads_count_exactly(install, lib):
    """Four threads that call at once lose no call."""
    install.client.instrument_module(lib)
    threads = [threading.Thread(target=lambda: [lib.add(1) for _ in range(3000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    install.client.write_counts()
    assert calls_in(install.folder) == {"ourlib.add": 12_000}


PROGRAM = """
import json, multiprocessing, os, random, sys
sys.path.insert(0, sys.argv[1])
import ourlib
from footfall import Client
client = Client("ourlib", version="1.4.2", endpoint="http://127.0.0.1:9", home=sys.argv[1] + "/home",
                environ={"OURLIB_TELEMETRY": sys.argv[2], "FOOTFALL_SENDER": "1"})
client.instrument_module(ourlib)
"""
WAYS = {
    "at exit": "truth = use(ourlib, random.Random(1))\nprint(json.dumps(truth))",
    "fork": "ourlib.add(1)\nif os.fork() == 0:\n ourlib.add(2)\n sys.exit()\nos.wait()\nprint('{\"ourlib.add\": 2}')",
    "in an interpreter that ends": """
class Late:
    def __del__(self, add=ourlib.add): add(1)
late = sys.late = Late()
late.itself = late
ourlib.add(2)
print('{"ourlib.add": 1}')
""",
    "workers": """
if __name__ == "__main__":
    for way in ("fork", "spawn"):
        context = multiprocessing.get_context(way)
        workers = [context.Process(target=ourlib.add, args=(1,)) for _ in range(2)]
        for worker in workers: worker.start()
        for worker in workers: worker.join()
    print('{"ourlib.add": 4}')
""",
    "pool": """
if __name__ == "__main__":
    pool = multiprocessing.get_context("fork").Pool(2)
    assert pool.map(ourlib.add, range(50)) == list(range(1, 51))
    pool.close()
    pool.join()
    print('{"ourlib.add": 50}')
""",
}


def play(tmp_path, code, word="1"):
    """Run a program that uses the library in a process of its own: what it printed, and what it has written."""
    (tmp_path / "ourlib.py").write_text(LIBRARY)
    (tmp_path / "program.py").write_text(PROGRAM + USE + code)
    command = [sys.executable, str(tmp_path / "program.py"), str(tmp_path), word]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return json.loads(done.stdout), calls_in(tmp_path / "home" / "ourlib")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("way", WAYS)
def test_processes_count_exactly(tmp_path, way):
    """A script, its forked children and its workers of both kinds tell each call once."""
    truth, told = play(tmp_path, WAYS[way])
    assert told == truth


@pytest.mark.statement(2, 13)
@pytest.mark.privacy
def test_off_keeps_nothing_and_leaves_functions_alone(tmp_path, install, lib):
    """While off nothing is kept or written; from Python 3.12 on a call is then as if it had never been counted."""
    play(tmp_path, WAYS["at exit"], "0")
    assert not (tmp_path / "home").exists()
    install.environ["MYTOOL_TELEMETRY"] = "off"
    install.client.instrument_module(lib)
    for _ in range(3):
        lib.add(1)
    assert not install.client.counting().waiting
    assert not install.folder.exists()
    if IS_MONITORED:
        assert sys.monitoring.get_local_events(_calls._tool(), lib.add.__code__) == 0


def test_a_yes_reaches_the_next_run_of_a_command(install, lib):
    """A process that lives on, as a shell does, counts again in the first run after the yes."""
    install.environ["MYTOOL_TELEMETRY"] = "off"
    install.client.instrument_module(lib)
    lib.add(1)
    install.environ["MYTOOL_TELEMETRY"] = "1"
    with install.client.invocation("test") as run:
        run.command = "(main)"
        run.begin()
        lib.add(1)
    assert calls_in(install.folder) == {"ourlib.add": 1}


def test_a_notebooks_library_counts_calls_in_sessions_only(install, lib):
    """Without a session nothing is kept; in one, what a cell calls is written with its end."""
    install.client.commands = None
    install.client.in_notebooks()
    install.client.instrument_module(lib)
    overview.on(install.client)
    lib.add(1)
    session = install.client.session("lab", "notebook")
    cell = session.begin()
    lib.add(1)
    lib.add(2)
    assert calls_in(install.folder) == {}
    cell.end()
    assert calls_in(install.folder) == {"ourlib.add": 2}
    assert _spawn.program_words(install.client).has_runs


def test_a_module_that_is_loaded_anew_counts_on(install, lib):
    """After a reload the new functions count, each call once, also where it is instrumented again and again."""
    install.client.instrument_module(lib)
    lib.add(1)
    importlib.reload(lib)
    for _ in range(3):
        install.client.instrument_module(lib)
    lib.add(1)
    install.client.write_counts()
    assert calls_in(install.folder) == {"ourlib.add": 2}


def test_a_session_of_a_tool_that_watches_calls_too_is_let_be(install, lib):
    """Where others have all that the interpreter has to give, functions are replaced instead, and calls are counted."""
    if not IS_MONITORED:
        pytest.skip("no such tools before Python 3.12")
    ours = _calls._tool()
    sys.monitoring.free_tool_id(ours)
    taken = [tool for tool in _calls._TOOLS if sys.monitoring.get_tool(tool) is None]
    for tool in taken:
        sys.monitoring.use_tool_id(tool, "another's")
    try:
        install.client.instrument_module(lib)
        lib.add(1)
    finally:
        for tool in taken:
            sys.monitoring.free_tool_id(tool)
        sys.monitoring.use_tool_id(ours, "footfall")
    install.client.write_counts()
    assert calls_in(install.folder) == {"ourlib.add": 1}


def test_it_is_part_of_the_plan(new_install, lib):
    """The event and its words are in the plan, with what the author says of it; a service has no commands in it."""
    plan = Plan([EventType("library.call", why="to know what to keep", owner="ops", expires="2027-01-01")])
    install = new_install(plan=plan)
    install.client.commands = None
    install.client.instrument_module(lib)
    install.sender()
    words = Vocabulary.from_document(json.loads((install.folder / "plan.json").read_text()))
    event = words.events["library.call"]
    assert (event.why, event.owner, event.expires) == ("to know what to keep", "ops", "2027-01-01")
    assert {f"ourlib.{name}" for name in NAMES} < words.alphabet()
    assert not words.has_commands()
    assert "cli.command" not in words.alphabet()
    assert words.summary() == "1 own event"


@pytest.mark.statement(41)
@pytest.mark.privacy
def test_it_ends_on_its_day(new_install, lib):
    """Statement 41: from the day on which it expires no call is kept."""
    install = new_install(plan=Plan([EventType("library.call", expires="2026-11-18")]))
    install.client.instrument_module(lib)
    lib.add(1)
    install.client.write_counts()
    assert not install.folder.exists() or calls_in(install.folder) == {}


@pytest.mark.statement(9)
@pytest.mark.privacy
def test_functions_that_nobody_agreed_to_leave_as_other(install, lib):
    """Statement 9: a release with more functions tells those that were agreed to, and the others as other."""
    install.client.instrument_module(lib)
    names = set(install.client.calls.names)
    install.client.calls.names = {"ourlib.add"}
    overview.on(install.client)
    install.client.version, install.client.calls.names = "1.5.0", names
    lib.add(1)
    lib.deep(0)
    install.client.write_counts()
    install.send()
    (part,) = install.collector.of("library.call")
    assert {row["value"]: row["n"] for row in part["rows"]} == {"ourlib.add": 1, "other": 1}
    assert "function" in (install.folder / "grown").read_text()


@pytest.mark.parametrize("wrong", ["ourlib", None, lambda: None])
def test_only_a_module_can_be_instrumented(install, wrong):
    """Anything else is refused at once, with what is expected."""
    with pytest.raises(PlanError, match="a module is expected"):
        install.client.instrument_module(wrong)


def test_an_event_of_that_name_with_fields_is_refused(new_install, lib):
    """Its field is the function's name: an author who declares others is told."""
    install = new_install(plan=Plan([EventType("library.call", {"fast": Flag()})]))
    with pytest.raises(PlanError, match=r"library\.call"):
        install.client.instrument_module(lib)


def test_a_module_with_nothing_public_is_no_event(install, tmp_path, monkeypatch):
    """Nothing to count is nothing in the plan."""
    (tmp_path / "ournothing.py").write_text(textwrap.dedent("from json import dumps\nX = 1\n"))
    monkeypatch.syspath_prepend(str(tmp_path))
    install.client.instrument_module(importlib.import_module("ournothing"))
    assert install.client.own_events() == {}


def test_a_module_that_is_loaded_anew_many_times_is_counted_each_time(tmp_path, monkeypatch, install):
    """Of a module that is reloaded over and over, as in notebooks, each function's calls are counted each time."""
    (tmp_path / "ourlib2.py").write_text("def add(a): return a\ndef deep(a): return a\ndef third(a): return a\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    lib = importlib.import_module("ourlib2")
    for _ in range(100):
        lib = importlib.reload(lib)
        install.client.instrument_module(lib)
        for function in (lib.add, lib.deep, lib.third):
            function(1)
    install.client.write_counts()
    assert calls_in(install.folder) == dict.fromkeys(("ourlib2.add", "ourlib2.deep", "ourlib2.third"), 100)


KINDS = """
import abc, types
@types.coroutine
def tick():
    yield
class documented(classmethod): pass
class Shape:
    @documented
    def of(cls, n): return cls.__name__, n
    @abc.abstractstaticmethod
    def plain(a): return a
"""


def test_functions_of_unusual_kinds_stay_what_they_are(tmp_path, monkeypatch, install):
    """A generator that is awaited can be, and methods of a kind of one's own are called as they were."""
    (tmp_path / "ourkinds.py").write_text(KINDS)
    monkeypatch.syspath_prepend(str(tmp_path))
    lib = importlib.import_module("ourkinds")
    install.client.instrument_module(lib)

    async def main():
        await lib.tick()
        return lib.Shape.of(3), lib.Shape().plain(5), type("S", (lib.Shape,), {}).plain(4)

    assert asyncio.run(main()) == (("Shape", 3), 5, 4)
    install.client.write_counts()
    assert calls_in(install.folder)["ourkinds.tick"] == 1
