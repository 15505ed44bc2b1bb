"""A Typer program that nobody here wrote, counted: its runs as processes, and what its preview tells of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("toml_cli")  # not in every session
pytestmark = pytest.mark.e2e
PROGRAM = Path(__file__).parents[1] / "examples" / "toml_cli_footfall.py"


def test_its_commands_and_flags_are_counted(tmp_path):
    """The preview names the commands, flags and outcomes of real runs, and nothing that was typed."""
    document = tmp_path / "secret.toml"
    document.write_text("[private]\nnumber = 1\n")
    environ = {"PATH": "", "FOOTFALL_HOME": str(tmp_path / "home"), "TOML_CLI_TELEMETRY": "1", "FOOTFALL_SENDER": "1"}

    def toml(*arguments):
        command = [sys.executable, PROGRAM, *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=60)

    where = ("--toml-path", document)
    assert toml("get", "private.number", *where).stdout == "1\n"
    assert toml("set", "private.other", "3", "--to-int", *where).returncode == 0
    assert toml("get", "absent", *where).returncode == 1
    preview = toml("telemetry", "preview").stdout
    parts = {part["part"]: part for part in map(json.loads, preview.splitlines())}
    counted = {(row["command"], row["outcome"], row["n"]) for row in parts["cli.command"]["rows"]}
    assert counted == {("get", "ok", 1), ("get", "exit", 1), ("set", "ok", 1)}
    flags = {(row["command"], row["flag"], row["n"]) for row in parts["cli.command"]["flags"]}
    assert flags == {("get", "--toml-path", 2), ("set", "--to-int", 1), ("set", "--toml-path", 1)}
    assert not [word for word in ("private", "secret", "absent", str(tmp_path)) if word in preview]
