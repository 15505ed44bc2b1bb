"""The client in a run: what it writes, what it never does, and that nothing of it ever reaches the program."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from footfall import Client, EventType, Plan, PlanError, _spool


def lines(install):
    """All lines of the spool, as lists of fields, without the first line of each day."""
    found = [path.read_text().split("\n") for path in sorted(install.folder.glob("spool/*.log"))]
    return [line.split("\t") for text in found for line in text if line and not line.startswith("D\t")]


def test_a_run_is_a_start_line_and_an_end_line(install):
    """A run writes when its command begins and when it has ended, under one name that begins with its process."""
    install.run("db migrate", flags=["--dry-run"])
    start, end = lines(install)
    assert start == ["S", "2026-11-18", start[2], "1.4.2", "db migrate", "--dry-run"]
    assert end[:8] == ["E", *start[1:], "ok", "-"]
    assert start[2].startswith(f"{os.getpid()}.")


def test_all_it_writes_is_for_its_owner_only(install):
    """Folders are 0700 and files 0600."""
    install.run()
    install.send()
    install.run()
    for path in install.folder.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_IMODE(Path(install.client.home).stat().st_mode) == 0o700


class NamedAsBuiltIn(ValueError):
    """A program's own class; its name is not built in."""


NamedAsBuiltIn.__name__ = "ValueError"


@pytest.mark.statement(34)
@pytest.mark.privacy
@pytest.mark.parametrize(
    ("error", "outcome", "kind"),
    [
        (None, "ok", "-"),
        (SystemExit(0), "ok", "-"),
        (SystemExit(None), "ok", "-"),
        (SystemExit(3), "exit", "-"),
        (SystemExit("jane's file"), "exit", "-"),
        (KeyboardInterrupt(), "aborted", "-"),
        (ValueError("jane"), "error", "ValueError"),
        (NamedAsBuiltIn("jane"), "error", "other"),
        (type("JaneError", (Exception,), {})(), "error", "other"),
        (GeneratorExit(), "error", "GeneratorExit"),
    ],
)
def test_how_a_run_ends_is_told_by_class_alone(install, error, outcome, kind):
    """Statement 34: built-in classes by identity, others as other; no text of an exception is written."""
    install.run(error=error)
    assert lines(install)[1][6:8] == [outcome, kind]
    assert "jane" not in "".join(path.read_text() for path in install.folder.glob("spool/*"))


def test_exceptions_of_the_plan_are_told_by_name():
    """A class that the plan names is reported by its name, a subclass of it is not."""

    class OwnError(Exception):
        """Declared."""

    class Derived(OwnError):
        """Not declared."""

    made = Client("mytool", version="1", endpoint="https://c.example", plan=Plan(errors=[OwnError]), environ={})
    assert (made.name_of(OwnError()), made.name_of(Derived()), made.name_of(OSError())) == (
        "OwnError",
        "other",
        "OSError",
    )


def test_an_inner_invocation_is_part_of_the_outer_one(install):
    """A program that calls another instrumented one, or itself, is one run."""
    with install.client.invocation("test") as outer:
        outer.command = "db"
        outer.begin()
        install.run("db migrate")
        assert install.client.current is outer
    assert [line[4] for line in lines(install)] == ["db", "db"]
    assert install.client.current is None


