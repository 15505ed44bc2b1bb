"""A Typer program for the conformance suite; instrumented as often as it asks for."""

import os
import time
from enum import Enum
from typing import Optional

import typer


class Color(str, Enum):
    """Two of them."""

    red = "red"
    blue = "blue"


app = typer.Typer()
data = typer.Typer()
app.add_typer(data, name="data")


@app.callback(invoke_without_command=True)
def main(*, verbose: bool = typer.Option(False, "--verbose", "-v")):
    """A program."""


@app.command()
def greet(name: str, color: Color = Color.red, greeting: Optional[str] = typer.Option(None, envvar="GREETING")):  # noqa: UP045
    """Greet."""
    typer.echo(f"{greeting} {name} {color.value}")


@app.command()
def leave(how: str):
    """Leave, in one way or another."""
    if how == "abort":
        raise typer.Abort
    if how.isdigit():
        raise typer.Exit(int(how))
    raise ValueError(how)


@app.command()
def wait():
    """Wait."""
    typer.echo("waiting")
    time.sleep(300)


@data.command()
def load(*, dry_run: bool = False):
    """Load."""
    typer.echo(dry_run)


for _ in range(int(os.environ.get("FOOTFALL_TESTING_TIMES", "0"))):
    from footfall import Client
    from footfall_typer import instrument

    instrument(app, Client("program", version="1.4.2", endpoint="http://127.0.0.1:9"))

if __name__ == "__main__":
    app()
