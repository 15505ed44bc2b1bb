"""A real sender with a plugin that needs an id: what is told is the week's id, and the secret stays where it is."""

from __future__ import annotations

import base64
import json
import os
from datetime import datetime, timezone

import pytest
from recording import Recorder, senders_of
from worlds import PROGRAMS, World

from footfall import pseudonym

pytestmark = pytest.mark.privacy

SECRET = f"hello/{pseudonym.FILE_NAME}"


@pytest.fixture
def plugin(tmp_path):
    """Where the plugin is an installed distribution."""
    about = tmp_path / "packages" / "footfall_weekly-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: footfall-weekly\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[footfall]\nweekly = weekly\n")
    return {"PYTHONPATH": os.pathsep.join(map(str, (PROGRAMS, about.parent)))}


def told_of(secret, *told):
    """The spellings of a secret that are in what was told."""
    spellings = {
        "raw": secret,
        "hexadecimal": secret.hex().encode(),
        "base 64": base64.b64encode(secret)[:40],
        "base 64 for URLs": base64.urlsafe_b64encode(secret)[:40],
        "part of it": secret[:8],
        "part of it in hexadecimal": secret.hex().encode()[:16],
    }
    return [name for name, spelling in spellings.items() if any(spelling in text for text in told)]


@pytest.mark.statement(45, 46)
def test_the_secret_stays_in_its_file(tmp_path, plugin):
    """Parts carry one id, the week's; the secret is in no part, argument, environment, output or other file."""
    processes = []
    recorder = Recorder(observe=lambda: processes.extend(senders_of(world.folder).values()))
    world = World(tmp_path, recorder.address)
    try:
        world.agree()
        (world.folder / "debug").mkdir()  # the sender tells there what goes wrong
        ended = world.run("greet", FOOTFALL_DEBUG="1", **plugin)
        world.wait()
        shown = [world.run("telemetry", word, ends=None, **plugin).stdout for word in ("status", "log", "preview")]
    finally:
        recorder.close()
    secret = world.files()[SECRET]
    week = datetime.now(timezone.utc).strftime("%G-W%V")
    expected = pseudonym.window_id(secret, recorder.address, "hello", "week", week)
    assert len(recorder.bodies) == 3
    for body in recorder.bodies:
        assert [value for name, value in json.loads(body).items() if "id" in name.split("_")] == [expected]
    assert processes
    elsewhere = [content for name, content in world.files().items() if name != SECRET]
    assert told_of(secret, *recorder.requests, *processes, *elsewhere, *shown, ended.stdout, ended.stderr) == []
    assert told_of(secret, secret) != []
    assert (world.footfall / SECRET).stat().st_mode & 0o777 == 0o600


@pytest.mark.statement(19, 20, 45)
def test_off_and_on_make_somebody_new(tmp_path, recorder, plugin):
    """``off`` leaves no secret, and who comes back has another id, in the same week."""
    world = World(tmp_path, recorder.address)
    ids = []
    for _ in range(2):
        world.run("telemetry", "on", **plugin)
        world.run("greet", **plugin)
        world.wait()
        ids.append({json.loads(body)["id"] for body in recorder.bodies})
        recorder.bodies.clear()
        world.run("telemetry", "off", **plugin)
        assert list(world.files()) == ["hello/consent"]
    first, second = ids
    assert len(first) == len(second) == 1
    assert first != second


@pytest.mark.statement(2, 45)
def test_no_secret_where_nothing_may_leave(tmp_path, recorder, plugin):
    """While only the user's own eyes are counted for, no secret is made."""
    world = World(tmp_path, recorder.address)
    world.run("telemetry", "local", **plugin)
    world.run("greet", **plugin)
    world.wait()
    assert any(name.endswith(".log") for name in world.files())
    assert SECRET not in world.files()
    assert not recorder.requests
