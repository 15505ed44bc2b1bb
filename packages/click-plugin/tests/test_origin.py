"""Whose a command is: the program's own has its name, lazily loaded or not; plugins and made-up ones are ``other``."""

import importlib
import importlib.metadata
import inspect
import sys
import textwrap
import types

import click
import pytest

import footfall_click
from footfall.cli import main as footfall_program
from footfall_click import package_of


class LazyGroup(click.Group):
    """The recipe of Click's documentation: names and import paths, loaded when asked for."""

    def __init__(self, *args, lazy_subcommands=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.lazy_subcommands = lazy_subcommands or {}

    def list_commands(self, ctx):
        """All names, of which only some are loaded."""
        return super().list_commands(ctx) + sorted(self.lazy_subcommands)

    def get_command(self, ctx, cmd_name):
        """A command, loaded now if it was not."""
        if cmd_name in self.lazy_subcommands:
            module, _, attribute = self.lazy_subcommands[cmd_name].rpartition(".")
            return getattr(importlib.import_module(module), attribute)
        return super().get_command(ctx, cmd_name)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A function that writes modules (by path, with their text) to where they can be imported."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def write(modules):
        for name, text in modules.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text("import click\n" + textwrap.dedent(text))
        importlib.invalidate_caches()

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


OWN = """
    @click.command()
    @click.option("--fast", is_flag=True)
    def cli(fast):
        pass

    @click.group()
    @click.option("--deep", is_flag=True)
    def group(deep):
        pass

    @group.command()
    @click.option("--far")
    def leaf(far):
        pass

    @click.command()
    def never():
        raise SystemExit("this is not to be loaded")
"""


def lazy(names):
    """A program that loads its commands lazily, from modules of a package ``own``."""

    @click.group(cls=LazyGroup, lazy_subcommands=names)
    @click.option("--verbose", is_flag=True)
    def program(verbose):
        pass

    return program


@pytest.fixture
def lazy_install(install, package):
    """An install of a lazy program: of four modules, only those that a line needs are loaded."""
    package({"own/__init__.py": "", "own/a.py": OWN, "own/b.py": OWN, "own/c.py": "raise SystemExit('loaded')"})
    names = {"quick": "own.a.cli", "many": "own.b.group", "idle": "own.c.cli"}
    cli = lazy(names)
    footfall_click.instrument(cli, install.client(), command=None, packages=["own"])
    install.cli = cli
    return install


@pytest.mark.parametrize(
    ("line", "command", "flags"),
    [
        ("quick", "quick", []),
        ("--verbose quick --fast", "quick", ["--verbose", "--fast"]),
        ("many --deep leaf --far x", "many leaf", ["--deep", "--far"]),
    ],
)
def test_lazy_commands_count_by_their_groups_names(lazy_install, line, command, flags):
    """A lazily loaded command counts by the name its group lists, with its flags, though the tree has neither."""
    assert lazy_install.run(lazy_install.cli, line).exit_code == 0
    assert lazy_install.report().rows == {(command, "ok"): 1}
    assert lazy_install.report().flags == {(command, flag): 1 for flag in flags}


def test_lazy_commands_stay_unloaded(lazy_install):
    """Neither a run nor the writing of the plan loads a command that the line does not name."""
    lazy_install.run(lazy_install.cli, "quick")
    lazy_install.report()
    assert not {"own.b", "own.c"} & set(sys.modules)
    assert sorted(lazy_install.client().commands()) == ["(main)"]


@pytest.mark.statement(32)
@pytest.mark.parametrize("typed", ["quick", "qui"])
def test_shortened_name_of_a_lazy_command_is_not_told(lazy_install, monkeypatch, typed):
    """Statement 32: an abbreviation of a lazily loaded command's name counts as the name its group declares."""
    full = LazyGroup.get_command
    monkeypatch.setattr(LazyGroup, "get_command", lambda self, ctx, name: full(self, ctx, f"{name}ck"[:5]))
    assert lazy_install.run(lazy_install.cli, typed).exit_code == 0
    assert lazy_install.report().rows == {("quick", "ok"): 1}
    assert "\tqui\t" not in lazy_install.spool()


def test_lazy_command_with_a_usage_error_has_its_name(lazy_install):
    """A lazily loaded command is named by its first run, even one that ends in a usage error."""
    lazy_install.run(lazy_install.cli, "quick --nope")
    assert lazy_install.report().rows == {("quick", "usage"): 1}


def test_help_of_a_lazy_command_leaves_no_file(lazy_install):
    """A help text leaves no file, not even one with the command's declared words."""
    lazy_install.cli.callback = None  # a group's own code may run before its command's help
    assert lazy_install.run(lazy_install.cli, "quick --help").exit_code == 0
    assert lazy_install.files() == []


def test_exported_plan_has_lazy_commands(package, tmp_path, capsys, monkeypatch):
    """What an author exports names all commands with their flags, loading those that are lazy."""
    names = {"quick": "own.a.cli", "many": "own.b.group"}
    source = textwrap.dedent(inspect.getsource(LazyGroup))
    main = f"import importlib\n{source}\ncli = LazyGroup('x', callback=lambda: None, lazy_subcommands={names})"
    package({"own/__init__.py": "", "own/a.py": OWN, "own/b.py": OWN, "own/main.py": main})
    monkeypatch.chdir(tmp_path)
    assert footfall_program(["plan", "own.main:cli", "--project", "mytool", "--version", "1.0"]) == 0
    lines = capsys.readouterr().out.replace('"', "").splitlines()
    assert {"quick = [--fast]", "many = [--deep]", "many leaf = [--far]"} <= set(lines)


def plugin(name="canaryplugin"):
    """A module of another package that defines a command and a group with one."""
    module = types.ModuleType(name)
    exec("import click\n" + textwrap.dedent(OWN), vars(module))
    return module


@pytest.mark.parametrize("line", ["canary", "canary --fast", "canary --nope", "canaries leaf", "canaries --deep leaf"])
def test_plugins_commands_are_other(install, line):
    """A command that another package registered is ``other``, and so are its flags."""

    @click.group()
    @click.option("--verbose", is_flag=True)
    def cli(verbose):
        pass

    cli.add_command(plugin().cli, "canary")
    cli.add_command(plugin().group, "canaries")
    install.run(cli, f"--verbose {line}")
    report = install.report()
    assert {command for command, _ in (*report.rows, *report.flags, *report.errors)} == {"other"}
    assert {flag for _, flag in report.flags} <= {"--verbose", "other"}
    assert not any(word in install.spool() for word in ("canar", "--fast", "--deep", "--nope", "leaf"))
    assert "canar" not in str(install.client().commands())


def test_plugins_found_by_entry_points_are_other(install, tmp_path, package):
    """A command that the program's own code loads from another distribution's entry points is ``other``."""
    package({"canaryplugin/__init__.py": OWN})
    info = tmp_path / "canaryplugin-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: canaryplugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mytool.plugins]\ncanary = canaryplugin:cli\n")
    cli = click.Group("cli")
    for found in importlib.metadata.entry_points(group="mytool.plugins"):
        cli.add_command(found.load(), found.name)
    assert install.run(cli, "canary --fast").exit_code == 0
    assert install.report().rows == {("other", "ok"): 1}
    assert "canary" not in install.spool()


