"""The program, instrumented."""

import os

import click
from bare import cli
from terms import NEW, TERMS

from footfall import Client
from footfall_click import instrument

for name in NEW:
    cli.add_command(click.Command(name, callback=lambda **_: None, params=[click.Option([f"--{name}-more"])]))
client = Client(os.environ.get("PROJECT_NAME", "hello"), **TERMS)
instrument(cli, client)


def main():
    """Run the program."""
    cli(prog_name="hello")
