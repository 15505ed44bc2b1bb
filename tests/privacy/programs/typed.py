"""A Typer program on a person's own machine, instrumented."""

import typer

from footfall import Client, _consent
from footfall_typer import instrument

_consent.restriction = lambda environ: ""  # as in the program ordinary.py

app = typer.Typer()


@app.command()
def greet(name: str = "world"):
    """Say hello."""
    typer.echo(f"Hello {name}!")


@app.command()
def fail():
    """Fail."""
    raise typer.Exit(3)


instrument(app, Client("hello", version="1.4.2", endpoint="https://usage.example.org"))


def main():
    """Run the program."""
    app(prog_name="hello")
