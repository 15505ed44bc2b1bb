"""A program that stays: it runs each line that it is given, and says when it has."""

import sys

from ordinary import cli


def main():
    """Run lines until there are no more."""
    for line in sys.stdin:
        cli.main(line.split(), prog_name="hello", standalone_mode=False)
        print("done", flush=True)
