"""The mutants themselves, without running any: each still has its line to break, and a test that has to notice."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for the modules beside this one: test folders are no packages

import run_mutants
from mutants import MUTANTS

ROOT = Path(__file__).parents[2]
STATEMENTS = 60  # numbered statements


def named_in(body, prefix):
    """Names of the functions and classes of a test module, as pytest writes them."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from named_in(node.body, f"{prefix}{node.name}::")


def inherited(tree, name):
    """Whether ``name`` is a method of a class here that has bases elsewhere, which may have it."""
    kind = name.partition("::")[0]
    return any(isinstance(node, ast.ClassDef) and node.name == kind and node.bases for node in tree.body)


def test_names_are_unique():
    """No two mutants have one name, by which they are chosen and told."""
    assert [name for name, number in Counter(mutant.name for mutant in MUTANTS).items() if number > 1] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_its_line_is_there_once(mutant):
    """The line that a mutant breaks is in its module exactly once, and what it becomes is Python, and another line."""
    assert list(run_mutants.stale(mutant)) == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_its_test_is_there(mutant):
    """The test that a mutant names is in that file."""
    path, _, name = mutant.test.partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    name = name.partition("[")[0]
    assert name in set(named_in(tree.body, "")) or ("::" in name and inherited(tree, name))


def test_every_statement_has_a_mutant():
    """Each numbered statement is broken by a mutant, but for the one that is not true yet."""
    broken = {number for mutant in MUTANTS for number in mutant.statements}
    assert set(range(1, STATEMENTS + 1)) - broken <= {59}
    assert broken <= set(range(1, STATEMENTS + 1))


def test_one_that_cannot_be_tried_stops_no_other(monkeypatch, capsys):
    """A mutant whose line is gone, or whose test fails already, is told; the others are tried all the same."""
    gone, failing, fine, survivor = (
        run_mutants.Mutant(name, (1,), "footfall.errors", line, "changed", name)
        for name, line in (
            ("gone", "no such line"),
            ("failing", "import"),
            ("fine", "import"),
            ("survivor", "import"),
        )
    )
    tried = []

    def stale(mutant):
        return ["its line is 0 times there"] if mutant is gone else []

    def is_caught(mutant):
        tried.append(mutant.name)
        return mutant is fine

    monkeypatch.setattr(run_mutants, "MUTANTS", (gone, failing, fine, survivor))
    monkeypatch.setattr(run_mutants, "stale", stale)
    monkeypatch.setattr(
        run_mutants, "failing_now", lambda tests: {"failing": "E assert"} if "gone" not in tests else {}
    )
    monkeypatch.setattr(run_mutants, "is_caught", is_caught)
    assert run_mutants.main() == 1
    assert tried == ["fine", "survivor"]
    told = capsys.readouterr().out
    assert all(word in told for word in ("0 times", "failing: its test fails without it", "survived: survivor"))
