"""What the author's command ``footfall plan`` does."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

from footfall import _plugins, _toml
from footfall._client import Client
from footfall.errors import FootfallError


def plan(options: argparse.Namespace, _client: Client | None) -> int:
    """Export a program's vocabulary as TOML."""
    module, _, attribute = options.program.partition(":")
    sys.path.insert(0, os.getcwd())  # the author's own checkout, as `python -m` would have it
    try:
        program: object = importlib.import_module(module)
        for name in (attribute or "cli").split("."):
            program = getattr(program, name)
    except Exception as error:  # whatever an author's module raises when it is imported
        raise FootfallError(f"{options.program}: {type(error).__name__}: {error}") from error
    hook = _plugins.installed().hook
    words = hook.footfall_vocabulary(program=program, project=options.project, version=options.version)
    if words is None:
        raise FootfallError(f"no installed adapter can read {options.program}; is footfall-click installed?")
    text = _toml.dumps(words.document())
    if options.output:
        Path(options.output).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0
