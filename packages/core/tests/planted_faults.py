"""Faults put into honest adapters, to see which tests of a suite find them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

MINI = Path(__file__).with_name("mini")


class Fault(NamedTuple):
    """What is put in the place of what, in which file, and the tests that fail then."""

    old: str
    new: str
    tests: tuple[str, ...]
    file: str


def make(name: str, fault: Fault, place: Path, suite: str) -> list[str]:
    """Put the honest adapters with one fault into a folder; the ids of ``suite``'s tests that are to fail."""
    folder = place / name.replace(" ", "_")
    folder.mkdir()
    for path in MINI.glob("*.py"):
        text = path.read_text("utf-8")
        if path.name == fault.file:
            assert fault.old in text, name
            text = text.replace(fault.old, fault.new)
        (folder / path.name).write_text(text, "utf-8")
    return [f"{folder.name}/{suite}::{test}" for test in fault.tests]


def failures(faults: dict[str, Fault], place: Path, suite: str) -> dict[str, set[str]]:
    """Of the tests of ``suite``, a file and a class, that are to fail, those that do, by the fault."""
    (place / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider\n")
    tests = [test for name, fault in faults.items() for test in make(name, fault, place, suite)]
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "--junitxml=found.xml", *tests]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    found: dict[str, set[str]] = {name: set() for name in faults}
    for case in ET.parse(place / "found.xml").iter("testcase"):
        if case.find("failure") is not None:
            name = case.attrib["classname"].partition(".")[0].replace("_", " ")
            found[name].add(case.attrib["name"])
    return found
