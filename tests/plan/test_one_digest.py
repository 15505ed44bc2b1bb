"""One digest: in the shipped and the exported plan, TELEMETRY.md, status, the gate, the reports and the collector."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

import pytest
from page_reader import digest_in, words_in

from footfall import _project
from footfall.vocabulary import Vocabulary

pytest.importorskip("click")
plans = pytest.importorskip("footfall_collector.plans")
pytestmark = [pytest.mark.privacy, pytest.mark.statement(60), pytest.mark.e2e]

CLI = """
    import os
    from pathlib import Path

    import click
    import footfall
    import footfall_click

    LOADED = footfall.EventType("model.loaded", {"backend": footfall.Choice("cpu", "cuda")}, expires="2027-11-01")
    SHIPPED = Path(__file__).with_name("plan.json")

    @click.group()
    def cli():
        pass

    @cli.command()
    @click.option("--dry-run", is_flag=True)
    def migrate(dry_run):
        pass

    for name in filter(None, os.environ.get("OF_THIS_MACHINE", "").split(",")):
        cli.command(name)(lambda: None)

    client = footfall.Client(
        "mytool", version="1.0", endpoint="http://127.0.0.1:9", plan=footfall.Plan([LOADED]),
        plan_file=SHIPPED if SHIPPED.exists() else None, clock=lambda: 1_795_262_400.0,
    )
    footfall_click.instrument(cli, client)

    if __name__ == "__main__":
        cli(prog_name="mytool")
    """
WRONG = "0123456789ab"


class Tool:
    """An author's folder with the program in it, on a machine that has a command of its own."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "mytool.py").write_text(textwrap.dedent(CLI))
        self.environ = {"PATH": "", "FOOTFALL_HOME": str(folder / "home"), "MYTOOL_TELEMETRY": "1"}
        self.environ |= {"FOOTFALL_SENDER": "1"}  # the mark of a sender, which starts none

    def author(self, *words):
        """Run a command for authors, on a machine of theirs."""
        self._run(["-m", "footfall.cli", *words], {})

    def user(self, *words):
        """Run the program on a user's machine; what it prints."""
        return self._run(["mytool.py", *words], {"OF_THIS_MACHINE": "customer-jane"})

    def _run(self, words, more):
        environ = {**self.environ, **more}
        command = [sys.executable, *words]
        ran = subprocess.run(command, check=False, cwd=self.folder, env=environ, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    @property
    def state(self):
        """The project's folder on the user's machine."""
        return self.folder / "home" / "mytool"


@pytest.fixture
def tool(tmp_path):
    """A program that ships its plan, whose digest somebody has changed by hand."""
    made = Tool(tmp_path)
    made.author("plan", "mytool:cli", "-o", "plan.json")
    change_digest(tmp_path / "plan.json")
    return made


def change_digest(path):
    """Write another digest into a plan; no word is changed."""
    document = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**document, "digest": WRONG}), "utf-8")


def told_by(tool):
    """Every digest that is told of the program, by who tells it."""
    tool.author("plan", "mytool:cli", "-o", "exported.json")
    tool.author("plan", "mytool:cli", "-o", "exported.toml")
    tool.author("docs", "mytool:cli")
    tool.user("migrate")
    lines = list(map(json.loads, tool.user("telemetry", "preview").splitlines()))
    change_digest(tool.state / "plan.json")
    reported = [row["value"] for part in lines for row in part.get("rows", ()) if row.get("field") == "plan"]
    (stored,) = (digest for told in _project.stored_vocabulary(tool.state).digests.values() for digest in told)
    (status,) = (tool_["plan"] for tool_ in json.loads(tool.user("telemetry", "status", "--json"))["tools"])
    return {
        "exported": json.loads((tool.folder / "exported.json").read_text("utf-8"))["digest"],
        "TELEMETRY.md": digest_in((tool.folder / "TELEMETRY.md").read_text("utf-8")),
        "status": status,
        "reports": ",".join(reported),
        "gate": stored,
        "collector": plans.read_plan(tool.folder / "exported.toml").digest(),
    }


def test_all_tell_the_one_digest_and_none_believes_what_is_written(tool):
    """Reports, status, gate, TELEMETRY.md, document and collector give one digest, made of words, on any machine."""
    told = told_by(tool)
    shipped = Vocabulary.from_document(json.loads((tool.folder / "plan.json").read_text("utf-8")))
    assert set(told.values()) == {shipped.digest()}, told
    assert shipped.digest() != WRONG
    page = (tool.folder / "TELEMETRY.md").read_text("utf-8")
    assert shipped.digest() in words_in(page)
    assert WRONG not in page
    assert "customer-jane" not in "".join(tool.user("telemetry", "preview"))


def test_a_stored_digest_is_no_proof(tool):
    """Where somebody adds a digest and a word to the stored plan, the digest that may leave is that of the words."""
    tool.user("migrate")
    path = tool.state / "plan.json"
    tool.user("telemetry", "preview")
    document = json.loads(path.read_text("utf-8"))
    document["commands"]["added"] = []
    path.write_text(json.dumps({**document, "digest": WRONG}), "utf-8")
    words = _project.stored_vocabulary(tool.state)
    assert words.told_digests() == {Vocabulary.from_document(document).digest()}
    assert WRONG not in words.alphabet()
