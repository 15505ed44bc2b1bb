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
PACKAGES = ("footfall", "footfall_click")
PLACES = ("home", "config", "cache", "data", "state", "runtime", "tmp", "cwd")
SECONDS_MAX = 60.0
PROGRAM = """
import click
from footfall import Client
from footfall_click import instrument

@click.group()
def cli():
    "Say hello."

@cli.command()
def greet():
    click.echo("hello")

instrument(cli, Client("mytool", version="1.0", endpoint="https://usage.example.org"))
"""


class Account:
    """A user's account, whose one tool is installed in an environment beside it."""

    def __init__(self, place: Path, address: str) -> None:
        self.place = place / "account"
        for name in PLACES:
            (self.place / name).mkdir(parents=True)
        self.folder = self.place / "state" / "footfall" / "mytool"
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place / "home"),
            **{f"XDG_{name.upper()}_HOME": str(self.place / name) for name in ("config", "cache", "data", "state")},
            "XDG_RUNTIME_DIR": str(self.place / "runtime"),
            "TMPDIR": str(self.place / "tmp"),
            "MYTOOL_TELEMETRY": "1",  # root and containers too
            "FOOTFALL_ENDPOINT": address,
        }
        self.installed = place / "installed"
        subprocess.run([sys.executable, "-m", "venv", self.installed], check=True, capture_output=True)
        self.library = next(self.installed.glob("lib/python*/site-packages"))
        # What the packages need is the tests' own; what is installed here comes before it.
        (self.library / "needed.pth").write_text("\n".join(path for path in sys.path if path.endswith("-packages")))

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
        while senders_of(self.folder):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return ended.stdout

    def left(self) -> set[str]:
        """Everything in the account but the places themselves."""
        found = {str(path.relative_to(self.place)) for path in self.place.rglob("*")}
        return found - set(PLACES)

    def ours(self) -> list[str]:
        """What is installed of ours."""
        return [path.name for path in self.library.iterdir() if path.name.startswith(("footfall", "mytool"))]


def wheel_of(folder: Path) -> Path:
    """An author's wheel of a program that is counted."""
    path, info = folder / "mytool-1.0-py3-none-any.whl", "mytool-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("mytool.py", PROGRAM)
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: mytool\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\nmytool = mytool:cli\n")
        wheel.writestr(f"{info}/RECORD", f"mytool.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return path


@pytest.fixture
def wheels(tmp_path):
    """Wheels of the packages as `nox -s build` makes them, and of a program."""
    found = [path for name in PACKAGES for path in DIST.glob(f"{name}-*.whl")]
    if len(found) < len(PACKAGES):
        cannot_prove(f"the packages' wheels are not built in {DIST}: nox -s build")
    return [*found, wheel_of(tmp_path)]


@pytest.fixture
def account(tmp_path, recorder, wheels):
    """An account with the tool installed."""
    made = Account(tmp_path, recorder.address)
    made.pip("install", "--no-index", "--no-deps", "--ignore-installed", *wheels)
    return made


def test_statement_25_uninstalling_leaves_the_state_folder_only(account, recorder, wheels):
    """After uninstalling, only the state folder is left of us; with the tool installed again, purge removes that."""
    account.run("mytool", "greet")
    account.run("mytool", "telemetry", "preview")
    account.run("mytool", "telemetry", "stats")
    assert recorder.bodies
    names = [path.name.split("-")[0] for path in wheels]
    account.pip("uninstall", "--yes", *names)
    assert account.ours() == []
    assert account.left() >= {"state/footfall", "state/footfall/mytool", "state/footfall/mytool/sent"}
    assert not [path for path in account.left() if not path.startswith("state/footfall")]
    account.pip("install", "--no-index", "--no-deps", "--ignore-installed", *wheels)
    account.run("mytool", "telemetry", "purge")
    assert account.left() == set()


def test_statement_25_purge_then_uninstall_leaves_nothing(account):
    """A user who purges and then uninstalls has an account as it was before; so has one who purges by `footfall`."""
    for program, words in (("mytool", ("telemetry", "purge")), ("footfall", ("purge",))):
        account.run("mytool", "greet")
        account.run("mytool", "telemetry", "off")
        account.run("mytool", "telemetry", "on")
        account.run("mytool", "greet")
        assert account.left()
        assert "nothing is left in" in account.run(program, *words)
        assert account.left() == set()
    account.pip("uninstall", "--yes", "mytool", "footfall-click", "footfall")
    assert account.ours() == []
    assert account.left() == set()
