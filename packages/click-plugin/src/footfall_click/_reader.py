"""Reads a run of a Click program: which command ran, which options were given, how it ended.

Hot: loaded in every run that is recorded. Nothing typed is ever used: a command is known by its place in the program's
tree, an option by its declaration.
"""

from __future__ import annotations

from footfall_click import module_of, package_of, put_around

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from footfall import Invocation
    from footfall_click import Counted

MAIN = "(main)"
OTHER = "other"
_GIVEN = ("COMMANDLINE", "ENVIRONMENT", "DEFAULT_MAP", "PROMPT")  # sources that say: this option was used


class Reader:
    """Follows the runs of one program, from declared names only."""

    def __init__(self, counted: Counted) -> None:
        self.counted = counted
        self.program, self.client, self.own = counted.program, counted.client, counted.own
        self.lazy: dict[str, list[str]] = {}  # paths of commands that were loaded lazily, and the flags they declare

    def make_context(self, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Around the root's ``make_context``: the run is known to be one, and no completion."""
        if self.client.current is None and _is_runner(kwargs.get("parent")):
            with self.client.invocation(self.counted.framework) as opened:
                ctx = self.make_context(original, *args, **kwargs)
                opened.command = None  # nothing has run so far: that is for `invoke`
                return ctx
        run = self.client.current
        if run is None or run.followed is not None:
            return original(*args, **kwargs)
        run.command, run.followed = MAIN, self
        try:
            run.followed = ctx = original(*args, **kwargs)
        except BaseException as error:
            with self.client.guard():
                self._note(run, error)
            raise
        return ctx

    def watch(self, command: Any) -> None:
        """See ``command`` being invoked and, if it is a group, its subcommands being resolved."""
        put_around(command, "invoke", self.invoke, self.counted)
        if hasattr(command, "resolve_command"):
            put_around(command, "resolve_command", self.resolve_command, self.counted)

    def resolve_command(self, original: Callable[..., Any], ctx: Any, args: Any) -> Any:
        """Around a group's ``resolve_command``: the subcommand is known, its parameters are not yet."""
        run = self._run(ctx)
        if run is None:
            return original(ctx, args)
        try:
            found = self.counted.users(ctx, args) or original(ctx, args)
        except BaseException as error:
            with self.client.guard():
                run.command, run.flags = self.place(ctx)
                self._note(run, error, ctx)
                if run.kind == "usage":  # Click before 8.4 has no class for it
                    run.kind = "no_such_command"
            raise
        with self.client.guard():
            self._resolved(run, ctx, found[1])
        return found

    def _resolved(self, run: Invocation, ctx: Any, command: Any) -> None:
        if command is None:
            return
        if self.counted.user_command is not None and command is self.counted.user_command[1]:
            run.discard()
            return
        self.watch(command)
        above, run.flags = self.place(ctx)
        name, is_lazy = self.name(ctx, command)
        path = OTHER if OTHER in (above, name) else name if above == MAIN else f"{above} {name}"
        if path != OTHER and (is_lazy or above in self.lazy):
            from footfall_click import _lazy  # few programs load commands lazily

            self.lazy[path] = sorted({*self.lazy.get(above, ()), *_lazy.declared_flags(command)})
        run.command = path
        if ctx.command.callback is not None and not is_chain(ctx.command):
            run.begin()  # the group's own code runs next

    def invoke(self, original: Callable[..., Any], ctx: Any, *args: Any, **kwargs: Any) -> Any:
        """Around a command's ``invoke``: its parameters are known, its code is about to run."""
        if self.client.current is None and ctx.command is self.program and _is_runner(ctx.parent):
            with self.client.invocation(self.counted.framework) as opened:
                opened.command, opened.followed = MAIN, ctx
                return self.invoke(original, ctx, *args, **kwargs)
        run = self._run(ctx)
        if run is None:
            return original(ctx, *args, **kwargs)
        root = run.followed
        with self.client.guard():
            if not _has_subcommand(ctx) or (is_chain(ctx.command) and ctx.command.callback is not None):
                run.command, run.flags = self.place(ctx)
                self.declare(run)
                run.begin()
            if not hasattr(ctx.command, "resolve_command"):
                run.followed = self  # commands that a command's code runs are its own affair
        try:
            result = original(ctx, *args, **kwargs)
        except BaseException as error:
            with self.client.guard():
                from footfall_click import _outcomes  # most runs end well

                _outcomes.failed(self, run, ctx, error, root)
            raise
        with self.client.guard():
            self._returned(run, ctx, root)
        return result

    def _note(self, run: Invocation, error: BaseException, ctx: Any = None) -> None:
        from footfall_click import _outcomes  # most runs end well

        _outcomes.note(run, error, ctx)

    def _returned(self, run: Invocation, ctx: Any, root: object) -> None:
        if run.followed is None:
            return
        run.followed = root
        run.outcome = run.kind = ""  # an exception on the way here was dealt with
        if ctx is not root and is_chain(ctx.parent.command):
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

    def declare(self, run: Invocation) -> None:
        """Have what a lazily loaded command declares kept, if the run is of one."""
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
        from footfall_click import _lazy  # few programs load commands lazily

        name = _lazy.name_of(ctx, command)
        return (OTHER, False) if name is None else (name, True)

    def is_own(self, command: Any, depth: int = 3) -> bool:
        """Whether the program's own packages define ``command``; a group without code is its subcommands'."""
        code = getattr(command, "callback", None)
        package = package_of(module_of(command if code is None else code))
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


def is_chain(command: Any) -> bool:
    """Whether a command runs several of its own, one after another; groups of Typer's own Click never do."""
    return bool(getattr(command, "chain", False))


def _has_subcommand(ctx: Any) -> bool:
    if not hasattr(ctx.command, "resolve_command"):
        return False
    protected = ctx.__dict__.get("_protected_args", ctx.__dict__.get("protected_args"))  # Click 8.2's name, and 8.1's
    return bool(protected or ctx.args)


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


def is_option(param: Any) -> bool:
    """Whether a parameter is an option, and not an argument."""
    return getattr(param, "param_type_name", "") == "option" and bool(param.opts)


def given_flags(ctx: Any) -> Iterator[str]:
    """The declared options of a context's command that were given; the source of each is all that is looked at."""
    by_name: dict[str, list[Any]] = {}
    for param in getattr(ctx.command, "params", ()):
        by_name.setdefault(param.name, []).append(param)
    for name, params in by_name.items():
        source = ctx.get_parameter_source(name)
        if source is not None and source.name in _GIVEN:
            if len(params) == 1:
                param = params[0]
            else:
                from footfall_click._switches import which_of  # few programs have several options of one name

                param = which_of(params, ctx.params.get(name))
            if param is None:
                yield OTHER
            elif is_option(param):
                yield spelling(param)
