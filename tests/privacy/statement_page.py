"""Makes docs/privacy.md of statements.toml and of the tests that are marked with a statement's number.

``python tests/privacy/statement_page.py`` says whether the page is up to date; with ``--write`` it is written anew.
Tests are found in their source, so that no package has to be installed.
"""

from __future__ import annotations

import ast
import functools
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import tomllib

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "privacy.md"
FOLDERS = ("tests", "packages")
SUITES = "packages/core/src/footfall/testing"
_SUITES_OF = {
    "Suite": ("_suite.py", "_adapter.py", "_session.py"),
    "AdapterSuite": ("_suite.py", "_adapter.py"),
    "SessionSuite": ("_suite.py", "_session.py"),
}
_NUMBERS_IN_DOCSTRING = re.compile(r"^Statements? [\d, and]+(?:[a-z ]+)?: ")


class Test(NamedTuple):
    """A test: the file that it is in, its name within it, and what it says must hold."""

    path: str
    name: str
    sentence: str

    @property
    def line(self) -> str:
        """An entry of a statement's list."""
        return f"* [{self.path}::{self.name}](../{self.path}): {self.sentence}"


def statements() -> list[dict[str, Any]]:
    """The statements in the order of their numbers."""
    return list(_source()["statements"])


@functools.cache
def marked_tests(root: Path = ROOT) -> dict[int, list[Test]]:
    """Tests by the number of the statement that they are marked with."""
    found: dict[int, list[Test]] = {}
    for path in sorted(path for folder in FOLDERS for path in (root / folder).rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for number, name, node in _in_body(tree.body, _of_module(tree), ""):
            test = Test(str(path.relative_to(root).as_posix()), name, _sentence(node))
            if test not in found.setdefault(number, []):
                found[number].append(test)
    for number, test in _inherited(root):
        found.setdefault(number, []).append(test)
    return found


def _inherited(root: Path) -> Iterator[tuple[int, Test]]:
    """Tests of the conformance suites, which each adapter's class inherits, by the statement that they show.

    Raises:
        KeyError: when no suite has such a test.
    """
    if not (root / SUITES).is_dir():
        return
    suites = {path: ast.parse((root / SUITES / path).read_text(encoding="utf-8")) for path in _SUITES_OF["Suite"]}
    for path in sorted((root / "packages").glob("*/tests/test_conformance.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                of_class = _SUITES_OF[ast.unparse(node.bases[0])]
                tests = {test.name: test for name in of_class for test in _methods(suites[name])}
                known = {test.name for tree in suites.values() for test in _methods(tree)}
                for number, names in _source()["suites"].items():
                    for name in names:
                        if name not in known:
                            raise KeyError(name)
                        if name in tests:
                            place = str(path.relative_to(root).as_posix())
                            yield int(number), Test(place, f"{node.name}::{name}", _sentence(tests[name]))


def _methods(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (item for item in node.body if isinstance(item, ast.FunctionDef) and item.name[:5] == "test_")


def page() -> str:
    """The text of docs/privacy.md."""
    source, tests = _source(), marked_tests()
    lines = [
        source["intro"],
        *(f"{number}. {rule}" for number, rule in enumerate(source["rules"], 1)),
        source["legend"],
    ]
    heading = ""
    for statement in source["statements"]:
        if statement["heading"] != heading:
            heading = statement["heading"]
            lines += [f"### {heading}", ""]
        number = statement["number"]
        lines += [f"**{number}.** {statement['text']} ({', '.join(statement['channels'])})", ""]
        lines += [statement["note"], ""] if "note" in statement else []
        lines += [f"*{statement['later']}*"] if "later" in statement else [test.line for test in tests.get(number, ())]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _source() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("statements.toml").read_text(encoding="utf-8"))


def _in_body(
    body: list[ast.stmt], inherited: set[int], prefix: str
) -> Iterator[tuple[int, str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            numbers = _numbers(node.decorator_list)
            yield from ((number, prefix + node.name, node) for number in sorted(numbers))
            yield from _in_body(node.body, inherited, f"{prefix}{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            numbers = inherited | _numbers(node.decorator_list)
            yield from ((number, prefix + node.name, node) for number in sorted(numbers))


def _of_module(tree: ast.Module) -> set[int]:
    """Numbers in the module's ``pytestmark``."""
    marks = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets)
    ]
    return _numbers([item for mark in marks for item in (mark.elts if isinstance(mark, ast.List) else [mark])])


def _numbers(marks: list[ast.expr]) -> set[int]:
    """Numbers in those of ``marks`` that are ``pytest.mark.statement(...)``."""
    return {
        ast.literal_eval(number)
        for mark in marks
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.statement"
        for number in mark.args
    }


def _sentence(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    """The first sentence of a test's docstring, on one line, without the number that it may begin with."""
    text = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
    text = _NUMBERS_IN_DOCSTRING.sub("", text).replace("``", "`")
    return text[:1].upper() + text[1:]


def main(words: list[str]) -> int:
    """Write the page, or say whether it is up to date: exit code 0 or 1."""
    if words == ["--write"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    is_fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()
    print("up to date" if is_fresh else f"out of date: python {os.path.relpath(__file__)} --write")
    return 0 if is_fresh else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
