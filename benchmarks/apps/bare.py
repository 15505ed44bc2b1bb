"""The program that all are compared with: ``hello greet``, as its author wrote it."""

import click


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


def main() -> None:
    """Run the program."""
    cli()
