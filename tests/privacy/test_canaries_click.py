"""Statements 27 and 30 for Click: no word that a user typed or owns leaves a trace in what we write or send."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import shutil
import sys
import types
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from canaries import PLACES, Canaries, files_of, plant, salts_in, undeclared
from click.testing import CliRunner
from click_programs import Programs, configure, run_script
from collecting import collect

import footfall.cli
import footfall_click
from footfall import _spawn, wire
from footfall._project import stored_vocabulary
from footfall.errors import FootfallError
from footfall.sender import Sender
from footfall_click import _outcomes, _reader

pytestmark = pytest.mark.privacy

PROGRAMS = 200
LINES = 50
CONFIGURED = 30  # programs with commands and options out of the user's configuration


@pytest.fixture
def full_of_canaries(monkeypatch, tmp_path, canaries):
    """A process whose environment, folder and user are canaries too, and in which telemetry is on."""
    folder = tmp_path / canaries["cwd name"]
    plant(folder, canaries)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", f"/x/{canaries['HOME']}")
    for name, place in {"USER": "user", "LOGNAME": "user", "HOSTNAME": "host", "SECRET": "environment value"}.items():
        monkeypatch.setenv(name, canaries[place])
    for name in ("DO_NOT_TRACK", "FOOTFALL", "FOOTFALL_HOME", "FOOTFALL_ENDPOINT", "FOOTFALL_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    for number in range(PROGRAMS):
        monkeypatch.setenv(f"TOOL{number}_TELEMETRY", "1")
    monkeypatch.setenv("FOOTFALL_SENDER", "1")  # the sender is run here, not beside the test
    return tmp_path / "state"


def run_program(
    number: int, lines: int, home: Path, address: str, canaries: Canaries, *, is_configured: bool = False, **terms: Any
) -> Path:
    """Run lines of the program ``number`` and its sender; the folder of its state."""
    programs = Programs(number, canaries)
    cli = programs.program()
    if is_configured:
        configure(cli)
    client = footfall.Client(f"tool{number}", version="1.4.2", endpoint=address, home=str(home), **terms)
    footfall_click.instrument(cli, client, packages=["click_programs"])
    runner = CliRunner()
    for _ in range(lines):
        line = programs.line(cli)
        runner.invoke(cli, line.words, input=line.answers, env=line.environ, prog_name=canaries["argv[0]"])
    folder = home / client.project
    if folder.is_dir():
        _spawn.write_plan(client)
        Sender(folder).run()
    return folder


@pytest.mark.statement(27, 30)
@pytest.mark.slow
@pytest.mark.e2e
def test_no_canary_leaves(full_of_canaries, recorder, canaries, tmp_path):
    """200 programs x 50 lines leave no trace on the machine, the wire or the collector's; all words are declared."""
    told: Counter[str] = Counter()
    plans = tmp_path / "plans"
    plans.mkdir()
    salts: set[bytes] = set()
    for number in range(PROGRAMS):
        sent = len(recorder.requests)
        folder = run_program(number, LINES, full_of_canaries / str(number), recorder.address, canaries)
        data = files_of(folder) + b"\0".join(recorder.requests[sent:])
        assert canaries.traces(data) == [], f"program {number}"
        assert number % 20 or not canaries.salted_traces(data, salts_in(data)), f"program {number}"
        shutil.copy(folder / "plan.json", plans / f"{number}.json")
        salts |= salts_in((folder / "state.json").read_bytes())
        alphabet = stored_vocabulary(folder).alphabet()
        for body in recorder.bodies[sent:]:
            document = wire.decode(body)
            assert undeclared(document, alphabet) == set(), f"program {number}"
            for row in document.get("rows", ()):
                told[row.get("outcome", "")] += row.get("n", 0)
                told["other"] += row.get("command") == "other"
    assert sum(told[outcome] for outcome in wire.OUTCOMES) > PROGRAMS * LINES / 2
    assert all(told[name] > 20 for name in ("ok", "usage", "error", "exit", "aborted", "other")), told
    assert len(recorder.bodies) > 2 * PROGRAMS

    pytest.importorskip("footfall_collector")
    statuses, data = collect(recorder.bodies, plans, tmp_path / "served")
    assert statuses == {202: len(recorder.bodies)}
    assert b"tool199" in data  # it is the place to search
    assert canaries.traces(data) == []
    assert canaries.salted_traces(data, salts) == []


