"""A program whose child, forked while a command ran, goes on to run one for each line that it is given."""

import os
import sys

import click
from ordinary import cli


@cli.command()
def fork():
    """Fork, and let the child work."""
    if child := os.fork():
        os.waitpid(child, 0)
        return
    for line in sys.stdin:
        cli.main(line.split(), prog_name="hello", standalone_mode=False)
        click.echo("done")
        sys.stdout.flush()
    os._exit(0)


def main():
    """Run the program."""
    cli(["fork"], prog_name="hello")
