"""Counting the calls of an author's own functions, as the event ``library.call``. Warm: see ``instrument_module``.

From Python 3.12 on by ``sys.monitoring`` (PEP 669): the interpreter itself tells that one of these functions begins, so
no object is replaced, and nothing that a program or a person can look at is another. Before, each function is replaced
by one that counts and calls it: the same in kind, name, signature and pickle, but with one more frame in a traceback.
"""

from __future__ import annotations

import sys
from functools import update_wrapper
from types import coroutine

from footfall import CALLS, _settings, _spool
from footfall._counting import Counting, Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, ModuleType
    from typing import Any

    from footfall import Client
    from footfall.plan import EventType

FIELD = "function"
WHY = "which public functions of the library are called, and how often"
QUESTION = "Which functions are used, and which by nobody?"
_TOOLS = (4, 3)  # ids of sys.monitoring that are no debugger's, profiler's or measurer of coverage's
_Function = type(lambda: None)
_GENERATOR, _COROUTINE, _AWAITABLE, _ASYNC_GENERATOR = 0x20, 0x80, 0x100, 0x200  # of a code's co_flags

_known: dict[int, tuple[Counting, Entry, CodeType]] = {}  # by the code's id: its hash would be made anew at each call
_counted: dict[int, object] = {}  # functions that count, by id: none is replaced twice, and no other gets its id


def instrument(client: Client, module: ModuleType) -> None:
    """See :meth:`footfall.Client.instrument_module`."""
    declared = client.plan.events.get(CALLS) if client.plan else None
    if not isinstance(module, type(sys)) or (declared is not None and declared.fields):
        _settings.explain_calls(module)
    client.calls = client.calls or Calls(client)
    package = module.__name__.partition(".")[0]
    client.packages = (*client.packages, *({package} - {*client.packages}))
    with client.guard():
        client.calls.add(module)


class Calls:
    """The functions whose calls one client counts: their ``names``, as they leave."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.names: set[str] = set()
        self.is_armed = True
        self._codes: list[CodeType] = []

    def add(self, module: ModuleType) -> None:
        """Count calls of a module's public functions, and of its public classes' methods."""
        found = list(_public(module))
        names: dict[int, set[str]] = {}
        for _, _, function, name in found:
            names.setdefault(id(_innermost(function).__code__), set()).add(name)
        counting, tool = self.client.counting(), _tool()
        counting.tell(self._arm)
        for owner, attribute, function, name in found:
            code = _innermost(function).__code__
            if len(names[id(code)]) > 1:
                continue  # several functions that are made by one: nobody can tell them apart
            self.names.add(name)
            entry = (CALLS, name, 1)
            if tool is None:
                _replace(owner, attribute, _counts(function, self, entry))
            else:
                _known[id(code)] = (counting, entry, code)
                self._codes.append(code)
        self._arm(is_open=True)

    def _arm(self, *, is_open: bool) -> None:
        """Have the interpreter tell of the functions, or not: while it is off, a call costs what it always did."""
        self.is_armed = is_open
        if sys.version_info >= (3, 12) and (tool := _tool()) is not None:
            events = sys.monitoring.events.PY_START if is_open else sys.monitoring.events.NO_EVENTS
            for code in self._codes:
                sys.monitoring.set_local_events(tool, code, events)

    def event(self) -> EventType | None:
        """The event type: what the plan says of it, if anything, and the names; ``None`` when there are none."""
        from footfall.plan import Choice, EventType  # no run needs it

        if not self.names:
            return None
        said = self.client.plan.events.get(CALLS) if self.client.plan else None
        about = {} if said is None else {name: getattr(said, name) for name in ("expires", "owner", "review")}
        why, question = (said.why, said.question) if said else ("", "")
        fields = {FIELD: Choice(*sorted(self.names))}
        return EventType(CALLS, fields, why=why or WHY, question=question or QUESTION, **about)


def _tool() -> int | None:
    """Our id of ``sys.monitoring``; ``None`` where there is no such thing, or others have all that we may have."""
    if sys.version_info < (3, 12):
        return None
    monitoring = sys.monitoring
    for tool in _TOOLS:
        if monitoring.get_tool(tool) == "footfall":
            return tool
    for tool in _TOOLS:
        if monitoring.get_tool(tool) is None:
            monitoring.use_tool_id(tool, "footfall")
            monitoring.register_callback(tool, monitoring.events.PY_START, _started)
            return tool
    return None


def _started(code: CodeType, _offset: int) -> None:
    """A function begins."""
    found = _known.get(id(code))
    if found is not None:
        try:
            found[0].add(found[1])
        except RecursionError:
            pass  # the program's own to meet, one call later


def _public(module: ModuleType) -> Iterator[tuple[object, str, Any, str]]:
    """What is counted of a module: where it is, under which attribute, the function, and its name as it leaves."""
    listed = getattr(module, "__all__", None)
    for attribute, value in list(vars(module).items()):
        is_public = not attribute.startswith("_") if listed is None else attribute in listed
        home = getattr(value, "__module__", None)
        is_own = home == module.__name__ or (listed is not None and f"{home}".startswith(module.__name__ + "."))
        if is_public and is_own and isinstance(home, str):
            for owner, name, function in _functions(module, attribute, value):
                told = f"{module.__name__}.{_name(function)}"
                if "<" not in told and _spool.word(told) == told and _is_within(function, home):
                    yield owner, name, function, told


def _functions(owner: object, attribute: str, value: object) -> Iterator[tuple[object, str, Any]]:
    if type(value) is _Function:
        yield owner, attribute, value
    elif isinstance(value, type):
        for name, inner in list(vars(value).items()):
            function = inner.__func__ if type(inner) in (staticmethod, classmethod) else inner  # a subclass is no such
            if type(function) is _Function and (name == "__init__" or not name.startswith("_")):
                yield value, name, function


def _name(function: Any) -> str:
    """The declared name; a class's for its ``__init__``, which is how it is called."""
    return str(function.__qualname__).removesuffix(".__init__")


