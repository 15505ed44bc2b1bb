"""Notebook sessions through the client: what is written for each cell, and what is told of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from footfall import Client, EventType, Plan, PlanError, _consent, overview, wire
from footfall._spool import ENDS_BYTES, SPOOL_MAX_BYTES
from footfall.vocabulary import Notebook, Vocabulary

NOBODY = frozenset()


@pytest.fixture
def install(new_install):
    """An install whose client is used in a notebook, and whose user has said on."""
    made = new_install(plan=Plan([EventType("model.loaded")]))
    made.client.commands = None
    made.client.in_notebooks(["json", "absent_module"])
    agree(made)
    return made


def agree(install):
    """Let the user have said on."""
    install.answer("on 2026-11-18 1 http://127.0.0.1:9 25\n")


@pytest.fixture
def session(install):
    """Its session."""
    return install.client.session("lab", "notebook")


def run(session, error=None, magics=()):
    """One cell, from begin to end."""
    cell = session.begin()
    cell.magics.update(magics)
    cell.end(error)


def told(install, name, alive=NOBODY):
    """A list of the parts that a sender gives now, as (words..., n), summed up by day."""
    install.send(alive=alive)
    cells = [cell for part in install.collector.of("notebook.session") for cell in part.get(name, ())]
    return sorted((*(str(cell[word]) for word in wire.words_of("notebook.session", name)), cell["n"]) for cell in cells)


def test_a_session_is_told_with_all_it_said(install, session):
    """Sessions, frontend, outcomes, kinds, magics, modules, and, once it is over, its length and size."""
    run(session, magics=["timeit", "matplotlib"])
    run(session, ValueError("secret"), magics=["timeit", "users_own"])
    run(session, KeyboardInterrupt())
    install.send(alive=NOBODY)
    (part,) = install.collector.of("notebook.session")
    counts = {
        name: [{k: v for k, v in c.items() if k != "first_in_week"} for c in part[name]]
        for name in part
        if isinstance(part[name], list)
    }
    assert counts == {
        "sessions": [{"n": 1}],
        "frontends": [{"frontend": "lab", "n": 1}],
        "cells": [{"outcome": "aborted", "n": 1}, {"outcome": "error", "n": 1}, {"outcome": "ok", "n": 1}],
        "errors": [{"kind": "ValueError", "n": 1}],
        "magics": [{"magic": "matplotlib", "n": 1}, {"magic": "other", "n": 1}, {"magic": "timeit", "n": 2}],
        "cell_durations": [{"bucket": "<0.1s", "n": 3}],
        "session_durations": [{"bucket": "<1min", "n": 1}],
        "session_sizes": [{"bucket": "1-9", "n": 1}],
        "modules": [{"module": "json", "n": 1}],
    }
    about = {row["field"]: row["value"] for row in install.collector.of("environment")[0]["rows"]}
    assert about["surface"] == "notebook"
    assert not install.collector.of("cli.command")


def test_a_session_that_goes_on_is_counted_once(install, session):
    """While its process lives, cells are told as they come, the session once, its size when it is over."""
    run(session)
    assert told(install, "sessions", alive={os.getpid()}) == [(1,)]
    install.clock.forward(1)
    run(session)
    assert told(install, "cells", alive={os.getpid()}) == [("ok", 1), ("ok", 1)]
    assert told(install, "session_sizes", alive={os.getpid()}) == []
    install.clock.forward(1)
    assert told(install, "session_sizes") == [("1-9", 1)]
    assert told(install, "sessions") == [(1,)]


def test_a_session_of_two_weeks_is_in_use_in_both(install, session):
    """A kernel that is used in two ISO weeks is one session in each, and its install is active in each."""
    run(session)
    install.send(alive={os.getpid()})
    install.clock.forward(7)
    run(session)
    install.send(alive={os.getpid()})
    flags = [part["sessions"][0] for part in install.collector.of("notebook.session")]
    assert flags == [{"n": 1, "first_in_week": True}] * 2


def test_cells_at_once_count_each(install, session):
    """Two cells that run at the same time, as in subshells, are two; the end of one is not the other's."""
    one, two = session.begin(), session.begin()
    one.end()
    two.end(ValueError())
    assert told(install, "cells") == [("error", 1), ("ok", 1)]


def test_a_cell_that_takes_the_process_with_it_is_killed(install, session):
    """What had ended is counted as it ended, the cell that ran as killed, and both make the session's size."""
    run(session)
    session.begin()
    assert told(install, "cells") == [("killed", 1), ("ok", 1)]
    assert told(install, "session_sizes") == [("1-9", 1)]


