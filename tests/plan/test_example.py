"""The TELEMETRY.md that is shown as an example is what the example's program gives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_example_is_up_to_date():
    """``footfall docs --check`` finds nothing to mend in the example's file, nor ``footfall lint`` in its plan."""
    pytest.importorskip("footfall_jupyter")
    environ = {**os.environ, "FOOTFALL_DEMO_NOW": "1795262400"}  # the linter looks at the program's clock
    for words in (["docs", "cafes:client", "--output", "TELEMETRY-cafes.md", "--check"], ["lint", "cafes:client"]):
        command = [sys.executable, "-m", "footfall.cli", *words]
        ran = subprocess.run(command, cwd=EXAMPLES, env=environ, check=False, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
