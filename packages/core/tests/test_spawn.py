"""Starting the sender: what it is told, and what it is not."""

from __future__ import annotations

import json
import sys

import pytest

from footfall import EventType, Plan, _spawn, _system


@pytest.fixture
def started(monkeypatch):
    """Command lines and environments of what would have been started."""
    made = []
    monkeypatch.setattr(_system, "spawn_detached", lambda command, environ, **_: made.append((command, environ)))
    return made


@pytest.fixture
def client(install):
    """A client that may start senders; its spool is there."""
    install.run()
    del install.environ[_spawn.CHILD_MARK]
    return install.client


@pytest.mark.statement(51)
@pytest.mark.privacy
def test_the_environment_is_an_allow_list(client, install, started):
    """Statement 51: what the user's environment holds beyond our own needs does not reach the sender."""
    install.environ.update({"SECRET": "jane", "OTHER_TELEMETRY": "jane", "PWD": "jane", "LANG": "jane", "CI": "jane"})
    install.environ.update({"HOME": "/h", "HTTPS_PROXY": "http://p:1", "DO_NOT_TRACK": "0", "SSH_AUTH_SOCK": "jane"})
    _spawn.start_sender(client)
    ((command, environ),) = started
    assert environ == {
        "HOME": "/h",
        "HTTPS_PROXY": "http://p:1",
        "DO_NOT_TRACK": "0",
        "MYTOOL_TELEMETRY": "1",
        "CI": "1",
        "FOOTFALL_ENDPOINT": "http://127.0.0.1:9",
        _spawn.CHILD_MARK: "1",
        "PYTHONSAFEPATH": "1",
    }
    assert command[0] == sys.executable
    assert command[-2] == str(install.folder)
    assert command[-1].startswith("--clock-offset=")  # this client's clock is not the machine's


def test_a_sender_starts_none(client, install, started):
    """In the environment of a sender no other is started."""
    install.environ[_spawn.CHILD_MARK] = "1"
    _spawn.start_sender(client)
    assert started == []


@pytest.mark.statement(54)
@pytest.mark.privacy
def test_a_frozen_program_keeps_its_days_for_a_while(client, install, started, monkeypatch):
    """Statement 54: where there is no Python to start, nothing is started, and day files go after 45 days."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    spool = install.folder / "spool"
    (spool / "dropped").write_text(".")
    install.clock.forward(45)
    _spawn.start_sender(client)
    assert {path.name for path in spool.iterdir()} == {"2026-11-18.log", "2026-11-18.sender", "dropped"}
    install.clock.forward(1)
    _spawn.start_sender(client)
    assert [path.name for path in spool.iterdir()] == ["dropped"]
    assert started == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", "1.5"),
        ("endpoint", "https://o.example"),
        ("consent_version", 2),
        ("retention_months", 30),
        ("delay", "next-day"),
    ],
)
def test_the_words_are_written_once_for_each_version_and_terms(client, install, name, value):
    """The plan is written when the version or any term changes, and left alone otherwise."""
    _spawn.write_plan(client)
    path = install.folder / "plan.json"
    path.write_text(path.read_text().replace("db migrate", "db changed"))
    _spawn.write_plan(client)
    assert "db changed" in path.read_text()
    setattr(client, name, value)
    _spawn.write_plan(client)
    assert "db changed" not in path.read_text()
    written = json.loads(path.read_text())
    assert value in (written.get(name), written["client"].get(name))


def test_the_words_are_the_programs(new_install):
    """The plan holds the command tree, the plan's events and its exceptions."""

    class JaneError(Exception):
        """The program's own."""

    install = new_install(plan=Plan([EventType("a.b")], errors=[JaneError]))
    document = _spawn.plan_document(install.client)
    assert document["commands"] == {"(main)": ["--verbose"], "db": [], "db migrate": ["--dry-run"]}
    assert (list(document["events"]), document["errors"]) == (["a.b"], ["JaneError"])


@pytest.mark.parametrize(
    ("executable", "has"),
    [
        ("/usr/bin/python3.11", True),
        ("C:\\Python\\python.exe".replace("\\", "/"), True),
        ("/opt/pypy/bin/pypy3", True),
        ("/nix/store/x/bin/.python3-wrapped", True),
        ("/Library/Python.app/Contents/MacOS/Python", True),
        ("/usr/bin/uwsgi", False),
        ("/opt/mytool/mytool", False),
        ("", False),
        (None, False),
    ],
)
def test_only_a_python_is_started(client, started, monkeypatch, executable, has):
    """Where Python is embedded in another program, whose name stands for Python's, that program is not started."""
    monkeypatch.setattr(sys, "executable", executable)
    _spawn.start_sender(client)
    assert bool(started) == has
