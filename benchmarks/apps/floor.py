"""The floor: the same program with the least that anybody would write, one JSON line appended to a file."""

import json
import os
import time

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
    ctx = click.get_current_context()
    given = click.core.ParameterSource.COMMANDLINE
    used = sorted(param for param in ctx.params if ctx.get_parameter_source(param) is given)
    line = json.dumps({"t": time.time(), "command": "greet", "flags": used, "run": "hello"}) + "\n"
    path = os.environ["FOOTFALL_HOME"] + "/floor"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, line.encode())
    os.close(descriptor)


def main() -> None:
    """Run the program."""
    cli()
