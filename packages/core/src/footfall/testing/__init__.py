"""The conformance suite for adapters, and what it is made of; it needs pytest, 8.2 or newer, which Footfall does not.

A test class that inherits :class:`AdapterSuite` says what its program is and how its lines are to be counted::

    class TestMine(AdapterSuite):
        program = Path(__file__).with_name("program.py")
        project = "program"
        modules = ("footfall_mine",)
        lines = {"greet CANARY --loud": Counted("greet", flags=("--loud",)), "--help": None, ...}
        sleeping = ("wait", "wait")

One that inherits :class:`SessionSuite` says the same of a notebook's or shell's cells.

The pytest plugin of this package (``footfall``) has the fixtures ``footfall_home``, ``footfall_client`` and
``footfall_recorder`` for tests that run in one process.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from footfall.testing._adapter import AdapterSuite
    from footfall.testing._canaries import Canaries, digests, files_of, strings_in, undeclared
    from footfall.testing._host import CELL_END
    from footfall.testing._recorder import Recorder
    from footfall.testing._session import SessionSuite
    from footfall.testing._stage import CANARY, TIMES
    from footfall.testing._tally import Counted, CountedCell, Tally

__all__ = [
    "CANARY",
    "CELL_END",
    "TIMES",
    "AdapterSuite",
    "Canaries",
    "Counted",
    "CountedCell",
    "Recorder",
    "SessionSuite",
    "Tally",
    "digests",
    "files_of",
    "strings_in",
    "undeclared",
]

_HOMES = {
    "CANARY": "_stage",
    "CELL_END": "_host",
    "TIMES": "_stage",
    "AdapterSuite": "_adapter",
    "Recorder": "_recorder",
    "SessionSuite": "_session",
    "Counted": "_tally",
    "CountedCell": "_tally",
    "Tally": "_tally",
}


def __getattr__(name: str) -> object:
    """Fetch a name on first use: a program under test that plants canaries does not load pytest."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name.endswith("Suite"):
        from pytest import register_assert_rewrite  # noqa: PT013 - and so a failure says what was compared

        register_assert_rewrite(f"{__name__}.{_HOMES[name]}", f"{__name__}._suite")
    module = __import__(f"{__name__}.{_HOMES.get(name, '_canaries')}", fromlist=(name,))
    value = globals()[name] = getattr(module, name)
    return value
