"""Users see what they saw without us: output, exit codes, exceptions, signals; whatever state we find ours in."""

from __future__ import annotations

import functools
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ZOO = Path(__file__).with_name("zoo.py")
# A traceback's frame of ours: its line, the source line and perhaps marks under it. From Python 3.11 on there is none.
OUR_FRAME = re.compile(r'  File "[^"]*footfall[^"]*", line .*\n(    .*\n)*' if sys.version_info < (3, 11) else "$^")

LINES = [
    "",
    "--help",
    "--version",
    "--nope",
    "nope",
    "hello",
    "--loud hello you -c 3 --color red",
    "hello --count 9",
    "hello --color blue",
    "hello --help",
    "hello a b",
    "state",
    "leave 0",
    "leave 3",
    "leave 300",
    "leave -1",
    "leave text",
    "quit 0",
    "quit 4",
    "vanish 0",
    "vanish 7",
    "die SIGTERM",
    "die SIGKILL",
    "die SIGINT",
    "die SIGSEGV",
    "die SIGHUP",
    "die SIGPIPE",
    "fail own",
    "fail value",
    "fail UsageError",
    "fail ClickException",
    "fail FileError",
    "fail Abort",
    "fail other",
    "deep",
    "ask",
    "late",
    "hook",
    "spawn",
    "become",
    "hog",
    "lost",
    "chain",
    "chain step step --by 2",
    "chain step --by 0",
    "chain step nope",
]


def run(line: str, folder: Path, environ: dict[str, str], **settings: object) -> tuple[int, str, str]:
    """A run's exit code (negative: a signal's), output and errors, on Python 3.10 without our frames."""
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environ}
    settings = {"input": b"you\nyou\ny\n", **settings}
    command = [sys.executable, str(ZOO), *line.split()]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, timeout=60, check=False, **settings)
    return done.returncode, _plain(done.stdout), OUR_FRAME.sub("", _plain(done.stderr))


def _plain(output: bytes) -> str:
    return re.sub(r"0x[0-9a-f]+", "0x", output.decode())


@pytest.fixture(scope="session")
def place(tmp_path_factory) -> Path:
    """A current folder for all runs."""
    return tmp_path_factory.mktemp("place")


@pytest.fixture(scope="session")
def bare(place):
    """What a line does without us, each run once."""
    return functools.lru_cache(lambda line, extra=(): run(line, place, {"HOME": str(place), **dict(extra)}))


def ours(home: Path, clock: str = "", **more: str) -> dict[str, str]:
    """An environment in which the zoo is instrumented and on; the mark of a sender keeps it from starting one."""
    return {"ZOO_CLOCK": clock, "ZOO_TELEMETRY": "1", "FOOTFALL_SENDER": "1", "FOOTFALL_HOME": str(home), **more}


@pytest.mark.parametrize("line", LINES)
def test_a_run_is_what_it_was(bare, place, tmp_path, line):
    """Code, output, errors and tracebacks are those of the bare program, but for our frames on Python 3.10."""
    extra = {"FOOTFALL_SENDER": "1", "ZOO_TELEMETRY": "1", "FOOTFALL_HOME": str(tmp_path)}
    expected = bare(line) if line != "state" else run(line, place, {"HOME": str(place), **extra})
    found = run(line, place, {"HOME": str(place), **ours(tmp_path)})
    assert found == expected
    assert bool(list(tmp_path.rglob("*.log"))) == (line not in ("--help", "--version"))


@pytest.mark.parametrize("line", ["hello", "fail own", "nope", "die SIGKILL", "spawn"])
@pytest.mark.parametrize("mode", ["0", "", "local", "nonsense"])
def test_a_run_that_is_not_counted_is_what_it_was(bare, place, tmp_path, line, mode):
    """The same where it is off, undecided, local or set to nonsense."""
    environ = {"HOME": str(place), **ours(tmp_path / "state"), "ZOO_TELEMETRY": mode, "CI": "1"}
    assert run(line, place, environ) == bare(line)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("line", ["hello", "fail own", "spawn", "chain step step"])
def test_the_days_first_run_is_what_it_was(bare, place, tmp_path, line):
    """The same where the run starts the day's sender, to a collector that is not there."""
    environ = {"HOME": str(place), **ours(tmp_path)}
    del environ["FOOTFALL_SENDER"]
    assert run(line, place, environ) == bare(line)
    assert (tmp_path / "zoo/plan.json").exists()


@pytest.mark.parametrize(
    ("line", "command"),
    [("die SIGKILL", "die"), ("chain --die step", "chain"), ("--die hello", "hello"), ("--die", "(main)")],
)
def test_a_killed_run_has_begun(place, tmp_path, line, command):
    """What is killed by a signal has left the start of its run, also when a group's own code was running."""
    assert run(line, place, {"HOME": str(place), **ours(tmp_path)})[0] == -9
    lines = [line.split("\t") for path in tmp_path.rglob("*.log") for line in path.read_text().splitlines() if line]
    assert list({line[2]: (line[0], line[4]) for line in lines if line[0] != "D"}.values()) == [("S", command)]


def _in_the_way(path, home):
    (home / path).parent.mkdir(parents=True, exist_ok=True)
    (home / path).write_bytes(b"\x00\xff in the way")


def _loop(path, home):
    (home / path).parent.mkdir(parents=True, exist_ok=True)
    (home / path).symlink_to(path.rpartition("/")[2])


