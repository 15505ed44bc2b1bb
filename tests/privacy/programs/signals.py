"""A program that says which signals are handled, starts another process, and waits to be ended."""

import os
import signal
import subprocess
import sys

import click

import footfall
from footfall_click import instrument

for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)  # whoever runs the tests may have had them ignored
signal.signal(signal.SIGINT, signal.default_int_handler)


def handlers():
    """What the process does about each signal."""
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


BEFORE = handlers()


@click.command()
@click.argument("what")
def cli(what):
    """Do it."""
    click.echo("handlers changed" if handlers() != BEFORE else "handlers are what they were")
    subprocess.run([sys.executable, "-c", ""], check=True)
    if what == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    sys.stdin.readline()
    click.echo("ended by itself")


def main():
    """Run the program."""
    if os.environ.get("SIGNALS_BARE") is None:
        instrument(cli, footfall.Client("hello", version="1.4.2", endpoint="https://usage.example.org"))
    cli(prog_name="hello")
