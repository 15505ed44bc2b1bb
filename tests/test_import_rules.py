"""Who may import what: the rules that keep a run cheap, and the packages apart."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGES = Path(__file__).parents[1] / "packages"
CORE = Path(next(iter(importlib.util.find_spec("footfall").submodule_search_locations)))  # as it is installed here
CLICK = PACKAGES / "click-plugin" / "src" / "footfall_click"
TYPER = PACKAGES / "typer-plugin" / "src" / "footfall_typer"
COLLECTOR = PACKAGES / "collector" / "src" / "footfall_collector"

BUILT_IN = {"__future__", "_thread", "builtins", "errno", "os", "sys", "time"}  # no file of their own, or loaded anyway
HOT = ["__init__", "_consent", "_spool"]
WARM = {
    "footfall._ask",
    "footfall._calls",
    "footfall._counting",
    "footfall._events",
    "footfall._places",
    "footfall._heartbeat",
    "footfall._plugins",
    "footfall._session",
    "footfall._settings",
    "footfall._signals",
    "footfall._spawn",
    "footfall._spool_files",
    "footfall._system",
}
FOR_COLLECTOR = {"footfall.errors", "footfall.periods", "footfall.plan", "footfall.vocabulary", "footfall.wire"}
FRAMEWORKS = {"click", "typer", "IPython", "ipykernel", "traitlets"}
NETWORK = {"asyncio", "http", "httpx", "requests", "socket", "ssl", "urllib", "urllib3"}

HELLO = """
import sys, click
{instrument}

@click.group()
def cli():
    pass

@cli.command()
@click.option("--name")
def greet(name):
    click.echo("hello")

{wrap}
try:
    cli(["greet", "--name", "x"])
finally:
    print(" ".join(sorted(sys.modules)), file=sys.stderr)
"""
INSTRUMENT = "from footfall import Client\nfrom footfall_click import instrument"
WRAP = 'instrument(cli, Client("hello", version="1.0", endpoint="https://usage.example.org"))'


class Import(NamedTuple):
    """An imported name, as written in ``module``; at its top, or inside a function."""

    module: str
    name: str
    at_top: bool


def imports(path: Path) -> Iterator[Import]:
    """All imports of a file but those for type checkers, ``from a import b`` as ``a.b``."""
    yield from _imports(ast.parse(path.read_text(encoding="utf-8")), path.stem, at_top=True)


def _imports(node: ast.AST, module: str, *, at_top: bool) -> Iterator[Import]:
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.If) and "TYPE_CHECKING" in ast.dump(inner.test):
            continue
        if isinstance(inner, ast.Import):
            yield from (Import(module, alias.name, at_top) for alias in inner.names)
        elif isinstance(inner, ast.ImportFrom):
            yield from (Import(module, f"{inner.module}.{alias.name}", at_top) for alias in inner.names)
        else:
            is_code = isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from _imports(inner, module, at_top=at_top and not is_code)


def of_package(folder: Path) -> list[Import]:
    """All imports of a package."""
    return [found for path in folder.rglob("*.py") for found in imports(path)]


def is_within(name: str, modules: set[str]) -> bool:
    """Whether an imported name is one of ``modules``, or in one."""
    return any(name == module or name.startswith(module + ".") for module in modules)


@pytest.mark.statement(23)
@pytest.mark.parametrize(
    "path",
    [*(CORE / f"{name}.py" for name in HOT), CLICK / "__init__.py", CLICK / "_reader.py", TYPER / "__init__.py"],
    ids=lambda path: f"{path.parent.name}.{path.stem}",
)
def test_hot_modules_import_what_costs_nothing(path):
    """A module that every run loads imports, at its top, only what has no file of its own, and other hot modules."""
    package = CORE if path.parent == CORE else CLICK
    cold = {f"{package.stem}.{other.stem}" for other in package.glob("*.py") if other.stem not in HOT}
    at_top = [found for found in imports(path) if found.at_top and not is_within(found.name, BUILT_IN)]
    assert [found for found in at_top if is_within(found.name, cold) or not is_within(found.name, {package.stem})] == []


@pytest.mark.parametrize("path", [CORE / f"{name}.py" for name in HOT], ids=lambda path: path.stem)
def test_hot_modules_reach_cold_ones_only_where_they_are_needed(path):
    """What a hot module imports inside a function is one of the warm modules, or told by its reason to be rare."""
    rare = {"footfall.errors", "footfall._consent", "footfall._install", "footfall._spool", "importlib.metadata"}
    within = [found for found in imports(path) if not found.at_top]
    assert [found for found in within if not is_within(found.name, WARM | rare | BUILT_IN)] == []


def test_the_core_knows_no_framework_and_no_adapter():
    """Core imports no framework, no adapter and not the collector."""
    foreign = FRAMEWORKS | {"footfall_click", "footfall_typer", "footfall_jupyter", "footfall_collector"}
    assert [found for found in of_package(CORE) if is_within(found.name, foreign)] == []


@pytest.mark.parametrize("folder", ["click-plugin", "typer-plugin", "jupyter-ext"])
def test_adapters_use_public_names_only(folder):
    """An adapter imports no module or name of core's that begins with an underscore, and no framework.

    But for traitlets, in the one module that IPython, which is made of it, has loaded.
    """
    found = of_package(PACKAGES / folder / "src")
    private = [one for one in found if one.name.startswith("footfall.") and "._" in one.name]
    assert private == []
    frameworks = [one for one in found if is_within(one.name, FRAMEWORKS)]
    assert {(one.module, one.name.partition(".")[0]) for one in frameworks} <= {("_extension", "traitlets")}


def test_the_collector_shares_the_wire_format_and_nothing_else():
    """The collector imports of core only what checks a part."""
    found = [one for one in of_package(COLLECTOR) if is_within(one.name, {"footfall"})]
    assert found != []
    assert [one for one in found if not is_within(one.name, FOR_COLLECTOR)] == []


@pytest.mark.statement(56)
def test_one_module_of_core_opens_sockets():
    """Statement 56: of what runs at users', only the transport imports what opens sockets, and only the gate posts."""
    network = {(found.module, found.name) for found in of_package(CORE) if is_within(found.name, NETWORK)}
    # The test kit's collector listens on the loopback, in tests of authors; nothing that users run imports it.
    listens = {("_recorder", "http.server.BaseHTTPRequestHandler"), ("_recorder", "http.server.ThreadingHTTPServer")}
    assert {module for module, _ in network - listens} == {"transport"}
    callers = {
        function.name
        for path in CORE.rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and any(map(_is_post, ast.walk(function)))
    }
    assert callers == {"_gate"}


