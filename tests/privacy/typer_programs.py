"""Typer programs and command lines made at random, with canaries wherever users' own words can be."""

from __future__ import annotations

import enum
import inspect
import pathlib
import random
from collections.abc import Callable
from typing import Any

import typer
from canaries import LONG, NAMES, Canaries


class Color(str, enum.Enum):
    """A closed list that a program declares."""

    RED = "red"
    BLUE = "blue"


class TyperPrograms:
    """Programs and lines drawn from ``seed``."""

    def __init__(self, seed: int, canaries: Canaries) -> None:
        self.draw = random.Random(seed)
        self.canaries = canaries
        self.paths: list[list[str]] = []
        self.options: list[str] = []

    def program(self) -> typer.Typer:
        """An app: one command, or commands, sub-apps and callbacks with options."""
        if self.draw.random() < 0.15:
            app = typer.Typer()
            app.command(self._name())(self._function())
            self.paths.append([])
            return app
        return self._app([], depth=0)

    def _app(self, above: list[str], depth: int) -> typer.Typer:
        app = typer.Typer(invoke_without_command=self.draw.random() < 0.2)
        if self.draw.random() < 0.5:
            app.callback()(self._function(can_fail=False, has_argument=False))
        for name in self.draw.sample(NAMES.split(), self.draw.randint(2, 5)):
            path = [*above, name]
            if depth < 2 and self.draw.random() < 0.3:
                app.add_typer(self._app(path, depth + 1), name=name)
            else:
                app.command(name)(self._function())
            self.paths.append(path)
        return app

    def _name(self) -> str:
        return self.draw.choice(NAMES.split())

    def _function(self, *, can_fail: bool = True, has_argument: bool = True) -> Callable[..., None]:
        parameters = [self._option(name) for name in self.draw.sample(LONG.split(), self.draw.randint(0, 4))]
        if has_argument and self.draw.random() < 0.6:
            default = typer.Argument(None)
            parameters.append(self._parameter("place", str, default))
        code = self._code(can_fail=can_fail)
        code.__signature__ = inspect.Signature(parameters)
        code.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return code

    def _option(self, name: str) -> inspect.Parameter:
        spelled = f"--{name}"
        self.options.append(spelled)
        kind, default = self.draw.choice(
            [
                (str, None),
                (int, 3),
                (bool, False),
                (Color, Color.RED),
                (pathlib.Path, None),
                (list[str], None),
            ]
        )
        more: dict[str, Any] = {"envvar": "PROGRAM_VALUE"} if kind is str and self.draw.random() < 0.5 else {}
        return self._parameter(name.replace("-", "_"), kind, typer.Option(default, spelled, **more))

    @staticmethod
    def _parameter(name: str, kind: Any, default: Any) -> inspect.Parameter:
        return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)

    def _code(self, *, can_fail: bool) -> Callable[..., None]:
        message = self.canaries["exception message"]
        own = type(self.canaries["exception class"], (Exception,), {"__module__": self.canaries["module name"]})
        lookalike = type("ValueError", (Exception,), {})
        makers: list[Callable[[str], BaseException]] = [
            ValueError,
            lambda text: FileNotFoundError(2, text, text),
            own,
            lookalike,
            typer.BadParameter,
            SystemExit,
            lambda _: typer.Exit(3),
            lambda _: typer.Abort(),
            lambda _: KeyboardInterrupt(),
        ]
        make = self.draw.choice(makers)
        fails = can_fail and self.draw.random() < 0.4

        def code(**given: Any) -> None:
            local = f"{self.canaries['local variable']} {message} {given}"[:5000]
            if fails:
                raise make(local) from LookupError(local)
            typer.echo(local)

        return code

    def line(self) -> tuple[list[str], dict[str, str]]:
        """Words and environment of a line, good or bad."""
        words = list(self.draw.choice(self.paths))
        if self.draw.random() < 0.15:
            words = [*words[:-1], self.canaries["unknown command"]]
        if self.options and self.draw.random() < 0.6:
            words += self._given(self.draw.choice(self.options))
        if self.draw.random() < 0.4:
            words.append(self.draw.choice([self.canaries["positional path"], self.canaries.foreign]))
        if self.draw.random() < 0.1:
            words.append(f"--{self.canaries['unknown option']}")
        if self.draw.random() < 0.05:
            words.append("--help")
        is_set = self.draw.random() < 0.3
        return words, {"PROGRAM_VALUE": self.canaries["environment value"]} if is_set else {}

    def _given(self, option: str) -> list[str]:
        after = self.canaries["option value after ="]
        return self.draw.choice(
            [[option, self.canaries["option value after a blank"]], [f"{option}={after}"], [option, "7"], [option]]
        )
