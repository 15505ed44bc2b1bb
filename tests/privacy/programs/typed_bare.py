"""A Typer program, as its author wrote it."""

import typer

app = typer.Typer()


@app.command()
def greet(name: str = "world"):
    """Greet somebody."""
    typer.echo(f"Hello {name}!")


@app.command()
def fail():
    """Fail."""
    raise typer.Exit(3)


def main():
    """Run the program."""
    app(prog_name="hello")
