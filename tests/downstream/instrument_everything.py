"""A pytest plugin for Click's own tests: every command on which ``main`` is called is instrumented first.

The patches of Click's classes are this harness's, because those tests make their programs on the fly. What is put on
each program is ``footfall_click.instrument`` as its author would call it.
"""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.testing import CliRunner
from declared_words import WORDS

import footfall
import footfall_click

HOME = os.environ["DOWNSTREAM_HOME"]
# On, whatever the machine; and the mark of a sender, so that none is started.
ENVIRON = {"CLICKSUITE_TELEMETRY": "1", "FOOTFALL_SENDER": "1"}


def instrument(cli: click.Command) -> None:
    """Instrument a program that was not, with a client of its own."""
    if hasattr(cli.main, "footfall_client"):
        return
    client = footfall.Client(
        "clicksuite", version="1.0", endpoint="https://usage.example.org", environ=ENVIRON, home=HOME
    )
    packages = {getattr(getattr(cli, "callback", None), "__module__", None) or "test_basic", "tests"}
    footfall_click.instrument(cli, client, command=None, packages=packages)
    WORDS.programs += 1


def pytest_configure() -> None:
    """Have every program instrumented as its first ``main`` begins."""
    kind = next(kind for kind in reversed(click.Command.__mro__) if "main" in vars(kind))
    bare_main, bare_invoke = kind.main, CliRunner.invoke

    def main(self, *args, **kwargs):
        if type(self).main is not main or hasattr(self.main, "footfall_client"):
            return bare_main(self, *args, **kwargs)  # a test's own subclass: seen by the runner alone
        instrument(self)
        return self.main(*args, **kwargs)

    def invoke(self, cli, *args, **kwargs):
        instrument(cli)
        try:
            return bare_invoke(self, cli, *args, **kwargs)
        finally:
            WORDS.learn(cli.main.footfall_client)

    kind.main, CliRunner.invoke = main, invoke


def pytest_unconfigure() -> None:
    """Leave what was declared to be compared with what was recorded."""
    WORDS.write(Path(HOME))
