"""A framework's own test-suite, bare and with every program instrumented: each test has to end the same way.

The suite is that of the installed version, out of its sdist. ``python run_suite.py click|typer [pytest's arguments]``
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

HERE = Path(__file__).parent
# Click 8.1's tests are older than this rule of pytest.
OLD_PARAMETRIZE = "ignore:Passing a non-Collection iterable"

# The pytest plugin that instruments each framework's programs, and what its suite is run with. Typer's tests named
# test_script start the documentation's programs as processes, in which nothing is instrumented.
PLUGINS = {"click": "instrument_everything", "typer": "instrument_every_app"}
ARGUMENTS = {"click": [], "typer": ["-k", "not test_script"]}


def main(project: str, *more: str) -> int:
    """Run both, print what they gave, and return 1 if any test ended differently or nothing was recorded."""
    arguments = [*ARGUMENTS[project], *more]
    with tempfile.TemporaryDirectory() as folder:
        suite = unpacked_sdist(Path(folder), project)
        home = Path(folder, "home")
        home.mkdir()
        bare = outcomes(suite, Path(folder, "bare.xml"), arguments)
        plugin, environ = ("-p", PLUGINS[project]), {"DOWNSTREAM_HOME": str(home)}
        counted = outcomes(suite, Path(folder, "counted.xml"), [*plugin, *arguments], environ)
        again = files_of(suite, differing(bare, counted))
        if again:  # some of a suite's tests fail by chance, as by what the garbage collector finds: alone they do not
            words = [*arguments, *again]
            environ = {"DOWNSTREAM_HOME": str(Path(folder, "again"))}
            Path(folder, "again").mkdir()
            bare |= outcomes(suite, Path(folder, "bare-again.xml"), words)
            counted |= outcomes(suite, Path(folder, "counted-again.xml"), [*plugin, *words], environ)
        return report(bare, counted, home, project)


def unpacked_sdist(folder: Path, project: str) -> Path:
    """A project's source, as its maintainers released the version that is installed here."""
    if importlib.util.find_spec("pip") is None:
        subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
    wanted = f"{project}=={version(project)}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*pip, "--dest", str(folder), wanted], check=True)
    archive = next(folder.glob(f"{project}-*.tar.gz"))
    with tarfile.open(archive) as file:
        file.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return folder / archive.name.removesuffix(".tar.gz")


def outcomes(
    suite: Path, result: Path, arguments: list[str], environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """How each test ended: ``passed``, ``failure``, ``error`` or ``skipped``, by its name."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", "-W", OLD_PARAMETRIZE]
    paths = os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": paths, **(environ or {})}
    with Path(f"{result}.log").open("w") as log:
        subprocess.run(
            [*command, f"--junitxml={result}", *arguments], cwd=suite, env=environment, stdout=log, check=False
        )
    if not result.exists():
        sys.exit(Path(log.name).read_text())
    found: dict[str, str] = {}
    for case in ET.parse(result).iter("testcase"):
        ended = next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")
        found[f"{case.get('classname')}::{case.get('name')}"] = ended
    return found


def differing(bare: dict[str, str], counted: dict[str, str]) -> list[str]:
    """Tests that did not end alike."""
    return [name for name in sorted(bare | counted) if bare.get(name) != counted.get(name)]


def files_of(suite: Path, tests: list[str]) -> list[str]:
    """The files that hold these tests, of the suite in a folder."""
    found = set()
    for test in tests:
        parts = test.partition("::")[0].split(".")
        paths = ["/".join(parts[:end]) + ".py" for end in range(len(parts), 0, -1)]
        found.update(path for path in paths[:2] if (suite / path).is_file())
    return sorted(found)


def report(bare: dict[str, str], counted: dict[str, str], home: Path, project: str) -> int:
    """Print counts of both, and every difference."""
    for name, found in (("bare", bare), ("instrumented", counted)):
        totals = Counter(found.values())
        failed = totals["failure"] + totals["error"]
        print(f"{name:>12}: {totals['passed']} passed, {failed} failed, {totals['skipped']} skipped")
    different = differing(bare, counted)
    for name in different:
        print(f"differs: {name}: bare {bare.get(name, 'absent')}, instrumented {counted.get(name, 'absent')}")
    faults = [*faults_of_recording(home), *([f"{len(different)} tests differ"] if different else [])]
    print("\n".join(faults) or f"{project.title()} {version(project)}: each test ended as it does bare.")
    return 1 if faults or not bare else 0


def faults_of_recording(home: Path) -> list[str]:
    """What is wrong with what was recorded: nothing at all, or words that no program declares."""
    words = json.loads((home / "words.json").read_text())
    lines = [line.split("\t") for path in home.rglob("*.log") for line in path.read_text().splitlines() if line]
    ended = [line for line in lines if line[0] == "E"]
    told = {line[4] for line in ended}
    flags = {flag for line in ended for flag in line[5].split(",")}
    named = sum(line[4] != "other" for line in ended)
    endings = ", ".join(f"{n} {name}" for name, n in Counter(line[6] for line in ended).most_common())
    print(f"{words['programs']} programs instrumented, {len(ended)} runs recorded, {named} by name: {endings}")
    strange = sorted((told - set(words["commands"])) | (flags - set(words["flags"])))
    faults = [f"recorded, but declared by no program: {strange}"] if strange else []
    return faults if ended else [*faults, "no run was recorded"]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
