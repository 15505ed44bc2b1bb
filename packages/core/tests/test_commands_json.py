"""Each of the user's commands in real processes: what it prints for people and for programs, and its exit code."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import footfall
from footfall.transport import Outcome

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "commands.md"
COMMANDS = ("status", "on", "local", "off", "preview", "log", "stats", "send", "purge")
TOOL = """
import sys
from footfall import Client
from footfall.cli import main
client = Client("mytool", version="1.4.2", endpoint="http://127.0.0.1:9")
client.commands = lambda: {"(main)": ["--verbose"], "db": [], "db migrate": ["--dry-run"]}
sys.exit(main(client=client, prog="mytool telemetry"))
"""


@pytest.fixture
def shell(install):
    """Run ``mytool telemetry ...`` or ``footfall ...`` as a process on the install's machine."""

    def run(program, *words, **environ):
        start = ["-c", TOOL] if program == "mytool" else ["-m", "footfall"]
        plain = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "FOOTFALL_SENDER": "1"}
        own = {"FOOTFALL_HOME": install.client.home, "MYTOOL_TELEMETRY": "1", **environ}
        command = [sys.executable, *start, *words]
        return subprocess.run(command, env={**plain, **own}, capture_output=True, encoding="utf-8", check=False)

    return run


@pytest.fixture
def document(shell):
    """The one document that a command prints for programs, and its exit code."""

    def run(program, *words, **environ):
        found = shell(program, *words, "--json", **environ)
        assert found.stderr == ""
        return found.returncode, json.loads(found.stdout)

    return run


@pytest.mark.parametrize("program", ["mytool", "footfall"])
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_gives_one_document(install, document, shell, program, command):
    """With --json every command prints one JSON document with its tools and nothing else, and the same exit code."""
    install.run("db")
    install.sender()
    install.clock.forward(7)
    code, found = document(program, command)
    assert isinstance(found["tools"], list)
    assert all(tool["project"] == "mytool" for tool in found["tools"])
    if command not in ("off", "send"):  # what a second one finds is another
        assert shell(program, command).returncode == code
    if command in ("on", "local") and program == "footfall":
        assert found["text"]
    elif command != "purge":
        assert len(found["tools"]) == 1


def test_status_for_programs(install, document):
    """A status has every fact by its name, and what each of the eleven rules says."""
    install.lose()
    code, found = document("mytool", "status")
    (tool,) = found["tools"]
    assert (code, found["for_all_tools"]) == (0, "")
    assert {name: tool[name] for name in KNOWN} == KNOWN
    assert tool["folder"] == str(install.folder)
    assert [rule["number"] for rule in tool["rules"]] == list(range(1, 12))
    assert [rule["number"] for rule in tool["rules"] if rule["decides"]] == [tool["rule"]]
    assert tool["rules"][8]["says"] == "on: MYTOOL_TELEMETRY says on"


KNOWN = {
    "project": "mytool",
    "mode": "on",
    "reason": "MYTOOL_TELEMETRY says on",
    "rule": 9,
    "endpoint": "http://127.0.0.1:9",
    "waiting": 2,
    "waiting_since": "2026-11-19",
    "last_sent": "2026-11-19",
    "lost": {"rejected": 1, "full-spool": 3},
    "refused_because": "",
    "way_out": "",
}


def test_the_collectors_reason_is_told(install, shell, document):
    """The reason for which a part was refused last stands in the status, for people and for programs."""
    install.run()
    install.collector.answers = [(Outcome.REJECTED, "unknown-flag"), (Outcome.REJECTED, "unknown-value")]
    install.send()
    assert "  lost       2 parts refused by the collector (unknown-" in shell("mytool", "status").stdout
    assert document("mytool", "status")[1]["tools"][0]["refused_because"] in ("unknown-flag", "unknown-value")


@pytest.mark.parametrize(
    ("environ", "code"),
    [({}, 0), ({"FOOTFALL": "local"}, 0), ({"DO_NOT_TRACK": "1"}, 1), ({"MYTOOL_TELEMETRY": "perhaps"}, 1)],
)
def test_the_exit_code_is_the_mode(shell, document, environ, code):
    """Status gives 0 where runs are recorded, 1 where not; told for programs or for people."""
    assert shell("mytool", "status", **environ).returncode == code
    assert document("mytool", "status", **environ)[0] == code