def test_a_late_end_of_a_killed_cell_does_not_count_again(install, session):
    """If the process was only thought to be gone, the killed cell is not counted twice; later ones are."""
    cell = session.begin()
    install.send(alive=NOBODY)
    cell.end()
    run(session)
    assert told(install, "cells") == [("killed", 1), ("ok", 1)]
    assert told(install, "sessions") == [(1,)]


def test_a_session_that_counts_as_over_is_not_counted_anew(install, session):
    """If the process was only thought to be gone, its cells of a later week are told, and not as of a new session."""
    run(session)
    install.send(alive=NOBODY)
    install.clock.forward(7)
    run(session)
    assert told(install, "cells") == [("ok", 1), ("ok", 1)]
    assert told(install, "sessions") == [(1,)]
    assert told(install, "session_sizes") == [("1-9", 1)]


@pytest.mark.statement(7)
@pytest.mark.privacy
def test_what_was_recorded_for_the_user_alone_is_not_told_later(install, session):
    """Statement 7: from local to on, a session is told from the on only; of what was before, not even the size."""
    overview.local(install.client)
    run(session)
    session.begin()
    overview.on(install.client)
    run(session)
    assert told(install, "cells") == [("ok", 1)]
    assert told(install, "sessions") == [(1,)]
    assert told(install, "session_sizes") == [("1-9", 1)]


def test_a_line_holds_so_many_magics(install, session):
    """Of a cell that uses every magic there is, twenty are told: a line has to stay short."""
    run(session, magics=wire.MAGICS)
    assert len(told(install, "magics")) == 20


def test_ends_find_room_when_the_spool_is_full(install, session):
    """The end of a cell that began in time is written, so that it does not count as killed."""
    cell = session.begin()
    with (install.folder / "spool" / "2026-11-18.log").open("ab") as file:
        file.write(b"\n" * (SPOOL_MAX_BYTES - ENDS_BYTES))
    cell.end()
    run(session)  # its begin is dropped, its end is not
    assert told(install, "cells") == [("ok", 2)]


def test_exits_are_told_apart(install, session):
    """A cell that leaves by SystemExit ended well with 0 or nothing, else as exit."""
    for code in (None, 0, 3):
        run(session, SystemExit(code))
    assert told(install, "cells") == [("exit", 1), ("ok", 2)]


@pytest.mark.statement(21)
@pytest.mark.privacy
def test_off_in_a_cell_leaves_nothing_of_it(install, session):
    """Statement 21: after off, said in a cell or elsewhere, the running session writes nothing more."""
    run(session)
    cell = session.begin()
    overview.off(install.client)
    cell.end(ValueError())
    run(session)
    assert install.files == {"consent"}


@pytest.mark.statement(20)
@pytest.mark.privacy
def test_on_after_off_is_a_new_session(install, session):
    """Statement 20: nothing of before is told, and what is recorded after it is a session of its own."""
    run(session)
    overview.off(install.client)
    overview.on(install.client)
    run(session)
    assert told(install, "sessions") == [(1,)]
    assert told(install, "cells") == [("ok", 1)]


@pytest.mark.statement(7)
@pytest.mark.privacy
def test_a_cell_from_before_the_yes_is_not_counted(install, session):
    """Statement 7: a cell that had begun before off and on again were said is not told of, however it ends."""
    cell = session.begin()
    overview.off(install.client)
    overview.on(install.client)
    cell.end()
    assert told(install, "cells") == []
    run(session)
    assert told(install, "cells") == [("ok", 1)]


def test_on_said_twice_keeps_the_session_and_the_day(install, session):
    """A yes that held already changes nothing: what waits of earlier days stays, the session goes on."""
    overview.on(install.client)
    run(session)
    install.clock.forward(1)
    overview.on(install.client)
    run(session)
    assert told(install, "sessions") == [(1,)]
    assert told(install, "cells") == [("ok", 1), ("ok", 1)]


@pytest.mark.statement(13)
@pytest.mark.privacy
@pytest.mark.parametrize("switch", [{"DO_NOT_TRACK": "1"}, {"FOOTFALL": "off"}, {"MYTOOL_TELEMETRY": "0"}])
def test_a_switch_that_is_set_in_a_cell_is_heard_at_its_end(install, session, switch):
    """Statement 13: a cell that sets DO_NOT_TRACK or another switch to off is not told of, nor is one after it."""
    cell = session.begin()
    install.environ.update(switch)
    before = (install.folder / "spool" / "2026-11-18.log").read_text()
    cell.end()
    run(session)
    assert (install.folder / "spool" / "2026-11-18.log").read_text() == before


def test_a_switch_that_lowers_begins_no_new_session(install, session):
    """Going on for the user only, by a switch, is the same session."""
    run(session)
    install.environ["FOOTFALL"] = "local"
    run(session)
    del install.environ["FOOTFALL"]
    assert told(install, "sessions") == [(1,)]


