"""Programs in programs, commands that run commands, threads, forks, copies: each run counts once, as itself."""

import asyncio
import contextlib
import copy
import dataclasses
import functools
import os
import pickle
import signal
import subprocess
import sys
import threading
from pathlib import Path
from unittest import mock

import anyio
import click
import pytest
from click.testing import CliRunner

import footfall_click


def program(**codes):
    """A program whose commands do what is given."""
    cli = click.Group("cli", callback=lambda: None)
    for name, code in codes.items():
        cli.command(name)(code)
    return cli


def module_level(old):
    """A command's code that can be pickled."""


def test_instrumented_twice_is_once(install):
    """A second call changes nothing and counts nothing twice."""
    cli = program(hello=lambda: None)
    for _ in range(3):
        assert install.instrument(cli) is cli
    install.run(cli, "hello")
    assert install.report().rows == {("hello", "ok"): 1}


def test_two_clients_of_one_program(install):
    """The first client that a program is given counts it; a second is not heard."""
    cli = install.instrument(install.instrument(program(hello=lambda: None)), "othertool")
    install.run(cli, "hello")
    assert install.report("mytool").rows == {("hello", "ok"): 1}
    assert install.report("othertool").rows == {}


@pytest.mark.parametrize("standalone", [True, False])
def test_program_that_runs_itself_counts_once(install, standalone):
    """A program whose command runs the same program is one run, of the outer command."""

    def outer():
        try:
            cli.main(["inner"], standalone_mode=standalone)
        except SystemExit:
            click.echo("inner left")

    cli = program(outer=outer, inner=lambda: click.echo("inner"))
    assert install.run(cli, "outer").output.startswith("inner\n")
    assert install.report().rows == {("outer", "ok"): 1}


def test_program_that_runs_anothers(install):
    """Two programs with a client each count a run each, also while one runs the other."""

    def outer():
        inner.main(["work", "--fast"], standalone_mode=False)
        raise LookupError

    inner = program(work=click.option("--fast", is_flag=True)(lambda fast: None))
    cli = program(outer=outer)
    install.instrument(inner, "othertool")
    install.run(cli, "outer")
    assert install.report("mytool").rows == {("outer", "error"): 1}
    assert install.report("othertool").rows == {("work", "ok"): 1}
    assert install.report("othertool").flags == {("work", "--fast"): 1}


@pytest.mark.parametrize("project", ["mytool", "othertool"])
def test_program_that_is_anothers_subcommand(install, project):
    """A counted program that is a subcommand of another counts for the one that was started."""
    inner, outer = program(work=lambda: None), program()
    outer.add_command(inner, "inner")
    install.instrument(inner, project)
    install.run(outer, "inner work")
    assert install.report().rows == {("inner work", "ok"): 1}
    CliRunner().invoke(inner, ["work"])
    assert install.report(project).rows[("work", "ok")] == 1


def test_command_shared_by_two_programs(install):
    """A command that is part of two programs counts for each with all it was given."""
    shared = click.Command("work", params=[click.Option(["--fast"], is_flag=True)], callback=lambda fast: None)
    first, second = program(), program()
    for cli, project in ((first, "mytool"), (second, "othertool")):
        cli.add_command(shared)
        install.instrument(cli, project)
    for cli in (first, second, first):
        CliRunner().invoke(cli, ["work", "--fast"])
    assert install.report("mytool").flags == {("work", "--fast"): 2}
    assert install.report("othertool").flags == {("work", "--fast"): 1}
    assert install.spool("mytool").count("\nS\t") == 4  # as the group's code begins, and the command's
    assert install.spool("othertool").count("\nS\t") == 2


