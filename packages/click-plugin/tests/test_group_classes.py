"""Group classes of other projects: what they add is read through, and their users see them work as ever."""

import click
import pytest

cloup = pytest.importorskip("cloup", exc_type=ImportError)
click_aliases = pytest.importorskip("click_aliases", exc_type=ImportError)
click_default_group = pytest.importorskip("click_default_group", exc_type=ImportError)
click_didyoumean = pytest.importorskip("click_didyoumean", exc_type=ImportError)
rich_click = pytest.importorskip("rich_click", exc_type=ImportError)


def fill(cli):
    """Give ``cli`` a command, and a group of the same class with one."""

    @cli.command()
    @click.option("--name", "-n")
    def hello(name):
        click.echo("hello")

    @cli.group()
    def db():
        pass

    @db.command()
    def migrate():
        pass

    return cli


CLASSES = [
    click.Group,
    cloup.Group,
    click_aliases.ClickAliasedGroup,
    click_default_group.DefaultGroup,
    click_didyoumean.DYMGroup,
    rich_click.RichGroup,
]


@pytest.mark.parametrize("group_class", CLASSES)
@pytest.mark.parametrize(
    ("line", "row", "errors"),
    [
        ("hello", ("hello", "ok"), {}),
        ("db migrate", ("db migrate", "ok"), {}),
        ("hello --nope", ("hello", "usage"), {("hello", "no_such_option"): 1}),
        ("hello extra", ("hello", "usage"), {("hello", "usage"): 1}),
        ("helo", ("(main)", "usage"), {("(main)", "no_such_command"): 1}),
    ],
)
def test_group_class_counts_as_clicks_own(install, group_class, line, row, errors):
    """Every class of group gives the same counts for the same line."""
    cli = fill(group_class("cli", callback=lambda: None))
    install.run(cli, line)
    assert install.report().rows == {row: 1}
    assert install.report().errors == errors


@pytest.mark.parametrize("group_class", CLASSES)
def test_group_class_shows_what_it_showed(install, group_class):
    """Help texts and usage errors are, byte for byte, those of the same program without us."""
    bare, counted = (fill(group_class("cli", callback=lambda: None)) for _ in range(2))
    install.instrument(counted)
    for line in (["--help"], ["helo"], ["db"], ["db", "--help"], ["hello", "--nope"], ["hello"]):
        ours = click.testing.CliRunner().invoke(counted, line)
        assert ours.output == click.testing.CliRunner().invoke(bare, line).output


@pytest.mark.parametrize("typed", ["hello", "hi", "hey"])
def test_click_aliases(install, typed):
    """An alias of click-aliases counts as the command."""
    cli = click_aliases.ClickAliasedGroup("cli", callback=lambda: None)
    cli.command("hello", aliases=["hi", "hey"])(lambda: None)
    install.run(cli, typed)
    assert install.report().rows == {("hello", "ok"): 1}


@pytest.mark.parametrize("typed", ["hello", "hi"])
def test_cloup_aliases(install, typed):
    """An alias of cloup counts as the command."""
    cli = cloup.Group("cli", callback=lambda: None)
    cli.command("hello", aliases=["hi"])(lambda: None)
    install.run(cli, typed)
    assert install.report().rows == {("hello", "ok"): 1}


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("", ("show", "ok")),
        ("show file", ("show", "ok")),
        ("file", ("show", "ok")),
        ("other", ("other", "ok")),
        ("file more", ("show", "usage")),
    ],
)
def test_default_command(install, line, row):
    """A group's default command counts by its name when it was not typed; what was typed is its argument."""
    cli = click_default_group.DefaultGroup("cli", default="show", default_if_no_args=True, callback=lambda: None)
    cli.command("show")(click.argument("path", required=False)(lambda path: None))
    cli.command("other")(lambda: None)
    install.run(cli, line)
    assert install.report().rows == {row: 1}


@pytest.mark.parametrize(("line", "command"), [("one", "one"), ("two", "two")])
def test_collection_that_guesses(install, line, command):
    """A ``CommandCollection`` of click-didyoumean counts as Click's."""
    first, second = click.Group("first"), click.Group("second")
    first.command("one")(lambda: None)
    second.command("two")(lambda: None)
    install.run(click_didyoumean.DYMCommandCollection("all", sources=[first, second]), line)
    assert install.report().rows == {(command, "ok"): 1}


def test_rich_click_group_with_rich_markup(install):
    """A program made with rich-click's decorators is read like Click's."""

    @rich_click.group(context_settings={"help_option_names": ["-h", "--help"]})
    @rich_click.option("--verbose", is_flag=True)
    def cli(verbose):
        """A [bold]rich[/bold] program."""

    @cli.command()
    @rich_click.argument("name")
    def hello(name):
        raise click.ClickException("no")

    install.run(cli, "-h")
    install.run(cli, "--verbose hello you")
    assert install.report().rows == {("hello", "exit"): 1}
    assert install.report().flags == {("hello", "--verbose"): 1}
