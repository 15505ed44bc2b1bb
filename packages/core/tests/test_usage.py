"""The user's own statistics: what they count, from where, and that looking changes nothing."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from footfall import Choice, EventType, FootfallError, Plan, _chart, _usage, overview
from footfall._chart import Screen
from footfall._usage import CommandUse, Usage
from footfall.transport import Outcome

PARENT = f"{os.getpid()}.abc"
COMMANDS = ("(main)", "db", "db migrate")
STEPS = st.lists(
    st.one_of(
        st.sampled_from(COMMANDS),
        st.sampled_from(["next day", "sent", "down", "refused", "answers lost", "looked at"]),
    ),
    max_size=30,
)
ANSWERS = {
    "sent": [],
    "down": [Outcome.RETRY] * 9,
    "refused": [(Outcome.REJECTED, "unknown-value")] * 9,
    "answers lost": ["lost answer"] * 9,
}


def tree(folder):
    """Everything in a folder, with contents and times of change."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(Path(folder).rglob("*"))
    }


@given(steps=STEPS)
@settings(max_examples=40)
def test_every_run_is_counted_once_wherever_it_is(steps, install_class):
    """Runs in the spool, in the state, in the outbox and in the ledger add up to what was run, whatever was sent."""
    with tempfile.TemporaryDirectory() as home:
        install, expected, days = install_class(Path(home) / "state"), Counter(), Counter()
        for step in steps:
            if step in COMMANDS:
                install.run(step)
                expected[step] += 1
                days[install.clock.day] += 1
            elif step == "next day" and len(days) < 20:
                install.clock.forward(1)
            elif step == "looked at":
                overview.preview(install.client)
            elif step in ANSWERS:
                install.collector.answers = list(ANSWERS[step])
                install.send()
        found = overview.stats(install.client)
        assert {use.command: use.runs for use in found.commands} == expected
        assert dict(found.days) == dict(sorted(days.items()))
        assert found.is_empty == (not expected)


def test_looking_changes_nothing(install):
    """Statistics read the folder and leave it as it is: no file more, none less, none written."""
    install.run()
    before = tree(install.folder)
    assert overview.stats(install.client).days == {"2026-11-18": 1}
    install.send()
    install.run()
    between = tree(install.folder)
    assert overview.stats(install.client).days == {"2026-11-18": 2}
    assert tree(install.folder) == between != before


def test_nothing_is_made_for_a_tool_that_never_ran(install):
    """Where nothing is kept, nothing is known, and no folder is made by asking."""
    assert overview.stats(install.client) == Usage("mytool")
    assert not Path(install.client.home).exists()


def test_failures_options_errors_and_durations(install):
    """A command's failures are what ended neither well nor by Ctrl-C; options and kinds of errors are counted."""
    install.run("db migrate", flags=["--dry-run"])
    install.run("db migrate", flags=["--dry-run", "--verbose"])
    for error in (ValueError("jane"), KeyboardInterrupt(), SystemExit(3)):
        install.run("db migrate", error=error)
    found = overview.stats(install.client)
    assert found.commands == (CommandUse("db migrate", 5, 2, "<0.1s", {"--dry-run": 2, "--verbose": 1}),)
    assert found.errors == {"ValueError": 1}


def test_the_usual_duration_is_that_of_the_middle_run(install):
    """Half of the runs took no longer than the usual duration."""
    for number, seconds in enumerate(("0.05", "0.05", "5", "5", "5")):
        day, run = install.clock.day, f"{PARENT}{number}"
        install.line("E", day, run, "1.4.2", "db", "-", "ok", "-", seconds)
    assert overview.stats(install.client).commands[0].usual_duration == "3-10s"


def test_what_is_recorded_for_the_user_only_is_counted(install):
    """In local mode, in which nothing is sealed, days are counted as long as they are kept: 45 days."""
    install.environ["MYTOOL_TELEMETRY"] = "1"
    overview.local(install.client)
    for _ in range(50):
        install.run()
        install.send()
        install.clock.forward(1)
    found = overview.stats(install.client)
    assert len(found.days) == 45
    assert install.collector.bodies == []
    assert "lost" not in overview.status(install.client).text, "nothing of it was to be sent"


