"""The program, instrumented."""

import os

from bare import cli

from footfall import Client
from footfall_click import instrument

TERMS = {"operator": "the hello project", "public": True, "endpoint": "https://usage.example.org"}
instrument(cli, Client(os.environ.get("PROJECT_NAME", "hello"), version="1.4.2", **TERMS))


def main():
    """Run the program."""
    cli(prog_name="hello")
