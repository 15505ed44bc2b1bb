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
_USAGE_KINDS = {  # the most special class first
    "NoSuchCommand": "no_such_command",
    "NoSuchOption": "no_such_option",
    "MissingParameter": "missing_parameter",
    "BadOptionUsage": "bad_option",
    "BadArgumentUsage": "bad_argument",
    "BadParameter": "bad_parameter",
}


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
    root = package_of(_module_of(getattr(program, "callback", None)))
    made_of = (*given, root) if root else given or (caller,)
    client.packages = (*client.packages, *made_of)
    reader = follow(program, client, command, {*given, caller})
    before = client.commands
    client.commands = lambda: {**(before() if before else {}), **reader.static_commands()}
    return cli


def follow(
    program: Any, client: Client, command: str | None, packages: set[str], framework: str = "click", kind: Any = None
) -> Reader:
    """Count the uses of ``program``, for adapters of frameworks that are built on Click; the client learns no words.

    ``packages`` are the program's own, beside that of its root's function; ``framework`` is the adapter's name for it;
    ``kind`` is the class of which the user's command is made, Click's if there is none.
    """
    own = {*packages, package_of(_module_of(getattr(program, "callback", None)))}
    reader = Reader(program, client, frozenset(own - {""}), framework)
    client.user_command = ""
    if command is not None and hasattr(program, "resolve_command"):
        _add_user_command(reader, command, kind)
        client.user_command = command
    program.__getstate__ = _bare_state(program)
    program.main = _wrapped(program.main, reader.main)
    program.main.footfall_client = client
    program.main.footfall_reader = reader
    program.make_context = _wrapped(program.make_context, reader.make_context)
    reader.watch(program)
    return reader


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
    """Take the frames of this module off the top of a traceback, which ``raise`` then leaves so (Python 3.11 on)."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_globals is globals():
        trace = trace.tb_next
    error.__traceback__ = trace


def _bare_state(program: Any) -> Callable[[], Any]:
    """What copies and pickles of ``program`` are made of: all but ours, which would run the original instead."""
    ours = ("main", "make_context", "invoke", "resolve_command", "__getstate__")
    theirs = {name: value for name, value in vars(program).items() if name in ours}
    original = getattr(program, "__getstate__", None)  # of all objects since Python 3.11

    def state() -> Any:
        whole = original() if original else vars(program)
        return {**{k: v for k, v in whole.items() if k not in ours}, **theirs} if isinstance(whole, dict) else whole

    return state


class Reader:
    """Follows the runs of one program, from declared names only."""

    def __init__(self, program: Any, client: Any, own: frozenset[str], framework: str = "click") -> None:
        self.program = program
        self.client: Client = client
        self.own = own
        self.framework = framework
        self.user_command: tuple[str, Any] | None = None
        self.lazy: dict[str, list[str]] = {}  # paths of commands that were loaded lazily, and the flags they declare

    def main(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Around the root's ``main``: one run of the program."""
        with self.client.invocation(self.framework):
            return original(*args, **kwargs)

    def make_context(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Around the root's ``make_context``: the run is known to be one, and no completion."""
        if self.client.current is None and _is_runner(kwargs.get("parent")):
            with self.client.invocation(self.framework) as opened:
                ctx = self.make_context(original, *args, **kwargs)
                opened.command = None  # nothing has run so far: that is for `invoke`
                return ctx
        run = self.client.current
        if run is None or run.followed is not None or kwargs.get("resilient_parsing"):
            return original(*args, **kwargs)
        run.command, run.followed = MAIN, self
        try:
            run.followed = ctx = original(*args, **kwargs)
        except BaseException as error:
            with self.client.guard():
                note(run, error)
            raise
        return ctx

    def watch(self, command: Any) -> None:
        """See ``command`` being invoked and, if it is a group, its subcommands being resolved."""
        self._put(command, "invoke", self.invoke)
        if hasattr(command, "resolve_command"):
            self._put(command, "resolve_command", self.resolve_command)

    def _put(self, command: Any, name: str, around: Callable[..., Any]) -> None:
        mine = known = vars(command).get(name)
        while known is not None:  # another program that has this command too may have put its own
            if getattr(known, "footfall_reader", None) is self:
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

        method.footfall_reader = self  # type: ignore[attr-defined]
        method.__wrapped__ = getattr(command, name)  # type: ignore[attr-defined]
        setattr(command, name, method)

    def resolve_command(self, original: Callable[..., Any], ctx: Any, args: Any) -> Any:
        """Around a group's ``resolve_command``: the subcommand is known, its parameters are not yet."""
        run = self._run(ctx)
        if run is None:
            return original(ctx, args)
        try:
            found = self._users(ctx, args) or original(ctx, args)
        except BaseException as error:
            with self.client.guard():
                run.command, run.flags = self.place(ctx)
                note(run, error, ctx)
                if run.kind == "usage":  # Click before 8.4 has no class for it
                    run.kind = "no_such_command"
            raise
        with self.client.guard():
            self._resolved(run, ctx, found[1])
        return found

    def _users(self, ctx: Any, args: Any) -> Any:
        """Our own command, where the group's way to find one does not look at what is registered."""
        with self.client.guard():
            if self.user_command and ctx.command is self.program and args[0] == self.user_command[0]:
                return None if args[0] in ctx.command.list_commands(ctx) else (*self.user_command, args[1:])
        return None

    def _resolved(self, run: Invocation, ctx: Any, command: Any) -> None:
        if command is None:
            return
        if self.user_command is not None and command is self.user_command[1]:
            run.discard()
            return
        self.watch(command)
        above, run.flags = self.place(ctx)
        name, is_lazy = self.name(ctx, command)
        path = OTHER if OTHER in (above, name) else name if above == MAIN else f"{above} {name}"
        if path != OTHER and (is_lazy or above in self.lazy):
            self.lazy[path] = sorted({*self.lazy.get(above, ()), *declared_flags(command)})
        run.command = path
        if ctx.command.callback is not None and not ctx.command.chain:
            run.begin()  # the group's own code runs next

    def invoke(self, original: Callable[..., Any], ctx: Any, *args: Any, **kwargs: Any) -> Any:
        """Around a command's ``invoke``: its parameters are known, its code is about to run."""
        if self.client.current is None and ctx.command is self.program and _is_runner(ctx.parent):
            with self.client.invocation(self.framework) as opened:
                opened.command, opened.followed = MAIN, ctx
                return self.invoke(original, ctx, *args, **kwargs)
        run = self._run(ctx)
        if run is None:
            return original(ctx, *args, **kwargs)
        root = run.followed
        with self.client.guard():
            if not _has_subcommand(ctx) or (ctx.command.chain and ctx.command.callback is not None):
                run.command, run.flags = self.place(ctx)
                self._declare(run)
                run.begin()
            if not hasattr(ctx.command, "resolve_command"):
                run.followed = self  # commands that a command's code runs are its own affair
        try:
            result = original(ctx, *args, **kwargs)
        except BaseException as error:
            with self.client.guard():
                self._failed(run, ctx, error, root)
            raise
        with self.client.guard():
            self._returned(run, ctx, root)
        return result

    def _failed(self, run: Invocation, ctx: Any, error: BaseException, root: object) -> None:
        if run.followed is None:
            return  # withdrawn
        run.followed = root
        has_ended = run.command is None  # a chain's commands have; what failed is their group's own code
        if has_ended:
            run.command, run.flags = self.place(ctx)
        note(run, error, ctx)
        if has_ended and run.outcome == "ok":
            run.command = None
        self._declare(run)

    def _returned(self, run: Invocation, ctx: Any, root: object) -> None:
        if run.followed is None:
            return
        run.followed = root
        run.outcome = run.kind = ""  # an exception on the way here was dealt with
        if ctx is not root and getattr(ctx.parent.command, "chain", False):
            run.end()  # the next one in the chain is a run of its own

    def _run(self, ctx: Any) -> Invocation | None:
        """The run that ``ctx`` belongs to; not to one that began in the program's own code."""
        run = self.client.current
        if run is None or run.followed is None:
            return None
        with self.client.guard():
            if self._contexts(ctx)[0] is run.followed:
                return run
        return None

    def _contexts(self, ctx: Any) -> list[Any]:
        contexts = [ctx]
        while contexts[0].command is not self.program and contexts[0].parent is not None:
            contexts.insert(0, contexts[0].parent)
        return contexts

    def _declare(self, run: Invocation) -> None:
        if run.command is not None and run.command in self.lazy:
            run.declare(run.command, self.lazy[run.command])

    def place(self, ctx: Any) -> tuple[str, list[str]]:
        """A command's path in the tree and the options given, here and in the groups above, all by declared names."""
        names: list[str] = []
        flags: list[str] = []
        for inner in self._contexts(ctx):
            if inner.command is not self.program:
                names.append(self.name(inner.parent, inner.command)[0])
            flags += (OTHER if OTHER in names else flag for flag in given_flags(inner))
        return OTHER if OTHER in names else " ".join(names) or MAIN, flags

    def name(self, ctx: Any, command: Any) -> tuple[str, bool]:
        """The name under which the group of ``ctx`` declares ``command``, and whether it was loaded lazily.

        A plugin's command is ``other``, and so is one that was made while the program runs: its name may be anything.
        """
        if not self.is_own(command):
            return OTHER, False
        declared = registered_name(ctx.command, command)
        if declared is not None:
            return declared, False
        module = sys.modules.get(_module_of(getattr(command, "callback", None) or command))
        if not any(value is command for value in getattr(module, "__dict__", {}).values()):
            return OTHER, False
        # The group tells its names without loading. They may be those of a user's files, so what was asked for is no
        # proof: the name has to be the command's own, or lead to it by an import path that the group holds.
        listed = ctx.command.list_commands(ctx)
        names = (command.name, *_import_names(ctx.command, command))
        return next((str(name) for name in names if name in listed), OTHER), True

    def is_own(self, command: Any, depth: int = 3) -> bool:
        """Whether the program's own packages define ``command``; a group without code is its subcommands'."""
        code = getattr(command, "callback", None)
        package = package_of(_module_of(command if code is None else code))
        inner = getattr(command, "commands", None) or {} if code is None and depth else {}
        return not self.own.isdisjoint((package, package.partition(".")[0])) or any(
            self.is_own(sub, depth - 1) for sub in inner.values()
        )

    def static_commands(self) -> dict[str, list[str]]:
        """The program's vocabulary: each command's path and the flags it declares."""
        from footfall_click._tree import static_commands  # once per version

        return static_commands(self)


def _is_runner(parent: Any) -> bool:
    """Whether a context is of the ``typer`` program, whose ``run`` is another program's root: its ``main`` is not."""
    kind = type(getattr(parent, "command", None))
    return (kind.__module__, kind.__name__) == ("typer.cli", "TyperCLIGroup")


def _has_subcommand(ctx: Any) -> bool:
    if not hasattr(ctx.command, "resolve_command"):
        return False
    protected = ctx.__dict__.get("_protected_args", ctx.__dict__.get("protected_args"))  # Click 8.2's name, and 8.1's
    return bool(protected or ctx.args)


def _import_names(group: Any, command: Any) -> Iterator[str]:
    """Names that ``group`` maps to the import path (``mytool.jobs.cli`` or ``mytool.jobs:cli``) of this very object."""
    for mapping in [value for value in vars(group).values() if isinstance(value, dict)]:
        for name, path in mapping.items():
            module, _, attribute = path.replace(":", ".").rpartition(".") if isinstance(path, str) else ("", "", "")
            if attribute and getattr(sys.modules.get(module), attribute, None) is command:
                yield name


def registered_name(group: Any, command: Any) -> str | None:
    """The name under which ``group`` has registered ``command``, one for all its aliases; ``None`` if it has not."""
    for source in (group, *getattr(group, "sources", ())):  # a CommandCollection's groups
        registered = getattr(source, "commands", None) or {}
        for name in (command.name, *registered):
            if name in registered and registered[name] is command:
                return str(name)
    return None


def spelling(option: Any) -> str:
    """An option's longest declared spelling."""
    return max(option.opts, key=len)  # type: ignore[no-any-return]


def _is_option(param: Any) -> bool:
    return getattr(param, "param_type_name", "") == "option" and bool(param.opts)


def declared_flags(command: Any) -> list[str]:
    """The longest spellings of the options that ``command`` declares."""
    return [spelling(param) for param in getattr(command, "params", ()) if _is_option(param)]


def given_flags(ctx: Any) -> Iterator[str]:
    """The declared options of a context's command that were given; the source of each is all that is looked at."""
    by_name: dict[str, list[Any]] = {}
    for param in getattr(ctx.command, "params", ()):
        by_name.setdefault(param.name, []).append(param)
    for name, params in by_name.items():
        source = ctx.get_parameter_source(name)
        if source is not None and source.name in _GIVEN:
            param = params[0] if len(params) == 1 else _switch_among(params, ctx.params.get(name))
            if param is None:
                yield OTHER
            elif _is_option(param):
                yield spelling(param)


def _switch_among(params: list[Any], value: object) -> Any:
    """Which of several parameters of one name set ``value``: the switch that declares it, or the only one without."""
    switches = [param for param in params if getattr(param, "is_flag", False)]
    fitting = [param for param in switches if type(param.flag_value) is type(value) and param.flag_value == value]
    rest = fitting or [param for param in params if param not in switches]
    return rest[0] if len(rest) == 1 else None


def is_click(error: BaseException, name: str) -> bool:
    """Whether an exception is of Click's class ``name``, of whichever copy of Click."""
    return any(kind.__name__ == name and _is_of_click(kind.__module__) for kind in type(error).__mro__)


def _is_of_click(module: str) -> bool:
    return module == "typer.exceptions" or module.rpartition(".")[0] in ("click", "typer._click")


def note(run: Invocation, error: BaseException, ctx: Any = None) -> None:
    """Tell the run how it ends, from the exception's class alone, before Click turns it into an exit code.

    Without ``ctx`` the error was raised while the program's own parameters were read.
    """
    if isinstance(error, SystemExit) or is_click(error, "Exit"):
        is_good = getattr(error, "exit_code", getattr(error, "code", None)) in (0, None)
        if is_good and (ctx is None or _is_reading(error, ctx)):
            run.discard()  # --help, --version or another eager option has answered
        else:
            run.outcome, run.kind = ("ok" if is_good else "exit"), ""
    elif is_click(error, "NoArgsIsHelpError"):
        run.discard()  # a help text, as Click 8.1 had it by Exit
    elif is_click(error, "UsageError"):
        kind = next((kind for name, kind in _USAGE_KINDS.items() if is_click(error, name)), "usage")
        run.outcome, run.kind = "usage", run.kind if (run.kind, kind) == ("no_such_command", "usage") else kind
    elif is_click(error, "Abort") or isinstance(error, (KeyboardInterrupt, EOFError)):
        run.outcome, run.kind = "aborted", ""
    elif is_click(error, "ClickException") or (isinstance(error, OSError) and error.errno == errno.EPIPE):
        run.outcome, run.kind = "exit", ""
    else:
        run.outcome, run.kind = "error", run.client.name_of(error)


def _is_reading(error: BaseException, ctx: Any) -> bool:
    """Whether an error came while parameters were read, and not from a command's code."""
    trace = error.__traceback__
    body = getattr(type(ctx).invoke, "__code__", None)  # calls commands' code
    while trace is not None and trace.tb_frame.f_code is not body:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if trace.tb_frame.f_code.co_name in ("make_context", "parse_args") and _is_of_click(module):
            return True
        trace = trace.tb_next
    return False


def _module_of(thing: Any) -> str:
    while hasattr(thing, "func"):  # functools.partial
        thing = thing.func
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


def _add_user_command(reader: Reader, name: str, kind: Any) -> None:
    program = reader.program
    if name in (getattr(program, "commands", None) or {}):
        _refuse(f"the program has a command {name!r} already: pass another name, or command=None")
    base = next(kind for kind in type(program).__mro__ if kind.__name__ == "Command" and _is_of_click(kind.__module__))
    argument = vars(sys.modules[base.__module__]).get("Argument")  # Typer's copy of Click has none, and no chains
    params = [argument(["words"], nargs=-1)] if argument else []
    settings = {"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False}
    text = "What this program counts of its use, and your say in it."
    made = (kind or base)(name, params=params, context_settings=settings, add_help_option=False, help=text)

    def run(ctx: Any) -> None:
        from footfall.cli import main  # the user's own command may take its time

        prog = f"{os.path.basename(ctx.parent.info_name or name)} {name}"
        ctx.exit(main([*ctx.params.get("words", ()), *ctx.args], client=reader.client, prog=prog))

    made.invoke = run
    reader.user_command = (name, made)
    if hasattr(program, "add_command"):
        program.add_command(made, name)