@pytest.mark.parametrize("way", ["invoke", "forward", "callback", "main", "context", "dispatch"])
def test_command_that_runs_another_is_one_run(install, way):
    """A command that runs a sibling, in whatever way, is one run of its own."""

    @click.command()
    @click.option("--level", default=1)
    @click.pass_context
    def outer(ctx, level):
        if way == "invoke":
            ctx.invoke(inner, level=level)
        elif way == "forward":
            ctx.forward(inner)
        elif way == "callback":
            inner.callback(level)
        elif way == "main":
            inner.main(["--level", "2"], standalone_mode=False)
        elif way == "context":
            with inner.make_context("inner", ["--level", "2"], parent=ctx.parent) as made:
                inner.invoke(made)
        else:
            with ctx.parent.command.make_context(None, ["inner", "--level", "2"], parent=ctx.parent) as made:
                ctx.parent.command.invoke(made)

    inner = click.Command("inner", params=[click.Option(["--level"])], callback=lambda level: click.echo(f"at {level}"))
    cli = program()
    cli.add_command(outer)
    cli.add_command(inner)
    for line in ("inner", "outer"):
        result = install.run(cli, line)
        assert result.exit_code == 0, result.output
        assert "at" in result.output
    assert install.report().rows == {("inner", "ok"): 1, ("outer", "ok"): 1}
    assert install.report().flags == {}


def test_command_that_prints_anothers_help_is_a_run(install):
    """A help text that a command's own code asks for ends that command's run, and withdraws nothing."""
    inner = click.Command("inner", callback=lambda: None)
    cli = program(outer=lambda: inner.make_context("inner", ["--help"]))
    assert "Usage: " in install.run(cli, "outer").output
    assert install.report().rows == {("outer", "ok"): 1}


def test_prompt_in_a_groups_own_code(install):
    """A program that reads lines and runs them itself, as a shell of its own, is one run of ``(main)``."""

    @click.group(invoke_without_command=True)
    @click.pass_context
    def cli(ctx):
        if ctx.invoked_subcommand is not None or ctx.parent is not None:
            return
        for line in (["hello"], ["nope"], ["fail"], ["hello", "--help"]):
            try:
                with ctx.command.make_context(None, line, parent=ctx) as made:
                    ctx.command.invoke(made)
            except (click.ClickException, click.exceptions.Exit, LookupError) as error:
                click.echo(type(error).__name__)

    cli.command("hello")(lambda: click.echo("hello"))

    @cli.command()
    def fail():
        raise LookupError

    result = install.run(cli, "")
    assert "LookupError" in result.output, result.output
    assert install.report().rows == {("(main)", "ok"): 1}


def test_group_that_runs_another_commands_invoke(install):
    """A group's class may hand its own context to a command: the command runs, not the group again."""

    class Delegating(click.Group):
        def invoke(self, ctx):
            """Another command's code, with this context."""
            return self.commands["hello"].invoke(ctx)

    cli = Delegating("cli", invoke_without_command=True, no_args_is_help=False)
    cli.add_command(click.Command("hello", callback=lambda: click.echo("hello")))
    for _ in range(2):  # the second time the command has been seen
        assert install.run(cli, "hello").output == "hello\n"
    ordinary = program()
    ordinary.add_command(cli.commands["hello"])
    install.run(ordinary, "hello")
    assert install.run(cli, "hello").output == "hello\n"


def test_default_command_put_in_by_invoke(install):
    """A group's class may add the command that was not typed when it is invoked: that is the one counted."""

    class Defaulting(click.Group):
        def invoke(self, ctx):
            """With ``hello`` if nothing was typed."""
            name = "_protected_args" if "_protected_args" in vars(ctx) else "protected_args"
            setattr(ctx, name, getattr(ctx, name) or ["hello"])
            return super().invoke(ctx)

    cli = Defaulting("cli", callback=lambda: None, invoke_without_command=True)
    cli.command("hello")(lambda: None)
    install.run(cli, "")
    assert install.report().rows == {("hello", "ok"): 1}


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.filterwarnings("ignore:'isolated_filesystem' is deprecated:DeprecationWarning")
def test_runner_in_an_isolated_filesystem(install, times):
    """Runs under ``CliRunner`` count wherever its file system is."""
    cli = program(hello=lambda: Path("made").touch())
    for _ in range(times):
        with CliRunner().isolated_filesystem():
            install.run(cli, "hello")
            assert Path("made").exists()
    assert install.report().rows == {("hello", "ok"): times}