@pytest.mark.privacy
@pytest.mark.statement(43)
def test_the_exact_bytes_can_be_had_from_as_json(install, shell, document):
    """Statement 43: preview's documents hold the bytes that are sent, log's those that were, each with its content."""
    install.run("db migrate", flags=["--dry-run"])
    install.sender()
    (previewed,) = document("mytool", "preview")[1]["tools"]
    assert not previewed["is_example"]
    assert shell("mytool", "preview").stdout.splitlines() == [part["bytes"] for part in previewed["parts"]]
    install.collector.answers = [(Outcome.REJECTED, "bad-value")]
    install.send()
    (logged,) = document("mytool", "log")[1]["tools"]
    refused = [part for part in logged["parts"] if part["is_refused"]]
    assert [(part["day"], part["reason"]) for part in refused] == [("2026-11-18", "bad-value")]
    delivered = [part["bytes"].encode() for part in logged["parts"] if not part["is_refused"]]
    assert sorted(delivered) == sorted(install.collector.bodies)
    assert sorted(part["bytes"] for part in logged["parts"]) == sorted(part["bytes"] for part in previewed["parts"])
    assert all(json.loads(part["bytes"]) == part["document"] for part in (*logged["parts"], *previewed["parts"]))


def test_a_damaged_record_has_no_document(install, document):
    """What somebody edited in the record is told as the text that it is."""
    install.run()
    install.send()
    next(iter(install.folder.glob("sent/*/*.json"))).write_text("{jane")
    parts = document("mytool", "log")[1]["tools"][0]["parts"]
    assert [part["document"] for part in parts if part["bytes"] == "{jane"] == [None]


def test_answers_for_programs(install, document):
    """An answer's document says what holds now, and whether it is what was asked for: its exit code says so too."""
    code, found = document("mytool", "on", DO_NOT_TRACK="1")
    assert (code, found["tools"][0]["is_in_force"], found["tools"][0]["rule"]) == (1, False, 3)
    code, found = document("mytool", "local")
    assert (code, found["tools"][0]["word"], found["tools"][0]["mode"]) == (0, "local", "local")
    code, found = document("footfall", "off")
    assert (code, found["tools"][0]["mode"], found["for_all_tools"][:11]) == (0, "off", "off, since ")
    assert install.files == {"consent"}


def test_sending_for_programs(install, document):
    """A sending's document tells numbers of parts; without an answer from the collector, the code is 1."""
    install.run()
    install.sender()
    code, found = document("mytool", "send", "--now")
    told = {name: found["tools"][0][name] for name in ("delivered", "refused", "waiting")}
    assert (code, told) == (1, {"delivered": 0, "refused": 0, "waiting": 3})
    assert document("mytool", "send", "--now", FOOTFALL="local")[0] == 1
    assert document("mytool", "send", "--now", DO_NOT_TRACK="1")[0] == 1
    assert document("footfall", "purge")[1]["tools"][0]["folder"] == str(install.folder)
    assert not Path(install.client.home).exists()


