"""Answers that are given while something else goes on: a run, the writing of the plan, a switch that says off."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from footfall import EventType, Plan, _project, _spawn, overview, sender

pytestmark = pytest.mark.privacy

NOBODY = frozenset()


@pytest.fixture
def install(new_install):
    """An install whose user has said on."""
    made = new_install(plan=Plan([EventType("model.loaded")]))
    overview.on(made.client)
    return made


@pytest.mark.statement(7, 19, 21)
@pytest.mark.parametrize("others", [0, 1, 3])
def test_a_run_that_began_before_off_is_not_counted_after_on(install, install_class, others):
    """Off removes what had begun: when on is said again before it ends, it leaves no line, nor what it counted."""
    other = install_class(install.client.home)  # a process of its own: a run inside a run is part of it
    with install.client.invocation("test") as run:
        run.command = "db"
        run.begin()
        install.client.count("model.loaded")
        overview.off(install.client)
        overview.on(install.client)
        for _ in range(others):
            other.run()
    text = "".join(path.read_text() for path in install.folder.glob("spool/*.log"))
    assert ("\tdb\t" in text, "model.loaded" in text) == (False, False)
    install.send(alive=NOBODY)
    assert sum(install.collector.runs.values()) == others


@pytest.mark.statement(7, 19, 21)
@pytest.mark.parametrize("others", [0, 1, 9])
def test_a_cell_that_began_before_off_is_not_counted_after_on(new_install, install_class, others):
    """Off and on again in a cell: neither it nor the session's earlier ones are told, whatever other sessions wrote."""
    made = [new_install()]
    made.append(install_class(made[0].client.home))
    sessions = []
    for one in made:
        one.client.commands = None
        sessions.append(one.client.session("lab", "notebook"))
    overview.on(made[0].client)
    sessions[0].begin().end()
    cell = sessions[0].begin()
    overview.off(made[0].client)
    overview.on(made[0].client)
    for _ in range(others):
        sessions[1].begin().end()
    before = sessions[0].run
    cell.end()
    sessions[0].begin().end()
    text = "".join(path.read_text() for path in made[0].folder.glob("spool/*.log"))
    assert (before in text, sessions[0].run in text) == (False, True)


def test_a_command_of_a_chain_that_begins_after_on_is_counted(install):
    """Off and on again between two commands of one run: the second has begun under the new answer."""
    with install.client.invocation("test") as run:
        run.command = "db"
        run.begin()
        overview.off(install.client)
        overview.on(install.client)
        run.end()
        run.command = "db migrate"
        run.begin()
    install.send(alive=NOBODY)
    assert [command for _, command, *_ in install.collector.runs] == ["db migrate"]


def test_an_answer_that_removes_nothing_leaves_the_run(install):
    """A run goes on when the answer is written anew and nothing is removed by it, as under new terms."""
    with install.client.invocation("test") as run:
        run.command = "db"
        run.begin()
        install.client.retention_months = 12
        os.utime(install.folder / "consent", ns=(1, 1))
    install.send(alive=NOBODY)
    assert [outcome for *_, outcome in install.collector.runs] == ["ok"]


@pytest.mark.statement(7)
def test_a_run_whose_beginning_is_gone_writes_no_end(install):
    """What removed the day's file, as finding a working copy does, removed the run: its end makes no new file."""
    with install.client.invocation("test") as run:
        run.command = "db"
        run.begin()
        _project.wipe(install.folder, but=_project.ANSWER)
    assert not list(install.folder.rglob("*.log"))


