"""Footfall for Typer: ``instrument(app, client)`` counts which declared commands and flags of a program are used.

Hot: one module beside Click's adapter, loaded in every instrumented run. Typer builds the program anew on each call,
out of what the app holds. So the app alone is changed: the class of which Typer makes the root command (``cls=``) is
one that counts. Typer itself is left as it is, and with it the copy of Click that newer versions carry.
"""

from __future__ import annotations

import sys

from footfall_click import follow, package_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    from footfall import Client
    from footfall_click import Counted

    App = TypeVar("App")

__all__ = ["__version__", "instrument", "run"]


def __getattr__(name: str) -> str:
    """Return ``__version__``, looked up only when asked for; any other name is an ``AttributeError``."""
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import version

    return version("footfall-typer")


def instrument(app: App, client: Client, command: str | None = "telemetry", packages: Iterable[str] = ()) -> App:
    """Count the uses of ``app``, a ``typer.Typer``, and return it.

    Commands, callbacks and sub-apps may be registered before and after. A second call changes nothing.

    Args:
        app: the program's root app, as its entry point calls it.
        client: where and on which terms its use is counted.
        command: name of the command that lets users see and decide; ``None`` adds none. A program of one command
            has no place for it.
        packages: names of more top-level packages whose commands are the program's own. By default its own are those of
            the package that defines the app's callback, and the one that calls this; all others' count as ``other``.

    Raises:
        PlanError: when ``app`` is no Typer app; when it is run, if it has a command of that name already.
    """
    given, caller = tuple(packages), _caller()
    code = getattr(getattr(app, "registered_callback", None), "callback", None)
    root = package_of(getattr(code, "__module__", None))
    _instrument(app, client, command, {*given, caller})
    made_of = (*given, root) if root else given or (caller,)
    client.packages = (*client.packages, *made_of)
    return app


def run(function: Callable[..., Any], client: Client) -> None:
    """Run ``function`` as the program's only command: ``typer.run(function)``, counted.

    Raises:
        PlanError: when ``function`` cannot be called, or is an app already.
    """
    app_of(function, client, _caller())()


def app_of(function: Callable[..., Any], client: Client, package: str) -> Any:
    """The counted app of one command that :func:`run` runs; ``package`` is the program's. Raises ``PlanError``."""
    given: object = function
    if not callable(given) or typer_of(given) is not None:
        _refuse(f"run takes a function, not {function!r}")
    app = __import__("typer").Typer(add_completion=False)  # the caller's framework, of whichever version
    app.command()(function)
    _instrument(app, client, None, {package})
    client.packages = (*client.packages, package)
    return app


def _caller() -> str:
    return package_of(sys._getframe(2).f_globals.get("__name__"))  # noqa: SLF001 - inspect is a slow import


def _refuse(problem: str) -> None:
    from footfall import PlanError  # authoring time only

    raise PlanError(f"footfall_typer: {problem}")


def typer_of(app: object) -> Any:
    """The module that builds an app's program, if it is one."""
    found = (kind for kind in type(app).__mro__ if kind.__module__ == "typer.main" and kind.__name__ == "Typer")
    return next((sys.modules["typer.main"] for _ in found), None)


def _instrument(app: Any, client: Client, command: str | None, packages: set[str]) -> None:
    typer = typer_of(app)
    if typer is None:
        hint = ": use footfall_typer.run(function, client)" if hasattr(app, "__code__") else ""
        hint = hint or (": use footfall_click.instrument(cli, client)" if hasattr(app, "make_context") else "")
        _refuse(f"{app!r} is no Typer app{hint}")
    if hasattr(type(app), "footfall_builds"):
        return
    builds = Builds(typer, client, command, packages)
    if client.kind != "cli":
        _refuse(f"{client.project} counts notebooks: a program takes a Client of its own, with another project")
    app.__class__ = _counting(type(app), builds)
    before = client.commands
    client.commands = lambda: {**(before() if before else {}), **builds.counted_of(app).reader.static_commands()}


def _counting(kind: Any, builds: Builds) -> Any:
    """The class of an app that is ``kind`` in all but what Typer reads of it to build the program."""

    class Counting(kind):  # type: ignore[misc]
        footfall_builds = builds

        def __getattribute__(self, name: str) -> Any:
            value = kind.__getattribute__(self, name)
            if name in ("info", "registered_callback", "registered_commands"):
                builds.prepare(self, name, value)
            return value

        def __reduce_ex__(self, protocol: Any) -> Any:
            """Copies and pickles are of the program as it is without us."""
            state = {name: _plain(value) for name, value in vars(self).items()}
            return object.__new__, (kind,), state

    Counting.__name__, Counting.__qualname__, Counting.__module__ = kind.__name__, kind.__qualname__, kind.__module__
    Counting.__doc__ = kind.__doc__
    return Counting


def _plain(value: Any) -> Any:
    """What an app holds, with the classes that Typer would make commands of in place of ours."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    kind = getattr(getattr(value, "cls", None), "footfall_plain", None)
    if kind is None:
        return value
    made = object.__new__(type(value))
    vars(made).update({**vars(value), "cls": kind})
    return made


class Builds:
    """Makes each program that Typer builds of one app a counted one."""

    def __init__(self, typer: Any, client: Client, command: str | None, packages: set[str]) -> None:
        self.typer = typer
        self.client = client
        self.command = command
        self.packages = packages
        self.counted: Counted | None = None  # of the program that was built last

    def prepare(self, app: Any, name: str, value: Any) -> None:
        """Put our class where Typer looks for the root's: in what ``app`` holds at this moment."""
        if name == "registered_commands":
            is_root = len(value) == 1 and not (app.registered_callback or app.info.callback or app.registered_groups)
            for info in value:
                plain = getattr(info.cls, "footfall_plain", info.cls)
                info.cls = self.builder(plain or self.typer.TyperCommand) if is_root else plain
        elif name == "info":
            self._put(value, self.typer.TyperGroup if _is_default(value.cls) else value.cls)
        elif value is not None and not _is_default(value.cls):  # it goes before the app's own
            self._put(value, value.cls)

    def _put(self, info: Any, kind: Any) -> None:
        if not hasattr(info.cls, "footfall_plain"):
            info.cls = self.builder(kind or self.typer.TyperGroup)

    def builder(self, plain: Any) -> Any:
        """A class that, when called, makes a counted object of exactly the class ``plain``."""
        builds = self

        class Builder(plain):  # type: ignore[misc]
            footfall_plain = plain

            def __new__(cls, *args: Any, **kwargs: Any) -> Any:
                return builds.follow(plain(*args, **kwargs))

        return Builder

    def follow(self, program: Any) -> Any:
        """Count the uses of a program as it was built."""
        self.counted = follow(program, self.client, self.command, self.packages, "typer", self.typer.TyperCommand)
        return program

    def counted_of(self, app: Any) -> Counted:
        """The program as it was built last, or is built now."""
        if self.counted is None:
            self.typer.get_command(app)
        return self.counted  # type: ignore[return-value]  # the build has made it


def _is_default(value: object) -> bool:
    return type(value).__name__ == "DefaultPlaceholder"