@pytest.mark.statement(2, 13)
@pytest.mark.privacy
@pytest.mark.parametrize("switch", [{"DO_NOT_TRACK": "1"}, {"MYTOOL_TELEMETRY": "off"}, {"MYTOOL_TELEMETRY": ""}])
def test_off_or_undecided_writes_nothing(install, session, switch):
    """Statements 2 and 13: without a yes, or with any no, cells leave no file."""
    install.environ.update({**switch, "CI": "1"})
    run(session)
    assert install.files == {"agreed.json", "consent"}


@pytest.mark.statement(12)
@pytest.mark.privacy
def test_a_yes_to_commands_is_none_to_notebooks(new_install, monkeypatch):
    """Statement 12: a project's commands and its notebooks have each a state and a yes of their own."""
    monkeypatch.setattr(_consent, "restriction", lambda environ: "")  # root and CI are of no interest here
    program = new_install(environ={})
    overview.on(program.client)
    library = Client("mytool", version="1.4.2", endpoint="http://127.0.0.1:9", home=program.client.home, environ={})
    library.in_notebooks()
    assert (program.client.decide().rule, library.decide().rule) == (10, 11)
    overview.local(library)
    assert (program.client.decide().mode, library.decide().mode) == ("on", "local")
    overview.off(library)
    assert (program.client.decide().mode, library.decide().mode) == ("on", "off")
    assert [path.name for path in Path(library.folder).iterdir()] == ["consent"]


@pytest.mark.privacy
def test_the_environment_is_nobodys_yes_in_a_notebook(install, session):
    """Rule 9: a switch that an operator can set for everybody lifts rule 8, and each user's own yes is needed."""
    for name in ("agreed.json", "consent"):
        (install.folder / name).unlink()
    assert (install.environ["MYTOOL_TELEMETRY"], install.client.decide().rule) == ("1", 11)
    run(session)
    assert install.files == set()


def test_a_client_is_for_a_program_or_for_notebooks(new_install):
    """A client that counts commands cannot count sessions too, and says so to its author."""
    program = new_install()
    with pytest.raises(PlanError, match="a Client of their own"):
        program.client.in_notebooks()


def test_a_shipped_plan_of_notebooks_has_all_the_words(new_install, tmp_path):
    """Sessions leave by the words of the plan file and no others; a file that counts no notebooks is refused."""
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(Vocabulary("mytool", "1", notebook=Notebook(())).document()))
    install = new_install(plan_file=path)
    install.client.commands = None
    session = install.client.session("lab", "notebook")
    overview.on(install.client)
    run(session)
    assert told(install, "cells") == [("ok", 1)]
    path.write_text(json.dumps(Vocabulary("mytool", "1", {"db": []}).document()))
    with pytest.raises(PlanError, match="counts no notebooks"):
        overview.on(install.client)


@pytest.mark.statement(7)
@pytest.mark.privacy
def test_counts_from_before_the_yes_are_told_to_nobody(install, session):
    """Statement 7: what was counted in a cell that was not, or before off and on again, is dropped."""
    overview.off(install.client)
    cell = session.begin()
    install.client.count("model.loaded", 7)
    overview.on(install.client)
    cell.end()
    cell = session.begin()
    install.client.count("model.loaded", 3)
    overview.off(install.client)
    overview.on(install.client)
    cell.end()
    run(session)
    install.send(alive=NOBODY)
    assert install.collector.of("model.loaded") == []


