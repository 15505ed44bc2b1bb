"""The guide for writers of adapters shows the files that are tested."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MINI = ROOT / "packages" / "core" / "tests" / "mini"
GUIDE = (ROOT / "docs" / "adapters.md").read_text("utf-8").split("```")


@pytest.mark.parametrize("name", ["footfall_argparse.py", "test_argparse.py", "footfall_shell.py"])
def test_a_whole_file_is_shown(name):
    """The guide shows this file as it is, to the last character."""
    assert f"python\n{(MINI / name).read_text('utf-8')}" in GUIDE


def test_how_a_program_instruments_itself():
    """What the guide shows of the program is in it."""
    shown = next(block for block in GUIDE if block.startswith("python\nfor _ in range"))
    assert shown.removeprefix("python\n") in (MINI / "program.py").read_text("utf-8")


def test_the_suite_of_a_shell_is_shown():
    """What the guide shows of a shell and of its suite is in them, line by line."""
    suite = next(block for block in GUIDE if block.startswith("python\nclass TestShell"))
    known = (MINI / "test_shell.py").read_text("utf-8").splitlines()
    assert [line for line in suite.splitlines()[1:] if line not in known] == []
    loop = next(block for block in GUIDE if block.startswith("python\nfor line in sys.stdin"))
    assert (MINI / "shell.py").read_text("utf-8").endswith(loop.removeprefix("python\n"))


def test_the_example_with_fixtures_passes(tmp_path):
    """The guide's last example is a test that passes."""
    (tmp_path / "test_example.py").write_text(GUIDE[-2].removeprefix("python\n"), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
