"""What is recorded for the user only: it is theirs to see, and no later sender sends it, whatever made it local."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from footfall import EventType, Plan, _spawn, hookimpl, outbox, overview
from footfall.transport import Outcome

pytestmark = [pytest.mark.statement(7), pytest.mark.privacy]

PLAN = Plan([EventType("model.loaded")])
YES = "on 2026-11-18 1 http://127.0.0.1:9 25\n"
NOBODY = frozenset()


class LocalOnly:
    """A plugin that lets its program record for the user only."""

    @hookimpl
    def footfall_consent(self):
        """Lower the mode."""
        return "local"


@pytest.fixture
def install(new_install, tmp_path, monkeypatch):
    """An install whose user has said on."""
    made = new_install(plan=PLAN)
    monkeypatch.setattr("footfall._consent.admin_file", lambda _: str(tmp_path / "of-the-administrator"))
    monkeypatch.setattr("footfall._consent.restriction", lambda _: "")  # the tests may be root's
    made.answer(YES)
    return made


def _switch(install, monkeypatch, name):
    monkeypatch.setitem(install.environ, name, "local")
    return lambda: install.environ.update(FOOTFALL="", MYTOOL_TELEMETRY="1")


def _file(path):
    path.write_text("local 2026-11-18\n")
    return path.unlink


def _plugin(install):
    install.client.plugins = (LocalOnly(),)
    return lambda: vars(install.client).update(plugins=())


def _distributor(monkeypatch):
    monkeypatch.setattr("footfall._consent.DISTRIBUTOR_MODE", "local")
    return lambda: monkeypatch.setattr("footfall._consent.DISTRIBUTOR_MODE", "")


SOURCES = {
    "FOOTFALL": lambda install, monkeypatch, _: _switch(install, monkeypatch, "FOOTFALL"),
    "MYTOOL_TELEMETRY": lambda install, monkeypatch, _: _switch(install, monkeypatch, "MYTOOL_TELEMETRY"),
    "administrator": lambda _, __, place: _file(place / "of-the-administrator"),
    "for all tools": lambda install, _, __: _file(install.folder.parent / "consent"),
    "distributor": lambda _, monkeypatch, __: _distributor(monkeypatch),
    "plugin": lambda install, _, __: _plugin(install),
}


@pytest.fixture(params=SOURCES)
def lower(request, install, monkeypatch, tmp_path):
    """Make ``install`` local, in one of all ways; gives what takes that back."""
    return lambda: SOURCES[request.param](install, monkeypatch, tmp_path)


def use(install, command):
    """Run ``command``, which counts an event."""
    with install.client.invocation("test") as run:
        run.command = command
        run.begin()
        install.client.record("model.loaded")
        install.client.count("model.loaded")


def commands(install):
    """Commands that the collector was told of, with the number of events."""
    events = sum(part["n"] for part in install.collector.of("model.loaded"))
    return sorted(command for _, command, *_ in install.collector.runs), events


@pytest.mark.parametrize("reads_meanwhile", [False, True])
def test_what_a_run_records_in_local_mode_is_never_sent(install, lower, reads_meanwhile):
    """From on to local and back to on, by whatever says local: a sender tells of the runs in on only."""
    use(install, "(main)")
    raise_again = lower()
    assert install.client.decide().mode == "local"
    use(install, "db")
    if reads_meanwhile and not install.client.plugins:
        assert install.send() == []
    raise_again()
    assert install.client.decide().mode == "on"
    use(install, "db migrate")
    install.send()
    install.clock.forward(1)
    install.send()
    assert commands(install) == (["(main)", "db migrate"], 4)


def test_local_first_and_then_on(install, lower):
    """A day that begins in local mode is told from the on only, its environment too."""
    raise_again = lower()
    use(install, "db")
    raise_again()
    install.send()
    assert install.collector.bodies == []
    use(install, "(main)")
    install.send()
    assert commands(install) == (["(main)"], 2)


def test_the_user_sees_what_is_theirs(install, lower):
    """What was recorded in local mode is in ``stats`` and, while that lasts, in ``preview``; afterwards in stats."""
    raise_again = lower()
    use(install, "db")
    assert any('"command":"db"' in line for line in overview.preview(install.client).lines)
    raise_again()
    assert not any('"command":"db"' in line for line in overview.preview(install.client).lines)
    use(install, "(main)")
    found = overview.stats(install.client)
    assert ({use.command: use.runs for use in found.commands}, found.events) == (
        {"db": 1, "(main)": 1},
        {"model.loaded": 4},
    )


def test_a_run_that_begins_in_local_mode_ends_in_it(install, monkeypatch):
    """A run is told whole or not at all: what makes it local may go away while it runs."""
    install.environ["FOOTFALL"] = "local"
    with install.client.invocation("test") as run:
        run.command = "db"
        run.begin()
        del install.environ["FOOTFALL"]
    use(install, "(main)")
    install.send(alive=NOBODY)
    assert commands(install) == (["(main)"], 2)


def test_its_days_are_kept_as_long_as_those_that_wait(install):
    """Files of local days are removed after 45 days, as whatever waits is; until then they stay."""
    install.environ["FOOTFALL"] = "local"
    use(install, "db")
    install.clock.forward(45)
    install.send()
    assert "spool/2026-11-18.local.log" in install.files
    install.clock.forward(1)
    install.send()
    assert "spool/2026-11-18.local.log" not in install.files


def test_the_sender_of_a_local_run_is_local(install):
    """A sender has not its program's plugins: what they say of the run holds for the sender that the run starts."""
    install.client.plugins = (LocalOnly(),)
    passed = _spawn._environment(install.client)
    code = """
import sys
from footfall import Client
print(Client("mytool", version="1.4.2", home=sys.argv[1], endpoint="http://127.0.0.1:9").decide())
"""
    command = [sys.executable, "-c", code, install.client.home]
    environ = {**passed, "PATH": os.environ.get("PATH", "")}
    said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout
    assert said.startswith("Decision('local', 4")