class FolderGroup(click.Group):
    """The recipe of Click's documentation for a folder of files, each of which defines a command when it is run."""

    folder = None

    def list_commands(self, ctx):
        """Names of the files."""
        return sorted(path.stem for path in self.folder.glob("*.py"))

    def get_command(self, ctx, name):
        """The ``cli`` of a file."""
        names = {}
        code = compile((self.folder / f"{name}.py").read_text(), f"{name}.py", "exec")
        eval(code, names, names)
        return names["cli"]


def test_files_in_a_plugin_folder_are_other(install, tmp_path):
    """A command that the program runs from a user's file is ``other``, though the group lists its name."""
    (tmp_path / "canary.py").write_text("import click\n" + textwrap.dedent(OWN))
    cli = FolderGroup("cli", callback=lambda: None)
    cli.folder = tmp_path
    assert install.run(cli, "canary --fast").exit_code == 0
    assert install.report().rows == {("other", "ok"): 1}
    assert "canary" not in install.spool()


class ScriptGroup(click.Group):
    """Makes a command for any name, of which it lists those that the user has written into a file."""

    def list_commands(self, ctx):
        """The user's words."""
        return ["canary"]

    def get_command(self, ctx, name):
        """A command with the name that was typed."""

        @click.command(name)
        def script():
            pass

        return script


@pytest.mark.parametrize("typed", ["canary", "canary2"])
def test_commands_made_for_a_typed_name_are_other(install, typed):
    """A command that the program makes while it runs is ``other``: its name may be anything, even if it is listed."""
    install.run(ScriptGroup("cli", callback=lambda: None), typed)
    assert install.report().rows == {("other", "ok"): 1}
    assert "canary" not in install.spool()


def test_more_packages_of_the_program(install):
    """Commands of the packages that the author names are the program's own."""
    cli = click.Group("cli", callback=lambda: None)
    cli.add_command(plugin("mytool_extras").cli, "extra")
    footfall_click.instrument(cli, install.client(), command=None, packages=["mytool_extras"])
    install.run(cli, "extra --fast")
    assert install.report().flags == {("extra", "--fast"): 1}


def test_package_of_a_namespace_is_more_than_its_first_name(package):
    """Distributions that share a namespace package are told apart by the next name; others by the first alone."""
    package(dict.fromkeys(("shared/mine/__init__.py", "shared/mine/deep.py", "plain/__init__.py", "plain/deep.py"), ""))
    for name in ("shared.mine.deep", "plain.deep"):
        importlib.import_module(name)
    assert package_of("shared.mine.deep") == "shared.mine"
    assert package_of("plain.deep") == "plain"
    assert package_of("json.decoder") == "json"
    assert package_of("") == package_of(None) == ""


def test_program_started_as_a_module_owns_its_package(monkeypatch):
    """Under ``python -m mytool`` what ``__main__`` defines is the package's."""
    module = types.ModuleType("__main__")
    module.__package__ = "mytool"
    monkeypatch.setitem(sys.modules, "__main__", module)
    assert package_of("__main__") == "mytool"
    module.__package__ = None
    assert package_of("__main__") == "__main__"
