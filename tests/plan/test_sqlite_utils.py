"""TELEMETRY.md of sqlite-utils beside a thousand real runs of it: no byte that leaves has a word that is not in it."""

from __future__ import annotations

import importlib
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from page_reader import digest_in, names_in, words_in

from footfall import _project, _spawn, _spool_files, wire
from footfall.sender import Sender
from footfall.testing._canaries import strings_in
from footfall.transport import Outcome

pytestmark = [pytest.mark.privacy, pytest.mark.slow, pytest.mark.statement(30)]

EXAMPLES = Path(__file__).parents[2] / "examples"
RUNS = 1000
DAYS = 10
sys.path.insert(0, str(EXAMPLES))
pytest.importorskip("sqlite_utils")  # it is there in the session `privacy`

from simulation.files import make_files  # noqa: E402 - after its folder is known

TYPED = ["zq7Canary", "/home/zq7Canary/a.db", "-zq7Canary", "--zq7Canary", "--zq7Canary=zq7Canary", "", "zq7\nCanary"]


@pytest.fixture(scope="module")
def plan_file(tmp_path_factory):
    """The plan that sqlite-utils ships, as ``footfall plan`` exports it."""
    return written(tmp_path_factory.mktemp("plan") / "plan.json", "plan", os.environ)


@pytest.fixture(scope="module")
def page(tmp_path_factory, plan_file):
    """TELEMETRY.md, as ``footfall docs`` writes it for sqlite-utils with its plan."""
    environ = {**os.environ, "FOOTFALL_DEMO_PLAN": str(plan_file)}
    return written(tmp_path_factory.mktemp("page") / "TELEMETRY.md", "docs", environ).read_text("utf-8")


def written(path, word, environ):
    """What a command for authors writes of the example."""
    command = [sys.executable, "-m", "footfall.cli", word, "sqlite_utils_footfall:cli", "--output", str(path)]
    subprocess.run(command, cwd=EXAMPLES, env=environ, check=True, capture_output=True)
    return path


class Recording:
    """A transport that keeps what it is given, and is down now and then."""

    def __init__(self, dice):
        self.dice = dice
        self.bodies = []

    def post(self, body):
        """Take a body, or fail."""
        self.bodies.append(body)
        return Outcome.RETRY if self.dice.random() < 0.02 else Outcome.DELIVERED


def lines(words, files, dice):
    """Random command lines: half of them good, half of them with something typed that nobody declared."""
    # Not those two: they would have pip fetch what was typed.
    commands = sorted(words.commands.keys() - {"(main)", "install", "uninstall"})
    database = str(files / "town.db")
    good = [
        ["query", database, "select 1"], ["tables", database, "--counts"], ["rows", database, "cafes", "--csv"],
        ["query", database, "select no_such_function()"], ["query", database, "select * from nowhere", "--nl"],
        ["schema", database], ["indexes", database], ["--version"], ["--help"], ["views", database, "--table"],
        ["insert", database, "cafes", "-", "--csv"], ["memory", "select 1 + 1"], ["vacuum", database],
        ["create-view", database, "v", "select 1", "--replace"], ["analyze-tables", database], ["triggers", database],
        ["rows", database, "cafes", "--limit", "1", "--offset", "1", "--order", "name", "--nl", "--arrays"],
        ["tables", database, "--columns", "--schema", "--fmt", "simple"], ["analyze-tables", database, "--save"],
        ["create-table", database, "t", "id", "integer", "--pk", "id", "--ignore", "--not-null", "id"],
        ["query", database, "select :a", "--param", "a", "1", "--raw"], ["search", database, "cafes", "x", "--sql"],
        ["transform", database, "cafes", "--rename", "name", "title", "--drop", "none"],
        ["optimize", database, "--no-vacuum"],
    ]  # fmt: skip
    for number in range(RUNS):
        if number % 2:
            yield dice.choice(good)
            continue
        command = dice.choice(commands)
        flags = list(words.commands[command]) or ["--help"]
        line = [*command.split(), *dice.sample(flags, min(len(flags), dice.randrange(3)))]
        for _ in range(dice.randrange(3)):
            line.insert(dice.randrange(len(line) + 1), dice.choice([*TYPED, database, "cafes"]))
        yield line


