"""The program whose runs are counted, and its commands that do what programs do to those who count them.

Its clock stands where ``HELLO_CLOCK`` says, in seconds since the epoch, until a command moves it.
"""

import asyncio
import multiprocessing
import os
import sys
import threading
import time

import click

from footfall import Client
from footfall_click import instrument

NOW = [float(os.environ.get("HELLO_CLOCK", "0"))]


@click.group()
def cli():
    """Say hello."""


def again(*words):
    """Run the program once more in this process, as a test runner or a server does."""
    cli.main(list(words or ("greet",)), prog_name="hello", standalone_mode=False)


@cli.command()
@click.option("--name", default="world")
def greet(name):
    """Greet somebody."""
    click.echo(f"Hello {name}!")


@cli.command()
def fork_on():
    """Fork; the child goes on with the command, as the parent does."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    click.echo("both are here")


@cli.command()
def fork_exec():
    """Fork; the child becomes the program, run anew."""
    child = os.fork()
    if not child:
        os.execv(sys.executable, [sys.executable, "-m", "chaotic", "greet"])
    os.waitpid(child, 0)


@cli.command()
def fork_exit():
    """Fork; the child ends on the spot."""
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


@cli.command()
@click.argument("seconds", type=float)
def daemon(seconds):
    """Go into the background as daemons do, by forking twice; the first process ends on the spot."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    time.sleep(seconds)


@cli.command()
@click.argument("days", type=float)
def jump(days):
    """Run while the clock jumps, or the machine sleeps, for so many days."""
    NOW[0] += days * 86400
    click.echo("still here")


def threads():
    """Eight threads that run commands at once, five each."""
    making = [threading.Thread(target=lambda: [again() for _ in range(5)]) for _ in range(8)]
    for thread in making:
        thread.start()
    for thread in making:
        thread.join()


def tasks():
    """Twenty runs in threads of an event loop, and one in the loop's own thread."""

    async def main():
        await asyncio.gather(*(asyncio.to_thread(again) for _ in range(20)))
        again()

    asyncio.run(main())


def processes(method):
    """Four processes, started in one of Python's ways, that run five commands each; and one that this one runs."""
    with multiprocessing.get_context(method).Pool(4) as pool:
        pool.starmap(again, [()] * 20, chunksize=5)
    again()


def days(*jumps):
    """A process that lives on while its clock jumps, by so many days each time, and runs a command after each."""
    for jump in jumps:
        again()
        NOW[0] += float(jump) * 86400
    again()


client = Client("hello", version="1.4.2", endpoint="https://usage.example.org", clock=lambda: NOW[0])
instrument(cli, client)


def main():
    """Run what the command line names: a way of running commands, or a command."""
    ways = {"threads": threads, "tasks": tasks, "processes": processes, "days": days}
    if sys.argv[1:2] and sys.argv[1] in ways:
        ways[sys.argv[1]](*sys.argv[2:])
    else:
        cli(prog_name="hello")


if __name__ == "__main__":
    main()
