"""Footfall for Click: ``instrument(cli, client)`` counts which declared commands and flags of a program are used.

Hot: loaded in every instrumented run, while :mod:`footfall_click._reader` is loaded in those that are recorded. It
imports no framework: what it needs of Click it finds on the program's own objects, so it reads a vendored copy of Click
as well.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    from footfall import Client
    from footfall_click._reader import Reader

    Program = TypeVar("Program")

__all__ = ["instrument"]

PARTIALS_MAX = 20  # one around another, through which the function of a command is looked for


def instrument(
    cli: Program, client: Client, command: str | None = "telemetry", packages: Iterable[str] = ()
) -> Program:
    """Count the uses of ``cli``, a Click command or group, and return it.

    Only the objects of this program are changed, never Click itself. A second call changes nothing.

    Args:
        cli: the program's root command, as its entry point calls it.
        client: where and on which terms its use is counted.
        command: name of the command that lets users see and decide; ``None`` adds none. Only groups get one.
        packages: names of more top-level packages whose commands are the program's own. By default its own are those of
            the package that defines ``cli``, and the one that calls this; all others' (plugins') count as ``other``.

    Raises:
        PlanError: when ``cli`` is no Click command, or has a command of that name already.
    """
    program: Any = cli
    if not all(hasattr(program, name) for name in ("main", "make_context", "invoke")):
        _refuse(f"{cli!r} is no Click command or group")
    if hasattr(program.main, "footfall_client"):
        return cli
    if client.kind != "cli":
        _refuse(f"{client.project} counts notebooks: a program takes a Client of its own, with another project")
    caller = package_of(sys._getframe(1).f_globals.get("__name__"))  # noqa: SLF001 - inspect is a slow import
    given = tuple(packages)
    root = package_of(module_of(getattr(program, "callback", None)))
    made_of = (*given, root) if root else given or (caller,)
    client.packages = (*client.packages, *made_of)
    counted = follow(program, client, command, {*given, caller})
    before = client.commands
    client.commands = lambda: {**(before() if before else {}), **counted.reader.static_commands()}
    return cli


def follow(
    program: Any, client: Client, command: str | None, packages: set[str], framework: str = "click", kind: Any = None
) -> Counted:
    """Count the uses of ``program``, for adapters of frameworks that are built on Click; the client learns no words.

    ``packages`` are the program's own, beside that of its root's function; ``framework`` is the adapter's name for it;
    ``kind`` is the class of which the user's command is made, Click's if there is none.
    """
    own = {*packages, package_of(module_of(getattr(program, "callback", None)))}
    counted = Counted(program, client, frozenset(own - {""}), framework)
    client.user_command = ""
    if command is not None and hasattr(program, "resolve_command"):
        _add_user_command(counted, command, kind)
        client.user_command = command
    program.__getstate__ = _bare_state(program)
    program.main = _wrapped(program.main, counted.main)
    program.main.footfall_client = client
    program.main.footfall_counted = counted
    program.make_context = _wrapped(program.make_context, counted.make_context)
    put_around(program, "invoke", counted.invoke, counted)
    if hasattr(program, "resolve_command"):
        put_around(program, "resolve_command", counted.resolve_command, counted)
    return counted


def _refuse(problem: str) -> None:
    from footfall import PlanError  # authoring time only

    raise PlanError(f"instrument: {problem}")


def _wrapped(original: Callable[..., Any], around: Callable[..., Any]) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return around(original, *args, **kwargs)
        except BaseException as error:
            hide_frames(error)
            raise

    wrapper.__name__ = getattr(original, "__name__", "wrapper")
    wrapper.__doc__ = original.__doc__
    wrapper.__wrapped__ = original  # type: ignore[attr-defined]  # inspect.signature follows it
    return wrapper


def hide_frames(error: BaseException) -> None:
    """Take the frames of this package off the top of a traceback, which ``raise`` then leaves so (Python 3.11 on)."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals.get("__package__") == __package__:
        trace = trace.tb_next
    BaseException.with_traceback(error, trace)  # by the base class: a frozen dataclass lets nobody set an attribute


def _bare_state(program: Any) -> Callable[[], Any]:
    """What copies and pickles of ``program`` are made of: all but ours, which would run the original instead."""
    ours = ("main", "make_context", "invoke", "resolve_command", "__getstate__")
    theirs = {name: value for name, value in vars(program).items() if name in ours}
    original = getattr(program, "__getstate__", None)  # of all objects since Python 3.11

    def state() -> Any:
        whole = original() if original else vars(program)
        return {**{k: v for k, v in whole.items() if k not in ours}, **theirs} if isinstance(whole, dict) else whole

    return state


