"""What a mutant is."""

from __future__ import annotations

from dataclasses import dataclass

CORE = "packages/core/tests/"
CLICK = "packages/click-plugin/tests/"
TYPER = "packages/typer-plugin/tests/"
JUPYTER = "packages/jupyter-ext/tests/"
COLLECTOR = "packages/collector/tests/"
PRIVACY = "tests/privacy/"


@dataclass(frozen=True)
class Mutant:
    """One seeded fault.

    Attributes:
        name: what the broken program does, in words.
        statements: numbers of the privacy statements that it breaks.
        module: the module that holds the line.
        line: text that is once in that module.
        fault: what stands in its place.
        test: the test that has to fail, as pytest names it; a cheap one, where several would.
    """

    name: str
    statements: tuple[int, ...]
    module: str
    line: str
    fault: str
    test: str
