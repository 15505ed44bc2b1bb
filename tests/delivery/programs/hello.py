"""The program whose runs are counted; its clock stands where ``HELLO_CLOCK`` says, in seconds since the epoch."""

import os
import signal
import time

import click

from footfall import Client
from footfall_click import instrument


@click.group()
def cli():
    """Say hello."""


@cli.command()
@click.option("--name", default="world")
def greet(name):
    """Greet somebody."""
    click.echo(f"Hello {name}!")


@cli.command()
def fall():
    """Come to an end that no program can see."""
    click.echo("falling")
    os.kill(os.getpid(), signal.SIGKILL)


def clock():
    """Seconds since the epoch, where the test has put them."""
    return float(os.environ["HELLO_CLOCK"])


sample = float(os.environ.get("HELLO_SAMPLE", "1"))
instrument(cli, Client("hello", version="1.4.2", endpoint="https://usage.example.org", clock=clock, sample=sample))

if __name__ == "__main__":
    for _ in range(int(os.environ.get("HELLO_MORE_RUNS", "0"))):
        cli.main(standalone_mode=False, prog_name="hello")
        time.sleep(0.01)  # others want to run in between
    cli(prog_name="hello")