class Counted:
    """One program whose runs are counted: what is put around its methods, and the reader of the runs.

    Where nothing is recorded the reader is not asked, and not loaded.
    """

    def __init__(self, program: Any, client: Any, own: frozenset[str], framework: str = "click") -> None:
        self.program = program
        self.client: Client = client
        self.own = own
        self.framework = framework
        self.user_command: tuple[str, Any] | None = None
        self._reader: Reader | None = None

    @property
    def reader(self) -> Reader:
        """Reads the program's runs, and its words."""
        if self._reader is None:
            from footfall_click._reader import Reader  # only where there is something to read

            self._reader = Reader(self)
        return self._reader

    def _is_read(self) -> bool:
        """Whether what happens now is of a run that is recorded, or of no run that we know of."""
        run = self.client.current
        return run is None or run.is_recorded

    def main(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Around the root's ``main``: one run of the program."""
        with self.client.invocation(self.framework):
            return original(*args, **kwargs)

    def make_context(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Around the root's ``make_context``: the run is known to be one, and no completion."""
        is_read = not kwargs.get("resilient_parsing") and self._is_read()
        return self.reader.make_context(original, *args, **kwargs) if is_read else original(*args, **kwargs)

    def invoke(self, original: Callable[..., Any], ctx: Any, *args: Any, **kwargs: Any) -> Any:
        """Around the root's ``invoke``."""
        around = self.reader.invoke if self._is_read() else None
        return around(original, ctx, *args, **kwargs) if around else original(ctx, *args, **kwargs)

    def resolve_command(self, original: Callable[..., Any], ctx: Any, args: Any) -> Any:
        """Around the root's ``resolve_command``."""
        if self._is_read():
            return self.reader.resolve_command(original, ctx, args)
        found = None if ctx.resilient_parsing else self.users(ctx, args)
        return found or original(ctx, args)

    def users(self, ctx: Any, args: Any) -> Any:
        """Our own command, where the group's way to find one does not look at what is registered."""
        with self.client.guard():
            if self.user_command and ctx.command is self.program and args[0] == self.user_command[0]:
                return None if args[0] in ctx.command.list_commands(ctx) else (*self.user_command, args[1:])
        return None


def put_around(command: Any, name: str, around: Callable[..., Any], counted: Counted) -> None:
    """Have ``around`` called in place of one of a command's methods, and be given the method; once for a program."""
    mine = known = vars(command).get(name)
    while known is not None:  # another program that has this command too may have put its own
        if getattr(known, "footfall_counted", None) is counted:
            return
        known = getattr(known, "__wrapped__", None)

    def method(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        # A copy of the command, made by the program, carries this method too: it has to run itself then.
        at = ctx.command if vars(ctx.command).get(name) is method else command
        try:
            return around(mine or getattr(type(at), name).__get__(at), ctx, *args, **kwargs)
        except BaseException as error:
            hide_frames(error)
            raise

    method.footfall_counted = counted  # type: ignore[attr-defined]
    method.__wrapped__ = getattr(command, name)  # type: ignore[attr-defined]
    setattr(command, name, method)


def is_of_click(module: str) -> bool:
    """Whether a module's name is one of Click's, or of Typer's copy of it."""
    return module == "typer.exceptions" or module.rpartition(".")[0] in ("click", "typer._click")


def module_of(thing: Any) -> str:
    """The name of the module that defines a function or class; empty when it tells none."""
    for _ in range(PARTIALS_MAX):  # a mock has any attribute that it is asked for, without end
        if not hasattr(thing, "func"):
            break
        thing = thing.func  # of functools.partial
    module = getattr(thing, "__module__", None)
    return module if isinstance(module, str) else ""


def package_of(module: str | None) -> str:
    """The package that a module's name is in: its first part, or more where that is a namespace shared with others."""
    if module == "__main__":  # `python -m mytool`: the package's own, under another name
        module = getattr(sys.modules[module], "__package__", None) or module
    name, _, rest = (module or "").partition(".")
    while rest and getattr(sys.modules.get(name), "__file__", None) is None:
        part, _, rest = rest.partition(".")
        name = f"{name}.{part}"
    return name


def _add_user_command(counted: Counted, name: str, kind: Any) -> None:
    program = counted.program
    if name in (getattr(program, "commands", None) or {}):
        _refuse(f"the program has a command {name!r} already: pass another name, or command=None")
    base = next(kind for kind in type(program).__mro__ if kind.__name__ == "Command" and is_of_click(kind.__module__))
    argument = vars(sys.modules[base.__module__]).get("Argument")  # Typer's copy of Click has none, and no chains
    params = [argument(["words"], nargs=-1)] if argument else []
    settings = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}
    text = "What this program counts of its use, and your say in it."
    made = (kind or base)(name, params=params, context_settings=settings, add_help_option=False, help=text)

    def run(ctx: Any) -> None:
        from footfall.cli import main  # the user's own command may take its time

        prog = f"{os.path.basename(ctx.parent.info_name or name)} {name}"
        ctx.exit(main([*ctx.params.get("words", ()), *ctx.args], client=counted.client, prog=prog))

    made.invoke = run
    counted.user_command = (name, made)
    if hasattr(program, "add_command"):
        program.add_command(made, name)
