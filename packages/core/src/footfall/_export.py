"""What the author's command ``footfall plan`` does."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

from footfall import _plugins, _toml
from footfall._client import Client
from footfall.errors import FootfallError


def plan(options: argparse.Namespace, _client: Client | None) -> int:
    """Export a program's vocabulary: TOML for its collector, or JSON (``-o plan.json``) to ship with the program."""
    module, _, attribute = options.program.partition(":")
    if not attribute:
        raise FootfallError(f"{options.program}: say where in the module the program is, such as {module}:cli")
    sys.path.insert(0, os.getcwd())  # the author's own checkout, as `python -m` would have it
    try:
        program: object = importlib.import_module(module)
        for name in attribute.split("."):
            program = getattr(program, name)
    except Exception as error:  # whatever an author's module raises when it is imported
        raise FootfallError(f"{options.program}: {type(error).__name__}: {error}") from error
    hook = _plugins.installed().hook
    words = hook.footfall_vocabulary(program=program, project=options.project, version=options.version)
    if words is None:
        raise FootfallError(
            f"{options.program} is no program that an installed adapter knows "
            "(footfall-click: a Click one, footfall-typer: a Typer one, footfall-jupyter: a library's client)"
        )
    is_json = str(options.output or "").endswith(".json")
    text = json.dumps(words.document(), indent=1) + "\n" if is_json else _toml.dumps(words.document())
    if options.output:
        Path(options.output).write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {options.output}: {words.summary()}\n")
    else:
        sys.stdout.write(text)
    return 0