def test_each_thread_has_its_own_run(install):
    """Runs in two threads at once do not become part of each other."""
    barrier = threading.Barrier(2)

    def work(command):
        with install.client.invocation("test") as run:
            run.command = command
            barrier.wait(10)
            run.begin()
            assert install.client.current is run
            barrier.wait(10)

    threads = [threading.Thread(target=work, args=(command,)) for command in ("db", "(main)")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(line[4] for line in lines(install)) == ["(main)", "(main)", "db", "db"]
    install.send()
    assert sum(install.collector.runs.values()) == 2


def test_a_run_without_a_command_is_none(install):
    """Where nothing was known to run, nothing is written."""
    with install.client.invocation("test"):
        pass
    assert not install.folder.exists()


@pytest.mark.statement(21)
@pytest.mark.privacy
def test_off_during_a_run_is_heeded_at_its_end(install):
    """Statement 21: when the user says off while a command runs, its end line is not written."""
    from footfall import _project

    with install.client.invocation("test") as run:
        run.command = "db"
        run.begin()
        _project.refuse(install.folder, install.clock.day)
    assert install.files == {"consent"}


@pytest.mark.statement(21)
@pytest.mark.privacy
@pytest.mark.parametrize("whose", ["tool", "machine"])
def test_off_before_the_first_line_is_heeded(install, monkeypatch, whose):
    """Statement 21: when the user says off while a program waits for a parameter, it writes nothing."""
    if whose == "machine":  # which is looked at where it has waited for longer than a decision holds
        monkeypatch.setattr(_spool, "FRESH_SECONDS", 0.0)
    else:
        monkeypatch.setattr(_spool, "FRESH_SECONDS", 3600.0)
    with install.client.invocation("test") as run:
        place = install.folder if whose == "tool" else install.folder.parent
        place.mkdir(parents=True, exist_ok=True)
        (place / "consent").write_text(f"off {install.clock.day}\n", "utf-8")
        run.command = "db"
        run.begin()
    assert install.files <= {"consent"}


def test_a_decision_made_long_before_the_first_line_is_made_anew(install):
    """A run decides when it opens; if its first line comes much later, it decides once more, and else it does not."""
    decide, decided = install.client.decide, []
    install.client.decide = lambda: decided.append(1) or decide()
    for waits, times in ((0.0, 1), (2 * _spool.FRESH_SECONDS, 2)):
        decided.clear()
        with install.client.invocation("test") as run:
            run._began -= waits
            run.command = "db"
            run.begin()
        assert len(decided) == times


def test_a_run_that_is_off_or_a_part_of_another_need_not_be_looked_at(install):
    """Adapters see whether anything is made of what they tell; where it is not, they may tell it nevertheless."""
    with install.client.invocation("test") as run, install.client.invocation("test") as inner:
        assert (run.is_recorded, inner.is_recorded) == (True, False)
        inner.command = "inner"
        inner.begin()
        inner.end()
    install.environ["MYTOOL_TELEMETRY"] = "off"
    before = install.files
    with install.client.invocation("test") as run:
        assert not run.is_recorded
        run.command, run.flags, run.outcome, run.kind, run.followed = "db", ["--x"], "ok", "", run
        run.begin()
        run.declare("db", ["--x"])
        run.end()
        run.discard()
    assert install.files == before


@pytest.mark.statement(2)
@pytest.mark.privacy
@pytest.mark.parametrize("word", ["off", "0", "perhaps"])
def test_nothing_is_written_when_off(install, word):
    """Statement 2: while off, a run, an event and a count leave no file, not even a folder."""
    install.environ["MYTOOL_TELEMETRY"] = word
    install.client.plan = Plan([EventType("a.b")])
    install.run()
    install.client.record("a.b")
    install.client.count("a.b")
    assert not Path(install.client.home).exists()


FORKS = """
import os, sys
from footfall import Client
client = Client("mytool", version="1.4.2", endpoint="http://127.0.0.1:9", home=sys.argv[1],
                environ={"MYTOOL_TELEMETRY": "1", "FOOTFALL_SENDER": "1"})
with client.invocation("test") as run:
    run.command = "(main)"
    run.begin()
    child = os.fork()
    if child and sys.argv[2] == "wait":
        os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")
@pytest.mark.parametrize("order", ["wait", "go"])
def test_a_forked_child_is_part_of_its_parents_run(new_install, order):
    """A program that forks and unwinds twice is one run with one end."""
    install = new_install()
    environ = {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", FORKS, install.client.home, order], env=environ, check=True)
    assert [line[0] for line in lines(install)] == ["S", "E"]


def _read_only(home):
    home.mkdir(parents=True)
    home.chmod(0o500)


def _file_in_the_way(home):
    home.parent.mkdir(parents=True, exist_ok=True)
    home.write_text("")


def _spool_is_a_file(home):
    (home / "mytool").mkdir(parents=True)
    (home / "mytool" / "spool").write_text("")


def _day_is_a_folder(home):
    (home / "mytool" / "spool" / "2026-11-18.log").mkdir(parents=True)


def _day_is_a_pipe(home):
    (home / "mytool" / "spool").mkdir(parents=True)
    os.mkfifo(home / "mytool" / "spool" / "2026-11-18.log")


def _day_is_a_loop(home):
    (home / "mytool" / "spool").mkdir(parents=True)
    (home / "mytool" / "spool" / "2026-11-18.log").symlink_to("2026-11-18.log")


@pytest.mark.statement(53)
@pytest.mark.privacy
@pytest.mark.skipif(os.name != "posix", reason="the ways to break a folder are POSIX's")
@pytest.mark.parametrize(
    "spoil", [_read_only, _file_in_the_way, _spool_is_a_file, _day_is_a_folder, _day_is_a_pipe, _day_is_a_loop]
)
def test_a_state_folder_that_cannot_be_used_changes_nothing(install, spoil, capsys):
    """Statement 53: whatever stands in the way of writing, the program's own end is what its user sees."""
    spoil(Path(install.client.home))
    install.run()
    error = ValueError("the program's own")
    install.run(error=error)
    assert capsys.readouterr() == ("", "")


@pytest.mark.statement(54)
def test_a_full_day_takes_no_more_and_says_so(install):
    """Statement 54: beyond its cap a day's file does not grow, and what was dropped is counted."""
    install.run()
    log = install.folder / "spool" / "2026-11-18.log"
    with log.open("ab") as file:
        file.truncate(_spool.SPOOL_MAX_BYTES - 10)
    for _ in range(3):
        install.run()
    assert log.stat().st_size == _spool.SPOOL_MAX_BYTES - 10
    assert (install.folder / "spool" / "dropped").stat().st_size == 6


@pytest.mark.parametrize(
    "name", ["a\tb", "a\nb", "a,b", "", "x" * 121, "\x1b[0m", "\udcff"]
)  # what cannot stand in a line
def test_a_name_that_cannot_stand_in_a_line_is_other(install, name):
    """A command or flag whose name would be read as several leaves as other, and breaks no line."""
    install.run(name, flags=[name])
    assert [line[4:6] for line in lines(install)] == [["other", "other"]] * 2


def test_one_process_takes_the_days_token(install):
    """The token of a day is taken once; the next day has its own."""
    install.run()
    folder = str(install.folder)
    assert not _spool.take_token(folder, "2026-11-18")
    assert _spool.take_token(folder, "2026-11-19")
    assert not _spool.take_token(folder, "2026-11-19")


@pytest.mark.parametrize(
    "settings",
    [
        {"project": "My Tool"},
        {"project": ""},
        {"project": "x" * 65},
        {"project": "-x"},
        {"project": "../x"},
        {"project": "x/y"},
        {"endpoint": "http://usage.example.org"},
        {"consent": "always"},
        {"delay": "next-week"},
        {"plan": 3},
        {"plan": [EventType("a.b")]},
    ],
)
def test_settings_that_cannot_be_used_are_refused_when_they_are_written(settings):
    """An author learns at once which setting cannot be used."""
    found = {"project": "mytool", "version": "1", "endpoint": "https://c.example", "environ": {}, **settings}
    with pytest.raises(PlanError, match=next(iter(settings))):
        Client(found.pop("project"), **found)


@pytest.mark.parametrize("slip", ["http://usage.example.org", "nonsense", "ftp://x"])
def test_an_operators_slip_in_the_environment_sends_nothing_and_breaks_nothing(slip):
    """FOOTFALL_ENDPOINT that cannot be used leaves the program alone, and sends nowhere."""
    made = Client("mytool", version="1", endpoint="https://c.example", environ={"FOOTFALL_ENDPOINT": slip})
    assert made.endpoint == ""


class Hostile:
    """Raises whatever is done with it."""

    def _raise(self, *_):
        raise RuntimeError("jane")

    __eq__ = __hash__ = __str__ = __repr__ = __bool__ = __index__ = __add__ = __radd__ = __gt__ = _raise


@pytest.mark.parametrize("n", [0, -1, 1.5, "many", None, Hostile()])
@pytest.mark.parametrize("event", ["a.b", "not.declared", Hostile(), None, []])
def test_recording_never_raises(install, event, n):
    """Whatever an author's code passes to record and count, the program goes on."""
    install.client.plan = Plan([EventType("a.b")])
    install.client.record(event, field=n)
    install.client.count(event, n)
    install.run()
    install.send()
    assert not any(b"jane" in body for body in install.collector.bodies)


@pytest.mark.parametrize("months", [0, -1, 2.5, "25", None, True])
def test_months_of_retention_are_a_whole_number(months):
    """Anything but a whole number of months, at least 1, is refused at once."""
    with pytest.raises(PlanError, match=r"retention_months .*: a whole number of months, at least 1"):
        Client("mytool", version="1", endpoint=None, retention_months=months)
