"""The words of a program as its author exports them, and what an instrumented run loads."""

import json
import subprocess
import sys

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import footfall
import footfall_click
from footfall import _spawn
from footfall.cli import main as footfall_program
from footfall.vocabulary import Vocabulary

PROGRAM = """
import click, footfall, footfall_click

@click.group()
@click.option("--verbose", "-v", is_flag=True)
def cli(verbose):
    pass

@cli.group()
def db():
    pass

@db.command()
@click.option("--dry-run/--wet-run", "-n")
def migrate(dry_run):
    pass

cli.add_command(migrate, "again")
"""
INSTRUMENTED = """
client = footfall.Client("mytool", version="1.4.2", endpoint="https://usage.example.org")
footfall_click.instrument(cli, client)
"""


@pytest.mark.parametrize("more", ["", INSTRUMENTED])
def test_exported_plan(tmp_path, monkeypatch, capsys, more):
    """``footfall plan`` exports each command with its flags, whether the program is instrumented or not."""
    (tmp_path / "exported.py").write_text(PROGRAM + more)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "exported", raising=False)
    named = [] if more else ["--project", "mytool", "--version", "1.4.2"]
    assert footfall_program(["plan", "exported:cli", *named]) == 0
    lines = capsys.readouterr().out.replace('"', "").splitlines()
    assert {"project = mytool", "version = 1.4.2", "(main) = [--verbose]", "again = [--dry-run]"} <= set(lines)
    assert {"db = []", "db migrate = [--dry-run]"} <= set(lines)
    assert not any("telemetry" in line for line in lines)


def test_program_without_a_name_is_refused(tmp_path, monkeypatch, capsys):
    """A program that is not instrumented needs a name for its plan; the error says how to give it."""
    (tmp_path / "nameless.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    assert footfall_program(["plan", "nameless:cli"]) == 1
    assert "--project" in capsys.readouterr().err


names = st.text(max_size=130)
options = st.lists(st.from_regex(r"--[a-zA-Zé,\t\n\x07 ]{2,40}", fullmatch=True), unique=True, max_size=3)


@settings(max_examples=60, deadline=None)
@given(commands=st.dictionaries(names, options, max_size=6))
def test_any_names_make_a_readable_plan(tmp_path_factory, commands):
    """Whatever commands and options are called, the plan that the sender reads can be read."""
    cli = click.Group("cli")
    for name, flags in commands.items():
        params = [click.Option([flag, f"p{n}"]) for n, flag in enumerate(flags)]
        if name:
            cli.add_command(click.Command(name, params=params, callback=lambda **_: None), name)
    where = {"home": str(tmp_path_factory.getbasetemp()), "endpoint": "https://usage.example.org"}
    client = footfall.Client("mytool", version="1.0", **where)
    footfall_click.instrument(cli, client, command=None, packages=[__name__])
    document = json.loads(json.dumps(_spawn.plan_document(client)))
    words = Vocabulary.from_document(document)
    assert set(words.commands) - {"(main)"} <= set(commands)


def test_group_that_contains_itself(install):
    """A tree without end has a plan with one."""
    cli = click.Group("cli", callback=lambda: None)
    cli.add_command(cli, "again")
    install.run(cli, "again again")
    assert 10 < len(install.client().commands()) < 30


RUN = """
if {home!r}:
    environ = {{"MYTOOL_TELEMETRY": {consent!r}, "FOOTFALL_SENDER": "1"}}
    where = {{"endpoint": "https://usage.example.org", "home": {home!r}, "environ": environ}}
    import footfall, footfall_click
    footfall_click.instrument(cli, footfall.Client("mytool", version="1.4.2", **where))
try:
    cli(["db", "migrate"] if {works} else ["nope"])
except SystemExit:
    pass
import sys
print(*sys.modules)
"""


@pytest.mark.parametrize("consent", ["1", "0", ""])
@pytest.mark.parametrize("works", [True, False])
def test_modules_of_a_run(tmp_path, consent, works):
    """A run loads two of our modules; the rules where they are needed; what records and tells failures, if it is on."""
    home = tmp_path / "state"

    def loaded(home):
        program = PROGRAM.replace(", footfall, footfall_click", "") + RUN
        (tmp_path / "mytool.py").write_text(program.format(consent=consent, works=works, home=home))
        command = [sys.executable, str(tmp_path / "mytool.py")]
        return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())

    loaded(str(home))  # the day's first run loads what starts the sender
    ours = {"footfall", "footfall_click"} | ({"footfall._consent"} if consent != "0" else set())
    ours |= {"footfall._spool", "footfall_click._reader"} if consent == "1" else set()
    ours |= set() if works or consent != "1" else {"footfall_click._outcomes"}
    assert loaded(str(home)) - loaded("") - {"__future__"} == ours  # older Clicks do without that
    assert home.exists() == (consent == "1")