def test_runner_in_a_command(install):
    """A command that runs another program under ``CliRunner`` has both counted and its own output whole."""
    inner = program(work=lambda: click.echo("inner"))
    install.instrument(inner, "othertool")
    cli = program(outer=lambda: click.echo(CliRunner().invoke(inner, ["work"]).output.upper()))
    assert install.run(cli, "outer").output == "INNER\n\n"
    assert install.report("mytool").rows == {("outer", "ok"): 1}
    assert install.report("othertool").rows == {("work", "ok"): 1}


def test_threads(install):
    """Runs in several threads at once count each, with its own flags and ending."""
    barrier = threading.Barrier(8)

    def work(number, fail):
        barrier.wait()
        if fail:
            raise LookupError

    options = [click.Option(["--number"], type=int), click.Option(["--fail"], is_flag=True)]
    cli = install.instrument(click.Command("cli", params=options, callback=work))

    def run(number):
        for _ in range(5):
            words = ["--fail"] if number % 2 else ["--number", "1"]
            try:
                cli.main(words, "cli", standalone_mode=False)
            except LookupError:
                pass

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert install.report().rows == {("(main)", "ok"): 20, ("(main)", "error"): 20}
    assert install.report().flags == {("(main)", "--number"): 20, ("(main)", "--fail"): 20}


@pytest.mark.parametrize("chain", [False, True])
@pytest.mark.parametrize("ending", ["return", "exit", "error"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_fork_in_a_command(install, ending, chain):
    """A child forked by a command is no run, however it ends; the parent's run is one."""

    def forking():
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        elif ending == "error":
            raise LookupError
        elif ending == "exit":
            raise SystemExit(3)

    cli = click.Group("cli", callback=lambda: None, chain=chain)
    cli.command("forking")(forking)
    install.instrument(cli)
    parent = os.getpid()
    try:
        with contextlib.suppress(BaseException):
            cli.main(["forking"], "cli", standalone_mode=False)
    finally:
        if os.getpid() != parent:
            os._exit(0)
    assert install.report().rows == {("forking", "ok"): 1}
    assert install.spool().count("\nE\t") == 1


@pytest.mark.parametrize("runner", [lambda run: asyncio.run(run()), anyio.run])
@pytest.mark.parametrize("error", [None, KeyError()])
def test_async_code(install, runner, error):
    """A command whose code is a coroutine under a wrapper counts like any other, with its exceptions."""

    def awaited(code):
        @functools.wraps(code)
        def wrapper(**given):
            return runner(functools.partial(code, **given))

        return wrapper

    @click.command()
    @click.option("--fast", is_flag=True)
    @awaited
    async def cli(fast):
        await asyncio.sleep(0)
        if error is not None:
            raise error
        click.echo("slept")

    result = install.run(cli, "--fast")
    assert result.output == ("" if error else "slept\n")
    assert install.report().rows == {("(main)", "error" if error else "ok"): 1}
    assert install.report().errors == ({("(main)", "KeyError"): 1} if error else {})


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda cli: pickle.loads(pickle.dumps(cli))])
def test_copies_of_a_program_are_themselves(install, make):
    """A copy of a counted program runs its own code, with its own parameters, and is not counted."""
    cli = click.Command("cli", callback=module_level, params=[click.Option(["--old"])])
    try:
        make(cli)
    except ValueError:
        pytest.skip("this Click's own options cannot be copied so")
    copied = make(install.instrument(cli))
    copied.params = []
    copied.callback = lambda: click.echo("copy")
    assert CliRunner().invoke(copied, []).output == "copy\n"
    assert CliRunner().invoke(copied, ["--old", "x"]).exit_code == 2
    assert install.files() == []
    assert vars(copied).keys() == vars(click.Command("cli")).keys()
    install.instrument(copied)
    CliRunner().invoke(copied, [])
    install.run(cli, "--old x")
    assert install.report().rows == {("(main)", "ok"): 2}


def test_copies_of_a_command_are_themselves(install):
    """A copy of a command that was run, put in its place, runs its own code and counts by the same name."""
    cli = program(hello=lambda: click.echo("original"))
    install.run(cli, "hello")
    copied = copy.copy(cli.commands["hello"])
    copied.callback = lambda: click.echo("copy")
    cli.commands["hello"] = copied
    assert install.run(cli, "hello").output == "copy\n"
    assert install.report().rows == {("hello", "ok"): 2}