def test_stats_exit_codes(install, shell):
    """Statistics give 0 with something to show or where runs are recorded, else 1, and say why there is nothing."""
    assert shell("mytool", "stats").stdout == "mytool: nothing recorded yet.\n"
    off = shell("mytool", "stats", DO_NOT_TRACK="1")
    assert (off.returncode, off.stdout.splitlines()) == (
        1,
        [
            "mytool: nothing is recorded: DO_NOT_TRACK is set (rule 3).",
            "To change that: unset DO_NOT_TRACK; then your own answer counts.",
        ],
    )
    install.run("db")
    found = shell("footfall", "stats", "mytool", DO_NOT_TRACK="1")
    assert (found.returncode, found.stdout.startswith("mytool: your own use\n")) == (0, True)
    assert "\x1b" not in found.stdout, "no colour where no terminal is"
    ascii_only = shell("mytool", "stats", PYTHONIOENCODING="ascii")
    assert (ascii_only.returncode, "#" in ascii_only.stdout) == (0, True)
    assert max(map(len, shell("mytool", "stats", COLUMNS="40").stdout.splitlines())) <= 40


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are simulated where there are pseudo-terminals")
@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["plain", "no colour", "dumb"])
def test_stats_on_a_terminal(install, columns, environ):
    """No line is longer than the terminal is wide; it has colours and blocks unless the user's settings say no."""
    import fcntl
    import pty
    import termios

    install.run("db migrate", flags=["--dry-run"])
    install.run("db", error=ValueError("jane"))
    install.sender()
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    plain = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm"}
    own = {"FOOTFALL_HOME": install.client.home, "PYTHONIOENCODING": "utf-8", **environ}
    command = [sys.executable, "-m", "footfall", "stats"]
    process = subprocess.Popen(command, env={**plain, **own}, stdin=end, stdout=end, stderr=end)
    os.close(end)
    shown = b""
    while more := read_terminal(terminal):
        shown += more
    os.close(terminal)
    assert process.wait() == 0
    text = shown.decode()
    assert ("\x1b[34m" in text, "█" in text) == (not environ, "TERM" not in environ)
    lines = re.sub(r"\x1b\[\d+m", "", text).splitlines()
    assert lines[0] == "mytool: your own use"
    assert columns - 15 < max(map(len, lines)) <= columns


def read_terminal(terminal):
    """What a terminal shows next; nothing when nobody writes to it any more."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


@pytest.mark.parametrize("program", ["mytool", "footfall"])
def test_without_a_command_help_is_printed(shell, program):
    """Who gives no command reads which there are, and --version tells Footfall's."""
    found = shell(program)
    assert (found.returncode, found.stderr) == (0, "")
    assert all(re.search(rf"^    {command} ", found.stdout, re.MULTILINE) for command in COMMANDS)
    assert shell(program, "--version").stdout == f"footfall {footfall.__version__}\n"


@pytest.mark.parametrize("words", [["bogus"], ["status", "--bogus"], ["off", "a", "b"], ["send", "--later"]])
def test_wrong_usage_gives_2(shell, words):
    """What is not understood is told with the usage, on standard error only."""
    found = shell("footfall", *words)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("usage: footfall")


def test_names_that_cannot_be_meant_are_explained(install, shell):
    """An unknown tool is told with those that are known; a yes to one tool is said to the tool itself."""
    install.run()
    assert (
        shell("footfall", "status", "mytol").stderr == "footfall: no tool named mytol has state here (known: mytool)\n"
    )
    found = shell("footfall", "on", "mytool")
    assert (found.returncode, "`mytool telemetry on`" in found.stderr) == (1, True)
    assert shell("footfall", "local", "mytool").returncode == 1
    assert install.files & {"consent"} == set()


def test_the_one_that_is_named_decides_the_exit_code(install, shell):
    """Of several tools the status is no one's; with a name it is that tool's, whatever its notebooks'."""
    install.run()
    install.sender()
    (Path(install.client.home) / "mytool.notebook").mkdir()
    assert shell("footfall", "status", MYTOOL_TELEMETRY="off").returncode == 0
    assert shell("footfall", "status", "mytool", MYTOOL_TELEMETRY="off").returncode == 1


def test_every_field_is_documented(install, document):
    """Each name in each command's document is in the documentation, under its command."""
    if not DOCUMENTATION.exists():
        pytest.skip("the documentation is not part of the source distribution")
    text = DOCUMENTATION.read_text("utf-8")
    sections = dict(re.findall(r"^## `(\w+)`.*?\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL))
    install.lose()
    for command in COMMANDS:
        told = re.findall(r"`([\w-]+)`", sections["on"] if command in ("local", "off") else sections[command])
        names = names_in(document("mytool", command)[1])
        assert names - set(told) - {"tools", "project"} == set(), command
    assert "`tools`" in text


def names_in(value):
    """Names of fields in a document, but for those that are a user's own words, and those of the wire format."""
    if isinstance(value, list):
        return set().union(*map(names_in, value))
    if not isinstance(value, dict):
        return set()
    inner = (names_in(under) for name, under in value.items() if name not in ("document", "days", "options", "errors"))
    return set(value).union(*inner)
