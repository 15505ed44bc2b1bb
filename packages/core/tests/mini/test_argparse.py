"""The adapter for argparse passes the suite."""

from pathlib import Path

from footfall.testing import AdapterSuite, Counted


class TestArgparse(AdapterSuite):
    """Each test of the suite, on one program."""

    program = Path(__file__).with_name("program.py")
    project = "program"
    modules = ("footfall_argparse",)
    environ = {"GREET_COLOR": "CANARY"}
    lines = {
        "": Counted("(main)"),
        "greet CANARY": Counted("greet"),
        "-v greet CANARY --color CANARY": Counted("greet", flags=("--verbose", "--color")),
        "greet CANARY --color=CANARY": Counted("greet", flags=("--color",)),
        "leave 0": Counted("leave"),
        "leave 3": Counted("leave", outcome="exit"),
        "fail CANARY": Counted("fail", outcome="error", kind="ValueError"),
        "greet": Counted("greet", outcome="usage", kind="usage"),
        "CANARY": Counted("(main)", outcome="usage", kind="usage"),
        "greet CANARY --CANARY": Counted("greet", outcome="usage", kind="usage"),
        "--help": None,
        "greet --help": None,
    }
    sleeping = ("wait", "wait")