def _innermost(function: Any) -> Any:
    """The function under its decorators, as ``functools.wraps`` tells."""
    for _ in range(20):
        if "__wrapped__" not in vars(function) or type(function.__wrapped__) is not _Function:
            break
        function = function.__wrapped__
    return function


def _is_within(function: Any, home: str) -> bool:
    """Whether it was written in that module, and each call of it runs it: a cache's answer does not."""
    inner = _innermost(function)
    is_exact = not any(hasattr(function, name) for name in ("registry", "cache_info"))
    return is_exact and "__wrapped__" not in vars(inner) and inner.__globals__.get("__name__") == home


def _replace(owner: object, attribute: str, new: Any) -> None:
    kind = type(vars(owner)[attribute])
    try:
        setattr(owner, attribute, kind(new) if kind in (staticmethod, classmethod) else new)
    except (AttributeError, TypeError):
        return  # a class that does not let itself be changed
    _counted[id(new)] = new


def _counts(function: Any, calls: Calls, entry: Entry) -> Any:
    """A function of the same kind that counts and calls ``function``."""
    if id(function) in _counted:
        return function
    kind = function.__code__.co_flags
    if kind & _ASYNC_GENERATOR:
        return function  # nothing can stand between it and who iterates
    make = _of_coroutine if kind & _COROUTINE else _of_generator if kind & _GENERATOR else _of_function
    counts = make(function, calls, calls.client.counting().add, entry)
    counts = coroutine(counts) if kind & _AWAITABLE else counts
    update_wrapper(counts, function)
    counts.__defaults__, counts.__kwdefaults__ = function.__defaults__, function.__kwdefaults__  # only to be looked at
    return counts


def _of_function(function: Any, calls: Calls, add: Callable[[Entry], None], entry: Entry) -> Any:
    def counts(*args: Any, **options: Any) -> Any:
        if calls.is_armed:
            add(entry)
        return function(*args, **options)

    return counts


def _of_generator(function: Any, calls: Calls, add: Callable[[Entry], None], entry: Entry) -> Any:
    def counts(*args: Any, **options: Any) -> Any:
        if calls.is_armed:
            add(entry)
        return (yield from function(*args, **options))

    return counts


def _of_coroutine(function: Any, calls: Calls, add: Callable[[Entry], None], entry: Entry) -> Any:
    async def counts(*args: Any, **options: Any) -> Any:
        if calls.is_armed:
            add(entry)
        return await function(*args, **options)

    return counts
