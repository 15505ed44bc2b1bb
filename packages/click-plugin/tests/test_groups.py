"""Shapes of programs: single commands, groups in groups, chains, collections, commands of several names."""

import click
import pytest


def tree():
    """A program with a group in a group, each with code and options of its own."""

    @click.group()
    @click.option("--verbose", "-v", is_flag=True)
    def cli(verbose):
        click.echo("cli")

    @cli.group()
    @click.option("--url")
    def db(url):
        click.echo("db")

    @db.group(invoke_without_command=True)
    def schema():
        click.echo("schema")

    @schema.command()
    @click.option("--dry-run", is_flag=True)
    def check(dry_run):
        click.echo("check")

    @cli.command()
    def hello():
        click.echo("hello")

    return cli


@pytest.mark.parametrize(
    ("line", "command", "flags"),
    [
        ("hello", "hello", []),
        ("-v hello", "hello", ["--verbose"]),
        ("db schema", "db schema", []),
        ("db schema check", "db schema check", []),
        ("-v db --url x schema check --dry-run", "db schema check", ["--verbose", "--url", "--dry-run"]),
    ],
)
def test_group_counts_path_and_flags_of_all_levels(install, line, command, flags):
    """A run is one row of its command's path from the root, with the options given to it and to the groups above."""
    assert install.run(tree(), line).exit_code == 0
    report = install.report()
    assert report.rows == {(command, "ok"): 1}
    assert report.flags == {(command, flag): 1 for flag in flags}


def test_single_command_is_main(install):
    """A program that is one command is counted as ``(main)``, whatever its function is called."""

    @click.command()
    @click.argument("path")
    @click.option("--count", "-c", default=1)
    def secretly_named(path, count):
        click.echo(path)

    assert install.run(secretly_named, "a-file -c 3").output == "a-file\n"
    assert install.report().rows == {("(main)", "ok"): 1}
    assert install.report().flags == {("(main)", "--count"): 1}


def test_group_without_its_own_code(install):
    """Groups made without a function, at the root or below, have their commands counted by their names."""
    cli, inner = click.Group("cli"), click.Group("inner")
    cli.add_command(inner)

    @inner.command()
    def work():
        pass

    install.run(cli, "inner work")
    assert install.report().rows == {("inner work", "ok"): 1}


@pytest.mark.parametrize(
    ("line", "rows"),
    [("", {("(main)", "ok"): 1}), ("sub", {("sub", "ok"): 1}), ("sub deep", {("sub deep", "ok"): 1})],
)
def test_invoke_without_command(install, line, rows):
    """A group that also runs alone is counted as itself when it does, and as its command when that was given."""

    @click.group(invoke_without_command=True)
    def cli():
        pass

    @cli.group(invoke_without_command=True)
    def sub():
        pass

    @sub.command()
    def deep():
        pass

    install.run(cli, line)
    assert install.report().rows == rows


def pipeline(**settings):
    """A chain of three commands, of which one fails and one ends the program."""

    @click.group(chain=True, **settings)
    @click.option("--quiet", is_flag=True)
    def cli(quiet):
        pass

    @cli.command()
    @click.option("--width", type=int)
    def load(width):
        return "load"

    @cli.command()
    def crash():
        raise ZeroDivisionError

    @cli.command()
    @click.option("--code", type=int, default=3)
    @click.pass_context
    def leave(ctx, code):
        ctx.exit(code)

    return cli


@pytest.mark.parametrize(
    ("line", "rows", "errors"),
    [
        ("load", {("load", "ok"): 1}, {}),
        ("load load", {("load", "ok"): 2}, {}),
        ("load crash load", {("load", "ok"): 1, ("crash", "error"): 1}, {("crash", "ZeroDivisionError"): 1}),
        ("load leave load", {("load", "ok"): 1, ("leave", "exit"): 1}, {}),
        ("load leave --code 0", {("load", "ok"): 1, ("leave", "ok"): 1}, {}),
        ("load nonsense", {("(main)", "usage"): 1}, {("(main)", "no_such_command"): 1}),
        ("load load --width x", {("load", "usage"): 1}, {("load", "bad_parameter"): 1}),
        ("load leave --help", {}, {}),
    ],
)
def test_chain_is_a_row_for_each_command(install, line, rows, errors):
    """Each command of a chain that ran is a run of its own, also before the one that failed."""
    install.run(pipeline(), line)
    assert install.report().rows == rows
    assert install.report().errors == errors


def test_chain_tells_flags_of_each_command_and_of_the_group(install):
    """A flag counts for the command of the chain it was given to; the group's flags count for each."""
    install.run(pipeline(), "--quiet load --width 3 load")
    assert install.report().flags == {("load", "--quiet"): 2, ("load", "--width"): 1}


def test_chain_invoked_without_command(install):
    """A chain that may be empty counts as ``(main)`` when it is."""
    install.run(pipeline(invoke_without_command=True), "")
    assert install.report().rows == {("(main)", "ok"): 1}


def test_chain_whose_groups_own_code_fails(install):
    """What the chain's group does before its commands is counted as the group's when it fails."""

    @click.group(chain=True)
    def cli():
        raise LookupError

    @cli.command()
    def load():
        pass

    install.run(cli, "load")
    assert install.report().rows == {("(main)", "error"): 1}
    assert install.report().errors == {("(main)", "LookupError"): 1}
    assert install.spool().count("\nS\t") == 1  # had it been killed, that would be known too


