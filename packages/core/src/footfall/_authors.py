"""The commands of the ``footfall`` program that are for authors: their names and options."""

from __future__ import annotations

import argparse

from footfall import _docs, _export, _lint, _plugins, _program

Commands = argparse._SubParsersAction


def add_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the authors' commands, and those of plugins."""
    plan = commands.add_parser("plan", help="for authors: export a program's vocabulary, for its collector")
    _program.add_options(plan)
    plan.add_argument("-o", "--output", help="write to this file instead of standard output")
    plan.add_argument("--alphabet", action="store_true", help="every word that can leave instead, one a line")
    plan.set_defaults(run=_export.plan)
    docs = commands.add_parser("docs", help="for authors: write TELEMETRY.md, which tells users all that can leave")
    _program.add_options(docs)
    docs.add_argument("-o", "--output", default="TELEMETRY.md", help="the file to write (TELEMETRY.md)")
    docs.add_argument("--readme", help="also write a short notice into this file, between two marks")
    docs.add_argument("--check", action="store_true", help="write nothing; 1, and a diff, if a file is not up to date")
    docs.add_argument("--question", action="store_true", help="write nothing; show what a new user is asked")
    docs.set_defaults(run=_docs.docs)
    lint = commands.add_parser("lint", help="for authors: find what a plan should not have")
    lint.add_argument("program", nargs="?", help="where the program is: mytool.cli:cli")
    lint.add_argument("--project", help="the tool's name, if the program is not instrumented")
    lint.add_argument("--version", help="the tool's version, if the program is not instrumented")
    lint.add_argument("--installs", type=int, metavar="N", help="how many installs you expect; for many-cells")
    lint.add_argument("--list-checks", action="store_true", help="what is checked, by name")
    lint.set_defaults(run=_lint.lint)
    try:
        _plugins.installed().hook.footfall_commands(subparsers=commands)
    except Exception as error:  # noqa: BLE001 - a plugin's failure must not keep a user from saying off
        _plugins.complain("footfall_commands", error)