def test_what_was_recorded_before_the_answer_is_not_counted(install):
    """Runs of days before the user agreed, which never leave, are not shown to them as counted either."""
    install.run()
    install.clock.forward(2)
    (install.folder / "consent").write_text(f"on {install.clock.day} 1 http://127.0.0.1:9 25\n")
    install.run()
    assert dict(overview.stats(install.client).days) == {"2026-11-20": 1}


def test_notebooks_are_counted_by_cell(install):
    """Sessions, cells, failures and magics of notebooks are counted, from the spool and from what was sent."""
    install.client.commands = None
    install.client.in_notebooks()
    overview.on(install.client)
    folder, day = Path(install.client.folder), install.clock.day
    spool = folder / "spool" / f"{day}.log"
    cells = [("ok", "-", "time"), ("error", "ValueError", "time,cd"), ("aborted", "KeyboardInterrupt", "-")]
    lines = [
        line
        for outcome, kind, magics in cells
        for line in (("B", day, PARENT, "lab"), ("C", day, PARENT, "lab", outcome, kind, "0.2", "9", magics, "-"))
    ]
    spool.write_text("".join("\n" + "\t".join(line) + "\n" for line in lines))
    expected = (1, 3, 1, {"time": 2, "cd": 1}, {"KeyboardInterrupt": 1, "ValueError": 1}, {day: 3})
    for _ in range(2):
        found = overview.stats(install.client)
        shown = (found.sessions, found.cells, found.failed_cells, found.magics, found.errors, found.days)
        assert shown == expected
        install.send()
    assert install.collector.of("notebook.session")


def test_own_events_are_counted(new_install):
    """Events of the tool's own are counted by name, from the spool and from what was sent."""
    events = [EventType("cache.hit", {}, why="to see"), EventType("a.b", {"x": Choice("y")}, why="to see")]
    install = new_install(plan=Plan(events))
    for _ in range(2):
        install.client.count("cache.hit", 3)
        install.client.record("a.b", x="y")
        install.run()
        install.send()
    assert overview.stats(install.client).events == {"cache.hit": 6, "a.b": 2}


def test_a_removed_state_counts_nothing_twice(install):
    """Where somebody has removed the state, what was sent is told once, as the next sender tells it."""
    install.run()
    install.send()
    before = overview.stats(install.client)
    (install.folder / "state.json").unlink()
    assert overview.stats(install.client) == before


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cursors": 1}'])
def test_a_corrupt_state_leaves_what_was_sent(install, content):
    """A state file that cannot be read is left where it is; what was sent is still counted."""
    install.run()
    install.send()
    (install.folder / "state.json").write_text(content)
    before = tree(install.folder)
    assert overview.stats(install.client).days == {"2026-11-18": 1}
    assert tree(install.folder) == before


def test_a_part_edited_by_hand_is_not_counted(install):
    """What is no part of ours, in the ledger, is passed over."""
    install.run()
    install.send()
    for path in overview.sent_paths(install.folder):
        path.write_bytes(b"\xff{" if "activity" in path.name else b'{"n": "many"}')
    assert overview.stats(install.client).is_empty


def test_a_batch_that_nobody_took_over_counts_once(install, monkeypatch):
    """Where a sender died just after it had sealed a day, that day is counted by its parts only."""
    install.run()
    monkeypatch.setattr("footfall.outbox.recover", lambda folder: None)  # as if it had ended there
    install.collector.answers = [Outcome.RETRY] * 9
    install.send()
    assert list(install.folder.glob("outbox/*/next-state.json"))
    (install.folder / "state.json").unlink()
    assert overview.stats(install.client).days == {"2026-11-18": 1}


