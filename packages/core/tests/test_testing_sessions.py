"""The suite for notebooks and shells bites: each of these faults fails the test that is for it."""

from __future__ import annotations

import os

import pytest
from planted_faults import Fault, failures

from footfall.testing import SessionSuite

pytestmark = [
    pytest.mark.slow,  # many processes; what they try does not differ from one Python to another
    pytest.mark.skipif(not hasattr(os, "fork"), reason="one of the cells forks"),
]

ADAPTER, TEST = "footfall_shell.py", "test_shell.py"
SUITE = f"{TEST}::TestShell"
BEGIN = "self.cell = self.session.begin()"
END = "self.cell.end(error)"
FOLLOW = "    if not any("
PRINTS, FAILS = "[CANARY = 1; print('CANARY')]", "[raise ValueError('CANARY')]"
FORKS = '[import os child = os.fork() if child == 0: shell.run("CANARY]'
SAME, COUNTED = "test_a_cell_is_what_it_was", "test_a_cell_is_counted_as_it_should_be"
TYPED, COST, SENT = (
    "test_nothing_typed_is_kept_or_sent",
    "test_a_session_costs_no_more_than_it_may",
    "test_all_is_sent_once",
)
OFF, BROKEN = "test_off_is_as_if_it_were_not_there", "test_a_broken_state_is_not_the_users_concern"
CLIENT = "self.session.client"


def put(old: str, new: str, *tests: str, file: str = ADAPTER) -> Fault:
    """``new`` in the place of ``old``."""
    return Fault(old, new, tests, file)


def in_each_cell(code: str, *tests: str) -> Fault:
    """``code`` runs before the cell's own."""
    return put(BEGIN, f"{BEGIN}; {code}", *tests)


def at_first(code: str, *tests: str) -> Fault:
    """``code`` runs when the adapter is loaded."""
    return put(FOLLOW, f"    {code}\n{FOLLOW}", *tests)