def _folder(path, home):
    (home / path).mkdir(parents=True)


def _full(path, home):
    (home / path).parent.mkdir(parents=True, exist_ok=True)
    (home / path).symlink_to("/dev/full")


def _open_to_all(path, home):
    _in_the_way(path, home)
    (home / path).chmod(0o666)


def _pipe(path, home):
    (home / path).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(home / path)


TODAY = time.strftime("%Y-%m-%d", time.gmtime())
PLACES = [
    "zoo",
    "zoo/spool",
    f"zoo/spool/{TODAY}.log",
    f"zoo/spool/{TODAY}.sender",
    "zoo/consent",
    "consent",
    "zoo/install",
]


@pytest.mark.slow
@pytest.mark.parametrize("path", [*PLACES, "consent", "zoo/install", "zoo/plan.json", "zoo/state.json"])
@pytest.mark.parametrize("fault", [_in_the_way, _loop, _folder, _full, _open_to_all, _pipe])
def test_broken_state_is_not_seen(bare, place, tmp_path, path, fault):
    """Whatever stands where our files belong, the program's user sees nothing of it."""
    fault(path, tmp_path)
    if path == "zoo/install":  # read only where somebody agreed
        (tmp_path / "zoo/consent").write_text(f"on {TODAY} 1 http://127.0.0.1:9 25\n")
    environ = {"HOME": str(place), **ours(tmp_path)}
    del environ["FOOTFALL_SENDER"]
    for line in ("hello", "chain step --by 0"):
        assert run(line, place, environ) == bare(line)


def _no_file_may_grow():
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _files_may_grow_a_little():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


@pytest.mark.slow
@pytest.mark.parametrize("limit", [_no_file_may_grow, _files_may_grow_a_little])
@pytest.mark.parametrize("line", ["hello", "fail value", "leave 3"])
def test_full_disk_is_not_seen(bare, place, tmp_path, limit, line):
    """A disk that takes nothing, or only the beginning of a line, is not the user's concern."""
    environ = {"HOME": str(place), **ours(tmp_path)}
    assert run(line, place, environ, preexec_fn=limit) == bare(line)


HOMES = ["/proc/footfall", "/dev/null", "/dev/null/x", "/sys/footfall", "relative/folder", "x" * 300, "/" + "y/" * 3000]


@pytest.mark.slow
@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("line", ["hello", "fail own"])
def test_state_folder_that_cannot_be(bare, place, home, line):
    """A state folder on a read-only file system, of an impossible name, or none, is not the user's concern."""
    assert run(line, place, {"HOME": str(place), **ours(Path(home))}) == bare(line)


@pytest.mark.parametrize("home", [None, "", "/nowhere", "/proc"])
@pytest.mark.parametrize("line", ["hello", "fail own"])
def test_no_home(bare, place, home, line):
    """A user without a home folder has the program as ever."""
    environ = ours(place)
    del environ["FOOTFALL_HOME"]
    assert run(line, place, environ if home is None else {**environ, "HOME": home}) == bare(line)


@pytest.mark.slow
@pytest.mark.parametrize(
    "clock", ["raises", "raises hard", "nan", "infinite", "negative", "huge", "text", "past", "future", "jumping"]
)
@pytest.mark.parametrize("line", ["hello", "chain step step", "fail own"])
def test_odd_clocks(bare, place, tmp_path, clock, line):
    """A clock that raises, jumps or tells nonsense changes nothing."""
    assert run(line, place, {"HOME": str(place), **ours(tmp_path, clock)}) == bare(line)


def _close(*descriptors):
    def close():
        for descriptor in descriptors:
            os.close(descriptor)

    return close


@pytest.mark.slow
@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
@pytest.mark.parametrize("line", ["hello", "fail own", "nope"])
def test_closed_streams(place, tmp_path, closed, line):
    """A program started with closed streams ends as it does bare, and nothing of ours lands in its files."""
    expected = run(line, place, {"HOME": str(place)}, preexec_fn=_close(*closed))
    assert run(line, place, {"HOME": str(place), **ours(tmp_path)}, preexec_fn=_close(*closed)) == expected


@pytest.mark.parametrize("instrumented", [False, True])
def test_reader_that_goes_away(place, tmp_path, instrumented):
    """A program whose output nobody reads any more ends quietly, with code 1, as Click has it."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(place), **(ours(tmp_path) if instrumented else {})}
    command = [sys.executable, str(ZOO), "flood"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ)
    process.stdout.readline()
    process.stdout.close()
    assert (process.wait(30), process.stderr.read()) == (1, b"")
    process.stderr.close()
    if instrumented:
        text = next(tmp_path.rglob("*.log")).read_text()
        assert "\tflood\t-\texit\t" in text


WORDS = "hello chain step leave fail own value quit ask nope red 0 2 - -- -c -h ü --help --version --loud --color --by"
words = st.sampled_from([*WORDS.split(), "--count=x", "", "a b"])


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(line=st.lists(words, max_size=6))
def test_any_line_is_what_it_was(tmp_path_factory, line):
    """Of any line, code, output and errors are those of the bare program."""
    folder = tmp_path_factory.getbasetemp()
    extra = {"FOOTFALL_SENDER": "1", "ZOO_TELEMETRY": "1", "FOOTFALL_HOME": str(folder / "state"), "HOME": str(folder)}
    text = " ".join(line)
    assert run(text, folder, {**extra, "ZOO_CLOCK": ""}) == run(text, folder, extra)
