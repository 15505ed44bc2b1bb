"""The GitHub Actions steps and the pre-commit hooks of docs/plan.md, in an author's project: stale files fail them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")
pytest.importorskip("click")
pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "plan.md").read_text("utf-8")
BLOCKS = [yaml.safe_load(block.partition("```")[0]) for block in GUIDE.split("```yaml\n")[1:]]
CLI = """
    import click
    import footfall
    import footfall_click

    EVENT = footfall.EventType(
        "model.loaded", {"backend": footfall.Choice("cpu", "cuda")}, why="whether CUDA is worth its upkeep",
        question="How many load on CUDA?", owner="the mytool team", expires="2028-06-01",
    )

    @click.group()
    def cli():
        pass

    @cli.command()
    @click.option("--dry-run", is_flag=True)
    def migrate(dry_run):
        pass

    client = footfall.Client("mytool", version="1.0", endpoint="https://usage.example.org", operator="the mytool team",
                             plan=footfall.Plan([EVENT]), clock=lambda: 1_795_262_400.0)
    footfall_click.instrument(cli, client)
    """


class Project:
    """An author's project, on the path as an installed one is."""

    def __init__(self, folder):
        self.folder = folder
        package = folder / "src" / "mytool"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        self.cli = package / "cli.py"
        self.cli.write_text(textwrap.dedent(CLI))
        (folder / "README.md").write_text("# mytool\n")

    def run(self, command):
        """Exit code and output of a shell's command in the project."""
        paths = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environ = {"PATH": paths, "PYTHONPATH": str(self.folder / "src"), "HOME": str(self.folder), "CI": "true"}
        ran = subprocess.run(
            ["bash", "-ec", command], check=False, cwd=self.folder, env=environ, capture_output=True, text=True
        )
        return ran.returncode, ran.stdout + ran.stderr

    def add_a_command(self):
        """A change that the author forgets to tell of."""
        text = self.cli.read_text().replace("@cli.command()", "@cli.command()\ndef added(): pass\n\n@cli.command()")
        self.cli.write_text(text)

    def forget_the_owner(self):
        """A change of the plan that the linter finds."""
        self.cli.write_text(self.cli.read_text().replace('owner="the mytool team", ', ""))


@pytest.fixture
def project(tmp_path):
    """A project whose files are up to date."""
    made = Project(tmp_path)
    assert made.run("footfall docs mytool.cli:cli --readme README.md")[0] == 0
    return made


def steps():
    """The commands of the guide's GitHub Actions steps, but for the one that installs the project."""
    (job,) = BLOCKS[0]["jobs"].values()
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands[0] == "python -m pip install ."
    return commands[1:]


def hooks():
    """The commands that pre-commit would run: each hook's entry, with the guide's arguments."""
    known = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    (repo,) = BLOCKS[1]["repos"]
    assert {hook["id"] for hook in repo["hooks"]} == known.keys()
    assert all(hook["language"] == "system" and not hook["pass_filenames"] for hook in known.values())
    return [" ".join([known[hook["id"]]["entry"], *hook["args"]]) for hook in repo["hooks"]]


@pytest.fixture(params=[steps, hooks], ids=["actions", "pre-commit"])
def checks(request):
    """The two commands of each way: is TELEMETRY.md up to date, and is the plan as it should be?"""
    docs, lint = request.param()
    assert docs.startswith("footfall docs")
    assert lint.startswith("footfall lint")
    return docs, lint


def test_fresh_files_pass(project, checks):
    """With files that are up to date and a plan without findings both checks give 0."""
    for command in checks:
        assert project.run(command)[0] == 0, project.run(command)[1]


def test_a_stale_file_fails(project, checks):
    """A command that was added without writing TELEMETRY.md anew fails the first check, which says what to run."""
    docs, lint = checks
    project.add_a_command()
    code, told = project.run(docs)
    assert code == 1
    assert "+| `added` |" in told
    mend = told.rpartition("run `")[2].partition("`")[0]
    assert project.run(mend)[0] == 0
    assert project.run(docs)[0] == project.run(lint)[0] == 0


def test_a_stale_notice_fails(project, checks):
    """A README whose notice somebody edited fails too."""
    readme = project.folder / "README.md"
    readme.write_text(readme.read_text().replace("usage.example.org", "elsewhere.example"))
    assert project.run(checks[0])[0] == 1


def test_a_finding_fails(project, checks):
    """An event without an owner fails the second check."""
    project.forget_the_owner()
    code, told = project.run(checks[1])
    assert (code, told.partition(":")[0]) == (1, "missing-owner")


def test_the_guide_names_every_check():
    """The guide's table has the checks that there are, and no others."""
    from footfall._lint_checks import CHECKS

    table = GUIDE.partition("| check | finds |")[2].partition("\n\n")[0]
    first = "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert [word for word in first.split("`") if word.strip()] == list(CHECKS)


def test_the_example_of_the_notebooks_readme_has_no_findings(tmp_path):
    """A library with just the lines that the README of footfall-jupyter shows passes the linter."""
    pytest.importorskip("IPython")
    text = (ROOT / "packages" / "jupyter-ext" / "README.md").read_text("utf-8")
    (tmp_path / "usage.py").write_text(text.partition("```python\n")[2].partition("```")[0], encoding="utf-8")
    command = [sys.executable, "-c", AT_A_DAY, "lint", "usage:client"]
    ran = subprocess.run(command, check=False, cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout


# The expiry of the README's event is looked at from a day that does not move on.
AT_A_DAY = """
import sys
import footfall
from footfall.cli import main
made = footfall.Client.__init__
footfall.Client.__init__ = lambda self, *a, **more: made(self, *a, clock=lambda: 1_795_262_400.0, **more)
sys.exit(main(sys.argv[1:]))
"""
