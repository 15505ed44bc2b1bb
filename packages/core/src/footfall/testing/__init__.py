"""The conformance suite for adapters, and what it is made of; needs pytest 8.2 or newer, which Footfall does not.

A test class that inherits :class:`AdapterSuite` says what its program is and how its lines are to be counted::

    class TestMine(AdapterSuite):
        program = Path(__file__).with_name("program.py")
        project = "program"
        modules = ("footfall_mine",)
        lines = {"greet CANARY --loud": Counted("greet", flags=("--loud",)), "--help": None, ...}
        sleeping = ("wait", "wait")

The pytest plugin of this package (``footfall``) has the fixtures ``footfall_home``, ``footfall_client`` and
``footfall_recorder`` for tests that run in one process.
"""

from __future__ import annotations

from footfall.testing import _asserting  # noqa: F401 - before the modules that assert
from footfall.testing._adapter import AdapterSuite
from footfall.testing._canaries import Canaries, files_of, strings_in, undeclared
from footfall.testing._recorder import Recorder
from footfall.testing._stage import CANARY, TIMES
from footfall.testing._tally import Counted, Tally

__all__ = [
    "CANARY",
    "TIMES",
    "AdapterSuite",
    "Canaries",
    "Counted",
    "Recorder",
    "Tally",
    "files_of",
    "strings_in",
    "undeclared",
]
