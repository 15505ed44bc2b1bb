"""How a run ends: its outcome and the kind of its error, from exception classes alone."""

import builtins
import contextlib
import errno
import sys

import click
import pytest

import footfall
import footfall_click


def program(ending, **settings):
    """A program whose command ends by calling ``ending``."""

    @click.group(**settings)
    @click.option("--level", type=int)
    def cli(level):
        pass

    @cli.command()
    @click.argument("name", required=False)
    @click.option("--kind", type=click.Choice(["a", "b"]))
    @click.option("--must", required=ending is None)
    def hello(name, kind, must):
        ending()

    return cli


def raising(error):
    """A function that raises ``error``."""

    def ending():
        raise error

    return ending


class Own(Exception):
    """A program's own exception."""


class OwnUsage(click.BadParameter):
    """A program's own usage error."""


class OwnExit(click.ClickException):
    """A program's own message."""

    exit_code = 5


Lookalike = type("ValueError", (Exception,), {})
Subclass = type("ValueError", (ValueError,), {})

ENDINGS = [
    (lambda: None, "ok", None),
    (lambda: "a value", "ok", None),
    (lambda: click.get_current_context().exit(), "ok", None),
    (lambda: click.get_current_context().exit(3), "exit", None),
    (lambda: click.get_current_context().abort(), "aborted", None),
    (lambda: click.get_current_context().fail("canary"), "usage", "usage"),
    (sys.exit, "ok", None),
    (lambda: sys.exit(0), "ok", None),
    (lambda: sys.exit(3), "exit", None),
    (lambda: sys.exit("canary"), "exit", None),
    (raising(click.Abort()), "aborted", None),
    (raising(KeyboardInterrupt()), "aborted", None),
    (raising(EOFError()), "aborted", None),
    (raising(click.exceptions.Exit(0)), "ok", None),
    (raising(click.ClickException("canary")), "exit", None),
    (raising(click.FileError("canary")), "exit", None),
    (raising(OwnExit("canary")), "exit", None),
    (raising(OSError(errno.EPIPE, "canary")), "exit", None),
    (raising(BrokenPipeError(errno.EPIPE, "canary")), "exit", None),
    (raising(click.UsageError("canary")), "usage", "usage"),
    (raising(click.BadParameter("canary")), "usage", "bad_parameter"),
    (raising(OwnUsage("canary")), "usage", "bad_parameter"),
    (raising(click.BadOptionUsage("canary", "canary")), "usage", "bad_option"),
    (raising(click.BadArgumentUsage("canary")), "usage", "bad_argument"),
    (raising(OSError(errno.ENOENT, "canary")), "error", "FileNotFoundError"),
    (raising(OSError("canary")), "error", "OSError"),
    (raising(ValueError("canary")), "error", "ValueError"),
    (raising(KeyError("canary")), "error", "KeyError"),
    (raising(RecursionError()), "error", "RecursionError"),
    (raising(MemoryError()), "error", "MemoryError"),
    (raising(StopIteration()), "error", "StopIteration"),
    (raising(GeneratorExit()), "error", "GeneratorExit"),
    (raising(Warning("canary")), "error", "Warning"),
    (raising(Own("canary")), "error", "other"),
    (raising(Lookalike("canary")), "error", "other"),
    (raising(Subclass("canary")), "error", "other"),
]
if sys.version_info >= (3, 11):
    group = builtins.ExceptionGroup("canary", [ValueError("canary"), Own("canary")])
    ENDINGS.append((raising(group), "error", "ExceptionGroup"))


@pytest.mark.statement(34)
@pytest.mark.privacy
@pytest.mark.parametrize(("ending", "outcome", "kind"), ENDINGS)
@pytest.mark.parametrize("standalone", [True, False])
def test_ending_is_told_by_class(install, ending, outcome, kind, standalone):
    """A command's ending has one outcome, whether Click or the caller deals with it, and no word of a message."""
    cli = install.instrument(program(ending))
    with contextlib.suppress(BaseException):
        cli.main(["hello", "you"], "cli", standalone_mode=standalone)
    report = install.report()
    assert report.rows == {("hello", outcome): 1}
    assert report.errors == ({("hello", kind): 1} if kind else {})
    assert "canary" not in install.spool()


def test_errors_of_the_plan_have_their_name(tmp_path):
    """A class that the plan names is told by its name; one that only looks like it is not."""
    environ = {"MYTOOL_TELEMETRY": "1", "FOOTFALL_SENDER": "1"}
    plan = footfall.Plan(errors=[Own])
    where = {"environ": environ, "home": str(tmp_path), "endpoint": "http://127.0.0.1:9"}
    client = footfall.Client("mytool", version="1.0", plan=plan, **where)
    for error in (Own(), type("Own", (Exception,), {})()):
        cli = footfall_click.instrument(program(raising(error)), client, command=None)
        click.testing.CliRunner().invoke(cli, ["hello"])
    text = "".join(path.read_text() for path in tmp_path.rglob("*.log"))
    assert [line.split("\t")[7] for line in text.splitlines() if line.startswith("E")] == ["Own", "other"]


USAGE = [
    ("hello --kind c", "hello", "bad_parameter"),
    ("hello --kind", "hello", "bad_option"),
    ("hello --nope", "hello", "no_such_option"),
    ("hello -x", "hello", "no_such_option"),
    ("hello --must x a b", "hello", "usage"),
    ("hello", "hello", "missing_parameter"),
    ("helo", "(main)", "no_such_command"),
    ("--nope hello", "(main)", "no_such_option"),
    ("--level x hello", "(main)", "bad_parameter"),
    ("--level", "(main)", "bad_option"),
    ("hello --must=1 --kind=canary", "hello", "bad_parameter"),
]