@pytest.mark.statement(7)
@pytest.mark.parametrize("say", [overview.on, overview.local])
@pytest.mark.parametrize("switch", [("DO_NOT_TRACK", "1"), ("FOOTFALL", "off"), ("CI", "1")])
def test_a_yes_while_something_else_says_off_forgets_nothing(install, say, switch):
    """A yes that is held stays one while a higher rule says off: the install is not counted anew after another."""
    install.run()
    install.send()
    assert [part["first_in_week"] for part in install.collector.of("activity")] == [True]
    before = (install.folder / "state.json").read_bytes()
    install.environ.update({switch[0]: switch[1], "MYTOOL_TELEMETRY": ""})
    assert install.client.decide().mode == "off"
    say(install.client)
    assert (install.folder / "state.json").read_bytes() == before
    del install.environ[switch[0]]
    install.environ["MYTOOL_TELEMETRY"] = "1"
    overview.on(install.client)
    install.clock.forward(1)
    install.run()
    install.send()
    assert [part.get("first_in_week", False) for part in install.collector.of("activity")] == [True, False]


@pytest.mark.statement(7)
@pytest.mark.parametrize("stored", [None, "off 2026-11-18\n", "\n", "on 2026-11-18 1 https://other.example 25\n"])
def test_what_was_there_without_a_yes_is_removed_by_one(install, stored):
    """No answer, a no, an unreadable one, or a yes to another collector: nothing of before that is kept by a yes."""
    install.run()
    (install.folder / "consent").unlink()
    if stored:
        (install.folder / "consent").write_text(stored)
    install.environ["DO_NOT_TRACK"] = "1"
    overview.on(install.client)
    assert not list(install.folder.rglob("*.log"))


@pytest.mark.statement(19, 21)
def test_off_while_the_plan_is_written_leaves_the_answer_alone(install):
    """Off that is said while a program's words are gathered: the plan that is written then does not stay."""
    install.run()
    gather = install.client.commands

    def gather_slowly():
        overview.off(install.client)
        return gather()

    install.client.commands = gather_slowly
    with install.client.guard():
        _spawn.write_plan(install.client)
    assert install.files == {"consent"}


def test_a_run_that_ends_without_having_begun_is_counted(install):
    """A usage error has an end line only: it is counted though it may be the first line of the day."""
    with install.client.invocation("test") as run:
        run.command, run.outcome, run.kind = "db", "usage_error", "no_such_option"
    install.send(alive=NOBODY)
    assert sum(install.collector.runs.values()) == 1


def test_off_where_nothing_open_can_be_removed(install, monkeypatch):
    """On Windows a file that is open cannot be removed: off removes all the same, its own lock last."""
    unlink, opened, closed = os.unlink, {}, os.close

    def guarded(path, *args, **kwargs):
        if str(path).endswith("lock") and opened:
            raise PermissionError(13, "in use by another process")
        return unlink(path, *args, **kwargs)

    def lock(path):
        opened[path] = os.open(path, os.O_CREAT | os.O_RDWR)
        return opened[path]

    def close(descriptor):
        if descriptor in opened.values():
            opened.clear()
        closed(descriptor)

    install.run()
    install.send()
    monkeypatch.setattr(_project._system, "try_lock", lock)
    monkeypatch.setattr(os, "unlink", guarded)
    monkeypatch.setattr(Path, "unlink", lambda path, missing_ok=False: guarded(path) if path.exists() else None)
    monkeypatch.setattr(os, "close", close)
    monkeypatch.setattr(_project.sys, "platform", "win32")
    overview.off(install.client)
    monkeypatch.undo()
    assert install.files == {"consent"}


@pytest.mark.statement(19, 21)
def test_off_between_a_senders_last_look_and_its_writing_leaves_one_file(install, monkeypatch):
    """A sender that has looked just before an off, and writes after it, removes what it wrote: the answer stays."""
    install.run()
    install.sender()

    def write_late(folder, _clock):
        overview.off(install.client)
        outbox = folder / "outbox" / "2026-11-18"
        outbox.mkdir(parents=True)
        (outbox / "00-activity.json").write_text("{}")
        (folder / "state.json").write_text("{}")

    monkeypatch.setenv("MYTOOL_TELEMETRY", "1")
    monkeypatch.setattr(sender, "_work", write_late)
    assert sender._run(install.folder, 0.0) == 0
    assert install.files == {"consent"}
