"""The command that a program gets for its users: there, working, in nobody's way, and not counted."""

import click
import pytest
from click.testing import CliRunner

import footfall


def program(kind=click.Group, **settings):
    """A group of any class with one command."""
    cli = kind("cli", callback=lambda: None, **settings)
    cli.add_command(click.Command("hello", callback=lambda: click.echo("hello")))
    return cli


class Overriding(click.Group):
    """Finds and lists commands by itself, whatever is registered."""

    def list_commands(self, ctx):
        """One command."""
        return ["hello"]

    def get_command(self, ctx, cmd_name):
        """That one, whatever was typed."""
        return click.Command("hello", callback=lambda: click.echo("hello"))


@pytest.mark.parametrize("settings", [{}, {"chain": True}, {"kind": Overriding}, {"invoke_without_command": True}])
@pytest.mark.parametrize("words", ["telemetry status", "telemetry log", "telemetry preview", "telemetry status --help"])
def test_command_is_there_in_every_kind_of_group(install, settings, words):
    """``mytool telemetry`` reaches the user's own command in groups of all kinds, and is no run."""
    cli = install.instrument(program(**settings), command="telemetry")
    result = CliRunner().invoke(cli, words.split(), prog_name="mytool")
    assert result.exit_code == 0, result.output
    assert "hello" not in result.output.split()
    assert install.report().rows == {}
    install.run(cli, "hello")
    assert sum(install.report().rows.values()) == 1


def test_exit_code_and_usage_errors_are_the_commands_own(install):
    """Its exit codes pass through Click, and it names itself as the user called it."""
    cli = install.instrument(program(), command="telemetry")
    install.client().environ = {}
    result = CliRunner().invoke(cli, ["telemetry", "status"], prog_name="/usr/bin/mytool")
    assert result.exit_code in (1, 2)
    assert "mytool: " in result.output
    result = CliRunner().invoke(cli, ["telemetry", "nonsense"], prog_name="/usr/bin/mytool")
    assert result.exit_code == 2
    assert "usage: mytool telemetry" in result.output


def test_on_off_and_purge(install):
    """``on`` makes runs count, ``off`` removes what was counted, ``purge`` the answer too."""
    cli = install.instrument(program(), command="usage-data")
    environ = install.client().environ = {"FOOTFALL_SENDER": "1", "MYTOOL_TELEMETRY": "1"}
    runner = CliRunner()
    runner.invoke(cli, ["hello"])
    assert "spool" in str(install.files())
    runner.invoke(cli, ["usage-data", "off"])
    assert install.files() == ["mytool/consent"]
    runner.invoke(cli, ["hello"])
    assert install.files() == ["mytool/consent"]
    runner.invoke(cli, ["usage-data", "on"])
    del environ["MYTOOL_TELEMETRY"]
    assert (install.home / "mytool/consent").read_text().startswith("on ")
    runner.invoke(cli, ["usage-data", "purge"])
    assert install.files() == []


def test_listed_in_help_and_not_in_the_plan(install):
    """Users find it in the program's help; the plan of what can be counted does not have it."""
    cli = install.instrument(program(), command="telemetry")
    assert "telemetry  What this program counts" in CliRunner().invoke(cli, ["--help"]).output
    assert install.client().commands().keys() == {"(main)", "hello"}


def test_none_is_added(install):
    """With ``command=None``, and to a program that is one command, nothing is added."""
    cli = install.instrument(program())
    assert CliRunner().invoke(cli, ["telemetry"]).exit_code == 2
    single = install.instrument(click.Command("cli", callback=lambda: click.echo("hello")), "othertool", "telemetry")
    assert CliRunner().invoke(single, []).output == "hello\n"
    assert CliRunner().invoke(single, ["telemetry"]).exit_code == 2


def test_clash_of_names_is_refused(install):
    """A program that has a command of that name is told at once, and stays as it was."""
    cli = program()
    cli.add_command(click.Command("telemetry", callback=lambda: click.echo("own")))
    before = dict(vars(cli))
    with pytest.raises(footfall.PlanError, match="'telemetry' already: pass another name, or command=None"):
        install.instrument(cli, command="telemetry")
    assert vars(cli) == before
    install.instrument(cli, command="usage-data")
    assert CliRunner().invoke(cli, ["telemetry"]).output == "own\n"


def test_lazy_command_of_that_name_stays_the_programs(install):
    """Where the program itself lists such a command without having registered it, its own is what runs."""

    class Lazy(click.Group):
        def list_commands(self, ctx):
            """One command that is loaded when asked for."""
            return ["telemetry"]

        def get_command(self, ctx, cmd_name):
            """That one."""
            return click.Command("telemetry", callback=lambda: click.echo("own"))

    cli = install.instrument(Lazy("cli", callback=lambda: None), command="telemetry")
    assert CliRunner().invoke(cli, ["telemetry"]).output == "own\n"


@pytest.mark.parametrize("thing", [print, "cli", None, click.Option(["--x"])])
def test_what_is_no_program_is_refused(install, thing):
    """What has no ``main`` is refused with its name."""
    with pytest.raises(footfall.PlanError, match="is no Click command or group"):
        install.instrument(thing)


def test_collections_have_it_too(install):
    """A ``CommandCollection`` has the command as well, also where Click cannot register one with it."""
    cli = click.CommandCollection("cli", sources=[program()])
    install.instrument(cli, command="telemetry")
    result = CliRunner().invoke(cli, ["telemetry", "status"], prog_name="mytool")
    assert "mytool: on" in result.output
    assert CliRunner().invoke(cli, ["hello"]).output == "hello\n"
    assert install.report().rows == {("hello", "ok"): 1}
