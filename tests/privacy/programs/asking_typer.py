"""The same program, written with Typer, on a person's own machine: it asks at once."""

import os
from typing import Annotated

import typer
from terms import NEW, TERMS

from footfall import Client, _ask, _consent
from footfall_typer import instrument

_consent.restriction = lambda environ: ""
_ask.ASK_BELOW = 256
_ask.ANSWER_SECONDS = float(os.environ.get("HELLO_PATIENCE", _ask.ANSWER_SECONDS))
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


for new in NEW:

    @app.command(new)
    def work(more: Annotated[str, typer.Option(f"--{new}-more")] = ""):
        """Do more."""


instrument(app, Client("hello", **TERMS))


def main():
    """Run the program, as often as the test says."""
    for _ in range(int(os.environ.get("HELLO_MORE_RUNS", "0"))):
        app(standalone_mode=False, prog_name="hello")
    app(prog_name="hello")