@pytest.mark.statement(31)
@pytest.mark.privacy
@pytest.mark.parametrize(("line", "command", "kind"), USAGE)
@pytest.mark.parametrize("standalone", [True, False])
def test_usage_errors_are_a_fixed_kind(install, line, command, kind, standalone):
    """What a user mistyped is told as one of a few fixed words, at the command whose parameters were wrong."""
    cli = install.instrument(program(None))
    with pytest.raises((SystemExit, click.UsageError)):
        cli.main(line.split(), "cli", standalone_mode=standalone)
    assert install.report().rows == {(command, "usage"): 1}
    assert install.report().errors == {(command, kind): 1}


def test_missing_command(install):
    """A group that is left without its command counts as a usage error of its own."""
    install.run(program(None, no_args_is_help=False), "")
    assert install.report().rows == {("(main)", "usage"): 1}


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [("--level 3.0 hello", "bad_parameter"), ("hello --must x --nope", "no_such_option")],
)
def test_usage_errors_after_other_runs(install, wrong, kind):
    """A run's kind is its own, whatever the run before it in the same process was."""
    cli = program(lambda: None)
    for line in ("helo", wrong, "hello", wrong):
        install.run(cli, line)
    errors = {kind for _, kind in install.report().errors}
    assert errors == {"no_such_command", kind}
    assert sum(install.report().rows.values()) == 4


def swallowing(error, then):
    """A group class that catches ``error`` around its commands and goes on with ``then``."""

    class Swallowing(click.Group):
        def invoke(self, ctx):
            """The commands, or ``then``."""
            try:
                return super().invoke(ctx)
            except error as caught:
                return then(caught)

    return Swallowing


def _reraise(error):
    def then(caught):
        raise error from caught

    return then


@pytest.mark.parametrize(
    ("then", "outcome", "kind"),
    [
        (lambda caught: None, "ok", None),
        (lambda caught: sys.exit(4), "exit", None),
        (lambda caught: click.get_current_context().exit(4), "exit", None),
        (_reraise(click.ClickException("no")), "exit", None),
        (_reraise(click.UsageError("no")), "usage", "usage"),
        (_reraise(KeyError("no")), "error", "KeyError"),
    ],
)
def test_program_that_deals_with_its_errors(install, then, outcome, kind):
    """Where a group's class turns an exception into something else, that is how the run ended."""
    install.run(program(raising(ValueError("x")), cls=swallowing(ValueError, then)), "hello")
    assert install.report().rows == {("hello", outcome): 1}
    assert install.report().errors == ({("hello", kind): 1} if kind else {})


def test_program_that_falls_back_to_another_command(install):
    """Where a failed command's group runs another instead, that one is counted, with its ending."""

    class Falling(click.Group):
        def invoke(self, ctx):
            """The command, or else ``backup``."""
            try:
                return super().invoke(ctx)
            except LookupError:
                setattr(ctx, "_protected_args" if "_protected_args" in vars(ctx) else "protected_args", ["backup"])
                return super().invoke(ctx)

    cli = Falling("cli", callback=lambda: None)
    cli.command("hello")(raising(LookupError()))
    cli.command("backup")(raising(KeyboardInterrupt()))
    install.run(cli, "hello")
    assert install.report().rows == {("backup", "aborted"): 1}


@pytest.mark.parametrize("error", [ValueError("x"), click.UsageError("x"), click.exceptions.Exit(0), SystemExit(7)])
def test_errors_on_closing_a_context(install, error):
    """What fails while a command's resources are closed is how the run ended."""

    @click.group()
    def cli():
        pass

    @cli.command()
    @click.pass_context
    def hello(ctx):
        ctx.call_on_close(raising(error))

    result = install.run(cli, "hello")
    expected = {0: "ok", 1: "error", 2: "usage", 7: "exit"}[result.exit_code]
    assert install.report().rows == {("hello", expected): 1}


def test_errors_of_a_groups_own_code_are_the_commands(install):
    """A group's code runs for a command; if it fails, the command's run did."""

    @click.group()
    def cli():
        raise PermissionError

    @cli.command()
    def hello():
        pass

    install.run(cli, "hello")
    assert install.report().errors == {("hello", "PermissionError"): 1}


def test_errors_while_a_command_is_loaded(install):
    """A command that cannot be loaded is an error of its group, by the exception's class."""

    class Broken(click.Group):
        def get_command(self, ctx, cmd_name):
            """No command."""
            raise ImportError("canary")

    install.run(Broken("cli", callback=lambda: None), "canary")
    assert install.report().errors == {("(main)", "ImportError"): 1}
    assert "canary" not in install.spool()


@pytest.mark.parametrize(
    ("error", "row"),
    [
        (click.BadParameter("canary"), {("hello", "usage"): 1}),
        (ValueError("canary"), {("hello", "error"): 1}),
        (click.exceptions.Exit(4), {("hello", "exit"): 1}),
        (SystemExit(4), {("hello", "exit"): 1}),
        (click.Abort(), {("hello", "aborted"): 1}),
    ],
)
def test_errors_of_an_options_callback(install, error, row):
    """What an option's own code raises while the line is read is the command's ending."""
    cli = click.Group("cli", callback=lambda: None)
    option = click.Option(["--check"], callback=lambda ctx, param, value: raising(error)())
    cli.add_command(click.Command("hello", params=[option], callback=lambda check: None))
    install.run(cli, "hello")
    assert install.report().rows == row
