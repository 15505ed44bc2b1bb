"""Typer programs, started as real processes, bare and counted: the same to see, and the right words."""

import copy
import os
import pickle
import re
import subprocess
import sys
import types
from importlib.metadata import version
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import footfall
import footfall_typer

ZOO = Path(__file__).with_name("zoo.py")
TYPER = tuple(int(part) for part in version("typer").split(".")[:2])
LINES = {  # what is counted of each: command, flags, outcome, kind
    "": ("(main)", "-", "ok", "-"),
    "-v": ("(main)", "--verbose", "ok", "-"),
    "--help": None,
    "-h": None,
    "db --help": None,
    "--show-completion bash": None,
    "hello you": ("hello", "-", "ok", "-"),
    "-v hello canary --color green --path /canary": ("hello", "--verbose,--color,--path", "ok", "-"),
    "hello you --color canary": ("hello", "-", "usage", "bad_parameter"),
    "hello": ("hello", "-", "usage", "missing_parameter"),
    "leave 0": ("leave", "-", "ok", "-"),
    "leave 3": ("leave", "-", "exit", "-"),
    "abort": ("abort", "-", "aborted", "-"),
    "db migrate": ("db migrate", "-", "ok", "-"),
    "db --fast migrate --dry-run": ("db migrate", "--fast,--dry-run", "ok", "-"),
    "db canary": ("db", "-", "usage", "no_such_command"),
    "canary": ("(main)", "-", "usage", "no_such_command"),
    "--canary": ("(main)", "-", "usage", "no_such_option"),
}
RUN_LINES = ["", "hello you", "-v db migrate --dry-run", "leave 3", "abort", "canary", "--canary", "db --help"]


@pytest.fixture(autouse=True)
def _released(monkeypatch):
    """Programs that these tests make stand for releases, though their code lies in this working copy."""
    monkeypatch.setattr("footfall._install.how_installed", lambda *_: "")


def start(place, line, *command, **more):
    """Code, output and errors of a run."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(place), "LC_ALL": "C.UTF-8"}
    command = [sys.executable, *(command or [str(ZOO)]), *line.split()]
    done = subprocess.run(command, cwd=place, env={**environ, **more}, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), re.sub("0x[0-9a-f]+", "0x", done.stderr.decode())


def counted(place, when="last"):
    """An environment in which the zoo is instrumented and on."""
    return {"ZOO_WHEN": when, "ZOO_TELEMETRY": "1", "FOOTFALL_SENDER": "1", "FOOTFALL_HOME": str(place / "state")}


def spool(place):
    """All text of the spool."""
    return "".join(path.read_text() for path in (place / "state").rglob("*.log"))


def ends(text):
    """Command, flags, outcome and kind of each run that has ended, if it was not withdrawn."""
    lines = [line.split("\t") for line in text.splitlines()]
    return [tuple(line[4:8]) for line in lines if line[0] == "E"]


@pytest.mark.parametrize("line", LINES)
def test_a_run_is_what_it_was_and_counts(tmp_path, line):
    """Code, output and errors are those of the bare program, rich or not; the spool holds declared words alone."""
    bare = start(tmp_path, line)
    assert start(tmp_path, line, **counted(tmp_path)) == bare
    fails = "show-completion" in line and bare[0]  # where no shell is to be found above this process
    told = ("(main)", "-", "exit", "-") if fails else LINES[line]
    assert ends(spool(tmp_path)) == ([told] if told else [])
    assert "canary" not in spool(tmp_path)


@pytest.mark.parametrize("line", ["hello you", "db migrate --dry-run", "canary"])
@pytest.mark.parametrize("when", ["first", "middle", "last"])
def test_any_order_of_registration(tmp_path, when, line):
    """An app may be instrumented before, among and after the registration of its callback, commands and sub-apps."""
    assert start(tmp_path, line, **counted(tmp_path, when)) == start(tmp_path, line)
    assert [found[0] for found in ends(spool(tmp_path))] == [LINES.get(line, ("db migrate",))[0]]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="our frames stay in tracebacks")
@pytest.mark.parametrize("standard", ["", "1"])
def test_tracebacks_are_what_they_were(tmp_path, standard):
    """Rich tracebacks and Python's own are the same, byte for byte."""
    more = {"_TYPER_STANDARD_TRACEBACK": standard}
    bare = start(tmp_path, "fail canary", **more)
    assert "ValueError: canary" in bare[2]
    assert start(tmp_path, "fail canary", **counted(tmp_path), **more) == bare
    assert ends(spool(tmp_path)) == [("fail", "-", "error", "ValueError")]
    assert "canary" not in spool(tmp_path)


