"""One program in Click, in Typer and in cells, and the bytes that a day of it gives; a sender in this process sends."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import click
import pytest
from click.testing import CliRunner

import footfall
import footfall_click
from footfall import _spawn, _spool, overview
from footfall.sender import Sender

Work = Callable[[], None]

FRAMEWORKS = ("click", "typer")
LINES = {"click": ["greet"], "typer": ["greet"], "jupyter": ["greet()"]}  # the one in which the program does its work


class Report(NamedTuple):
    """What a day gave: the requests as they came in, and the bodies in a fixed order and without their keys."""

    requests: list[bytes]
    bodies: list[str]

    def cells(self, name: str) -> list[dict[str, Any]]:
        """The cells of one list of all parts of commands."""
        parts = [json.loads(body) for body in self.bodies]
        return [cell for part in parts if part["part"] == "cli.command" for cell in part.get(name, ())]


def _by_prefix(names: list[str], word: str) -> str:
    aliases = {"hi": "greet"}
    return next((name for name in names if name.startswith(word)), aliases.get(word, word))


class Abbreviated(click.Group):
    """A group that takes an alias, and the beginning of a command's name."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command meant."""
        return super().get_command(ctx, _by_prefix(self.list_commands(ctx), name))


def _raising(error: BaseException | None) -> Work:
    def work() -> None:
        if error is not None:
            raise error

    return work


def click_program(work: Work) -> click.Group:
    """The program; ``greet`` does ``work``."""

    @click.group(cls=Abbreviated)
    @click.option("--verbose", is_flag=True)
    def cli(verbose: bool) -> None:
        pass

    @cli.command()
    @click.option("-n", "--name")
    @click.option("--color", type=click.Choice(["red", "green"]))
    @click.argument("rest", nargs=-1)
    def greet(name: str | None, color: str | None, rest: list[str]) -> None:
        work()

    @cli.group()
    def db() -> None:
        pass

    @db.command()
    @click.argument("place")
    def migrate(place: str) -> None:
        pass

    return cli


def typer_program(work: Work) -> Any:
    """The same in Typer."""
    from enum import Enum

    import typer

    color = Enum("Color", {"red": "red", "green": "green"}, type=str)

    class AbbreviatedTyper(typer.core.TyperGroup):
        def get_command(self, ctx: Any, name: str) -> Any:
            return super().get_command(ctx, _by_prefix(self.list_commands(ctx), name))

    several, painted = typer.Argument(None), typer.Option(None)
    app, db = typer.Typer(cls=AbbreviatedTyper), typer.Typer()
    app.add_typer(db, name="db")

    @app.callback()
    def main(verbose: bool = typer.Option(False, "--verbose")) -> None:
        pass

    def greet(
        rest: list[str] = several,
        name: str = typer.Option(None, "-n", "--name"),
        color: Any = painted,
    ) -> None:
        work()

    greet.__annotations__ = {"rest": list[str], "name": str, "color": color, "return": None}
    app.command()(greet)

    def migrate(place: str) -> None:
        pass

    migrate.__annotations__ = {"place": str}
    db.callback()(lambda: None)
    db.command()(migrate)
    return app


def _session(sources: list[list[str]], client: footfall.Client, work: Work) -> None:
    """Run cells, each of one line or more, in a session that ends with them and of which the user says yes."""
    pytest.importorskip("IPython")
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    import footfall_jupyter

    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    shell.user_ns["greet"] = work
    try:
        footfall_jupyter.instrument(client)
        overview.on(client)
        for lines in sources:
            shell.run_cell("\n".join(lines), store_history=True)
        footfall_jupyter.unload_ipython_extension(shell)
    finally:
        InteractiveShell.clear_instance()


def new_client(home: Path, recorder: Any, **more: Any) -> footfall.Client:
    """A client of the program, by whose own switch the user says yes."""
    environ = {"MYTOOL_TELEMETRY": "1", _spawn.CHILD_MARK: "1"}
    terms: dict[str, Any] = {"endpoint": recorder.address, "home": str(home), "environ": environ}
    return footfall.Client("mytool", version="1.4.2", **terms, **more)


def run(framework: str, lines: list[list[str]], client: footfall.Client, work: Work, prog_name: str = "mytool") -> None:
    """Run ``lines`` of the program, or cells, with ``client``."""
    if framework == "jupyter":
        _session(lines, client, work)
        return
    made: Any
    if framework == "click":
        made, runner = footfall_click.instrument(click_program(work), client), CliRunner()
    else:
        pytest.importorskip("footfall_typer")
        import typer.testing

        import footfall_typer

        made, runner = footfall_typer.instrument(typer_program(work), client), typer.testing.CliRunner()
    for line in lines:
        runner.invoke(made, line, prog_name=prog_name)


def send(client: footfall.Client, recorder: Any) -> Report:
    """Send what waits."""
    _spawn.write_plan(client)
    sent = len(recorder.requests)
    Sender(Path(client.folder), client.clock, environ=client.environ).run()
    bodies = (json.dumps({**json.loads(body), "key": ""}, sort_keys=True) for body in recorder.bodies[sent:])
    return Report(recorder.requests[sent:], sorted(bodies))


def report(
    framework: str,
    lines: list[list[str]],
    home: Path,
    recorder: Any,
    monkeypatch: Any,
    *,
    error: BaseException | None = None,
    prog_name: str = "mytool",
) -> Report:
    """Run ``lines`` of the program and send what they gave; every run takes as long as every other."""
    timeless = SimpleNamespace(gmtime=time.gmtime, perf_counter=lambda: 0.0)
    monkeypatch.setattr(_spool, "time", timeless)
    client = new_client(home, recorder)
    run(framework, lines, client, _raising(error), prog_name)
    return send(client, recorder)
