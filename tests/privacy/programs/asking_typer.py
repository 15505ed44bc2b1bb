"""The same program, written with Typer, on a person's own machine: it asks at once."""

import os
from typing import Annotated

import typer

from footfall import Client, _ask, _consent
from footfall_typer import instrument

_consent.restriction = lambda environ: ""
_ask.ASK_BELOW = 256
app = typer.Typer()


@app.command()
def greet(name: Annotated[str, typer.Option()] = "world"):
    """Greet somebody."""
    typer.echo(f"Hello {name}!")


@app.command()
def wait():
    """Work until somebody writes a line."""
    typer.echo("working")
    input()


client = Client(
    "hello",
    version=os.environ.get("HELLO_VERSION", "1.4.2"),
    operator="the hello project",
    public=True,
    endpoint="https://usage.example.org",
)
instrument(app, client)


def main():
    """Run the program."""
    app(prog_name="hello")