def test_own_invoke_of_an_object(install):
    """A command whose ``invoke`` the program has replaced on the object still runs that."""
    cli = program(hello=lambda: click.echo("never"))
    cli.commands["hello"].invoke = lambda ctx: click.echo("replaced")
    assert install.run(cli, "hello").output == "replaced\n"
    assert install.report().rows == {("hello", "ok"): 1}


def test_click_itself_is_untouched(install):
    """Only the program's own objects change: Click's classes, and programs beside it, stay as they are."""
    before = {kind: dict(vars(kind)) for kind in (click.Command, click.Group, click.Context, click.Option)}
    beside = program(hello=lambda: None)
    install.run(program(hello=lambda: None), "hello")
    CliRunner().invoke(beside, ["hello"])
    assert {kind: dict(vars(kind)) for kind in before} == before
    ours = {"main", "make_context", "invoke", "resolve_command", "__getstate__"}
    assert not ours & (vars(beside).keys() | vars(beside.commands["hello"]).keys())


def test_return_values(install):
    """``standalone_mode=False`` gives back what the command returned, and ``ctx.exit``'s code."""
    cli = program(value=lambda: {"a": 1}, code=lambda: click.get_current_context().exit(3))
    assert install.instrument(cli).main(["value"], standalone_mode=False) == {"a": 1}
    assert cli.main(["code"], standalone_mode=False) == 3
    assert cli(["value"], standalone_mode=False) == {"a": 1}


def test_generators_come_back_unread(install):
    """What a command returns is handed on as it is."""
    cli = install.instrument(click.Command("cli", callback=lambda: iter([1, 2])))
    assert list(cli.main([], standalone_mode=False)) == [1, 2]


def test_each_client_has_one_reader_of_the_tree(install):
    """Two programs of one client give it the words of both."""
    first, second = program(one=lambda: None), program(two=lambda: None)
    for cli in (first, second):
        footfall_click.instrument(cli, install.client(), command=None, packages=[install.package])
    assert install.client().commands().keys() == {"(main)", "one", "two"}


LIMITED = """
import signal, sys, time, click, footfall, footfall_click
class Late(Exception): pass
def late(*_):
    global fired
    fired += 1
    raise Late
@click.command()
def cli():
    while time.perf_counter() < ends: pass
client = footfall.Client("mytool", version="1", endpoint="http://127.0.0.1:9", home=sys.argv[1],
                         environ={"MYTOOL_TELEMETRY": "1", "FOOTFALL_SENDER": "1"})
footfall_click.instrument(cli, client)
fired = heard = ends = 0
signal.signal(signal.SIGALRM, late)
for n in range(400):
    ends = time.perf_counter() + 0.002
    try:
        signal.setitimer(signal.ITIMER_REAL, 1e-5 * (1 + n % 200))
        cli([], standalone_mode=False)
    except Late:
        heard += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
assert not client._open
print(fired, heard)
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_a_time_limit_is_kept_wherever_it_strikes(tmp_path):
    """What a program's own signal handler raises ends the command, also where it strikes while our code runs."""
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    fired, heard = map(int, run.stdout.split())
    assert fired > 100
    # Where it strikes in a callback of Python's own, Python drops it, and seldom says so.
    assert heard > 0.98 * fired, run.stderr


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    """An exception that lets nobody set an attribute of it."""

    code: int


class RaisesFrozen(click.Command):
    """A command whose own way of being run raises it."""

    def invoke(self, ctx):
        """Raise."""
        raise Frozen(3)


def test_an_exception_that_cannot_be_changed_is_itself(install):
    """An exception that is a frozen dataclass comes out of a counted program as what it is."""
    result = install.run(RaisesFrozen("cli"))
    assert result.exception == Frozen(3)


def test_a_mocked_command_runs(install):
    """A command whose code is a mock, which has any attribute, is run and counted as one of nobody's."""
    cli = program(hello=lambda: None)
    cli.commands["hello"].callback = mock.MagicMock(return_value=None)
    assert install.run(cli, "hello").exit_code == 0
    assert install.report().rows == {("other", "ok"): 1}