@pytest.mark.parametrize("line", RUN_LINES)
def test_typers_own_run_counts_as_the_programs(tmp_path, line):
    """``python -m typer zoo.py run …`` is what it was, and counts with the words of the program's own call."""
    command = ("-m", "typer", str(ZOO), "run")
    expected = start(tmp_path, line, *command)
    assert start(tmp_path, line, *command, **counted(tmp_path)) == expected
    flags = "--verbose,--dry-run" if "dry" in line else "-"
    known = {**LINES, "-v db migrate --dry-run": ("db migrate", flags, "ok", "-")}
    assert ends(spool(tmp_path)) == ([known[line]] if known[line] else [])


def test_completion_leaves_nothing(tmp_path):
    """A word's completion is what it was, and no file is written."""
    more = {"_ZOO.PY_COMPLETE": "complete_bash", "COMP_WORDS": "zoo.py db ", "COMP_CWORD": "2"}
    more["_TYPER_COMPLETE_ARGS"] = "zoo.py db "
    bare = start(tmp_path, "", **more)
    assert "migrate" in bare[1]
    assert start(tmp_path, "", **counted(tmp_path), **more) == bare
    assert not (tmp_path / "state").exists()


def test_a_run_that_nobody_allowed_writes_nothing(tmp_path):
    """Where it is local without anybody's word for it, the run is what it was."""
    environ = {**counted(tmp_path), "ZOO_TELEMETRY": "local", "CI": "1"}
    assert start(tmp_path, "hello you", **environ) == start(tmp_path, "hello you")
    assert spool(tmp_path) == ""


@pytest.fixture
def client(tmp_path):
    """A client of its own home."""
    environ = {"MYTOOL_TELEMETRY": "1", "FOOTFALL_SENDER": "1"}
    where = {"endpoint": "http://127.0.0.1:9", "home": str(tmp_path / "state"), "environ": environ}
    return footfall.Client("mytool", version="1.0", **where)


def greet(*, loud: bool = False):
    """Greets."""
    typer.echo("hello")


def other():
    """Does something else."""


def test_one_command_and_then_two(client, tmp_path):
    """An app's only command is the program itself, until a second one is there."""
    app = footfall_typer.instrument(typer.Typer(), client)
    app.command()(greet)
    assert CliRunner().invoke(app, ["--loud"]).exit_code == 0
    app.command()(other)
    assert CliRunner().invoke(app, ["greet", "--loud"]).exit_code == 0
    assert ends(spool(tmp_path)) == [("(main)", "--loud", "ok", "-"), ("greet", "--loud", "ok", "-")]
    assert set(client.commands()) == {"(main)", "greet", "other"}


def test_instrumented_twice_counts_once(client, tmp_path):
    """A second call, also with another client, changes nothing; the class and the built program stay what they are."""
    app = footfall_typer.instrument(typer.Typer(), client)
    app.command()(greet)
    app.command()(other)
    words, kind = client.commands, type(app)
    second = footfall.Client("othertool", version="1.0", endpoint="http://127.0.0.1:9", home=str(tmp_path / "two"))
    assert footfall_typer.instrument(footfall_typer.instrument(app, client), second) is app
    assert (client.commands, type(app), second.commands) == (words, kind, None)
    for _ in range(3):
        assert CliRunner().invoke(app, ["greet"]).exit_code == 0
    assert client.commands is words
    assert ends(spool(tmp_path)) == [("greet", "-", "ok", "-")] * 3
    assert type(typer.main.get_command(app)) is typer.core.TyperGroup
    assert isinstance(app, typer.Typer)
    assert not (tmp_path / "two").exists()


class Own(typer.core.TyperGroup):
    """A group class of the program's."""


@pytest.mark.parametrize("explicit", [Own, None])
def test_own_group_class(client, tmp_path, explicit):
    """A callback's own class, registered late, is that of the program, and the program is counted."""
    app = footfall_typer.instrument(typer.Typer(cls=Own), client)
    app.callback(cls=explicit)(other)
    app.command()(greet)
    assert type(typer.main.get_command(app)) is (explicit or typer.core.TyperGroup)
    assert CliRunner().invoke(app, ["greet"]).exit_code == 0
    assert ends(spool(tmp_path)) == [("greet", "-", "ok", "-")]


