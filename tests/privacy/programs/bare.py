"""The program, as its author wrote it."""

import sys

import click


@click.group()
@click.version_option("1.4.2")
def cli():
    """Say hello."""


@cli.command()
@click.option("--name", default="world")
def greet(name):
    """Greet somebody."""
    click.echo(f"Hello {name}!")


@cli.command()
def fail():
    """Fail."""
    sys.exit(3)


@cli.command()
def wait():
    """Work until somebody writes a line."""
    click.echo("working")
    sys.stdin.readline()


def main():
    """Run the program."""
    cli(prog_name="hello")
