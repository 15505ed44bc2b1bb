"""The program, instrumented, with a clock that the test sets: ``HELLO_DAYS`` days ahead."""

import os
import time

from bare import cli

from footfall import Client
from footfall_click import instrument

AHEAD = 86_400 * int(os.environ.get("HELLO_DAYS", "0"))
TERMS = {"operator": "the hello project", "public": True, "endpoint": "https://usage.example.org"}
instrument(cli, Client("hello", version="1.4.2", clock=lambda: time.time() + AHEAD, **TERMS))


def main():
    """Run the program."""
    cli(prog_name="hello")
