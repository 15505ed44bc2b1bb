"""The program instrumented with Footfall, as its README says; consent is the environment's to give."""

import click

from footfall import Client
from footfall_click import instrument


@click.group()
def cli() -> None:
    """Say hello."""


@cli.command()
@click.option("--name", default="world")
@click.option("--count", default=1)
@click.option("--shout", is_flag=True)
def greet(name: str, count: int, *, shout: bool) -> None:
    """Greet somebody."""
    for _ in range(count):
        text = f"Hello {name}!"
        click.echo(text.upper() if shout else text)


instrument(cli, Client("hello", version="1.0.0", endpoint="https://usage.example.org"))


def main() -> None:
    """Run the program."""
    cli()
