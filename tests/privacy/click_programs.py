"""Click programs and command lines made at random, with canaries wherever users' own words can be."""

from __future__ import annotations

import json
import random
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from canaries import LONG, NAMES, Canaries

CHOICES = ("red", "green", "blue")


class AliasGroup(click.Group):
    """Knows commands by their beginnings too, and by an alias out of the user's configuration."""

    alias = ""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, alias or beginning."""
        if cmd_name == self.alias:
            return super().get_command(ctx, min(self.commands))
        fitting = [name for name in self.commands if name.startswith(cmd_name)]
        return super().get_command(ctx, fitting[0] if len(fitting) == 1 else cmd_name)


class MakingGroup(click.Group):
    """Makes a command for any name that it does not know, as a runner of users' own tasks would."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A registered command, or one of that very name."""
        return super().get_command(ctx, cmd_name) or click.Command(cmd_name, callback=lambda: None)


@click.command("script")
def run_script() -> None:
    """Run a file of the user's; which one, the group knows."""


class ScriptsGroup(click.Group):
    """Lists the user's own script files as commands; one command of the program's serves them all."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The known names, and the user's files'."""
        return [*super().list_commands(ctx), *sorted(path.stem for path in Path("scripts").glob("*.py"))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A registered command, or the one for scripts."""
        return super().get_command(ctx, cmd_name) or (run_script if cmd_name in self.list_commands(ctx) else None)


def configure(cli: click.Command) -> None:
    """Add what the user's configuration names: commands to each group of ``cli``, and options to each command."""
    told = json.loads(Path("commands.json").read_text())
    for name in told["commands"] if isinstance(cli, click.Group) else ():
        cli.add_command(click.Command(name, callback=lambda **_: None))
    for sub in (*getattr(cli, "commands", {}).values(), *getattr(cli, "sources", ())):
        configure(sub)
    cli.params += [click.Option([f"--{name}"], is_flag=True, expose_value=False) for name in told["options"]]


@dataclass
class Line:
    """A command line and what is around it."""

    words: list[str]
    environ: dict[str, str] = field(default_factory=dict)
    answers: str = ""


class Programs:
    """Programs and lines drawn from ``seed``."""

    def __init__(self, seed: int, canaries: Canaries) -> None:
        self.draw = random.Random(seed)
        self.canaries = canaries

    def program(self) -> click.Command:
        """A program: a command, or a group of any kind with commands, groups and plugins in it."""
        if self.draw.random() < 0.1:
            return self._command("main")
        if self.draw.random() < 0.1:
            sources = [self._group(f"source{n}", depth=1) for n in (1, 2)]
            return click.CommandCollection("main", sources=sources)
        return self._group("main", depth=0, chain=self.draw.random() < 0.15)

    def _group(self, name: str, depth: int, *, chain: bool = False) -> click.Group:
        kind = self.draw.choice([click.Group, click.Group, AliasGroup, MakingGroup, ScriptsGroup])
        settings: dict[str, Any] = {"chain": chain, "invoke_without_command": self.draw.random() < 0.2}
        code = self._code() if self.draw.random() < 0.1 else lambda **_: None
        config = {"default_map": self._config()} if self.draw.random() < 0.3 else {}
        made = kind(name, params=self._options(3), callback=code, context_settings=config, **settings)
        if isinstance(made, AliasGroup):
            made.alias = self.canaries["alias"]
        for sub in self.draw.sample(NAMES.split(), self.draw.randint(1, 5)):
            is_group = not chain and depth < 2 and self.draw.random() < 0.3
            made.add_command(self._group(sub, depth + 1) if is_group else self._command(sub))
        if self.draw.random() < 0.4:
            made.add_command(self._plugin(), self.canaries["plugin command"])
        return made

    def _command(self, name: str) -> click.Command:
        params: list[click.Parameter] = [*self._options(5)]
        if self.draw.random() < 0.6:
            params.append(click.Argument(["place"], required=self.draw.random() < 0.5))
        loose = {"ignore_unknown_options": True, "allow_extra_args": True} if self.draw.random() < 0.1 else {}
        return click.Command(name, params=params, callback=self._code(), context_settings=loose)

    def _plugin(self) -> click.Command:
        module = types.ModuleType(self.canaries["package name"])
        exec("def work(**_): raise LookupError(__name__)", vars(module))
        option = click.Option([f"--{self.canaries['plugin command']}"], is_flag=True)
        return click.Command(self.canaries["plugin command"], params=[option], callback=module.work)

    def _options(self, most: int) -> list[click.Parameter]:
        names = self.draw.sample(LONG.split(), self.draw.randint(0, most))
        letters = self.draw.sample("abcdefgjkmnpqrstuwxyz", len(names))
        return [self._option(f"--{name}", f"-{letter}") for name, letter in zip(names, letters, strict=True)]

    def _option(self, *names: str) -> click.Option:
        kinds: list[dict[str, Any]] = [
            {},
            {"type": int},
            {"type": click.Choice(CHOICES)},
            {"is_flag": True},
            {"count": True},
            {"multiple": True},
            {"type": click.Path()},
            {"envvar": "PROGRAM_VALUE"},
            {"hidden": True, "expose_value": False},
            {"callback": self._check},
            {"prompt": True, "default": "x"},
        ]
        return click.Option(list(names), **self.draw.choice(kinds))

    def _config(self) -> dict[str, str]:
        names = self.draw.sample(LONG.split(), 2)
        return {name.replace("-", "_"): self.canaries["config value"] for name in names}

    def _check(self, ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        if value and self.draw.random() < 0.3:
            raise click.BadParameter(f"{self.canaries['exception message']} {value}", ctx, param)
        return value

    def _code(self) -> Callable[..., None]:
        message = self.canaries["exception message"]
        own = type(self.canaries["exception class"], (Exception,), {"__module__": self.canaries["module name"]})
        lookalike = type("ValueError", (Exception,), {})
        errors: list[Callable[[str], BaseException]] = [
            ValueError,
            KeyError,
            lambda text: FileNotFoundError(2, text, text),
            own,
            lookalike,
            click.UsageError,
            click.ClickException,
            click.BadParameter,
            click.FileError,
            SystemExit,
            lambda _: click.exceptions.Exit(3),
            lambda _: click.Abort(),
            lambda _: KeyboardInterrupt(),
        ]
        make = self.draw.choice(errors)
        fails = self.draw.random() < 0.4

        def code(**given: Any) -> None:
            local = f"{self.canaries['local variable']} {message} {given}"[:5000]
            if fails:
                error = make(local)
                if sys.version_info >= (3, 11):
                    error.add_note(local)
                raise error from LookupError(local)
            click.echo(local)

        return code

    def line(self, cli: click.Command) -> Line:
        """A line for ``cli``, good or bad."""
        words: list[str] = []
        command: click.Command | None = cli
        while command is not None:
            words += self._given(command)
            command = self._next(command, words)
        if self.draw.random() < 0.1:
            words.append(self.canaries["extra argument"])
        if self.draw.random() < 0.1:
            words.insert(self.draw.randint(0, len(words)), f"--{self.canaries['unknown option']}")
        if self.draw.random() < 0.05:
            words.append("--help")
        environ = {"PROGRAM_VALUE": self.canaries["environment value"]} if self.draw.random() < 0.3 else {}
        return Line(words, environ, f"{self.canaries['prompt answer']}\n" * 5)

    def _next(self, command: click.Command, words: list[str]) -> click.Command | None:
        known: dict[str, click.Command] = {}
        for source in (command, *getattr(command, "sources", ())):
            known |= getattr(source, "commands", {})
            if isinstance(source, ScriptsGroup):
                known[self.canaries["script file"]] = run_script
        if not known or self.draw.random() < 0.05:
            return None
        name = self.draw.choice(sorted(known))
        typed = name
        if self.draw.random() < 0.3:
            bad = [self.canaries["unknown command"], self.canaries["command of a made-up name"], self.canaries.foreign]
            typed = self.draw.choice([name[:2], self.canaries["alias"], *bad, name.upper()])
        words.append(typed)
        return known[name] if typed == name or self.draw.random() < 0.5 else None

    def _given(self, command: click.Command) -> list[str]:
        words: list[str] = []
        for param in command.params:
            if self.draw.random() < 0.5:
                continue
            if isinstance(param, click.Argument):
                words.append(self.draw.choice([self.canaries["positional path"], self._odd()]))
            elif isinstance(param, click.Option):
                words += self._spelled(param)
        return words

    def _spelled(self, option: click.Option) -> list[str]:
        long, short = option.opts[0], option.opts[-1][-2:]
        if option.is_flag or option.count:
            return [self.draw.choice([long, short, f"{short}{short[1]}"])]
        if isinstance(option.type, click.Choice):
            return [long, self.draw.choice([*CHOICES, *CHOICES, self.canaries["bad choice"]])]
        if self.draw.random() < 0.2:
            return [long, self._odd()]
        return self.draw.choice(
            [
                [long, self.canaries["option value after a blank"]],
                [f"{long}={self.canaries['option value after =']}"],
                [f"{short}{self.canaries['option value glued to its letter']}"],
                [f"-v{short[1]}{self.canaries['option value in a bundle']}"],
                *([[long, "7"]] * 4),
            ]
        )

    def _odd(self) -> str:
        if self.draw.random() < 0.01:
            return self.canaries.long
        return self.draw.choice([self.canaries.foreign, self.canaries.many_lines, "", "-", "7"])
