"""Statement 25: what a tool leaves when it is gone, with the packages installed as users get them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from recording import senders_of
from worlds import cannot_prove

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.privacy,
    pytest.mark.statement(25),
    pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX"),
]

ROOT = Path(__file__).parents[2]
DIST = ROOT / os.environ.get("FOOTFALL_DIST", "dist")  # as in noxfile.py
PACKAGES = ("footfall", "footfall_click", "footfall_typer", "footfall_jupyter")
PLACES = ("home", "config", "cache", "data", "state", "runtime", "tmp", "cwd")
SECONDS_MAX = 60.0
TERMS = 'version="1.0", endpoint="https://usage.example.org"'
# An author's programs, by name: with Click, with Typer, and a library, of which each word is a cell.
PROGRAMS = {
    "mytool": f"""
import click
from footfall import Client
from footfall_click import instrument

@click.group()
def main():
    "Say hello."

@main.command()
def greet():
    click.echo("hello")

instrument(main, Client("mytool", {TERMS}))
""",
    "mytyped": f"""
import typer
from footfall import Client
from footfall_typer import instrument

main = typer.Typer()

@main.callback()
def cli():
    "Say hello."

@main.command()
def greet():
    typer.echo("hello")

instrument(main, Client("mytyped", {TERMS}))
""",
    "mycells": f"""
import sys
from IPython.core.interactiveshell import InteractiveShell
from footfall import Client
from footfall_jupyter import instrument

def main():
    cells, shell = sys.argv[1:], InteractiveShell.instance()
    instrument(Client("mycells", {TERMS}))
    for cell in cells:
        shell.run_cell(cell, store_history=True)
""",
}
# For each, what is run of it, and what removes all that it has kept.
LIVES = {
    "mytool": ([["greet"], ["telemetry", "off"], ["telemetry", "on"], ["greet"]], ("mytool", "telemetry", "purge")),
    "mytyped": ([["greet"]], ("mytyped", "telemetry", "purge")),
    "mycells": (
        [["%footfall on", "1", "%footfall off", "%footfall on", "1"]],
        ("footfall", "purge", "mycells"),
    ),
}


class Account:
    """A user's account, whose tools are installed in an environment beside it."""

    def __init__(self, place: Path, installed: Path, address: str) -> None:
        self.place = place / "account"
        for name in PLACES:
            (self.place / name).mkdir(parents=True)
        self.state = self.place / "state" / "footfall"
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place / "home"),
            **{f"XDG_{name.upper()}_HOME": str(self.place / name) for name in ("config", "cache", "data", "state")},
            "XDG_RUNTIME_DIR": str(self.place / "runtime"),
            "TMPDIR": str(self.place / "tmp"),
            **{f"{name.upper()}_TELEMETRY": "1" for name in PROGRAMS},  # root and containers too
            "IPYTHONDIR": str(place / "ipython"),  # which is not ours
            "FOOTFALL_ENDPOINT": address,
        }
        self.installed = installed
        self.library = _library(installed)

    def pip(self, *words: object) -> None:
        """Run this environment's pip, which may leave nothing in the account and looks nowhere else."""
        command = [self.installed / "bin" / "python", "-Im", "pip", "--no-cache-dir", "--disable-pip-version-check"]
        subprocess.run([*command, *map(str, words)], check=True, capture_output=True, env={"PATH": os.environ["PATH"]})

    def run(self, program: str, *words: str) -> str:
        """Run an installed program to its end, its senders' too."""
        command = [self.installed / "bin" / program, *words]
        cwd = self.place / "cwd"
        ended = subprocess.run(command, env=self.environ, cwd=cwd, check=True, capture_output=True, text=True)
        deadline = time.monotonic() + SECONDS_MAX
        while senders_of(self.state):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return ended.stdout

    def left(self) -> set[str]:
        """Everything in the account but the places themselves."""
        found = {str(path.relative_to(self.place)) for path in self.place.rglob("*")}
        return found - set(PLACES)

    def ours(self) -> list[str]:
        """What is installed of ours."""
        return [path.name for path in self.library.iterdir() if path.name.startswith(("footfall", *PROGRAMS))]


def _library(installed: Path) -> Path:
    return next(installed.glob("lib/python*/site-packages"))


def wheel_of(folder: Path) -> Path:
    """An author's wheel of the programs, which are counted."""
    path, info = folder / "mytool-1.0-py3-none-any.whl", "mytool-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in PROGRAMS.items():
            wheel.writestr(f"{name}.py", text)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: mytool\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        scripts = "".join(f"{name} = {name}:main\n" for name in PROGRAMS)
        wheel.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{scripts}")
        modules = "".join(f"{name}.py,,\n" for name in PROGRAMS)
        wheel.writestr(f"{info}/RECORD", f"{modules}{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path


@pytest.fixture
def wheels(tmp_path):
    """Wheels of the packages as `nox -s build` makes them, and of a program."""
    pytest.importorskip("typer")
    pytest.importorskip("IPython")
    found = [path for name in PACKAGES for path in DIST.glob(f"{name}-*.whl")]
    if len(found) < len(PACKAGES):
        cannot_prove(f"the packages' wheels are not built in {DIST}: nox -s build")
    return [*found, wheel_of(tmp_path)]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment; a test that removes our packages from it leaves it to the next to install them again."""
    made = tmp_path_factory.mktemp("environment") / "installed"
    subprocess.run([sys.executable, "-m", "venv", made], check=True, capture_output=True)
    # What the packages need is the tests' own; what is installed here comes before it.
    (_library(made) / "needed.pth").write_text("\n".join(path for path in sys.path if path.endswith("-packages")))
    return made


@pytest.fixture
def account(tmp_path, installed, recorder, wheels):
    """An account with the tools installed."""
    made = Account(tmp_path, installed, recorder.address)
    if not made.ours():
        made.pip("install", "--no-index", "--no-deps", "--ignore-installed", *wheels)
    return made


def test_uninstalling_click_typer_and_jupyter_leaves_the_state_folder_only(account, recorder, wheels):
    """After uninstalling, only the state folder is left of us; with the tools installed again, purge removes that."""
    for program, (lines, _) in LIVES.items():
        recorder.bodies.clear()
        account.run(program, *lines[-1])
        assert recorder.bodies
    account.run("mytool", "telemetry", "preview")
    account.run("mytool", "telemetry", "stats")
    names = [path.name.split("-")[0] for path in wheels]
    account.pip("uninstall", "--yes", *names)
    assert account.ours() == []
    folders = ("mytool", "mytyped", "mycells.notebook")
    assert account.left() >= {"state/footfall", *(f"state/footfall/{name}/sent" for name in folders)}
    assert not [path for path in account.left() if not path.startswith("state/footfall")]
    account.pip("install", "--no-index", "--no-deps", "--ignore-installed", *wheels)
    for _, purge in LIVES.values():
        account.run(*purge)
    assert account.left() == set()


def test_purge_and_uninstalling_click_typer_and_jupyter_leave_nothing(account):
    """A user who purges and then uninstalls has an account as it was before; so has one who purges all at once."""
    for program, (lines, purge) in LIVES.items():
        for words in lines:
            account.run(program, *words)
        assert account.left()
        assert "nothing is left in" in account.run(*purge)
        assert account.left() == set()
    for program, (lines, _) in LIVES.items():
        account.run(program, *lines[-1])
    assert account.run("footfall", "purge").count("nothing is left in") == len(LIVES)
    assert account.left() == set()
    account.pip("uninstall", "--yes", "mytool", *(name.replace("_", "-") for name in PACKAGES))
    assert account.ours() == []
    assert account.left() == set()