def test_a_session_that_begins_in_local_mode_is_told_from_the_on_only(new_install, monkeypatch):
    """Of a notebook that was local, by a switch, nothing is told when it is on: no cell, no length of what was."""
    install = new_install(plan=PLAN)
    install.client.commands = None
    session = install.client.session("lab", "notebook")
    install.folder.mkdir(parents=True)
    install.answer(YES)
    install.environ["FOOTFALL"] = "local"
    for _ in range(3):
        session.begin().end()
    local_run = session.run
    del install.environ["FOOTFALL"]
    session.begin().end(ValueError())
    install.environ["FOOTFALL"] = "local"
    session.begin().end()
    del install.environ["FOOTFALL"]
    install.send(alive=NOBODY)
    (part,) = install.collector.of("notebook.session")
    assert session.run != local_run
    assert [(cell["outcome"], cell["n"]) for cell in part["cells"]] == [("error", 1)]
    assert [(cell["bucket"], cell["n"]) for cell in part["session_sizes"]] == [("1-9", 1)]
    assert (overview.stats(install.client).cells, overview.stats(install.client).failed_cells) == (5, 1)


@pytest.mark.privacy
@pytest.mark.statement(12)
def test_what_was_sealed_for_one_collector_is_not_sent_to_another(install):
    """Parts that wait for a collector are gone when, by way of local, the user says yes to another one."""
    use(install, "db")
    install.collector.answers = [Outcome.RETRY] * 9
    install.send()
    assert outbox.waiting(install.folder)
    overview.local(install.client)
    assert outbox.waiting(install.folder), "they are for the collector that was agreed to, should it come to that again"
    install.client.endpoint = "https://other.example.org"
    overview.on(install.client)
    assert not outbox.waiting(install.folder)
