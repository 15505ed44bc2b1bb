"""What records nothing: help and version texts, completion, and reading a program without running it."""

import click
import pytest
from click.testing import CliRunner

import footfall
import footfall_click


def program():
    """A program with a version, an eager option of its own, and a group with code of its own."""

    @click.group()
    @click.version_option("1.2.3", prog_name="mytool")
    @click.option("--shell", is_flag=True, is_eager=True, expose_value=False, callback=_print_and_leave)
    def cli():
        click.echo("cli")

    @cli.group()
    def db():
        click.echo("db")

    @db.command()
    @click.option("--info", is_flag=True, is_eager=True, expose_value=False, callback=_print_and_leave)
    @click.option("--table", shell_complete=lambda ctx, param, word: ["people", "places"])
    def show(table):
        click.echo("show")

    cli.add_command(click.Command("word", callback=lambda: None, no_args_is_help=True, params=[click.Argument(["x"])]))
    return cli


def _print_and_leave(ctx, param, value):
    if value and not ctx.resilient_parsing:
        click.echo("printed")
        ctx.exit()


TEXTS = [
    "",
    "--help",
    "--version",
    "--shell",
    "db",
    "db --help",
    "db show --help",
    "db show --info",
    "word",
    "word --help",
]


@pytest.mark.parametrize("line", TEXTS)
@pytest.mark.parametrize("standalone", [True, False])
def test_texts_record_nothing(install, line, standalone):
    """A run that only printed a text is no run, at any depth, even if a group's code ran before."""
    bare = CliRunner().invoke(program(), line.split(), standalone_mode=standalone)
    ours = install.run(program(), line.split(), standalone_mode=standalone)
    assert (ours.output, ours.exit_code) == (bare.output, bare.exit_code)
    assert not install.report().rows
    assert not install.report().errors


@pytest.mark.parametrize("line", ["", "--help", "--version", "--shell", "word --help"])
def test_texts_before_any_code_leave_no_file(install, line):
    """As long as none of the program's code ran, a text costs no file."""
    cli = program()
    cli.callback = None
    install.run(cli, line)
    assert install.files() == []


@pytest.mark.parametrize("code", [0, 3])
def test_leaving_from_an_option_that_fails_is_a_run(install, code):
    """An option's code that ends the program with a failure is an ending like any other; with 0 it has answered."""
    option = click.Option(["--check"], is_flag=True, callback=lambda ctx, param, value: ctx.exit(code))
    install.run(click.Command("cli", params=[option], callback=lambda check: None), "--check")
    assert install.report().rows == ({("(main)", "exit"): 1} if code else {})


COMPLETIONS = [
    ("bash_source", "", ""),
    ("zsh_source", "", ""),
    ("fish_source", "", ""),
    ("bash_complete", "mytool ", "1"),
    ("bash_complete", "mytool d", "1"),
    ("bash_complete", "mytool db s", "2"),
    ("bash_complete", "mytool db show --", "3"),
    ("bash_complete", "mytool db show --table p", "4"),
    ("bash_complete", "mytool nope --", "2"),
    ("zsh_complete", "mytool db ", "2"),
    ("fish_complete", "mytool db", "db"),
    ("nonsense", "", ""),
]


@pytest.mark.parametrize(("instruction", "words", "at"), COMPLETIONS)
def test_completion_costs_nothing(install, instruction, words, at):
    """Completing a word gives the same answer as without us and leaves no file."""
    environ = {"_MYTOOL_COMPLETE": instruction, "COMP_WORDS": words, "COMP_CWORD": at}
    bare, counted = program(), install.instrument(program())
    expected, found = (CliRunner().invoke(cli, [], prog_name="mytool", env=environ) for cli in (bare, counted))
    assert (found.output, found.exit_code) == (expected.output, expected.exit_code)
    assert install.files() == []


@pytest.mark.parametrize("word", ["1", "off"])
def test_completing_our_command_is_left_to_the_group(tmp_path, word):
    """A group that tells its own names completes as it does without us, whether counting is on or off."""

    class Own(click.Group):
        def list_commands(self, ctx):
            return ["plain"]

        def get_command(self, ctx, name):
            return None

    def completed(cli):
        environ = {"_MYTOOL_COMPLETE": "bash_complete", "COMP_WORDS": "mytool telemetry --", "COMP_CWORD": "2"}
        return CliRunner().invoke(cli, [], prog_name="mytool", env=environ).output

    environ = {"MYTOOL_TELEMETRY": word}
    client = footfall.Client("mytool", version="1", endpoint=None, environ=environ, home=str(tmp_path))
    assert completed(footfall_click.instrument(Own("mytool"), client)) == completed(Own("mytool"))


def test_completion_after_runs(install):
    """Commands that a run has seen complete as they did before."""
    cli, bare = program(), program()
    install.run(cli, "db show")
    before = install.spool()
    environ = {"_MYTOOL_COMPLETE": "bash_complete", "COMP_WORDS": "mytool db show --", "COMP_CWORD": "3"}
    expected, found = (CliRunner().invoke(made, [], prog_name="mytool", env=environ).output for made in (bare, cli))
    assert found == expected
    assert install.spool() == before


def test_reading_a_program_is_no_run(install):
    """Documentation tools that make contexts and info dictionaries leave no file and see the program's own."""
    cli = install.instrument(program())
    for made in (cli.make_context("mytool", ["db", "show"]), click.Context(cli)):
        assert made.to_info_dict()["command"]["commands"].keys() == {"db", "word"}
        assert cli.get_help(made)
    with cli.make_context("mytool", ["db", "show"]) as ctx:
        cli.invoke(ctx)
    assert install.files() == []


def test_help_in_the_middle_of_other_runs(install):
    """Texts between runs take nothing from them and add nothing."""
    cli = program()
    for line in ("db show", "db show --help", "--help", "db show --table x", "nope"):
        install.run(cli, line)
    assert install.report().rows == {("db show", "ok"): 2, ("(main)", "usage"): 1}
    assert install.report().flags == {("db show", "--table"): 1}
