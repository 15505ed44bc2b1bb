"""Statement 24: administrators and distributors can say no for everybody, and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from worlds import PROGRAMS, World

import footfall

pytestmark = [pytest.mark.privacy, pytest.mark.statement(24)]

DOCUMENT = Path(__file__).parents[2] / "docs/consent.md"
ADMIN_PLACE = '"/etc/footfall/consent"'
FORCED = {"HELLO_TELEMETRY": "1"}
OFF = ["off 2026-11-21\n", "off", "perhaps 2026-11-21\n", "", "\x00\xff", "ON 2026-11-21\n", "local\n"]


class Copy:
    """A copy of the package, as a distributor's build has it, and a world in which programs use that."""

    def __init__(self, place, address):
        self.world = World(place, address)
        self.root = place / "lib"
        self.admin = place / "etc-footfall-consent"
        shutil.copytree(Path(footfall.__file__).parent, self.root / "footfall")
        self.consent = self.root / "footfall/_consent.py"

    def read_admin_here(self):
        """Have the copy look for the administrator's file here: a test may not write to /etc."""
        text = self.consent.read_text()
        assert text.count(ADMIN_PLACE) == 1
        self.consent.write_text(text.replace(ADMIN_PLACE, repr(str(self.admin))))

    def run(self, *words, ends=0, **more):
        """Run the program with the copy."""
        return self.world.run(*words, ends=ends, PYTHONPATH=f"{self.root}:{PROGRAMS}", **more)

    def mode(self, **more):
        """Mode and rule that ``status`` tells."""
        said = self.run("telemetry", "status", ends=None, **more).stdout.decode()
        return re.match(r"hello: ([a-z ]+)", said)[1].strip(), int(re.search(r"\(rule (\d+)\)", said)[1])


@pytest.fixture
def copy(tmp_path, recorder):
    """A copy of the package."""
    return Copy(tmp_path, recorder.address)


def assert_only_local(copy, recorder, mode):
    """Who said yes, and who forces it, gets this mode, and nothing is sent."""
    for more in ({}, FORCED):
        assert copy.mode(**more) == (mode, 2)
        copy.run("greet", **more)
        copy.run("telemetry", "send", "--now", ends=None, **more)
    copy.world.wait()
    assert not recorder.requests
    assert any("spool" in name for name in copy.world.files()) is (mode == "local")


@pytest.mark.parametrize("word", ["off", "local", "on", "perhaps"])
def test_the_distributors_line(copy, recorder, word):
    """The one line in the documentation patches a copy; ``off`` and ``local`` lower, and no word raises."""
    (line,) = re.findall(r"^sed -i .*$", DOCUMENT.read_text(), re.MULTILINE)
    before = copy.consent.read_text()
    subprocess.run(["sh", "-c", line.replace('"off"', f'"{word}"')], cwd=copy.root, check=True)
    after = copy.consent.read_text()
    assert [new for new in after.splitlines() if new not in before] == [f'DISTRIBUTOR_MODE = "{word}"']
    assert copy.mode()[0] != "on", "nobody has said yes"
    copy.run("telemetry", "on", ends=1)
    assert_only_local(copy, recorder, "local" if word == "local" else "off")


def test_without_the_line(copy, recorder):
    """The copy as it is counts, when its user says yes: what these tests see is the line's doing."""
    copy.run("telemetry", "on")
    copy.run("greet")
    copy.world.wait()
    assert recorder.requests


@pytest.mark.parametrize("text", OFF)
def test_an_administrators_no(copy, recorder, text):
    """The file switches off, also with a text that is no answer."""
    copy.read_admin_here()
    copy.admin.write_bytes(text.encode("latin-1"))
    copy.run("telemetry", "on", ends=1)
    assert_only_local(copy, recorder, "off")


def test_a_file_that_anybody_may_write(copy, recorder):
    """A file that anybody may have written switches off, whatever it says."""
    copy.read_admin_here()
    copy.admin.write_text("on 2026-11-21\n")
    copy.admin.chmod(0o666)
    copy.run("telemetry", "on", ends=1)
    assert_only_local(copy, recorder, "off")


def test_an_administrators_local(copy, recorder):
    """``local`` lets users record for themselves."""
    copy.read_admin_here()
    copy.admin.write_text("local 2026-11-21\n")
    copy.run("telemetry", "on", ends=1)
    assert_only_local(copy, recorder, "local")


@pytest.mark.parametrize("word", ["on", "notice"])
def test_an_administrator_cannot_say_yes(copy, recorder, word):
    """A file that says yes is nobody's yes: it holds no word that is known, and so switches off."""
    copy.read_admin_here()
    copy.admin.write_text(f"{word} 2026-11-21 9 http://127.0.0.1:9 999\n")
    assert copy.mode() == ("off", 2)
    copy.run("greet")
    assert copy.world.files() == {}
    assert not recorder.requests


def test_the_place_of_the_file(copy, recorder):
    """No variable of the environment moves the administrator's file, on Linux and macOS."""
    text = copy.consent.read_text()
    place = text[text.index("def admin_file") :]
    assert re.findall(r"environ\.get\(([^)]*)\)", place) == ['"PROGRAMDATA", "C:\\\\ProgramData"']
