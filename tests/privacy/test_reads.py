"""Statements 35, 36 and 39: what is never read of a machine, and that no report can tell one from another."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version
from sources import modules_imported, names_used, takers, variables_read, whole_environment, words_in
from worlds import PROGRAMS, World

from footfall import _consent, _spawn, wire

pytestmark = pytest.mark.privacy

CHECKOUT = Path(__file__).parents[2] / "packages"  # where the sources of an editable install are
AUTHORS = ("_pytest_plugin.py", "_program.py", "_lint_checks.py")  # tools of theirs, which no user runs
SOURCES = [
    path
    for name in ("footfall", "footfall_click", "footfall_typer", "footfall_jupyter")  # as they are installed here
    for place in importlib.util.find_spec(name).submodule_search_locations
    for path in sorted(Path(place).rglob("*.py"))
    if "testing" not in path.parts and path.name not in AUTHORS
]
# Whatever tells a machine, a person or a place from another; by the last two parts of its dotted name.
FORBIDDEN = {
    "uuid.getnode", "uuid.uuid1", "uuid.uuid4", "socket.gethostname", "socket.getfqdn", "getpass.getuser",
    "os.getlogin",
    "platform.node", "platform.uname", "platform.platform", "platform.machine", "platform.processor", "os.getcwd",
    "os.getcwdb", "Path.cwd", "Path.home", "os.cpu_count", "time.localtime", "time.tzname", "time.timezone",
    "time.ctime",
    "time.altzone", "datetime.now", "datetime.today", "date.today", "os.path.expanduser", "path.expanduser",
    "metadata.distributions", "metadata.packages_distributions", "os.getuid", "os.getgid", "sys.executable.name",
}  # fmt: skip
FORBIDDEN_MODULES = {
    "getpass",
    "locale",
    "pwd",
    "grp",
    "psutil",
    "gettext",
    "platform",
    "uuid",
    "zoneinfo",
    "sysconfig",
}
# Beside the tool's own switch, the CI markers, and what a sender is handed on (`_PASSED`).
VARIABLES = {
    "DO_NOT_TRACK", "FOOTFALL", "FOOTFALL_DEBUG", "FOOTFALL_ENDPOINT", "FOOTFALL_HOME", "FOOTFALL_PLUGINS_OFF",
    "FOOTFALL_PROJECT", "SUDO_USER", "PYTEST_CURRENT_TEST", "KUBERNETES_SERVICE_HOST", "container",
    "HOME", "XDG_STATE_HOME", "LOCALAPPDATA", "PROGRAMDATA",  # where the state and an administrator's file are
    "PROCESSOR_ARCHITECTURE",  # Windows' `uname`
    "TERM", "NO_COLOR", "COLUMNS",  # how `stats` draws on the user's terminal
}  # fmt: skip
PLACES = {  # where a notebook runs, told as one word of a closed list; only that a variable is set is looked at
    "COLAB_RELEASE_TAG", "COLAB_GPU", "JPY_PARENT_PID", "JPY_SESSION_NAME", "VSCODE_PID", "VSCODE_CWD", "SLURM_JOB_ID",
    "PBS_JOBID", "LSB_JOBID",
}  # fmt: skip


# Words by which programs ask for somebody's name, place or language; also where a variable's name is made up elsewhere.
TELLING = {
    "git", "USER", "USERNAME", "LOGNAME", "HOSTNAME", "COMPUTERNAME", "USERDOMAIN", "LANG", "LC_ALL", "TZ", "PWD",
    "MAIL", "EMAIL", "SSH_CONNECTION", "SSH_CLIENT", "/etc/hostname", "/etc/machine-id", "/etc/passwd", "/etc/timezone",
    "/etc/localtime", "/proc/cpuinfo",
}  # fmt: skip
# Where the environment is used as a whole, and why no more of it is read than the variables above.
WHOLE = {
    # kept, or handed on, by the same name, under which its further uses are looked at too
    "footfall/__init__.py": {"os.environ if environ is None else environ", "(self.environ, self.home)"},
    "footfall/_consent.py": {"(client.environ, client.home)"},
    "footfall/_commands.py": {"(client.clock, client.environ)", "(time.time, os.environ)"},
    "footfall/_session.py": {"(self.client.environ, switch_of(self.client.project))"},
    # a dict of three switches
    "footfall/_rules.py": {"environ.pop", "{'environ': environ}"},
    # the sender's: made of `_PASSED`, the tool's own switch and that CI markers are set
    "footfall/_spawn.py": {
        "environ.update",
        "{**environ, CHILD_MARK: '1', 'FOOTFALL_ENDPOINT': client.endpoint, 'PYTHONSAFEPATH': '1'}",
    },
    "footfall/_system.py": {
        "dict(environ)",
        "dict(environ, PWD=_HERE)",
        "os.posix_spawn(command[0], command, environ, file_actions=null_for, setpgroup=0)",
        "os.posix_spawn(command[0], command, environ, file_actions=null_for, setsid=True)",
    },
}
TREES = {path: ast.parse(path.read_text()) for path in SOURCES}
HANDED_TO = {name for tree in TREES.values() for name in takers(tree)}


def named(path):
    """A source's name, with that of its package."""
    return f"{path.parent.name}/{path.name}"


