"""Breaks one rule at a time in the installed packages: the test that a mutant names then has to fail.

``python run_mutants.py [part of a mutant's name ...]``, in an environment of its own: it edits the packages that are
installed there, one line at a time, and puts each back. Real processes that tests start see the fault too.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import cache_from_source, find_spec
from pathlib import Path

from mutants import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
PASSED, FAILED = 0, 1  # of pytest's exit codes; others say that a test could not be run at all
SECONDS_MAX = 300  # for one test; a mutant that makes its test hang is caught, too


def main(*wanted: str) -> int:
    """Run those whose name holds one of ``wanted``, or all; 1 if a mutant survived, or could not be tried.

    One that cannot be tried keeps no other from being tried.
    """
    chosen = [mutant for mutant in MUTANTS if not wanted or any(word in mutant.name for word in wanted)]
    faults = {mutant.name: list(stale(mutant)) for mutant in chosen}
    failing = failing_now(sorted({mutant.test for mutant in chosen if not faults[mutant.name]}))
    for mutant in chosen:
        if mutant.test in failing:
            faults[mutant.name].append(f"{mutant.name}: its test fails without it:\n{failing[mutant.test]}")
        elif not faults[mutant.name] and not is_caught(mutant):
            faults[mutant.name].append(f"survived: {mutant.name}")
    found = [fault for name in faults for fault in faults[name]]
    print("\n".join(found) or f"{len(chosen)} mutants, each caught by its test")
    return 1 if found or not chosen else 0


def failing_now(tests: list[str]) -> dict[str, str]:
    """Those of ``tests`` that do not pass on the packages as they are, each with the end of its output."""
    if not tests or run(tests).returncode == PASSED:
        return {}
    ended = {test: run([test]) for test in tests}
    return {test: one.stdout[-2000:] for test, one in ended.items() if one.returncode != PASSED}


def stale(mutant: Mutant) -> Iterator[str]:
    """What is wrong with a mutant itself: its line is not in the file, or is there twice; its fault is no Python."""
    path = place(mutant)
    if path is None:
        yield f"{mutant.name}: {mutant.module} is not installed here"
        return
    text = path.read_text(encoding="utf-8")
    number = text.count(mutant.line)
    if number != 1:
        yield f"{mutant.name}: its line is {number} times in {mutant.module}"
    if mutant.line == mutant.fault:
        yield f"{mutant.name}: it changes nothing"
    try:
        compile(text.replace(mutant.line, mutant.fault), str(path), "exec")
    except SyntaxError as error:
        yield f"{mutant.name}: its fault is no Python: {error}"


def place(mutant: Mutant) -> Path | None:
    """The file of a mutant's module, as it is installed here; ``None`` when it is not."""
    try:
        found = find_spec(mutant.module)
    except ModuleNotFoundError:  # the package that it is in
        return None
    return Path(found.origin) if found is not None and found.origin is not None else None


def installed(mutant: Mutant) -> Path:
    """The file that is to be broken.

    Raises:
        LookupError: when there is none.
        SystemExit: when it is the checkout's own.
    """
    path = place(mutant)
    if path is None:
        raise LookupError(mutant.module)
    if ROOT / "packages" in path.parents:
        sys.exit(f"{path} is the checkout's own: mutants need an environment in which wheels are installed")
    return path


def is_caught(mutant: Mutant) -> bool:
    """Whether the mutant's test fails, and not for want of a module or a test."""
    with mutated(installed(mutant), mutant):
        ended = run([mutant.test])
    caught = ended.returncode == FAILED
    print(f"{'caught  ' if caught else 'SURVIVED'} {mutant.name}  ({mutant.test.partition('::')[2]})", flush=True)
    if ended.returncode not in (PASSED, FAILED):
        print(ended.stdout[-2000:])
    return caught


@contextlib.contextmanager
def mutated(path: Path, mutant: Mutant) -> Iterator[None]:
    """The file with its fault, for a while."""
    good = path.read_text(encoding="utf-8")
    bad = good.replace(mutant.line, mutant.fault)
    compile(bad, str(path), "exec")
    try:
        write(path, bad)
        yield
    finally:
        write(path, good)


def write(path: Path, text: str) -> None:
    """Write a module, and remove what Python compiled of it: a file as long, of the same second, looks unchanged."""
    path.unlink()  # the installer may have linked it to a cache that other environments share
    path.write_text(text, encoding="utf-8")
    Path(cache_from_source(str(path))).unlink(missing_ok=True)


def run(tests: list[str]) -> subprocess.CompletedProcess[str]:
    """Run tests in a process of their own; one that does not end in time counts as failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--tb=short", "-p", "no:cacheprovider", *tests]
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    seconds = SECONDS_MAX * len(tests)
    try:
        return subprocess.run(
            command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, FAILED, f"did not end in {seconds} seconds", "")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
