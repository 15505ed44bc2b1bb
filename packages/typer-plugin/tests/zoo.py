"""A Typer program of many ways, started as a real process: bare, or instrumented where ``ZOO_WHEN`` is set."""

import os
from enum import Enum
from pathlib import Path
from typing import Optional

import typer

WHEN = os.environ.get("ZOO_WHEN", "")


class Color(str, Enum):
    """Two of them."""

    red = "red"
    green = "green"


def instrument(app):
    """``app``, counted."""
    import footfall
    import footfall_typer

    client = footfall.Client("zoo", version="1.4.2", endpoint="http://127.0.0.1:9")
    return footfall_typer.instrument(app, client, command=None)


app = typer.Typer(context_settings={"help_option_names": ["-h", "--help"]})
if WHEN == "first":
    instrument(app)

db = typer.Typer(help="All of the data.")
app.add_typer(db, name="db")


@app.callback(invoke_without_command=True)
def main(ctx: typer.Context, *, verbose: bool = typer.Option(False, "--verbose", "-v")):
    """A program of many ways."""
    if ctx.invoked_subcommand is None:
        typer.echo("alone")


if WHEN == "middle":
    instrument(app)


@app.command()
def hello(name: str, color: Color = Color.red, path: Optional[Path] = None, token: str = "none"):  # noqa: UP045
    """Greets."""
    typer.echo(f"hello {name} {color.value} {path} {token}")


@app.command()
def leave(code: int):
    """Leaves."""
    raise typer.Exit(code)


@app.command()
def abort():
    """Aborts."""
    raise typer.Abort


@app.command()
def fail(text: str):
    """Fails."""
    raise ValueError(text)


@db.callback()
def data(*, fast: bool = False):
    """Works on data."""


@db.command()
def migrate(*, dry_run: bool = False):
    """Migrates."""
    typer.echo(f"migrate {dry_run}")


if WHEN == "last":
    instrument(app)

if __name__ == "__main__":
    app()
