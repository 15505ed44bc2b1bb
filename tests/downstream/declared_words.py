"""All words that instrumented programs declare, to be compared with what was recorded of their runs."""

from __future__ import annotations

import json
from pathlib import Path

import footfall

FILE = "words.json"


class Words:
    """What the programs of one run of a suite declare."""

    def __init__(self) -> None:
        self.programs = 0
        self.commands = {"other", "(main)"}
        self.flags = {"other", "-"}

    def learn(self, client: footfall.Client) -> None:
        """Remember the words that a client's program declares now."""
        declared = client.commands()
        self.commands.update(declared)
        self.flags.update(flag for flags in declared.values() for flag in flags)

    def write(self, home: Path) -> None:
        """Leave them in ``home``."""
        words = {"programs": self.programs, "commands": sorted(self.commands), "flags": sorted(self.flags)}
        (home / FILE).write_text(json.dumps(words))


WORDS = Words()