def test_a_sender_at_work_is_waited_for_not_for_ever(install, monkeypatch):
    """While a sender moves parts, statistics wait for it, and say so when it does not end."""
    monkeypatch.setattr("footfall._project.LOCK_WAIT_SECONDS", 0.1)
    install.run()
    code = "import sys, fcntl; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); input()"
    command = [sys.executable, "-c", code, str(install.folder / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(FootfallError, match="a sender is at work"):
            overview.stats(install.client)
        holder.communicate(b"\n")
    assert overview.stats(install.client).days == {"2026-11-18": 1}


NAMES = st.text("abcdefgh -ä", min_size=1, max_size=60).filter(str.strip)
USES = st.builds(
    CommandUse, NAMES, st.integers(1, 10**6), st.integers(0, 99), st.sampled_from(["", "<0.1s", "100-1000s"]),
    st.dictionaries(NAMES, st.integers(1, 99), max_size=3),
)  # fmt: skip
USAGES = st.builds(
    Usage, st.just("mytool"), st.dictionaries(st.dates().map(str), st.integers(1, 999), min_size=1, max_size=9),
    st.lists(USES, max_size=25).map(tuple), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9),
    st.dictionaries(NAMES, st.integers(1, 99), max_size=9),
)  # fmt: skip


LONG = CommandUse("a" * 60, 10**6, 10**3, "100-1000s", {"--" + "b" * 80: 1})


@example(Usage("mytool", {"2026-11-18": 1}, (LONG,)), 60, False)
@example(Usage("mytool", {"2026-11-18": 1}, (LONG,)), 40, True)
@given(usage=USAGES, width=st.sampled_from([40, 59, 60, 80, 132]), blocks=st.booleans())
def test_the_chart_fits_its_screen(usage, width, blocks):
    """No line is wider than the screen, whatever the names; without blocks, all of it is ASCII but the names."""
    shown = list(_chart.lines(usage, Screen(width, blocks)))
    assert max(map(len, shown)) <= width
    if not blocks:
        assert "\n".join(shown).replace("ä", "a").isascii()


def test_the_chart_of_a_tool():
    """The chart, as read by a person: most used first, the longest bar the first one's, nothing is left out."""
    uses = (CommandUse("db migrate", 40, 2, "0.1-0.3s", {"--dry-run": 9}), CommandUse("db", 1, 0, "", {}))
    usage = Usage("mytool", {"2026-11-16": 1, "2026-11-18": 40}, uses, errors={"ValueError": 2})
    assert list(_chart.lines(usage, Screen(60))) == [
        "mytool: your own use",
        "  command     runs                     failed  usually takes",
        "  db migrate    40  █████████████████       2  0.1-0.3s",
        "  db             1  ▍                       -  -",
        "  days       2 with use, 2026-11-16 to 2026-11-18",
        "  by day     ▁·█",
        "  options    db migrate: --dry-run 9",
        "  errors     ValueError 2",
        "  kept       on this computer: what a sender has read for 28",
        "             days, anything else for 45",
    ]
    assert list(_chart.lines(usage, Screen(40, has_blocks=False)))[:7] == [
        "mytool: your own use",
        "  command     runs",
        "  db migrate    40  ####################",
        "    2 failed, usually 0.1-0.3s",
        "  db             1  #",
        "    none failed, usually unknown",
        "  days       2 with use, 2026-11-16 to",
    ]


@pytest.mark.parametrize(
    ("environ", "is_terminal", "encoding", "blocks", "colours"),
    [
        ({}, True, "utf-8", True, os.name != "nt"),
        ({"NO_COLOR": "1"}, True, "utf-8", True, False),
        ({"NO_COLOR": ""}, True, "utf-8", True, os.name != "nt"),
        ({"TERM": "dumb"}, True, "utf-8", False, False),
        ({}, False, "utf-8", True, False),
        ({}, True, "ascii", False, os.name != "nt"),
        ({}, True, "cp1252", False, os.name != "nt"),
        ({}, True, None, False, os.name != "nt"),
    ],
)
def test_what_a_screen_can_show(environ, is_terminal, encoding, blocks, colours):
    """Blocks only where encoding and terminal have them; colours only on a terminal, and never with NO_COLOR."""
    stream = type("Stream", (), {"isatty": lambda _: is_terminal, "encoding": encoding})()
    screen = Screen.of(stream, environ)
    assert (screen.has_blocks, screen.has_colours) == (blocks, colours)
    shown = "\n".join(_chart.lines(Usage("mytool", {"2026-11-18": 2}, (CommandUse("db", 2, 1, "", {}),)), screen))
    assert ("\x1b[31m" in shown) == colours


def test_as_rows_it_holds_the_same(install):
    """For who shows a table, every command and every fact is a row of two texts."""
    install.run("db", error=ValueError("jane"))
    rows = overview.stats(install.client).rows()
    assert rows[0] == ("db", "1 run, 1 failed, usually <0.1s")
    assert ("errors", "ValueError 1") in rows


def test_usage_is_plain_data(install):
    """A program can turn statistics into JSON as they are."""
    install.run("db")
    document = dataclasses.asdict(_usage.usage_of(install.folder, install.clock.day, install.client))
    assert json.loads(json.dumps(document))["commands"][0]["runs"] == 1
