"""A bare InteractiveShell: prepares itself by cells, then times an empty one for each line of its input."""

import json
import sys
import time
from typing import Any

from IPython.core.interactiveshell import InteractiveShell


def seconds(shell: Any, cell: str) -> tuple[float, float]:
    """How long a cell takes, by the clock and of the processor."""
    began, worked = time.perf_counter(), time.thread_time()
    shell.run_cell(cell, store_history=True)
    return time.perf_counter() - began, time.thread_time() - worked


def main() -> None:
    """Say how long the preparation took and what it loaded; then answer each line."""
    shell = InteractiveShell.instance()
    seconds(shell, "pass")
    before = {*sys.modules}
    prepared = [seconds(shell, cell) for cell in sys.argv[1:]]
    ours = sum(name.partition(".")[0].startswith("footfall") for name in before)
    print(json.dumps({"prepared": prepared, "modules": len({*sys.modules} - before), "ours": ours}), flush=True)
    for _ in sys.stdin:
        print(*seconds(shell, "pass"), flush=True)


if __name__ == "__main__":
    main()