def faults_of(tree, name=""):
    """What a source named ``name`` asks for that tells somebody, something or some place from another."""
    yield from names_used(tree) & FORBIDDEN
    yield from modules_imported(tree) & FORBIDDEN_MODULES
    yield from words_in(tree) & TELLING
    yield from set(whole_environment(tree, HANDED_TO)) - WHOLE.get(name, set())


@pytest.mark.statement(35)
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_source_asks_for_it(path):
    """No source of ours that runs on a user's machine asks who, where or on which machine that is."""
    assert not list(faults_of(TREES[path], named(path)))


@pytest.mark.statement(35)
@pytest.mark.parametrize(
    "line",
    [
        "import os\nos.getcwd()",
        "from os import getcwd, getlogin",
        "from socket import gethostname as h",
        "import pwd",
        "import os as o\no.getlogin()",
        "getattr(os, 'getcwd')",
        "from pathlib import Path\nPath.cwd()",
        "import platform",
        "[v for v in os.environ.values()]",
        "for name in os.environ: pass",
        "os.environ.items()",
        "dict(os.environ)",
        "{**os.environ}",
        "f(**os.environ)",
        "str(os.environ)",
        "os.environ.copy()",
        "found = os.environ",
        "all(environ)",
        "sorted(client.environ)",
        "os.environb",
        "from os import environ",
        "from os import getenv as g",
        "os.environ == x",
        "[os.environ[name] for name in ('USER', 'HOME')]",
        "open('/etc/machine-id')",
        "run(['git', 'config'])",
        "from importlib.metadata import distributions",
        "from importlib import metadata\nmetadata.distributions()",
    ],
)
def test_each_way_of_asking_is_seen(line):
    """Each way of asking is seen, whichever source it stands in: an imported name too, and all variables at once."""
    assert all(list(faults_of(ast.parse(line), named(path))) for path in SOURCES)


@pytest.mark.statement(35)
def test_what_is_allowed_is_there():
    """The list of places that use the whole environment has no place that is not there any more."""
    found = {named(path): set(whole_environment(tree, HANDED_TO)) for path, tree in TREES.items()}
    assert {name: found[name] for name in WHOLE} == WHOLE


@pytest.mark.statement(35)
def test_the_variables_that_are_read():
    """The environment's variables that our sources name are these, and no others."""
    found = {name for tree in TREES.values() for name in variables_read(tree)}
    assert found - PLACES <= VARIABLES
    named = {"DO_NOT_TRACK", "FOOTFALL_HOME", "SUDO_USER", "HOME"}
    assert named <= found, "the reader of the sources sees them"


@pytest.mark.statement(35)
def test_the_node_name_is_not_taken():
    """Of what the kernel tells by ``uname``, which holds the host's name too, the machine's kind alone is taken."""
    for path in SOURCES:
        text = path.read_text()
        assert len(re.findall(r"os\.uname\(\)", text)) == len(re.findall(r"os\.uname\(\)\.machine", text))


OWN = (
    "/etc/footfall/consent",
    "/.dockerenv",
    "/run/.containerenv",
)  # the administrator's word; two signs of containers
SENDERS = (  # beside its own folder and what Python imports
    "/dev/null",  # in the place of a terminal
    "/usr/lib/ssl/openssl.cnf", "/etc/ssl/openssl.cnf",  # OpenSSL's settings, read by Python's ssl
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",  # to find a collector
    "/",  # its current folder, not to keep the user's
)  # fmt: skip
SIGNS = ("/pyproject.toml", "/setup.py", "/.git")  # whether the program is run from a working copy: rule 7
STRACE_SHOWS = 32  # characters of an argument that is not a path of its own
LIBRARIES = re.compile(r"/(usr/)?(local/)?lib(64)?/[^\"]*\.so[.\d]*|/etc/ld\.so\.\w+")


