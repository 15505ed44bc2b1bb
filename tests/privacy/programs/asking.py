"""The program on a person's own machine, asking at once and, if the test says so, not waiting for long."""

import os

from ordinary import cli

from footfall import _ask

_ask.ASK_BELOW = 256
_ask.ANSWER_SECONDS = float(os.environ.get("HELLO_PATIENCE", _ask.ANSWER_SECONDS))


def main():
    """Run the program, as often as the test says."""
    for _ in range(int(os.environ.get("HELLO_MORE_RUNS", "0"))):
        cli.main(standalone_mode=False, prog_name="hello")
    cli(prog_name="hello")
