"""What Footfall costs a run or a cell, and what arrives: ``nox -s bench``, or ``-- --rounds 200 --no-delivery``.

Prints Markdown. Every cost is told against the bare program's run of the same round; trust the ratios, not the
milliseconds, which are this machine's.
"""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.metadata import version

import cells
import counting
import delivery
import pairs


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60, help="runs of each program (default: %(default)s)")
    parser.add_argument("--no-delivery", action="store_true", help="costs only")
    parser.add_argument("--no-cells", action="store_true", help="without notebooks")
    options = parser.parse_args()
    names = ("click", "ipykernel", "ipython", "footfall", "footfall-click", "footfall-collector", "footfall-jupyter")
    versions = [f"{name} {version(name)}" for name in names]
    print(f"CPython {platform.python_version()} on {sys.platform}; {', '.join(versions)}\n")
    print("\n".join(pairs.table(options.rounds)))
    print("\n" + "\n".join(counting.table(15)))
    if not options.no_cells:
        print("\n" + "\n".join(cells.table(5 * options.rounds)))
    if not options.no_delivery:
        print("\n" + "\n".join(delivery.table()))


if __name__ == "__main__":
    main()