@pytest.mark.parametrize(
    ("ending", "more"),
    [
        (lambda: None, {}),
        (lambda: click.get_current_context().exit(0), {}),
        (lambda: click.get_current_context().exit(4), {("(main)", "exit"): 1}),
        (lambda: 1 / 0, {("(main)", "error"): 1}),
    ],
)
def test_result_callback_of_a_chain(install, ending, more):
    """A chain's result callback adds nothing when it works, and one row of the group's when it does not."""
    cli = pipeline(result_callback=lambda results, **_: ending())
    install.run(cli, "load load")
    assert install.report().rows == {("load", "ok"): 2, **more}


def test_result_callback_of_a_group_belongs_to_the_command(install):
    """Outside chains a failing result callback makes the command's own row an error."""

    @click.group()
    def cli():
        pass

    @cli.result_callback()
    def finish(result):
        raise LookupError(result)

    @cli.command()
    def hello():
        return 5

    install.run(cli, "hello")
    assert install.report().rows == {("hello", "error"): 1}
    assert install.report().errors == {("hello", "LookupError"): 1}


def test_one_object_under_two_names_is_one_command(install):
    """An alias that is the same object under another name counts as the name that the command has itself."""
    cli = tree()
    cli.add_command(cli.commands["hello"], "aaa")
    cli.add_command(cli.commands["hello"], "zzz")
    for typed in ("aaa", "hello", "zzz"):
        install.run(cli, typed)
    assert install.report().rows == {("hello", "ok"): 3}


def test_command_registered_under_another_name(install):
    """A command counts by the name its group knows it by, not by its own."""
    cli = tree()
    cli.add_command(click.Command("inner-name", callback=lambda: None), "outer-name")
    install.run(cli, "outer-name")
    assert install.report().rows == {("outer-name", "ok"): 1}


class PrefixGroup(click.Group):
    """Accepts unambiguous beginnings of names, and ``ls`` for ``list`` by its own ``get_command``."""

    def get_command(self, ctx, cmd_name):
        """The command of the alias, of the name, or the only one that begins so."""
        known = super().get_command(ctx, {"ls": "list"}.get(cmd_name, cmd_name))
        fitting = [name for name in self.list_commands(ctx) if name.startswith(cmd_name)]
        if known is not None or not fitting:
            return known
        if len(fitting) > 1:
            ctx.fail(f"Too many matches for {cmd_name}")
        return super().get_command(ctx, fitting[0])


@pytest.mark.parametrize(
    ("typed", "row"),
    [("list", ("list", "ok")), ("ls", ("list", "ok")), ("lis", ("list", "ok")), ("lo", ("(main)", "usage"))],
)
def test_abbreviated_and_alias_names_count_as_the_declared_one(install, typed, row):
    """However a command's name was shortened, its declared name is what counts."""
    cli = PrefixGroup()
    for name in ("list", "lock", "log"):
        cli.add_command(click.Command(name, callback=lambda: None))
    install.run(cli, typed)
    assert install.report().rows == {row: 1}


@pytest.mark.statement(32)
@pytest.mark.privacy
@pytest.mark.parametrize(
    ("typed", "name"),
    [(["list", "--all"], "renamed"), (["ls", "--all"], "x"), (["lis", "-a"], "x"), (["li", "--al"], "x")],
)
def test_shortened_and_renamed_calls_leave_the_same_bytes(install, typed, name):
    """An alias, a shortened name and a renamed program write what the canonical call does, but for the time."""
    cli = PrefixGroup()
    params = [click.Option(["--all", "--al", "-a"], is_flag=True)]
    cli.add_command(click.Command("list", callback=lambda **_: None, params=params))
    install.run(cli, ["list", "--all"], prog_name="mytool")
    install.run(cli, typed, prog_name=name)
    lines = [line.split("\t") for line in install.spool().splitlines() if line.startswith(("S", "E"))]
    told = [(line[0], *line[3:8]) for line in lines]
    assert told[: len(told) // 2] == told[len(told) // 2 :]


@pytest.mark.parametrize(("line", "command"), [("one", "one"), ("two", "two"), ("deep work", "deep work")])
def test_collection_counts_commands_of_its_sources(install, line, command):
    """Commands of a ``CommandCollection`` count by the names in the groups that it is made of."""
    first, second, deep = click.Group("first"), click.Group("second"), click.Group("deep")
    first.add_command(click.Command("one", callback=lambda: None))
    second.add_command(click.Command("two", callback=lambda: None))
    second.add_command(deep)
    deep.add_command(click.Command("work", callback=lambda: None, params=[click.Option(["--fast"], is_flag=True)]))
    deep.commands["work"].callback = lambda fast: None
    install.run(click.CommandCollection("all", sources=[first, second]), line)
    assert install.report().rows == {(command, "ok"): 1}


def test_token_normalize_func_counts_the_declared_name(install):
    """A name or option typed in capitals, where the program allows it, counts as declared."""
    settings = {"token_normalize_func": str.lower}
    cli = click.Group("cli", context_settings=settings)

    @cli.command(context_settings=settings)
    @click.option("--name")
    def hello(name):
        pass

    install.run(cli, "HELLO --NAME x")
    assert install.report().rows == {("hello", "ok"): 1}
    assert install.report().flags == {("hello", "--name"): 1}
