"""Footfall for Click: ``instrument(cli, client)`` counts which declared commands and flags of a program are used.

Hot: one module, loaded in every instrumented run. It imports no framework: what it needs of Click it finds on the
program's own objects, so it reads a vendored copy of Click as well. Nothing typed is ever used: a command is known by
its place in the program's tree, an option by its declaration.
"""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeVar

    from footfall import Client, Invocation

    Program = TypeVar("Program")

__all__ = ["instrument"]

MAIN = "(main)"
OTHER = "other"
_GIVEN = ("COMMANDLINE", "ENVIRONMENT", "DEFAULT_MAP", "PROMPT")  # sources that say: this option was used
# The most special class first.
_USAGE_KINDS = (
    ("NoSuchCommand", "no_such_command"),
    ("NoSuchOption", "no_such_option"),
    ("MissingParameter", "missing_parameter"),
    ("BadOptionUsage", "bad_option"),
    ("BadArgumentUsage", "bad_argument"),
    ("BadParameter", "bad_parameter"),
)


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
    if not all(hasattr(program, name) for name in ("main", "make_context", "invoke", "params")):
        _refuse(f"{cli!r} is no Click command or group")
    if hasattr(program.main, "footfall_client"):
        return cli
    own = {*packages, *_packages_of(sys._getframe(1).f_globals), *_package_of(getattr(program, "callback", None))}
    reader = Reader(program, client, frozenset(own))
    if command is not None and hasattr(program, "add_command"):
        _add_user_command(program, client, command, reader)
    before = client.commands
    client.commands = lambda: {**(before() if before else {}), **reader.static_commands()}
    program.main = _wrapped(program.main, reader.main)
    program.main.footfall_client = client
    program.main.footfall_reader = reader
    program.make_context = _wrapped(program.make_context, reader.make_context)
    reader.watch(program)
    return cli


def _refuse(problem: str) -> None:
    from footfall import PlanError  # authoring time only

    raise PlanError(f"footfall_click.instrument: {problem}")


def _wrapped(original: Callable[..., Any], around: Callable[..., Any]) -> Any:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    wrapper.__name__ = getattr(original, "__name__", "wrapper")
    wrapper.__doc__ = original.__doc__
    wrapper.__wrapped__ = original  # type: ignore[attr-defined]  # inspect.signature follows it
    return wrapper