@pytest.mark.privacy
@pytest.mark.statement(28)
def test_a_plugins_commands_are_other(client, tmp_path):
    """A command that another package registered is ``other``, and so is its option."""
    plugin = types.ModuleType("canaryplugin")
    exec("def canary(fast: bool = False): pass", vars(plugin))
    sys.modules["canaryplugin"] = plugin  # Typer asks for a function's annotations there
    app = footfall_typer.instrument(typer.Typer(), client)
    app.command()(greet)
    app.command()(plugin.canary)
    try:
        assert CliRunner().invoke(app, ["canary", "--fast"]).exit_code == 0
        assert set(client.commands()) == {"(main)", "greet"}
    finally:
        del sys.modules["canaryplugin"]
    assert [command for command, *_ in ends(spool(tmp_path))] == ["other"]
    assert "canary" not in spool(tmp_path)
    assert "fast" not in spool(tmp_path)


def test_users_command(client, tmp_path):
    """A group has the user's command, in help too, and its use is not counted."""
    app = footfall_typer.instrument(typer.Typer(), client)
    app.command()(greet)
    app.command()(other)
    assert "telemetry" in CliRunner().invoke(app, ["--help"]).output
    assert CliRunner().invoke(app, ["telemetry", "status"]).exit_code == 0
    assert spool(tmp_path) == ""


def test_command_of_the_same_name(client):
    """A program that has a command of that name already is told so when it is run."""
    app = footfall_typer.instrument(typer.Typer(), client)
    app.command("telemetry")(greet)
    app.command()(other)
    with pytest.raises(footfall.PlanError, match="already"):
        typer.main.get_command(app)


@pytest.mark.parametrize(("thing", "hint"), [(greet, "run"), (5, "no Typer app")])
def test_what_is_no_app_is_refused(client, thing, hint):
    """Anything else than an app is refused, and the text says what to do."""
    with pytest.raises(footfall.PlanError, match=hint):
        footfall_typer.instrument(thing, client)


def test_run_takes_a_function(client, tmp_path, monkeypatch, capsys):
    """``run`` is ``typer.run``, counted; an app is refused."""
    monkeypatch.setattr(sys, "argv", ["mytool", "--loud"])
    with pytest.raises(SystemExit) as left:
        footfall_typer.run(greet, client)
    assert (left.value.code, capsys.readouterr().out) == (0, "hello\n")
    assert ends(spool(tmp_path)) == [("(main)", "--loud", "ok", "-")]
    with pytest.raises(footfall.PlanError, match="takes a function"):
        footfall_typer.run(typer.Typer(), client)


@pytest.mark.parametrize("when", ["", "last"])
def test_exported_plan(tmp_path, when):
    """``footfall plan`` exports a program's words, whether it is instrumented or not."""
    script = "import sys; from footfall.cli import main; sys.exit(main(sys.argv[1:]))"
    line = "plan zoo:app --project zoo --version 1.4.2"
    done = start(tmp_path, line, "-c", script, PYTHONPATH=str(ZOO.parent), **counted(tmp_path, when))
    assert done[0] == 0, done[2]
    assert {'"db migrate" = ["--dry-run"]', "fail = []"} <= set(done[1].splitlines()), done[1]


ONE = """
import footfall
import footfall_typer

def main(loud: bool = False): pass
def start(): footfall_typer.run(main, client)

client = footfall.Client("one", version="1.0", endpoint="https://usage.example.org")
if __name__ == "__main__":
    start()
"""


def test_a_function_for_run_is_exported_by_its_name(tmp_path):
    """The words of a program that ``run`` runs are its function's; who names the one that calls ``run`` is told so."""
    (tmp_path / "one.py").write_text(ONE)

    def plan(program):
        environ = {"PATH": "", "PYTHONPATH": str(tmp_path)}
        command = [sys.executable, "-m", "footfall.cli", "plan", program]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=environ)

    assert '"(main)" = ["--loud"]' in plan("one:main").stdout
    refused = plan("one:start")
    assert refused.returncode == 1
    assert "name the function that it gives" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert plan("one:client").returncode == 1


def test_a_function_beside_another_program_is_none(tmp_path):
    """A function of a module whose client counts an app already is not taken for a program."""
    (tmp_path / "two.py").write_text(ONE + "import typer\napp = footfall_typer.instrument(typer.Typer(), client)\n")
    command = [sys.executable, "-m", "footfall.cli", "plan", "two:main"]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, env={"PATH": ""})
    assert (ran.returncode, ran.stdout) == (1, "")


