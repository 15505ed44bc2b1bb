"""The adapter for Typer passes the suite for all adapters."""

from importlib.metadata import version
from pathlib import Path

from footfall.testing import AdapterSuite, Counted

FROM_ENVIRON = () if version("typer") == "0.26.0" else ("--greeting",)  # that one does not read the environment


class TestTyper(AdapterSuite):
    """Each test of the suite, on one program."""

    program = Path(__file__).with_name("program.py")
    project = "program"
    modules = ("footfall_typer", "footfall_click", "footfall_click._reader", "footfall_click._outcomes")
    environ = {"GREETING": "CANARY"}
    lines = {
        "-v": Counted("(main)", flags=("--verbose",)),
        "-v greet CANARY --color red": Counted("greet", flags=("--verbose", "--color", *FROM_ENVIRON)),
        "greet CANARY --greeting=CANARY": Counted("greet", flags=("--greeting",)),
        "greet CANARY --color CANARY": Counted("greet", (), "usage", "bad_parameter"),
        "greet": Counted("greet", (), "usage", "missing_parameter"),
        "CANARY": Counted("(main)", (), "usage", "no_such_command"),
        "--CANARY": Counted("(main)", (), "usage", "no_such_option"),
        "leave 3": Counted("leave", outcome="exit"),
        "leave abort": Counted("leave", outcome="aborted"),
        "leave CANARY": Counted("leave", (), "error", "ValueError"),
        "data load --dry-run": Counted("data load", flags=("--dry-run",)),
        "data --help": None,
    }
    sleeping = ("wait", "wait")
