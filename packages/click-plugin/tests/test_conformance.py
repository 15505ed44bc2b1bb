"""The adapter for Click passes the suite for all adapters."""

from pathlib import Path

from footfall.testing import AdapterSuite, Counted


class TestClick(AdapterSuite):
    """Each test of the suite, on one program."""

    program = Path(__file__).with_name("program.py")
    project = "program"
    modules = ("footfall_click", "footfall_click._reader", "footfall_click._outcomes")
    environ = {"GREETING": "CANARY"}
    lines = {
        "-v": Counted("(main)", flags=("--verbose",)),
        "-v greet CANARY --color red": Counted("greet", flags=("--verbose", "--color", "--greeting")),
        "greet CANARY --greeting=CANARY": Counted("greet", flags=("--greeting",)),
        "greet CANARY --color CANARY": Counted("greet", (), "usage", "bad_parameter"),
        "greet CANARY -c": Counted("greet", (), "usage", "bad_option"),
        "greet": Counted("greet", (), "usage", "missing_parameter"),
        "greet CANARY CANARY": Counted("greet", (), "usage", "usage"),
        "CANARY": Counted("(main)", (), "usage", "no_such_command"),
        "--CANARY": Counted("(main)", (), "usage", "no_such_option"),
        "leave 3": Counted("leave", outcome="exit"),
        "leave abort": Counted("leave", outcome="aborted"),
        "leave CANARY": Counted("leave", (), "error", "ValueError"),
        "each step step --by 2": (Counted("each step"), Counted("each step", flags=("--by",))),
        "greet --help": None,
    }
    sleeping = ("wait", "wait")
