"""A Click program for the conformance suite; instrumented as often as it asks for."""

import os
import time

import click


@click.group(invoke_without_command=True)
@click.option("--verbose", "-v", is_flag=True)
def cli(verbose):
    """A program."""


@cli.command()
@click.argument("name")
@click.option("--color", "-c", type=click.Choice(["red", "blue"]))
@click.option("--greeting", envvar="GREETING")
def greet(name, color, greeting):
    """Greet."""
    click.echo(f"{greeting} {name} {color}")


@cli.command()
@click.argument("how")
def leave(how):
    """Leave, in one way or another."""
    if how == "abort":
        raise click.Abort
    if how.isdigit():
        click.get_current_context().exit(int(how))
    raise ValueError(how)


@cli.command()
def wait():
    """Wait."""
    click.echo("waiting")
    time.sleep(300)


@cli.group(chain=True)
def each():
    """Do one thing after the other."""


@each.command()
@click.option("--by", type=int)
def step(by):
    """Take a step."""
    click.echo(by)


for _ in range(int(os.environ.get("FOOTFALL_TESTING_TIMES", "0"))):
    from footfall import Client
    from footfall_click import instrument

    instrument(cli, Client("program", version="1.4.2", endpoint="http://127.0.0.1:9"))

if __name__ == "__main__":
    cli()