def test_nothing_that_users_run_imports_the_test_kit():
    """The test kit and pytest are imported by the kit itself, and by its pytest plugin; there, inside fixtures."""
    others = [path for path in CORE.rglob("*.py") if not path.is_relative_to(CORE / "testing")]
    found = [one for path in others for one in imports(path) if is_within(one.name, {"pytest", "footfall.testing"})]
    assert {one.module for one in found} == {"_pytest_plugin"}
    assert [one.name for one in found if one.at_top] == ["pytest"]


def _is_post(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "post"


def modules_of(program: str, home: Path, **environ: str) -> set[str]:
    """Names of all modules that are loaded when a run of ``program`` ends."""
    (home / "program.py").write_text(program, encoding="utf-8")
    plain = {"PATH": os.environ["PATH"], "HOME": str(home), "FOOTFALL_HOME": str(home / "state")}
    command = [sys.executable, str(home / "program.py")]
    done = subprocess.run(command, env={**plain, **environ}, capture_output=True, text=True, check=True)
    assert done.stdout == "hello\n"
    return set(done.stderr.split())


@pytest.mark.statement(23)
@pytest.mark.parametrize(
    ("environ", "more"),
    [
        ({}, {"footfall._consent"}),
        ({"HELLO_TELEMETRY": "no"}, {"footfall._consent"}),
        ({"DO_NOT_TRACK": "1"}, set()),
        ({"HELLO_TELEMETRY": "off"}, set()),
        ({"HELLO_TELEMETRY": "1"}, {"footfall._consent", "footfall._spool", "footfall_click._reader"}),
    ],
    ids=["undecided", "another word for off", "do not track", "off", "on"],
)
def test_a_run_loads_what_it_needs_of_ours(tmp_path, environ, more):
    """A run loads two modules; one more if it is not plainly off, and two more if it is recorded; but a day's first."""
    ours = {"footfall", "footfall_click", *more}
    instrumented = HELLO.format(instrument=INSTRUMENT, wrap=WRAP)
    modules_of(instrumented, tmp_path, **environ)  # the day's first
    bare = modules_of(HELLO.format(instrument="", wrap=""), tmp_path)
    assert ours <= modules_of(instrumented, tmp_path, **environ) - bare <= ours | {"__future__", "errno"}


def test_naming_the_package_costs_one_module(tmp_path):
    """``import footfall`` loads nothing but itself."""
    program = "import sys\nbefore = set(sys.modules)\nimport footfall\nprint('hello')\n"
    program += "print(' '.join(set(sys.modules) - before), file=sys.stderr)\n"
    assert modules_of(program, tmp_path) <= {"footfall", "__future__"}