# The exception: what is looked at of the list of installed packages, and by whom. See the statement's note.
INFORMATION = re.compile(r'^(\d+) .*/[^/"]+\.(?:dist|egg)-info/([^/"]+)"', re.MULTILINE)
BY_THE_PROGRAM = {"direct_url.json", "RECORD"}  # once a version: whether it is a working copy, by rule 7
BY_A_SENDER = {"entry_points.txt", "METADATA"}  # plugins, of the group `footfall`; its own version


def paths_of(world, *words, program="ordinary", **environ):
    """All paths that a run and what it starts name to the kernel, but for Python's own and the state folder's."""
    start = "import sys\nsys.path.remove('')\nfrom {program} import main\nmain()"
    world.trace(*words, program=program, start=start, **environ)
    text = world._trace.read_text(errors="replace")
    places = (sys.prefix, sys.base_prefix, str(CHECKOUT), str(PROGRAMS), str(world.footfall))
    named = set(re.findall(r'"(/[^"]*)"', text))
    folder = str(world.footfall)  # strace shortens what is longer than 32 characters
    kept = {path for path in named if not path.startswith(places) and not folder.startswith(path.rstrip("/") + "/")}
    kept = {path for path in kept if not (len(path) == STRACE_SHOWS and folder.startswith(path))}
    return {path for path in kept if not LIBRARIES.fullmatch(path)}, text


def information_read(text):
    """Files about installed packages that were named, by process: that of the program, and all others."""
    first = text.partition(" ")[0]
    found = set(INFORMATION.findall(text))
    return {name for process, name in found if process == first}, {name for process, name in found if process != first}


SHELL = {"FOOTFALL_PROJECT": "hello"}
RUNS = [  # a program, the same without us, a run, what agrees, its environment
    pytest.param("ordinary", "bare", "greet", ("telemetry", "on"), {}, id="click"),
    pytest.param("ordinary_typer", "typed_bare", "greet", ("telemetry", "on"), {}, id="typer"),
    pytest.param("celled", "celled_bare", "1 + 1", ("%footfall on",), SHELL, id="jupyter"),
]


@pytest.mark.statement(35)
@pytest.mark.skipif(sys.platform != "linux", reason="strace is Linux'")
@pytest.mark.parametrize(("program", "plain", "run", "yes", "environ"), RUNS)
def test_what_is_opened_by_click_typer_and_jupyter(tmp_path, recorder, program, plain, run, yes, environ):
    """Beside what the program itself opens: an ordinary run looks for an administrator's word, a sender for little."""
    if program == "celled":
        pytest.importorskip("IPython")
    world = World(tmp_path, recorder.address)
    world.run(*yes, program=program, **environ)
    bare, bare_text = paths_of(world, run, program=plain)
    first, text = paths_of(world, run, program=program, **environ)
    assert recorder.requests, "a sender was at work"
    assert text.count("execve(") == 3, "the program's own, the shell that starts its sender, and that"
    signs = {path for path in first if path.endswith(SIGNS)}
    assert {Path(path).parent for path in signs} <= {PROGRAMS, PROGRAMS.parent}
    assert first - bare - signs - {"/bin/sh", "/proc/self/cwd"} <= {*OWN, *SENDERS}
    folders = re.compile(r'getcwd\("([^"]*)"')
    assert set(folders.findall(text)) <= {*folders.findall(bare_text), "/"}, "the user's folder is not asked for"
    by_program, by_sender = information_read(text)
    assert by_program <= BY_THE_PROGRAM
    assert by_sender <= BY_A_SENDER
    later, text = paths_of(world, run, program=program, **environ)
    assert later - bare <= set(OWN)
    assert text.count("execve(") == 1
    assert information_read(text) == (set(), set())
    assert len(folders.findall(text)) == len(folders.findall(bare_text))


@pytest.mark.statement(35)
def test_what_a_sender_is_told(tmp_path):
    """What a sender is handed of the environment is a list without a word of who or where somebody is."""
    words = ("USER", "LOGNAME", "HOST", "MAIL", "LANG", "LC_", "TZ", "PWD", "SSH", "PATH=", "TERM", "DISPLAY", "GIT")
    assert not [name for name in _spawn._PASSED if any(word in name for word in words)]
    assert not set(_consent.CI_MARKERS) & set(_spawn._PASSED), "that they are set is all that is handed on"