def test_version_is_that_of_the_distribution():
    """``__version__`` is what the installed distribution's metadata says, and other names are refused."""
    assert footfall_typer.__version__ == version("footfall-typer")
    with pytest.raises(AttributeError, match="nothing"):
        _ = footfall_typer.nothing


def test_part_of_another_program(client, tmp_path):
    """An app that is mounted in another counts there once, by its place in the other, and alone by its own names."""
    part = footfall_typer.instrument(typer.Typer(), client, command=None)
    part.command()(greet)
    part.command()(other)
    whole = footfall_typer.instrument(typer.Typer(), client, command=None)
    whole.add_typer(part, name="part")
    assert CliRunner().invoke(whole, ["part", "greet"]).exit_code == 0
    assert CliRunner().invoke(part, ["greet"]).exit_code == 0
    assert [found[0] for found in ends(spool(tmp_path))] == ["part greet", "greet"]


def test_part_of_a_program_that_is_not_counted(client, tmp_path):
    """Mounted in a program that nobody instrumented, an app counts nothing."""
    part = footfall_typer.instrument(typer.Typer(), client)
    part.command()(greet)
    whole = typer.Typer()
    whole.add_typer(part, name="part")
    assert CliRunner().invoke(whole, ["part", "greet"]).exit_code == 0
    assert spool(tmp_path) == ""


def test_commands_that_are_loaded_late(client, tmp_path):
    """An app whose class loads its commands when they are first looked at is loaded no earlier, and counted."""
    loaded = []

    class Late(typer.Typer):
        """Registers its commands when Typer reads them."""

        @property
        def registered_commands(self):
            """The commands, loaded once."""
            if not loaded and vars(self).get("is_ready"):
                loaded.append("now")
                self.command()(greet)
                self.command()(other)
            return vars(self).setdefault("commands", [])

        @registered_commands.setter
        def registered_commands(self, value):
            self.commands = value

    app = Late()
    app.is_ready = True
    footfall_typer.instrument(app, client)
    assert loaded == []
    assert CliRunner().invoke(app, ["greet"]).exit_code == 0
    assert ends(spool(tmp_path)) == [("greet", "-", "ok", "-")]


@pytest.mark.skipif(TYPER >= (0, 26), reason="Typer's own Click has no chains")
def test_chain(client, tmp_path):
    """Each command of a chain counts."""
    app = footfall_typer.instrument(typer.Typer(chain=True), client)
    app.command()(greet)
    app.command()(other)
    assert CliRunner().invoke(app, ["greet", "--loud", "other"]).exit_code == 0
    assert ends(spool(tmp_path)) == [("greet", "--loud", "ok", "-"), ("other", "-", "ok", "-")]


def test_context_settings_of_the_only_command(client):
    """What Typer writes into its records while it builds a program is there afterwards, as without us."""
    app = footfall_typer.instrument(typer.Typer(context_settings={"help_option_names": ["-h"]}), client)
    app.command()(greet)
    assert CliRunner().invoke(app, ["-h"]).exit_code == 0
    assert app.registered_commands[0].context_settings == {"help_option_names": ["-h"]}


def module_level(name: str = "world") -> None:
    """A command's code that can be pickled."""


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda app: pickle.loads(pickle.dumps(app))])
def test_copies_of_an_app_are_the_bare_app(make, client):
    """An app that is counted can be copied and pickled as before, and its copy is one that nobody counts."""
    app = typer.Typer(add_completion=False)
    app.command()(module_level)
    footfall_typer.instrument(app, client)
    assert CliRunner().invoke(app, []).exit_code == 0
    copied = make(app)
    assert type(copied) is typer.Typer
    assert b"footfall" not in pickle.dumps(app), "who loads it need not have us"
    assert not hasattr(typer.main.get_command(copied).main, "footfall_client")
    assert CliRunner().invoke(copied, ["--name", "x"]).exit_code == 0
    assert hasattr(typer.main.get_command(app).main, "footfall_client")


def test_a_run_has_begun_when_the_apps_own_code_runs(client, tmp_path):
    """A run that is killed in the app's callback is counted: its start is written before that runs."""
    app, seen = typer.Typer(), []

    @app.callback()
    def main():
        seen.append(spool(tmp_path))

    app.command()(greet)
    app.command()(other)
    footfall_typer.instrument(app, client)
    assert CliRunner().invoke(app, ["greet"]).exit_code == 0
    assert [line.split("\t")[4] for line in seen[0].splitlines() if line.startswith("S\t")] == ["greet"]
