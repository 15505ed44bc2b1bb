"""The public API as authors use it; type checkers read this file, nothing runs it."""

import sys
from pathlib import Path

import click

import footfall_click
import footfall_jupyter
from footfall import (
    Bucket,
    Cell,
    Choice,
    Client,
    EventType,
    Flag,
    FootfallError,
    Heartbeat,
    Plan,
    PlanError,
    Session,
    Version,
    pseudonym,
)
from footfall.testing import AdapterSuite, Counted, Tally

plan = Plan(
    [
        EventType(
            "model.loaded",
            {"backend": Choice("cpu", "cuda"), "layers": Bucket(1, 10, 100), "ok": Flag(), "lib": Version()},
            why="Is the CUDA backend worth its upkeep?",
            expires="2027-11-01",
        ),
        EventType("cache.hit"),
    ],
    errors=[KeyError],
)
client = Client(
    "mytool",
    version="1.4.2",
    endpoint="https://usage.example.org",
    consent="ask",
    operator="the mytool project",
    retention_months=25,
    public=True,
    plan=plan,
    environ={"MYTOOL_TELEMETRY": "1"},
    home="/tmp/state",
    clock=lambda: 0.0,
)


@click.group()
def group() -> None:
    """A group."""


@click.command()
def command() -> None:
    """A command."""


same_group: click.Group = footfall_click.instrument(group, client)
same_command: click.Command = footfall_click.instrument(command, client, command=None, packages=["mytool_extras"])

client.record("model.loaded", backend="cuda", layers=12)
client.count("cache.hit")
client.instrument_module(sys)
heart: Heartbeat = client.heartbeat(3600, lambda: {"tables": 42})
heart.stop()
mode: str = client.decide().mode

with client.invocation("my-framework") as invocation:
    invocation.command = "greet"
    invocation.flags = ["--name"]
    with client.guard():
        invocation.begin()

library = Client("mylib", version="1.4.2", endpoint=None)
same_library: Client = footfall_jupyter.instrument(library, modules=["mylib.plot"])
session: Session = library.session("console", "terminal")
cell: Cell = session.begin()
cell.magics.add("timeit")
cell.end(ValueError())

try:
    Client("My Tool", version="1", endpoint="http://example.org")
except PlanError as error:
    problem: FootfallError = error


class TestMine(AdapterSuite):
    """An author's suite."""

    program = Path("program.py")
    project = "program"
    modules = ("footfall_mine",)
    environ = {"GREETING": "CANARY"}
    lines = {
        "greet CANARY": Counted("greet", flags=("--loud",)),
        "step step": (Counted("step"), Counted("step", outcome="usage", kind="usage")),
        "--help": None,
    }
    sleeping = ("wait", "wait")


counted: dict[tuple[str, str, str], int] = Tally.of(client).new()


def of_the_week(folder: Path) -> str:
    """A rotating id for a transport of a plugin's."""
    secret: bytes = pseudonym.secret_of(folder)
    return pseudonym.window_id(secret, "https://usage.example.org", "mytool", "week", "2026-W47")