def shipped_plan(number: int, path: Path, canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The plan of the program ``number``, as its author exports it on a machine without any configuration."""
    author = types.ModuleType("author")
    author.cli = Programs(number, canaries).program()
    client = footfall.Client(f"tool{number}", version="1.4.2", endpoint="https://usage.example.org")
    footfall_click.instrument(author.cli, client, packages=["click_programs"])
    monkeypatch.setitem(sys.modules, "author", author)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert footfall.cli.main(["plan", "author:cli", "-o", str(path)]) == 0
    return path


@pytest.mark.statement(27)
@pytest.mark.e2e
def test_what_users_configure_leaves_as_other(full_of_canaries, recorder, canaries, tmp_path, monkeypatch):
    """Commands and options that a loop makes from a user's file are `other` if the author ships the plan."""
    plans = tmp_path / "plans"
    plans.mkdir()
    others = 0
    for number in range(CONFIGURED):
        sent = len(recorder.requests)
        plan = shipped_plan(number, plans / f"{number}.json", canaries, monkeypatch)
        home = full_of_canaries / str(number)
        terms = {"is_configured": True, "plan_file": plan}
        folder = run_program(number, LINES, home, recorder.address, canaries, **terms)
        # The spool stays on the machine and names what the tree declares: the plan is applied when a day is sealed.
        left = b"\0".join([*map(files_of, (folder / "sent", folder / "outbox")), *recorder.requests[sent:]])
        assert canaries.traces(left + (folder / "plan.json").read_bytes()) == [], f"program {number}"
        others += left.count(b'"other"')
    assert others > CONFIGURED

    pytest.importorskip("footfall_collector")
    statuses, data = collect(recorder.bodies, plans, tmp_path / "served")
    assert statuses == {202: len(recorder.bodies)}
    assert canaries.traces(data) == []


@pytest.mark.parametrize("place", ["configured command", "configured option"])
def test_what_users_configure_is_looked_for(full_of_canaries, recorder, canaries, place):
    """Without the author's plan the command tree is the vocabulary, and what a loop put into it is found."""
    for number in range(CONFIGURED):
        run_program(number, LINES, full_of_canaries / str(number), recorder.address, canaries, is_configured=True)
    assert canaries[place].encode() in b"".join(recorder.requests)


def _values(ctx):
    return [str(value) for value in ctx.params.values() if value]


def _patched_note(run, error, ctx=None, note=_outcomes.note):
    note(run, error, ctx)
    run.kind = str(error)


def _place_as_typed(self, ctx):
    return (str(ctx.info_name) if ctx.parent else "(main)"), []


def _place_as_listed(self, ctx, place=_reader.Reader.place):
    return (str(ctx.info_name), []) if ctx.command is run_script else place(self, ctx)


LEAKS = {
    "command as typed": (_reader.Reader, "place", _place_as_typed),
    "file as listed": (_reader.Reader, "place", _place_as_listed),
    "names of plugins": (_reader.Reader, "is_own", lambda self, command, depth=3: True),
    "path with the program's name": (_reader.Reader, "place", lambda self, ctx: (ctx.command_path, [])),
    "arguments": (_reader.Reader, "place", lambda self, ctx: ("other", list(ctx.args))),
    "values": (_reader, "given_flags", _values),
    "six characters of values": (_reader, "given_flags", lambda ctx: [text[3:9] for text in _values(ctx)]),
    "values reversed": (_reader, "given_flags", lambda ctx: [text[::-1] for text in _values(ctx)]),
    "values in hexadecimal": (_reader, "given_flags", lambda ctx: [t.encode().hex()[:60] for t in _values(ctx)]),
    "values in base 64": (
        _reader,
        "given_flags",
        lambda ctx: [base64.b64encode(b"-" + text.encode()).decode()[:60] for text in _values(ctx)],
    ),
    "values URL-encoded": (_reader, "given_flags", lambda ctx: [quote(text)[:100] for text in _values(ctx)]),
    "hashes of values": (
        _reader,
        "given_flags",
        lambda ctx: [hashlib.sha256(text.encode()).hexdigest() for text in _values(ctx)],
    ),
    "classes of exceptions": (footfall.Client, "name_of", lambda self, error: type(error).__name__),
    "texts of exceptions": (_outcomes, "note", _patched_note),
    "the current folder": (footfall.Client, "today", property(lambda self: Path.cwd().name)),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_is_found(full_of_canaries, canaries, monkeypatch, leak):
    """The search finds what it is for: each of these leaks, planted in the adapter, leaves a trace that it reports."""
    monkeypatch.setattr(*LEAKS[leak])
    found: list[str] = []
    for number in range(PROGRAMS // 4):
        home = full_of_canaries / str(number)
        with contextlib.suppress(FootfallError, ValueError):  # what leaked may be no plan and no day
            run_program(number, LINES, home, "http://127.0.0.1:9", canaries)
        found = canaries.traces(files_of(home))
        if found:
            break
    assert found


@pytest.mark.parametrize("place", PLACES)
def test_every_form_of_a_token_is_a_trace(canaries, place):
    """Whole, cut, reversed, in capitals, encoded or hashed, with a salt or without: each form is found."""
    token = canaries[place]
    raw = token.encode()
    forms = [raw, raw[4:10], raw[::-1], raw.upper(), raw.hex().encode(), raw.hex().upper().encode()]
    forms += [base64.b64encode(b"x" * n + raw) for n in range(3)] + ["".join(f"%{b:02X}" for b in raw).encode()]
    forms += [hashlib.new(kind, raw).hexdigest()[:20].encode() for kind in ("md5", "sha1", "sha256")]
    for form in forms:
        assert canaries.traces(b'{"a":"' + form + b'"}'), form
    salt = b"0123456789abcdef"
    data = salt + b" " + hashlib.sha256(salt + raw).hexdigest().encode()
    assert canaries.traces(data) == []
    assert canaries.salted_traces(data, salts_in(data)) == [place]
