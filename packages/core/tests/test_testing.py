"""The suite for adapters bites: each of these faults, put into an honest adapter, fails the test that is for it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from planted_faults import Fault, failures

from footfall.sender import Sender
from footfall.testing import AdapterSuite, Canaries, Counted, Tally

pytestmark = pytest.mark.slow  # many processes; what they try does not differ from one Python to another
ADAPTER, TEST = "footfall_argparse.py", "test_argparse.py"
SUITE = f"{TEST}::TestArgparse"
MAIN = "return main(*args, **kwargs)"
FLAGS = "[*client.current.flags, _name(action)]"
GREET, FAIL, HELP = "[greet CANARY]", "[fail CANARY]", "[--help]"
SAME, COUNTED = "test_a_run_is_what_it_was", "test_a_run_is_counted_as_it_should_be"
TYPED, COST = "test_nothing_typed_is_kept_or_sent", "test_a_run_costs_no_more_than_it_may"
OFF, BROKEN = "test_off_is_as_if_it_were_not_there", "test_a_broken_state_is_not_the_users_concern"


def put(old: str, new: str, tests: tuple[str, ...], file: str = ADAPTER) -> Fault:
    """``new`` in the place of ``old``."""
    return Fault(old, new, tests, file)


def before_main(code: str, *tests: str) -> Fault:
    """``code`` runs before the program's own."""
    return put(MAIN, f"{code}; {MAIN}", tests)


def in_place_of_main(code: str, *tests: str) -> Fault:
    """``code`` runs in place of the program's own."""
    return put(MAIN, code.replace("\n", "\n            "), tests)


SPAWN = "__import__('subprocess').Popen(['sleep', '{}'])"
POST = "__import__('urllib.request').request.urlopen(client.endpoint, b'{}')"
FAULTS = {
    "prints a line": before_main("print('counted')", SAME + GREET),
    "fails where nobody sees it": in_place_of_main(f"with client.guard(): 1 / 0\n{MAIN}", SAME + GREET),
    "prints an error": before_main("__import__('sys').stderr.write('counted')", SAME + HELP, BROKEN + "[day]"),
    "changes the exit code": in_place_of_main("main(*args, **kwargs); raise SystemExit(1)", SAME + GREET),
    "swallows exceptions": in_place_of_main(f"try: {MAIN}\nexcept Exception: pass", SAME + FAIL),
    "replaces exceptions": in_place_of_main(f"try: {MAIN}\nexcept Exception: raise OSError from None", SAME + FAIL),
    "shows its frames": put("error.__traceback__ = trace", "pass", (SAME + FAIL,)),
    "swallows Ctrl-C": in_place_of_main(
        f"try: {MAIN}\nexcept KeyboardInterrupt: pass", "test_an_interrupted_run_counts_as_aborted"
    ),
    "records a value": put(
        "takes(action, *_):", "takes(action, v):\n        client.current.flags = v\n", (TYPED, "test_all_is_sent_once")
    ),
    "records a hash": put(
        FLAGS, "[__import__('hashlib').sha1(client.environ['CANARY'].encode()).hexdigest()]", (TYPED,)
    ),
    "records the program's name": before_main("client.current.declare(parser.prog[:14], ())", TYPED),
    "echoes unknown commands": put(
        "def fails(*_):", "def fails(text):\n        client.current.command = text[:60]", (COUNTED + "[CANARY]",)
    ),
    "has no flags": put(FLAGS, "[]", (COUNTED + "[greet CANARY --color=CANARY]",)),
    "counts help": put("client.current.discard()", "pass", (COUNTED + HELP,)),
    "counts a second run": put(
        "    counted = _unseen(run)",
        "    def twice(*args, **kwargs):\n"
        "        with client.invocation('argparse') as more: more.command = '(main)'\n"
        "        return run(*args, **kwargs)\n\n    counted = _unseen(twice)",
        (COUNTED + GREET,),
    ),
    "counts twice": put(
        'if hasattr(main, "footfall_client")', "if False", ("test_instrumented_twice_is_instrumented_once[no words]",)
    ),
    "knows the command at the end": put(
        "        client.current.begin()\n", "        pass\n", ("test_a_killed_run_counts_as_killed",)
    ),
    "writes when off": before_main("__import__('os').makedirs(client.folder, exist_ok=True)", OFF + "[own switch]"),
    "starts a process when off": before_main(SPAWN.format(0), OFF + "[DO_NOT_TRACK]", COST),
    "loads more when off": before_main("client.decide().records or __import__('wave')", OFF + "[stored]"),
    "does not ask": put(
        "    counted = _unseen(run)",
        "    client.decide = lambda: __import__('footfall').Decision('on', 9, '')\n"
        "    client.is_plainly_off = lambda: False\n"
        "    counted = _unseen(run)",
        (
            "test_undecided_writes_nothing",
            "test_ci_and_root_need_a_yes_of_their_own[CI]",
            "test_ci_and_root_need_a_yes_of_their_own[root]",
            OFF + "[FOOTFALL]",
        ),
    ),
    "imports json": before_main("import json", COST),
    "imports socket": put("def instrument", "import socket\n\ndef instrument", (COST,)),
    "starts a thread": before_main("__import__('threading').Thread(target=int).start()", COST),
    "writes a log": before_main("open(client.environ['HOME'] + '/log', 'a').close()", COST, OFF + "[own switch]"),
    "trips over a file": before_main(
        "'footfall' in __import__('os').listdir(client.home if __import__('os').path.exists(client.home) else '/')",
        BROKEN + "[file]",
    ),
    "trips over a full disk": before_main(
        "__import__('pathlib').Path(client.home + '/more').write_bytes(bytes(99999))", BROKEN + "[full]"
    ),
    "posts something of its own": before_main(POST, "test_only_declared_words_are_sent"),
    "lacks lines": put(
        '"--help": None,\n        "greet --help": None,', "", ("test_lines_show_what_has_to_hold",), TEST
    ),
    "overrides a test": put(
        "    program = Path(",
        "    def test_a_run_is_what_it_was(self):\n        pass\n\n    program = Path(",
        ("test_no_test_is_overridden",),
        TEST,
    ),
}
SLOW_FAULTS = {"leaves a process": before_main(SPAWN.format(20), "test_nothing_is_left_running")}
ONLY_HIDDEN_SINCE = {"shows its frames": (3, 11)}


