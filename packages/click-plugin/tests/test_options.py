"""Which options count as used: by declared spelling and by where the value came from, never by the value."""

import click
import pytest


def command(*options, **settings):
    """A program of one command with these options."""
    return click.Command("cli", params=list(options), callback=lambda **_: None, **settings)


def option(*names, **settings):
    """An option."""
    return click.Option(list(names), **settings)


@pytest.mark.parametrize(
    ("made", "line", "flags"),
    [
        (option("-n", "--name", "--the-name"), "-n x", ["--the-name"]),
        (option("-n", "--name", "--the-name"), "--name=x", ["--the-name"]),
        (option("-n", "--name"), "-nx", ["--name"]),
        (option("-n"), "-n x", ["-n"]),
        (option("/debug;/no-debug", is_flag=True), "/no-debug", ["/debug"]),
        (option("--shout/--no-shout", "-s/-S"), "-S", ["--shout"]),
        (option("--shout/--no-shout"), "--no-shout", ["--shout"]),
        (option("-v", "--verbose", count=True), "-vvv", ["--verbose"]),
        (option("--item", multiple=True), "--item a --item b", ["--item"]),
        (option("--pair", nargs=2), "--pair a b", ["--pair"]),
        (option("--quiet", is_flag=True, expose_value=False), "--quiet", ["--quiet"]),
        (option("--secret", hidden=True), "--secret x", ["--secret"]),
        (option("--class", "klass"), "--class x", ["--class"]),
        (option("--self"), "--self x", ["--self"]),
        (option("--größe"), "--größe x", ["--größe"]),
        (option("--name", default="x"), "--name x", ["--name"]),
        (option("--color", is_flag=False, flag_value="auto"), "--color", ["--color"]),
        (option("--name"), "", []),
        (option("--name", default="x"), "", []),
        (option("--name", required=True), "--name ''", ["--name"]),
    ],
)
def test_flag_is_the_longest_declared_spelling(install, made, line, flags):
    """However an option was spelled or valued, it counts once, by its longest declared name."""
    result = install.run(command(made), line)
    assert result.exit_code == 0, result.output
    assert install.report().flags == {("(main)", flag): 1 for flag in flags}


@pytest.mark.parametrize("name", ["--ctx", "--args", "--params", "--run", "--original", "--command", "--None"])
def test_oddly_named_parameters(install, name):
    """No name of an option clashes with one of ours."""
    result = install.run(command(option(name)), [name, "x"])
    assert result.exit_code == 0, result.output
    assert install.report().flags == {("(main)", name): 1}


@pytest.mark.parametrize("name", ["--a,b", "--a\tb", "--a\nb", "--" + "x" * 130, "--\x07"])
def test_names_that_cannot_be_words_are_other(install, name):
    """An option whose name holds a comma, a tab, a control character or too much is counted as ``other``."""
    install.run(command(option(name, "value")), [name, "x"])
    report = install.report()
    assert report.rows == {("(main)", "ok"): 1}
    assert report.flags == {("(main)", "other"): 1}


@pytest.mark.parametrize("name", ["a,b", "a\tb", "a\nb", "x" * 130, "\x07", "\ud800"])
def test_commands_whose_names_cannot_be_words_are_other(install, name):
    """The same for a command; the rest of the program's words stay readable."""
    cli = click.Group("cli", callback=lambda: None)
    cli.add_command(click.Command("x", callback=lambda: None), name)
    cli.add_command(click.Command("fine", callback=lambda: None))
    install.run(cli, [name])
    install.run(cli, "fine")
    assert install.report().rows == {("other", "ok"): 1, ("fine", "ok"): 1}


def test_names_that_are_not_ascii(install):
    """Names in any script are words."""
    cli = click.Group("cli", callback=lambda: None)
    cli.add_command(command(option("--größe")), "übersicht")
    cli.add_command(command(), "概要")
    install.run(cli, "übersicht --größe 3")
    install.run(cli, "概要")
    assert install.report().rows == {("übersicht", "ok"): 1, ("概要", "ok"): 1}
    assert install.report().flags == {("übersicht", "--größe"): 1}


