"""What the author's command ``footfall plan`` does."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from footfall import Client, _program, _toml


def plan(options: argparse.Namespace, _client: Client | None) -> int:
    """Export a program's vocabulary: TOML for its collector, JSON (``-o plan.json``) to ship with it, or its words."""
    found = _program.find(options)
    words = found.words
    if options.alphabet:
        text = "".join(f"{word}\n" for word in sorted(found.leaving().alphabet()))
    elif str(options.output or "").endswith(".json"):
        text = json.dumps(words.document(), indent=1) + "\n"
    else:
        text = _toml.dumps(words.document())
    if options.output:
        Path(options.output).write_text(text, encoding="utf-8")
        sys.stdout.write(f"wrote {options.output}: {words.summary()}\n")
    else:
        sys.stdout.write(text)
    return 0
