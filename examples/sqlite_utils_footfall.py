"""sqlite-utils, a program that nobody here wrote, with its use counted: run this file as you would run sqlite-utils."""

from __future__ import annotations

import os
import sqlite3
import time
from importlib.metadata import version

from sqlite_utils.cli import cli

import footfall
import footfall_click

# The demo plays weeks in minutes, and says here when each run is to take place. A real program leaves `clock` out.
ahead = float(os.environ.get("FOOTFALL_DEMO_NOW") or time.time()) - time.time()

client = footfall.Client(
    "sqlite-utils",
    version=version("sqlite-utils"),
    endpoint="https://usage.example.org",  # FOOTFALL_ENDPOINT names another one, as it does for every program
    operator="the Footfall demo",
    plan=footfall.Plan(errors=[sqlite3.OperationalError]),  # built-in exceptions are told by name, and this one
    plan_file=os.environ.get("FOOTFALL_DEMO_PLAN"),  # a real program names a file in its package
    clock=lambda: time.time() + ahead,
)
footfall_click.instrument(cli, client)

if __name__ == "__main__":
    cli(prog_name="sqlite-utils")