def bodies_of(tmp_path, recorder, name, **environ):
    """What an install sends of the same three runs, its keys left out."""
    world = World(tmp_path / name, recorder.address)
    recorder.bodies.clear()
    (tmp_path / name / "elsewhere").mkdir()
    world.run("telemetry", "on", **environ)
    for words in (("greet",), ("greet", "--name", "you"), ("fail",)):
        world.run(*words, ends=None, FOOTFALL_SENDER="1", **environ)
    world.run("telemetry", "send", "--now", **environ)
    return sorted(re.sub(rb'"key":"[0-9a-f]{32}"', b"", body) for body in recorder.bodies)


@pytest.mark.statement(36)
def test_two_installs_with_the_same_behaviour(tmp_path, recorder):
    """Another user, host, folder, time zone, language and home: the same bytes, but for the keys."""
    one = bodies_of(tmp_path, recorder, "one")
    other = bodies_of(
        tmp_path,
        recorder,
        "jane-doe",
        USER="jane",
        LOGNAME="jane",
        HOSTNAME="janes-laptop",
        TZ="Pacific/Kiritimati",
        LANG="tr_TR.UTF-8",
        LC_ALL="C.UTF-8",
        EDITOR="vi",
        SHELL="/bin/zsh",
        HOME=str(tmp_path / "jane-doe" / "elsewhere"),
        SSH_CONNECTION="192.0.2.7 1 192.0.2.8 2",
    )
    assert len(one) == 3
    assert one == other or _durations_apart(one) == _durations_apart(other)


def _durations_apart(bodies):
    """How long runs took is told in buckets, which may differ between runs of the same: on a busy machine, say."""
    return [re.sub(rb'"durations":\[[^]]*\]', b"", body) for body in bodies]


@pytest.mark.statement(36)
@pytest.mark.skipif(
    shutil.which("unshare") is None or os.name != "posix" or os.geteuid(), reason="another host by root"
)
def test_another_host_name(tmp_path):
    """On a machine of another name the first line of the spool is the same."""
    tell = [sys.executable, "-c", "from footfall import _spool_files; print(_spool_files.machine())"]
    there = ["unshare", "--uts", "sh", "-c", 'hostname janes-laptop && exec "$@"', "sh", *tell]
    found = subprocess.run(there, capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip("no name space of one's own here")
    assert found.stdout == subprocess.run(tell, capture_output=True, text=True, check=True).stdout


LOCAL = ["1.2.dev3+gabc.d2026", "1.2+corp", "1.2.dev3", "1.2rc1", "1.2a1", "1!1.2", "v1.2", "1.2-jane", "",
         "janes", "1.2\n",
         "1.2.3.4.5", "12345.1", "١.٢", "1.2.post1.dev2", "1.2.post1+x", "1..2", ".1", "1.", "1.2 ", "1_2"]  # fmt: skip


@pytest.mark.statement(39)
@pytest.mark.parametrize("version", LOCAL)
def test_what_is_no_release_is_dev(version):
    """A local build's, a pre-release's or a malformed version leaves as ``dev``."""
    assert wire.version_of(version) == wire.release_of(version) == wire.DEV


@pytest.mark.statement(39)
@pytest.mark.parametrize("version", ["1", "1.2", "1.2.3", "2026.11.21", "1.2.3.4", "1.2.post1"])
def test_releases_leave_as_they_are(version):
    """A release leaves as it is."""
    assert wire.version_of(version) == version


VERSIONS = st.from_regex(r"\A[0-9]{1,5}(\.[0-9]{1,5}){0,5}((a|rc|\.post|\.dev)[0-9]{1,4})?(\+[a-z0-9.]{1,9})?\Z")


@pytest.mark.statement(39)
@given(st.one_of(VERSIONS, st.text(max_size=20)))
def test_only_what_packaging_calls_a_release(version):
    """Whatever leaves under its own name is a version of the standard grammar, and neither local nor in the making."""
    told = wire.version_of(version)
    if told == wire.DEV:
        return
    assert told == version
    try:
        known = Version(version)
    except InvalidVersion:
        pytest.fail("it is no version")
    assert known.local is None
    assert not known.is_prerelease
    assert not known.is_devrelease
    assert known.epoch == 0