@pytest.fixture(scope="session")
def found(tmp_path_factory):
    """What the suite finds, asked once for all faults."""
    return failures(FAULTS, tmp_path_factory.mktemp("faults"), SUITE)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(found, name):
    """Each test that is for a fault fails when it is there."""
    if sys.version_info < ONLY_HIDDEN_SINCE.get(name, (3,)):
        pytest.skip("this Python shows them in any case")
    assert found[name] == set(FAULTS[name].tests)


@pytest.mark.slow
def test_a_fault_that_takes_its_time_is_found(tmp_path):
    """A process that is left running is found."""
    assert failures(SLOW_FAULTS, tmp_path, SUITE) == {name: set(fault.tests) for name, fault in SLOW_FAULTS.items()}


def test_each_test_of_the_suite_has_a_fault():
    """No test of the suite is there without a fault that fails it."""
    tests = {name for name in dir(AdapterSuite) if name.startswith("test_")}
    known = {test.partition("[")[0] for fault in (*FAULTS.values(), *SLOW_FAULTS.values()) for test in fault.tests}
    assert tests == known


def test_a_known_failure_may_be_overridden():
    """A test may be overridden as a failure that is known; a mark without a reason is none."""

    class Known(AdapterSuite):
        @pytest.mark.xfail(reason="known")
        def test_a_run_is_what_it_was(self):
            """Nothing."""

    class Silent(AdapterSuite):
        @pytest.mark.xfail
        def test_a_run_is_what_it_was(self):
            """Nothing."""

    Known().test_no_test_is_overridden()
    with pytest.raises(AssertionError, match="xfail"):
        Silent().test_no_test_is_overridden()


@pytest.mark.parametrize(
    "spell",
    [
        str.upper,
        lambda token: token[::-1],
        lambda token: token[4:10],
        lambda token: token.encode().hex(),
        lambda token: __import__("base64").b64encode(f"ab{token}".encode()).decode(),
        lambda token: "".join(f"%{ord(letter):02X}" for letter in token),
        lambda token: __import__("hashlib").md5(token.encode()).hexdigest(),
        lambda token: __import__("hashlib").sha256(token.encode()).hexdigest()[:20],
    ],
    ids=["upper", "reversed", "part", "hex", "base64", "percent", "md5", "sha256"],
)
def test_a_token_is_found_however_it_is_spelled(spell):
    """A token's trace is found in whatever spelling or hash, and none where there is none."""
    canaries = Canaries(["somewhere"])
    assert canaries.traces(f'{{"x": "{spell(canaries["somewhere"])}"}}'.encode())
    assert canaries.traces(b'{"format":1,"project":"mytool","key":"%s"}' % (b"0a9f" * 8)) == []


def test_fixtures(footfall_client, footfall_recorder, footfall_home):
    """A client of the fixtures counts into the fresh folder, and its reports reach the recorder."""
    client = footfall_client("mytool", endpoint=footfall_recorder.address)
    client.commands = lambda: {"greet": ["--loud"]}
    tally = Tally.of(client)
    assert tally.new() == {}
    with client.invocation("mine") as run:
        run.command, run.flags = "greet", ["--loud"]
        run.begin()
    assert tally.new() == Counted("greet", flags=("--loud",)).cells()
    assert tally.new() == {}
    Sender(footfall_home / "mytool").run()
    assert len(footfall_recorder.bodies) == 3


def test_the_plugin_costs_others_nothing():
    """A pytest run that uses no fixture of ours loads the plugin and the package's list of names, and nothing else."""
    code = "import sys, footfall._pytest_plugin; print(*sorted(n for n in sys.modules if n.startswith('footfall')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["footfall", "footfall._pytest_plugin"]
