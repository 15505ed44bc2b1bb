"""Typer's own test-suite, bare and with every app instrumented: each test has to end the same way.

The suite is that of the Typer that is installed, out of its sdist. Its tests named ``test_script`` start the
documentation's programs as processes, in which nothing is instrumented: they are left out.
``python run_typer_suite.py [pytest's arguments]``
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from run_click_suite import outcomes, report, unpacked_sdist


def main(arguments: list[str]) -> int:
    """Run both, print what they gave, and return 1 if any test ended differently or nothing was recorded."""
    arguments = ["-k", "not test_script", *arguments]
    with tempfile.TemporaryDirectory() as folder:
        suite = unpacked_sdist(Path(folder), "typer")
        home = Path(folder, "home")
        home.mkdir()
        bare = outcomes(suite, Path(folder, "bare.xml"), arguments)
        plugin = ("-p", "instrument_every_app")
        counted = outcomes(suite, Path(folder, "counted.xml"), [*plugin, *arguments], {"DOWNSTREAM_HOME": str(home)})
        return report(bare, counted, home, "typer")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