class Reader:
    """Follows the runs of one program, from declared names only."""

    def __init__(self, program: Any, client: Client, own: frozenset[str]) -> None:
        self.program = program
        self.client = client
        self.own = own
        self.user_command: Any = None

    def main(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Around the root's ``main``: one run of the program."""
        with self.client.invocation("click"):
            return original(*args, **kwargs)

    def make_context(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Around the root's ``make_context``: the run is known to be one, and no completion or help text."""
        run = self.client.current
        if run is None or run.followed or kwargs.get("resilient_parsing"):
            return original(*args, **kwargs)
        run.command, run.followed = MAIN, True
        try:
            return original(*args, **kwargs)
        except BaseException as error:
            with self.client.guard():
                note(run, error)
            raise

    def watch(self, command: Any) -> None:
        """See ``command`` being invoked and, if it is a group, its subcommands being resolved."""
        self._put(command, "invoke", self.invoke)
        if hasattr(command, "resolve_command"):
            self._put(command, "resolve_command", self.resolve_command)

    def _put(self, command: Any, name: str, around: Callable[..., Any]) -> None:
        mine = vars(command).get(name)
        if hasattr(mine, "footfall_owner"):
            return

        def method(ctx: Any, *args: Any, **kwargs: Any) -> Any:
            # Not bound to `command`: a copy of it, made by the program, carries this method and has to be itself.
            original = mine or getattr(type(ctx.command), name).__get__(ctx.command)
            return around(original, ctx, *args, **kwargs)

        method.footfall_owner = self  # type: ignore[attr-defined]
        method.__wrapped__ = getattr(command, name)  # type: ignore[attr-defined]
        setattr(command, name, method)

    def resolve_command(self, original: Callable[..., Any], ctx: Any, args: Any) -> Any:
        """Around a group's ``resolve_command``: the subcommand is known, its parameters are not yet."""
        run = self.client.current
        if run is None or not run.followed:
            return original(ctx, args)
        try:
            found = original(ctx, args)
        except BaseException as error:
            with self.client.guard():
                run.command, run.flags = self.path(ctx)[0], self.flags(ctx)
                if is_click(error, "UsageError"):
                    run.outcome, run.kind = "usage", "no_such_command"
            raise
        with self.client.guard():
            self._resolved(run, ctx, *found[:2])
        return found

    def _resolved(self, run: Invocation, ctx: Any, typed: str | None, command: Any) -> None:
        if command is None:
            return
        if command is self.user_command:
            run.discard()
            return
        self.watch(command)
        above = self.path(ctx)[0]
        name = self.name(ctx, command, typed)[0]
        run.command = OTHER if OTHER in (above, name) else name if above == MAIN else f"{above} {name}"
        run.flags = self.flags(ctx)
        if getattr(ctx.command, "callback", None) is not None and not getattr(ctx.command, "chain", False):
            run.begin()  # the group's own code runs next

    def invoke(self, original: Callable[..., Any], ctx: Any, *args: Any, **kwargs: Any) -> Any:
        """Around a command's ``invoke``: its parameters are known, its code is about to run."""
        run = self.client.current
        if run is None or not run.followed:
            return original(ctx, *args, **kwargs)
        with self.client.guard():
            if not _has_subcommand(ctx):
                path, is_lazy = self.path(ctx)
                run.command, run.flags = path, self.flags(ctx)
                run.begin()
                if is_lazy and path != OTHER:
                    run.declare(path, sorted({name for c in _chain(ctx) for name in declared_flags(c.command)}))
        try:
            result = original(ctx, *args, **kwargs)
        except BaseException as error:
            with self.client.guard():
                if not run.outcome:
                    note(run, error)
            raise
        if ctx.parent is not None and getattr(ctx.parent.command, "chain", False):
            with self.client.guard():
                run.end()  # the next one in the chain is a run of its own
        return result

    def path(self, ctx: Any) -> tuple[str, bool]:
        """The command's place in the static tree, by declared names, and whether any of them was loaded lazily."""
        names: list[str] = []
        is_lazy = False
        for inner in _chain(ctx):
            if inner.parent is not None:
                name, lazily = self.name(inner.parent, inner.command, inner.info_name)
                names.append(name)
                is_lazy = is_lazy or lazily
        return (OTHER if OTHER in names else " ".join(names) or MAIN), is_lazy

    def name(self, ctx: Any, command: Any, typed: str | None) -> tuple[str, bool]:
        """The name under which the group of ``ctx`` declares ``command``; ``other`` if it does not, or it is a plugin's."""
        if not self.is_own(command):
            return OTHER, False
        declared = registered_name(ctx.command, command)
        if declared is not None:
            return declared, False
        listed = ctx.command.list_commands(ctx)  # loaded lazily: the group tells its names without loading
        return next((name for name in (command.name, typed) if name in listed), OTHER), True

    def is_own(self, command: Any, depth: int = 3) -> bool:
        """Whether the program's own packages define ``command``; a group without code is its subcommands'."""
        callback = getattr(command, "callback", None)
        if callback is not None:
            return not self.own.isdisjoint(_package_of(callback))
        inner = getattr(command, "commands", None) or {}
        return depth > 0 and any(self.is_own(sub, depth - 1) for sub in inner.values())

    def flags(self, ctx: Any) -> list[str]:
        """Declared names of the options that were given, here and in the groups above; never a value."""
        return [name for inner in _chain(ctx) for name in given_flags(inner)]

    def static_commands(self) -> dict[str, list[str]]:
        """The program's vocabulary: each command's path and the flags it declares."""
        from footfall_click._tree import static_commands  # once per version

        return static_commands(self)


def _has_subcommand(ctx: Any) -> bool:
    if not hasattr(ctx.command, "resolve_command"):
        return False
    protected = ctx.__dict__.get("_protected_args", ctx.__dict__.get("protected_args"))  # Click 8.2's name, and 8.1's
    return bool(protected or ctx.args)


def _chain(ctx: Any) -> Iterator[Any]:
    contexts = []
    while ctx is not None:
        contexts.append(ctx)
        ctx = ctx.parent
    return reversed(contexts)


def registered_name(group: Any, command: Any) -> str | None:
    """The name under which ``group`` has registered ``command``: one name for all its aliases; ``None`` if it has not."""
    sources = [group, *getattr(group, "sources", ())]  # a CommandCollection's groups
    for registered in (getattr(source, "commands", None) or {} for source in sources):
        if command.name is not None and registered.get(command.name) is command:
            return str(command.name)
        for name, known in registered.items():
            if known is command:
                return str(name)
    return None


def spelling(option: Any) -> str:
    """An option's longest declared spelling."""
    return max(option.opts, key=len)  # type: ignore[no-any-return]


def declared_flags(command: Any) -> list[str]:
    """The longest spellings of the options that ``command`` declares."""
    options = [param for param in command.params if getattr(param, "param_type_name", "") == "option"]
    return [spelling(option) for option in options if option.opts]


def given_flags(ctx: Any) -> Iterator[str]:
    """The declared options of a context's command that were given; the source of each is all that is looked at."""
    for param in ctx.command.params:
        if getattr(param, "param_type_name", "") == "option" and param.opts:
            source = ctx.get_parameter_source(param.name)
            if source is not None and source.name in _GIVEN:
                yield spelling(param)


def is_click(error: BaseException, name: str) -> bool:
    """Whether an exception is of Click's class ``name``, of whichever copy of Click."""
    return any(kind.__name__ == name and _is_of_click(kind.__module__) for kind in type(error).__mro__)


def _is_of_click(module: str) -> bool:
    return module.rpartition(".")[0] in ("click", "typer._click")


def note(run: Invocation, error: BaseException) -> None:
    """Tell the run how it ends, from the exception's class alone, before Click turns it into an exit code."""
    if is_click(error, "Exit"):
        if _is_parsing(error):
            run.discard()  # --help, --version or another eager option has answered
        else:
            run.outcome = "ok" if error.exit_code == 0 else "exit"  # type: ignore[attr-defined]
    elif is_click(error, "NoArgsIsHelpError"):
        run.discard()  # a help text, as Click 8.1 had it by Exit
    elif is_click(error, "UsageError"):
        kinds = (kind for name, kind in _USAGE_KINDS if is_click(error, name))
        run.outcome, run.kind = "usage", next(kinds, "usage")
    elif is_click(error, "Abort") or isinstance(error, (KeyboardInterrupt, EOFError)):
        run.outcome = "aborted"
    elif is_click(error, "ClickException") or (isinstance(error, OSError) and error.errno == errno.EPIPE):
        run.outcome = "exit"
    elif isinstance(error, SystemExit):
        if _is_parsing(error):
            run.discard()
    else:
        run.outcome, run.kind = "error", run.client.name_of(error)


def _is_parsing(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None:
        code, module = trace.tb_frame.f_code, trace.tb_frame.f_globals.get("__name__", "")
        if code.co_name == "make_context" and _is_of_click(module):
            return True
        trace = trace.tb_next
    return False


def _packages_of(module: dict[str, Any]) -> set[str]:
    names = (module.get("__name__"), module.get("__package__"))
    return {name.partition(".")[0] for name in names if name}


def _package_of(callback: Any) -> set[str]:
    while hasattr(callback, "func"):  # functools.partial
        callback = callback.func
    module = getattr(callback, "__module__", None)
    if module == "__main__":  # `python -m mytool`: the package's own, under another name
        return _packages_of(vars(sys.modules["__main__"]))
    return {module.partition(".")[0]} if isinstance(module, str) else set()


def _add_user_command(program: Any, client: Client, name: str, reader: Reader) -> None:
    if name in (getattr(program, "commands", None) or {}):
        _refuse(f"the program has a command {name!r} already: pass another name, or command=None")
    kind = next(kind for kind in type(program).__mro__ if kind.__name__ == "Command" and _is_of_click(kind.__module__))
    settings = {"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False}
    text = "What this program counts of its use, and your say in it."
    made = kind(name, context_settings=settings, add_help_option=False, help=text, callback=lambda: None)

    def run(ctx: Any) -> None:
        from footfall.cli import main  # the user's own command may take its time

        ctx.exit(main(ctx.args, client=client, prog=f"{os.path.basename(ctx.parent.info_name or name)} {name}"))

    made.invoke = run
    program.add_command(made, name)
    reader.user_command = made