@pytest.fixture(scope="module")
def played(tmp_path_factory, plan_file):
    """A thousand runs of the program in this process, in ten days with a sender each: words and bytes."""
    dice, folder, now = random.Random(4), tmp_path_factory.mktemp("played"), [1_795_262_400.0]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        patch.setenv("FOOTFALL_DEMO_PLAN", str(plan_file))
        patch.delitem(sys.modules, "sqlite_utils_footfall", raising=False)
        patch.chdir(folder)
        program = importlib.import_module("sqlite_utils_footfall")
        client, transport = program.client, Recording(dice)
        client.environ = {"SQLITE_UTILS_TELEMETRY": "1", _spawn.CHILD_MARK: "1"}  # on, and no process is started
        client._home, client.clock = str(folder / "state"), lambda: now[0]
        words, outcomes = stored(client), Counter()
        make_files(folder / "files")
        for number, line in enumerate(lines(words, folder / "files", dice)):
            outcomes[CliRunner().invoke(program.cli, line, input="name\nLantern\n").exit_code] += 1
            if number % (RUNS // DAYS) == RUNS // DAYS - 1:
                Sender(Path(client.folder), client.clock, environ=client.environ, transport=transport).run()
                now[0] += 86400
        yield SimpleNamespace(words=words, bodies=transport.bodies, outcomes=outcomes)
        sys.modules.pop("sqlite_utils_footfall", None)


def stored(client):
    """The words that the sender checks with, as the client writes them."""
    _spool_files.make_private(client.folder + "/spool")
    _spawn.write_plan(client)
    return _project.stored_vocabulary(Path(client.folder))


def test_the_reader_finds_the_alphabet(page, played):
    """The page's words are those of the alphabet that the sender checks with, digest included, not one more or less."""
    assert words_in(page) == played.words.alphabet()
    assert played.words.digests == {played.words.version: [digest_in(page)]}


def test_every_string_that_left_is_in_the_page(page, played):
    """Of all bytes of a thousand runs, each string but key, day and releases is a word of the page."""
    documents = [wire.decode(body) for body in played.bodies]
    texts = {text for document in documents for text in strings_in(document)}
    left = {text for text in texts if not wire.RELEASE.fullmatch(text)}
    assert left - words_in(page) == set()
    assert not any(b"zq7" in body or b"Canary" in body for body in played.bodies)
    assert {text for text in texts if wire.RELEASE.fullmatch(text)} - words_in(page) <= releases(played.words)


def test_every_name_in_the_bytes_is_in_the_page(page, played):
    """Names of fields and lists, which are no words, are in the page's tables too."""
    names = {name for body in played.bodies for name in names_of(wire.decode(body))}
    assert names - names_in(page) == set()


def test_the_runs_were_of_all_sorts(played):
    """The thousand runs did not all do the same: most commands, many options and kinds of errors are in the bytes."""
    documents = [wire.decode(body) for body in played.bodies]
    told = [document for document in documents if document["part"] == "cli.command"]
    assert {document["part"] for document in documents} == {"activity", "environment", "cli.command"}
    assert len({row["command"] for document in told for row in document.get("rows", ())}) >= 40
    assert len({row["flag"] for document in told for row in document.get("flags", ())}) >= 20
    kinds = {row["kind"] for document in told for row in document.get("errors", ())}
    assert kinds >= {"no_such_option", "missing_parameter", "OperationalError"}
    assert len(played.outcomes) >= 3


def names_of(document):
    """All names of fields in a document."""
    if isinstance(document, dict):
        return {*document} | {name for value in document.values() for name in names_of(value)}
    return {name for value in document for name in names_of(value)} if isinstance(document, list) else set()


def releases(words):
    """Releases that may be told here: the program's, in full and short, and Python's."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {words.version, wire.release_of(words.version), python}
