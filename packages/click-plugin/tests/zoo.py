"""A program that behaves in many ways, started as a real process: bare, or instrumented where ``ZOO_CLOCK`` is set."""

import atexit
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import click


@click.group(invoke_without_command=True)
@click.option("--loud", is_flag=True)
@click.option("--die", is_flag=True)
@click.version_option("1.0", prog_name="zoo")
@click.pass_context
def cli(ctx, loud, die):
    """A program of many ways."""
    ctx.obj = loud
    _die_if(die)
    if ctx.invoked_subcommand is None:
        click.echo("alone")


def _die_if(wanted):
    if wanted:
        os.kill(os.getpid(), signal.SIGKILL)


@cli.command()
@click.argument("name", default="wörld")
@click.option("--count", "-c", type=click.IntRange(0, 5), default=1)
@click.option("--color", type=click.Choice(["red", "green"]), envvar="ZOO_COLOR")
def hello(name, count, color):
    """Greets."""
    for _ in range(count):
        click.secho(f"hello {name}", fg=color)
    click.echo("to stderr", err=True)


@cli.command()
def state():
    """Prints what of the process's state a program may rely on."""
    descriptors = sorted(int(path.name) for path in Path("/proc/self/fd").iterdir())
    print("open", descriptors[:-1], "folder", Path.cwd(), "umask", oct(_umask()))
    print("environment", sorted(os.environ.items() - {("ZOO_CLOCK", os.environ.get("ZOO_CLOCK"))}))
    print("signals", [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())])
    print(
        "threads",
        [thread.name for thread in threading.enumerate()],
        "children",
        _children(),
        "timer",
        signal.getitimer(signal.ITIMER_REAL),
    )
    print("arguments", sys.argv, "path", sys.path, "hooks", sys.excepthook, sys.unraisablehook, threading.excepthook)
    print("streams", sys.stdin, type(sys.stdout), type(sys.stderr), "limit", sys.getrecursionlimit(), gc.isenabled())
    print("filters", warnings.filters, "trace", sys.gettrace(), sys.getprofile(), logging.root.handlers)
    print(
        "frame",
        sys._getframe().f_code.co_name,
        sys._getframe(1).f_code.co_name,
        click.get_current_context().command_path,
    )


def _umask():
    now = os.umask(0)
    os.umask(now)
    return now


def _children():
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None


@cli.command()
@click.argument("code")
def leave(code):
    """Leaves with a code, or a text."""
    sys.exit(int(code) if code.lstrip("-").isdigit() else code)


@cli.command("quit")
@click.argument("code", type=int)
@click.pass_context
def quit_(ctx, code):
    """Leaves by the context."""
    ctx.exit(code)


@cli.command()
@click.argument("code", type=int)
def vanish(code):
    """Leaves without unwinding."""
    click.echo("gone")
    sys.stdout.flush()
    os._exit(code)


@cli.command()
@click.argument("name")
def die(name):
    """Dies by a signal."""
    sys.stdout.write("dying\n")
    sys.stdout.flush()
    os.kill(os.getpid(), getattr(signal, name))
    time.sleep(0.2)


class Own(Exception):
    """An exception of this program."""


@cli.command()
@click.argument("kind")
def fail(kind):
    """Fails, with causes and a note."""
    try:
        {}["missing"]
    except KeyError as error:
        made = {"own": Own("own"), "value": ValueError("v")}.get(kind)
        raise made or getattr(click.exceptions, kind, OSError)("text") from error


@cli.command()
def deep():
    """Recurses until it cannot."""

    def more():
        return more() + 1

    try:
        more()
    except RecursionError:
        click.echo("too deep")
    raise RecursionError("in the end")


@cli.command()
@click.option("--name", prompt=True, confirmation_prompt=True)
@click.confirmation_option()
def ask(name):
    """Asks."""
    click.echo(f"thanks {name}")


@cli.command()
def flood():
    """Writes more than a pipe that nobody reads can hold."""
    for number in range(100_000):
        click.echo(f"line {number}")


@cli.command()
def late():
    """Has things happen at the end."""
    atexit.register(print, "at exit")
    thread = threading.Thread(target=lambda: (time.sleep(0.05), print("thread")))
    thread.start()
    warnings.warn("a warning", stacklevel=1)
    click.get_current_context().call_on_close(lambda: print("closed"))


@cli.command()
def hook():
    """Has an excepthook of its own."""
    sys.excepthook = lambda kind, error, trace: print("hooked", kind.__name__, error)
    raise Own("own")


@cli.command()
def spawn():
    """Forks a child that goes on to the end, and starts another program."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    else:
        click.echo("child")
        sys.exit(3)
    subprocess.run(
        [sys.executable, "-c", "import os; print(sorted(map(int, os.listdir('/proc/self/fd')))[:-1])"], check=True
    )


@cli.command()
def become():
    """Becomes another program."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-c", "print('another')"])


@cli.command()
def hog():
    """Ends without a descriptor left."""
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (3, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    click.echo("hogged")


@cli.command()
def lost():
    """Ends in a folder that is gone."""
    Path("gone").mkdir()
    os.chdir("gone")
    Path("../gone").rmdir()
    click.echo("lost")


@cli.group(chain=True)
@click.option("--die", is_flag=True)
def chain(die):
    """Commands in a row."""
    _die_if(die)


@chain.result_callback()
def results(values, die):
    """Prints what they returned."""
    click.echo(values)


@chain.command()
@click.option("--by", type=int, default=1)
def step(by):
    """A step."""
    return 10 // by


CLOCKS = {
    "": time.time,
    "raises": lambda: 1 / 0,
    "raises hard": lambda: (_ for _ in ()).throw(SystemError("clock")),
    "nan": lambda: float("nan"),
    "infinite": lambda: float("inf"),
    "negative": lambda: -1e12,
    "huge": lambda: 1e18,
    "text": lambda: "now",
    "past": lambda: time.time() - 2 * 365 * 86400,
    "future": lambda: time.time() + 2 * 365 * 86400,
    "jumping": lambda: time.time() + 86400 * (time.perf_counter_ns() % 1000),
}

if "ZOO_CLOCK" in os.environ:
    import footfall
    import footfall_click

    clock = CLOCKS[os.environ["ZOO_CLOCK"]]
    client = footfall.Client("zoo", version="1.0", endpoint="http://127.0.0.1:9", clock=clock)
    client.source = ""  # it stands for a release, though it lies in a working copy
    footfall_click.instrument(cli, client, command=None)

if __name__ == "__main__":
    cli()
