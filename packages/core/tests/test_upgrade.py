"""Another version, a wider plan, an author's own plan file: which words may leave then."""

from __future__ import annotations

import json

import pytest

from footfall import Choice, EventType, Plan, _project
from footfall._spool import ENDS_BYTES, SPOOL_MAX_BYTES
from footfall.transport import Outcome


def upgrade(install, version, commands, **settings):
    """The next version of the tool, with other commands."""
    install.client.version = version
    install.client.commands = lambda: commands
    vars(install.client).update(settings)
    install.clock.forward(1)


def test_what_ran_under_the_version_before_keeps_its_words(install):
    """A command that the new version no longer has is reported by its name, for it was declared when it ran."""
    install.run("db migrate", flags=["--dry-run"])
    install.sender()
    upgrade(install, "1.5.0", {"(main)": [], "new": []})
    install.run("new")
    install.send()
    assert install.collector.runs == {
        ("2026-11-18", "db migrate", "1.4", "ok"): 1,
        ("2026-11-19", "new", "1.5", "ok"): 1,
    }


def test_parts_that_waited_through_an_upgrade_arrive_whole(install):
    """Parts sealed under the version before leave as they are, with commands that the new version no longer has."""
    install.run("db migrate")
    install.run("db")
    install.collector.answers = [Outcome.RETRY] * 9
    install.send()
    upgrade(install, "1.5.0", {"(main)": [], "db": []})
    install.run("db")
    install.collector.answers = []
    install.send()
    assert sum(install.collector.runs.values()) == 3
    assert install.collector.runs["2026-11-18", "db migrate", "1.4", "ok"] == 1


def test_lazily_loaded_commands_of_the_version_before_keep_their_names(install):
    """What a lazily loaded command declared is kept with its version's plan."""
    install.run("db")
    install.client.invocation("test").declare("heavy", ["--all"])
    install.run("heavy", flags=["--all"])
    install.sender()
    upgrade(install, "1.5.0", {"(main)": [], "db": []})
    install.run("db")
    install.send()
    assert install.collector.runs["2026-11-18", "heavy", "1.4", "ok"] == 1


@pytest.mark.statement(9)
@pytest.mark.privacy
def test_what_was_not_agreed_to_does_not_leave(install):
    """Statement 9: after a yes to one version, words that a later one adds are ``other``, its events stay."""
    _project.grant(install.client)
    plan = Plan([EventType("health.report", {"diagnosis": Choice("flu", "none")})])
    upgrade(install, "2.0.0", {"(main)": [], "db": ["--extra"], "spy": []}, plan=plan)
    install.run("spy")
    install.run("db", flags=["--extra"])
    install.client.record("health.report", diagnosis="flu")
    install.send()
    wire = b"".join(install.collector.bodies)
    assert not any(word in wire for word in (b"spy", b"--extra", b"health.report", b"flu"))
    assert install.collector.runs["2026-11-19", "db", "2.0", "ok"] == 1
    assert install.collector.runs["2026-11-19", "other", "2.0", "ok"] == 1


@pytest.mark.privacy
def test_a_record_of_what_was_agreed_that_cannot_be_read_agrees_to_nothing(install):
    """Where it cannot be known what the user agreed to, every word is ``other``."""
    _project.grant(install.client)
    (install.folder / "agreed.json").write_text("[")
    install.run("db", flags=["--verbose"])
    install.send()
    assert install.collector.runs == {("2026-11-18", "other", "1.4", "ok"): 1}


@pytest.mark.privacy
def test_an_authors_plan_file_has_the_last_word(install, tmp_path):
    """With a plan file, what the tree or a lazily loaded command declares beside it leaves as ``other``."""
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({"format": 1, "project": "mytool", "version": "", "commands": {"db": ["--dry-run"]}}))
    install.client.plan_file = path
    install.client.commands = lambda: {"db": ["--dry-run", "--customer-jane"], "deploy-merger": []}
    install.client.invocation("test").declare("lazy-merger", [])
    install.run("db", flags=["--dry-run", "--customer-jane"])
    install.run("deploy-merger")
    install.run("lazy-merger")
    install.send()
    assert install.collector.runs == {("2026-11-18", "db", "1.4", "ok"): 1, ("2026-11-18", "other", "1.4", "ok"): 2}
    assert not any(word in b"".join(install.collector.bodies) for word in (b"jane", b"merger"))


@pytest.mark.statement(21)
@pytest.mark.privacy
def test_off_between_two_start_lines_is_heard(install):
    """Statement 21: ``off`` said while a group's own code runs stops the start line of its command."""
    with install.client.invocation("test") as run:
        run.command = "db"
        run.begin()
        _project.refuse(install.folder, install.clock.day)
        run.command, run.flags = "db migrate", ["--dry-run"]
        run.begin()
        run.declare("lazy", [])
    assert install.files == {"consent"}


@pytest.mark.statement(21)
@pytest.mark.privacy
def test_off_between_the_commands_of_a_chain_is_heard(install):
    """Statement 21: ``off`` said between two commands of a chain stops the second."""
    with install.client.invocation("test") as run:
        run.command = "db"
        run.begin()
        run.end()
        _project.refuse(install.folder, install.clock.day)
        run.command = "db migrate"
        run.begin()
    assert install.files == {"consent"}


@pytest.mark.statement(26)
@pytest.mark.privacy
def test_an_editable_install_is_off_whatever_the_switch_says(install):
    """Rule 7 stands above rule 9: how a version was installed, once found out, outranks the tool's own switch."""
    install.run()
    install.folder.joinpath("install").write_text("1.4.2 - editable")
    assert (install.client.decide().mode, install.client.decide().rule) == ("off", 7)


def test_a_full_spool_takes_the_end_of_what_has_begun(install):
    """A run that began before the day's file was full is not counted as killed for want of room."""
    with install.client.invocation("test") as run:
        run.command = "db"
        run.begin()
        with (install.folder / "spool" / "2026-11-18.log").open("ab") as file:
            file.write(b"\n" * (SPOOL_MAX_BYTES - ENDS_BYTES))
    install.run("db migrate")
    install.send(alive=set())
    assert install.collector.runs["2026-11-18", "db", "1.4", "ok"] == 1
    assert ("2026-11-18", "db", "1.4", "killed") not in install.collector.runs


def test_an_address_that_may_not_be_used_switches_off(new_install):
    """An operator's slip in FOOTFALL_ENDPOINT is off, with its reason, and writes nothing."""
    install = new_install(environ={"MYTOOL_TELEMETRY": "1", "FOOTFALL_ENDPOINT": "http://usage.example.org"})
    install.run()
    assert install.client.decide().rule == 1
    assert not install.folder.exists()
