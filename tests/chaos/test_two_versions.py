"""Two versions of Footfall that share a home: today's, and earlier ones out of the project's history."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from homes import CHAOTIC, is_settled
from machines import PROGRAMS

pytestmark = pytest.mark.e2e

FIRST = "51f575e"  # the first at which a run was counted, sealed and posted
LATER = "fd33fc5"  # the last before a removed state was taken for a lost one


@pytest.fixture(params=[FIRST, LATER])
def earlier(request, tmp_path):
    """What a run of an earlier Footfall is given beside what each run is."""
    folders = [f"packages/{name}/src" for name in ("core", "click-plugin")]
    command = ["git", "-C", Path(__file__).parents[2], "archive", request.param, *folders]
    archive = subprocess.run(command, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip("there is no history here to take an earlier version from")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(tmp_path / "earlier")  # our own
    places = [str(tmp_path / "earlier" / folder) for folder in folders]
    return {"PYTHONPATH": ":".join([*places, str(CHAOTIC), str(PROGRAMS)])}


def test_runs_of_both_are_counted(home, judge, earlier):
    """With both on one home, each day's sender of either, the user sees nothing of it and no run counts twice."""
    hello = (0, b"Hello world!\n")
    where = [sys.executable, "-c", "import footfall; print(footfall.__file__)"]
    used = subprocess.run(where, env=home.environ(**earlier), capture_output=True, text=True, check=True).stdout
    assert "/earlier/" in used
    for day in range(6):
        order = [earlier, {}] if day % 2 else [{}, earlier]
        for more in order:
            assert home.see(**more) == hello
            home.wait()
        home.day += 1
    home.run()
    home.wait()
    assert judge.runs() == {"ok": 13}
    assert set(judge.days().values()) == {1}
    assert judge.news() == 1
    assert is_settled(home.folder)