SPAWN = "__import__('subprocess').Popen(['sleep', '{}'])"
POST = f"__import__('urllib.request').request.urlopen({CLIENT}.endpoint, b'{{}}')"
NAMES = "[name for name in shell.names if name.isalpha()]"
FAULTS = {
    "prints a line": in_each_cell("print('counted')", SAME + PRINTS, "test_a_session_is_what_it_was"),
    "prints an error": in_each_cell("__import__('sys').stderr.write('counted')", SAME + FAILS, BROKEN + "[day]"),
    "ends with another code": at_first(
        "__import__('atexit').register(lambda: __import__('os')._exit(3))", "test_a_session_is_what_it_was"
    ),
    "swallows the error": at_first("shell.show = int", SAME + FAILS),
    "loses the traceback": put(END, f"{END}; error and error.with_traceback(None)", SAME + FAILS),
    "replaces Ctrl-C": at_first(
        "import signal; signal.signal(signal.SIGINT, lambda *_: 1 / 0)",
        "test_an_interrupted_cell_counts_as_aborted",
    ),
    "counts Ctrl-C as ok": put(
        END,
        "self.cell.end(None if isinstance(error, KeyboardInterrupt) else error)",
        "test_an_interrupted_cell_counts_as_aborted",
        COUNTED + "[raise KeyboardInterrupt]",
    ),
    "records a variable's name": put(
        FOLLOW,
        f"    client.append = lambda *words, to=client.append: to(*words, ','.join({NAMES}))\n{FOLLOW}",
        TYPED,
    ),
    "keeps the message of an exception": put(END, f"self.session.frontend = str(error) or '-'; {END}", TYPED),
    "keeps a hash of the host": in_each_cell(
        "import hashlib, os; self.session.frontend = hashlib.sha1(os.environ['CANARY'].encode()).hexdigest()", TYPED
    ),
    "names the classes of users": at_first(
        "client.name_of = lambda error: type(error).__name__",
        COUNTED + "[class ValueError(Exception): pass raise ValueError]",
        TYPED,
    ),
    "counts twice": put(FOLLOW, "    if True or any(", "test_loaded_twice_is_loaded_once"),
    "counts inner cells": at_first(
        "Follower.begins = lambda self: vars(self).update(cell=self.session.begin(), depth=1)",
        COUNTED + "[shell.run('1 / 0'); shell.run('%time x')]",
    ),
    "counts blank cells": at_first(
        "shell.run = lambda text, run=shell.run: (text or client._session.begin().end(), run(text))",
        COUNTED + "[blank]",
    ),
    "counts in a forked child": in_each_cell(
        "pass\n        import os\n        if self.session.process != os.getpid():\n"
        "            self.session.process, self.depth = os.getpid(), 1\n            self.cell = self.session.begin()",
        COUNTED + FORKS,
    ),
    "knows no magics": put("self.cell.magics.add(magic)", "pass", COUNTED + "[%time CANARY]", SENT),
    "takes every magic for a user's": put("add(magic)", "add('x' + magic)", COUNTED + "[%alias CANARY]"),
    "knows a cell at its end": put(
        BEGIN,
        "self.cell = type('Later', (), {'magics': set(), 'end': lambda _, error: self.session.begin().end(error)})()",
        "test_a_killed_session_loses_nothing",
    ),
    "does not know where it is": put('"console"', '"lab"', SENT),
    "is one session in all processes": put(
        "self.session = session",
        "self.session = session; session.is_counted = lambda: not setattr(session, 'run', '7.ab')",
        "test_two_sessions_at_once_are_two",
    ),
    "caches the decision": at_first(
        "client.decide = lambda known=client.decide(): known", "test_off_reaches_a_session_that_runs"
    ),
    "does not ask": at_first(
        "client.decide = lambda: __import__('footfall').Decision('on', 9, '')",
        "test_undecided_writes_nothing",
        "test_ci_and_root_need_a_yes_of_their_own[CI]",
        "test_ci_and_root_need_a_yes_of_their_own[root]",
        OFF + "[FOOTFALL]",
    ),
    "writes when off": at_first("__import__('os').makedirs(client.folder, exist_ok=True)", OFF + "[own switch]"),
    "starts a process when off": at_first(SPAWN.format(0), OFF + "[DO_NOT_TRACK]", COST),
    "loads more when off": in_each_cell(f"{CLIENT}.decide().records or __import__('uuid')", OFF + "[stored]"),
    "imports socket": at_first("import socket", COST),
    "opens a socket": at_first("__import__('socket').socket().close()", COST),
    "starts a thread": at_first("__import__('threading').Thread(target=int).start()", COST),
    "writes a log": at_first("open(client.environ['HOME'] + '/log', 'a').close()", COST, OFF + "[own switch]"),
    "trips over a file": in_each_cell(
        f"import os; os.path.exists({CLIENT}.home) and os.listdir({CLIENT}.home)", BROKEN + "[file]"
    ),
    "posts something of its own": at_first(POST.replace(CLIENT, "client"), "test_only_declared_words_are_sent"),
    "lacks cells": put('        "": None,\n', "", "test_cells_show_what_has_to_hold", file=TEST),
    "overrides a test": put(
        "    program = Path(",
        "    def test_a_cell_is_what_it_was(self):\n        pass\n\n    program = Path(",
        "test_no_test_is_overridden",
        file=TEST,
    ),
}
SLOW_FAULTS = {"leaves a process": at_first(SPAWN.format(20), "test_nothing_is_left_running")}


@pytest.fixture(scope="session")
def found(tmp_path_factory):
    """What the suite finds, asked once for all faults."""
    return failures(FAULTS, tmp_path_factory.mktemp("faults"), SUITE)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(found, name):
    """Each test that is for a fault fails when it is there."""
    assert found[name] == set(FAULTS[name].tests)


@pytest.mark.slow
def test_a_fault_that_takes_its_time_is_found(tmp_path):
    """A process that is left running is found."""
    assert failures(SLOW_FAULTS, tmp_path, SUITE) == {name: set(fault.tests) for name, fault in SLOW_FAULTS.items()}


def test_each_test_of_the_suite_has_a_fault():
    """No test of the suite is there without a fault that fails it."""
    tests = {name for name in dir(SessionSuite) if name.startswith("test_")}
    known = {test.partition("[")[0] for fault in (*FAULTS.values(), *SLOW_FAULTS.values()) for test in fault.tests}
    assert tests == known
