"""A pytest plugin for Typer's own tests: every ``typer.Typer`` is instrumented as it is first called or tested.

The patches of Typer's classes are this harness's, because those tests make their apps on the fly. What is put on each
app is ``footfall_typer.instrument`` as its author would call it.
"""

from __future__ import annotations

import os
from pathlib import Path

import typer
from declared_words import WORDS
from typer.testing import CliRunner

import footfall
import footfall_typer

HOME = os.environ["DOWNSTREAM_HOME"]
# On, whatever the machine; and the mark of a sender, so that none is started.
ENVIRON = {"TYPERSUITE_TELEMETRY": "1", "FOOTFALL_SENDER": "1"}
CLIENTS: dict[int, tuple[typer.Typer, footfall.Client]] = {}


def instrument(app: typer.Typer) -> footfall.Client:
    """Instrument an app, with a client of its own; a second time changes nothing."""
    if id(app) not in CLIENTS:
        client = footfall.Client(
            "typersuite", version="1.0", endpoint="https://usage.example.org", environ=ENVIRON, home=HOME
        )
        footfall_typer.instrument(app, client, command=None, packages={"tests", "docs_src"})
        CLIENTS[id(app)] = app, client
        WORDS.programs += 1
    return CLIENTS[id(app)][1]


def pytest_configure() -> None:
    """Have every app instrumented as its first call begins."""
    bare_call, bare_invoke = typer.Typer.__call__, CliRunner.invoke

    def call(self, *args, **kwargs):
        instrument(self)
        return bare_call(self, *args, **kwargs)

    def invoke(self, app, *args, **kwargs):
        client = instrument(app)
        try:
            return bare_invoke(self, app, *args, **kwargs)
        finally:
            WORDS.learn(client)

    typer.Typer.__call__, CliRunner.invoke = call, invoke


def pytest_unconfigure() -> None:
    """Leave what was declared to be compared with what was recorded."""
    WORDS.write(Path(HOME))