def test_environment_and_configuration_count_as_used(install):
    """An option counts when its value came from the environment, a prompt or ``default_map``, not from its default."""
    cli = command(
        option("--from-env", envvar="GIVEN"),
        option("--from-auto"),
        option("--from-config"),
        option("--from-prompt", prompt=True),
        option("--from-default", default="x"),
        option("--from-unset", envvar="NOT_GIVEN"),
        context_settings={"auto_envvar_prefix": "AUTO", "default_map": {"from_config": "x"}},
    )
    result = install.run(cli, "", env={"GIVEN": "canary", "AUTO_FROM_AUTO": "canary"}, input="canary\n")
    assert result.exit_code == 0, result.output
    used = ("--from-env", "--from-auto", "--from-config", "--from-prompt")
    assert install.report().flags == {("(main)", name): 1 for name in used}
    assert "canary" not in install.spool()


@pytest.mark.parametrize(
    ("line", "flags"), [("--upper", ["--upper"]), ("--lower", ["--lower"]), ("", []), ("--lower --upper", ["--upper"])]
)
@pytest.mark.parametrize("exposed", [True, False])
def test_switches_of_one_parameter(install, line, flags, exposed):
    """Of several options that set one parameter, the one that did counts; where that cannot be told, ``other`` does."""
    names = {"is_flag": True, "expose_value": exposed}
    cli = command(
        option("--upper", "case", flag_value="upper", **names), option("--lower", "case", flag_value="lower", **names)
    )
    install.run(cli, line)
    flags = flags if exposed else ["other"] * len(flags)
    assert install.report().flags == {("(main)", flag): 1 for flag in flags}


@pytest.mark.parametrize(
    ("line", "flag"),
    [("--level 3", "--level"), ("--all", "--all"), ("--level 3 --all", "--all"), ("--level all", "--all")],
)
def test_switch_beside_an_option_with_a_value(install, line, flag):
    """A switch for one value of another option counts when the parameter has its value, else the other one does."""
    cli = command(option("--level", "level"), option("--all", "level", flag_value="all", is_flag=True))
    result = install.run(cli, line)
    assert result.exit_code == 0, result.output
    assert install.report().flags == {("(main)", flag): 1}


def test_two_values_for_one_parameter(install):
    """Two options with values of one name are one ``other``: which was given is in the value's history only."""
    install.run(command(option("--first", "name"), option("--second", "name")), "--first x")
    assert install.report().flags == {("(main)", "other"): 1}


def test_option_of_the_group_counts_for_the_command(install):
    """An option of a group is a flag of the command that was run, each spelling once."""
    cli = click.Group("cli", params=[option("--verbose", is_flag=True)], callback=lambda verbose: None)
    cli.add_command(command(option("--verbose", is_flag=True)), "hello")
    install.run(cli, "--verbose hello --verbose")
    assert install.report().flags == {("hello", "--verbose"): 1}


@pytest.mark.statement(33)
@pytest.mark.privacy
def test_values_of_all_kinds_stay_out(install, tmp_path):
    """No value of an argument or an option, nor anything made of it, is in what is kept."""
    path = tmp_path / "canary-file"
    path.write_text("canary-content")
    cli = click.Command(
        "cli",
        params=[
            click.Argument(["path"], type=click.File()),
            click.Argument(["rest"], nargs=-1),
            option("--choice", type=click.Choice(["canary-choice"])),
            option("--number", type=int),
            option("--root", type=click.Path(exists=True)),
        ],
        callback=lambda **_: None,
    )
    result = install.run(cli, [str(path), "canary-1", "canary-2", "--choice", "canary-choice", "--number", "4711"])
    assert result.exit_code == 0, result.output
    text = install.spool()
    assert not any(word in text for word in ("canary", "4711", str(tmp_path)))
    assert install.report().flags == {("(main)", "--choice"): 1, ("(main)", "--number"): 1}


def test_context_is_left_as_it_was(install):
    """The program's own ``ctx.obj``, ``ctx.meta``, parameters and arguments hold what they hold without us."""
    seen = []

    def group():
        @click.group()
        @click.option("--level", type=int)
        @click.pass_context
        def cli(ctx, level):
            ctx.obj = {"level": level}
            ctx.meta["key"] = level

        @cli.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
        @click.option("--fast", is_flag=True)
        @click.argument("name")
        @click.pass_context
        def show(ctx, **given):
            root = ctx.parent
            seen.append((ctx.obj, ctx.meta, ctx.params, ctx.args, given, ctx.info_name, ctx.command_path, root.params))
            seen[-1] += (root.invoked_subcommand, root.args, vars(root).keys(), vars(ctx).keys(), ctx.to_info_dict())

        return cli

    line = ["--level", "3", "show", "--fast", "you", "--more", "words"]
    click.testing.CliRunner().invoke(group(), line, prog_name="cli")
    install.run(group(), line, prog_name="cli")
    assert len(seen) == 2
    assert seen[0] == seen[1]
