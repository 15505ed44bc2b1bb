"""Statement 28: what statement 27 says of Click holds for Typer, on real Click and on the copy that it carries."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("typer")  # of whichever version

from canaries import files_of, salts_in, undeclared
from typer.testing import CliRunner
from typer_programs import TyperPrograms

import footfall
import footfall_typer
from footfall import _spawn, wire
from footfall._project import stored_vocabulary
from footfall.sender import Sender
from footfall_click import _reader

pytestmark = pytest.mark.privacy

PROGRAMS = 100
LINES = 30
ENVIRON = {"FOOTFALL_SENDER": "1"}  # the sender is run here, not beside the test


def run_program(number: int, home: Path, address: str, canaries: Any) -> Path:
    """Run lines of the program ``number`` and its sender; the folder of its state."""
    programs = TyperPrograms(number, canaries)
    app = programs.program()
    switch = {f"TOOL{number}_TELEMETRY": "1"}
    client = footfall.Client(
        f"tool{number}", version="1.4.2", endpoint=address, home=str(home), environ={**ENVIRON, **switch}
    )
    footfall_typer.instrument(app, client, packages=["typer_programs"])
    runner = CliRunner()
    for _ in range(LINES):
        words, environ = programs.line()
        runner.invoke(app, words, env=environ, prog_name=canaries["argv[0]"])
    folder = Path(client.folder)
    if folder.is_dir():
        _spawn.write_plan(client)
        Sender(folder, environ=client.environ).run()
    return folder


@pytest.mark.statement(28, 30)
@pytest.mark.slow
def test_no_canary_leaves_a_typer_program(recorder, canaries, tmp_path):
    """100 programs x 30 lines leave no trace on the machine or the wire; all words are declared."""
    told: Counter[str] = Counter()
    flags = 0
    for number in range(PROGRAMS):
        sent = len(recorder.requests)
        folder = run_program(number, tmp_path / str(number), recorder.address, canaries)
        data = files_of(folder) + b"\0".join(recorder.requests[sent:])
        assert canaries.traces(data) == [], f"program {number}"
        assert number % 20 or not canaries.salted_traces(data, salts_in(data)), f"program {number}"
        alphabet = stored_vocabulary(folder).alphabet()
        for body in recorder.bodies[sent:]:
            document = wire.decode(body)
            assert undeclared(document, alphabet) == set(), f"program {number}"
            flags += len(document.get("flags", ()))
            for row in document.get("rows", ()):
                told[row.get("outcome", "")] += row.get("n", 0)
    assert sum(told[outcome] for outcome in wire.OUTCOMES) > PROGRAMS * LINES / 2
    assert all(told[name] > 20 for name in ("ok", "usage", "error", "exit", "aborted")), told
    assert flags > PROGRAMS


@pytest.mark.parametrize(
    ("owner", "name", "leak"),
    [
        (_reader.Reader, "place", lambda self, ctx: (str(ctx.info_name), list(ctx.args))),
        (_reader, "given_flags", lambda ctx: [str(value) for value in ctx.params.values() if value]),
        (footfall.Client, "name_of", lambda self, error: type(error).__name__),
    ],
    ids=["command as typed", "values", "classes of exceptions"],
)
def test_a_leak_of_a_typer_program_is_found(recorder, canaries, tmp_path, monkeypatch, owner, name, leak):
    """The search finds what it is for: each of these leaks, planted in the adapter, leaves a trace."""
    monkeypatch.setattr(owner, name, leak)
    folders = (run_program(number, tmp_path / str(number), recorder.address, canaries) for number in range(20))
    assert any(canaries.traces(files_of(folder)) for folder in folders)
