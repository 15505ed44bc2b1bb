"""toml-cli, a program that nobody here wrote, with its use counted: run this file as you would run toml."""

from __future__ import annotations

from importlib.metadata import version

from toml_cli import app
from tomlkit.exceptions import ParseError

import footfall
import footfall_typer

client = footfall.Client(
    "toml-cli",
    version=version("toml-cli"),
    endpoint="https://usage.example.org",  # FOOTFALL_ENDPOINT names another one, as it does for every program
    operator="the Footfall demo",
    plan=footfall.Plan(errors=[ParseError]),  # built-in exceptions are told by name, and this one
)
footfall_typer.instrument(app, client, packages=["toml_cli"])

if __name__ == "__main__":
    app(prog_name="toml")
