"""toml-cli, a program that nobody here wrote, with its use counted: run this file as you would run toml."""

from __future__ import annotations

import os
import time
from importlib.metadata import version

from toml_cli import app
from tomlkit.exceptions import NonExistentKey, ParseError, UnexpectedCharError

import footfall
import footfall_typer

# The demo plays weeks in minutes, and says here when each run is to take place. A real program leaves `clock` out.
ahead = float(os.environ.get("FOOTFALL_DEMO_NOW") or time.time()) - time.time()

client = footfall.Client(
    "toml-cli",
    version=version("toml-cli"),
    endpoint="https://usage.example.org",  # FOOTFALL_ENDPOINT names another one, as it does for every program
    operator="the Footfall demo",
    # Built-in exceptions are told by name, and these three: they alone, not the classes that are made from them.
    plan=footfall.Plan(errors=[NonExistentKey, ParseError, UnexpectedCharError]),
    plan_file=os.environ.get("FOOTFALL_DEMO_PLAN"),  # a real program names a file in its package
    clock=lambda: time.time() + ahead,
)
footfall_typer.instrument(app, client, packages=["toml_cli"])

if __name__ == "__main__":
    app(prog_name="toml")
