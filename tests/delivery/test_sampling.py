"""Where half of the installs send: real programs, senders and a collector, and what its pages then tell of them all."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import urllib.request
from itertools import count

import pytest
from machines import PROGRAMS, SECONDS_MAX, Install

from footfall import pseudonym
from footfall._sampling import is_drawn

pytestmark = pytest.mark.e2e

HALF = {"HELLO_SAMPLE": "0.5"}
DRAWN, NOT_DRAWN = 6, 4


class Sampled(Install):
    """An install of a program of which half of the installs send."""

    def environ(self, **more):
        """What a run of the program is given."""
        return super().environ(**HALF, **more)

    def draw(self, drawn):
        """Have a secret that was, or was not, drawn in the years of this test, and that no other install has."""
        for number in count():
            secret = hashlib.sha256(f"{self.home} {number}".encode()).digest()
            years = {self.date[:4], str(int(self.date[:4]) + 1)}
            if all(is_drawn(secret, "hello", year, 0.5) is drawn for year in years):
                self.folder.mkdir(parents=True, exist_ok=True)
                (self.folder / pseudonym.FILE_NAME).write_bytes(secret)
                return


@pytest.fixture
def sampling(tmp_path, road):
    """Six installs that were drawn, and then four that were not, whose senders take the road."""
    made = []
    for number in range(DRAWN + NOT_DRAWN):
        place = tmp_path / str(number)
        place.mkdir()
        made.append(Sampled(place, road.address))
        made[-1].draw(number < DRAWN)
    yield made
    for install in made:
        install.kill_senders()


@pytest.fixture(scope="session")
def plan(tmp_path_factory):
    """The program's vocabulary, exported as its author would; with it goes the share."""
    path = tmp_path_factory.mktemp("plan") / "hello.toml"
    command = [sys.executable, "-m", "footfall.cli", "plan", "hello:cli", "--output", str(path)]
    environ = Sampled(tmp_path_factory.mktemp("author"), "http://127.0.0.1:9").environ()
    subprocess.run(command, check=True, cwd=PROGRAMS, env=environ)
    assert "\nsample = 0.5\n" in path.read_text()
    return path


def read(collector, path):
    """What the collector says at an address."""
    with urllib.request.urlopen(f"http://127.0.0.1:{collector.port}{path}", timeout=SECONDS_MAX) as answer:
        return answer.read().decode()


def test_the_collector_tells_an_estimate_of_all(sampling, collector, road):
    """Six of ten installs send, for twelve: figures, CSV and page tell that with its error; four are never heard of."""
    with collector.up("--k=5", f"--clock-offset={-86400 * 44}"):
        for install in sampling:
            install.run()
            install.wait()
        assert {json.loads(body)["sample"] for body in road.bodies} == {0.5}
        bodies = len(road.bodies)
        for install in sampling[DRAWN:]:
            install.next_day()
        assert len(road.bodies) == bodies
        charts = "/api/projects/hello/charts"
        days = json.loads(read(collector, f"{charts}/actives-day.json?from={sampling[0].date}&to={sampling[0].date}"))
        assert days["rows"] == [[sampling[0].date, 2 * DRAWN]]
        assert (days["estimated"], days["standard_errors"]) == (True, {"installs": [3.5]})
        commands = json.loads(read(collector, f"{charts}/commands.json"))
        assert commands["rows"] == [["greet", 2 * DRAWN, 2 * DRAWN, 0]]
        csv = read(collector, f"{charts}/commands.csv")
        assert csv == "command,installs,runs,failed,installs_standard_error\ngreet,12,12,0,3.5\n"
        page = read(collector, "/projects/hello")
        assert "of some releases one in 2." in page
        assert '12<span class="error" title="standard error of this estimate">&nbsp;±&nbsp;3</span>' in page
    for install in sampling[DRAWN:]:
        told = install.start("telemetry", "stats", stdout=subprocess.PIPE).communicate(timeout=SECONDS_MAX)[0].decode()
        assert "greet" in told


@pytest.mark.privacy
@pytest.mark.skipif(shutil.which("strace") is None, reason="sockets are seen with strace")
@pytest.mark.parametrize("drawn", [True, False])
def test_who_is_not_drawn_opens_no_socket(tmp_path, road, collector, drawn):
    """A run, and its sender, of an install that was not drawn make no socket at all; those of one that was do."""
    install = Sampled(tmp_path, road.address)
    install.draw(drawn)
    trace = tmp_path / "trace"
    command = ["strace", "-f", "-qq", "-e", "trace=network", "-o", str(trace), sys.executable, "-m", "hello", "greet"]
    with collector.up():
        subprocess.run(command, check=True, env=install.environ(), stdout=subprocess.DEVNULL, timeout=SECONDS_MAX)
        install.wait()
    assert len(install.starts) == 1
    assert ("socket(" in trace.read_text()) is drawn
    assert bool(road.bodies) is drawn
    assert (install.folder / ("sent" if drawn else "unsent")).is_dir()