def test_counts_of_threads_add_up(install, session):
    """Four threads that count at once lose nothing."""
    cell = session.begin()
    threads = [
        threading.Thread(target=lambda: [install.client.count("model.loaded") for _ in range(2000)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cell.end()
    install.send(alive=NOBODY)
    assert sum(part["n"] for part in install.collector.of("model.loaded")) == 8000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_does_not_tell_its_parents_counts(install, session):
    """What waits when a worker is forked is told once, by the parent; what the worker counts is its own."""
    cell = session.begin()
    install.client.count("model.loaded", 10)
    child = os.fork()
    if child == 0:
        install.client.count("model.loaded")
        os._exit(0)
    os.waitpid(child, 0)
    cell.end()
    install.send(alive=NOBODY)
    assert sum(part["n"] for part in install.collector.of("model.loaded")) == 11


@pytest.mark.statement(42)
@pytest.mark.privacy
def test_without_a_notebook_in_the_plan_no_session_leaves(install, session):
    """Statement 42: sessions of a program whose plan has no notebooks are refused at the gate."""
    run(session)
    install.sender()
    path = install.folder / "plan.json"
    plan = json.loads(path.read_text())
    del plan["notebook"]
    path.write_text(json.dumps(plan))
    install.send(alive=NOBODY)
    assert not install.collector.of("notebook.session")


@pytest.mark.statement(42)
@pytest.mark.privacy
def test_planted_words_leave_as_other_or_not_at_all(install, session):
    """Statement 42: lines written by hand cannot make a word leave that is not of the closed lists."""
    run(session)
    day, process = install.clock.day, os.getpid()
    install.line("B", day, f"{process}.ab", "canary")
    install.line("C", day, f"{process}.ab", "canary", "canary", "canary", "canary", "nan", "canary,time", "canary,json")
    install.line("C", "canary", f"{process}.ab", *["canary"] * 7)
    install.send(alive=NOBODY)
    assert b"canary" not in b"".join(install.collector.bodies)
    assert told(install, "frontends") == [("lab", 1), ("other", 1)]


def test_counts_in_a_cell_are_written_with_its_end(install, session):
    """``client.count`` in a cell adds up and is one line at its end; outside of one the first is written at once."""
    cell = session.begin()
    for _ in range(50):
        install.client.count("model.loaded")
    text = (install.folder / "spool" / "2026-11-18.log").read_text()
    cell.end()
    install.client.count("model.loaded")
    assert text.count("model.loaded") <= 1
    assert (install.folder / "spool" / "2026-11-18.log").read_text().count("model.loaded") <= 3
    install.send(alive=NOBODY)
    assert install.collector.of("model.loaded")[0]["n"] == 51


def test_counts_of_a_cell_that_does_not_end_are_written_all_the_same(install, session):
    """A cell that serves for hours, say: what it counts is written once its window is over, and it counts on."""
    session.begin()
    install.client.count("model.loaded", 3)
    install.client.counting().until = install.client.counting()._look_at = 0.0
    install.client.count("model.loaded", 2)
    install.send(alive={os.getpid()})
    assert install.collector.of("model.loaded")[0]["n"] == 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_no_part_in_it(install, session):
    """What a forked worker begins and ends is not counted, and the cell it was forked in ends once."""
    cell = session.begin()
    child = os.fork()
    if child == 0:
        run(session)
        cell.end(ValueError())
        os._exit(0)
    os.waitpid(child, 0)
    cell.end()
    assert told(install, "cells") == [("ok", 1)]


def test_a_client_without_a_collector_is_for_the_users_eyes(new_install):
    """With no endpoint at all cells are recorded and previewed, and nothing can leave."""
    install = new_install(endpoint=None)
    install.client.commands = None
    session = install.client.session("console", "terminal")
    overview.on(install.client)
    run(session)
    decision = install.client.decide()
    assert (decision.mode, decision.rule) == ("local", 5)
    assert install.send(alive=NOBODY) == []
    assert any('"notebook.session"' in line for line in overview.preview(install.client).lines)
    assert (install.folder / "consent").read_text() == "on 2026-11-18 1 - 25\n"


def test_the_example_is_a_sessions(new_install):
    """Before anything is recorded, preview shows what one cell in one notebook would send."""
    install = new_install()
    install.client.commands = None
    install.client.session("lab", "notebook")
    install.environ["DO_NOT_TRACK"] = "1"
    found = overview.preview(install.client)
    parts = {json.loads(line)["part"] for line in found.lines}
    assert (found.is_example, parts) == (True, {"activity", "environment", "notebook.session"})


@pytest.mark.skipif(os.name != "posix", reason="POSIX only")
def test_a_detached_process_is_nobodys_child(tmp_path):
    """A detached process is no child of the one that starts it, and outlives the shell between."""
    starts = (
        "import os, sys; from footfall import _system\n"
        "_system.spawn_detached(sys.argv[1:], os.environ)\n"
        "try:\n    os.waitpid(-1, os.WNOHANG)\nexcept ChildProcessError:\n    print('no child', os.getpid())"
    )
    up = tmp_path / "up"
    tells = f"import os; from pathlib import Path; Path({str(up)!r}).write_text(f'{{os.getppid()}}\\n')"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", starts, sys.executable, "-c", tells]
    out = subprocess.run(command, capture_output=True, text=True, check=True, env=environ).stdout
    assert out.startswith("no child ")
    deadline = time.monotonic() + 30
    while not (up.exists() and up.read_text().endswith("\n")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert up.read_text().strip() != out.split()[-1]


@pytest.mark.privacy
@pytest.mark.statement(12)
def test_no_project_has_the_name_of_anothers_notebooks():
    """A yes to a program's notebooks is none to a program that is named like their folder: there can be no such one."""
    with pytest.raises(PlanError, match=r"\.notebook"):
        Client("mytool.notebook", version="1.0", endpoint=None)
