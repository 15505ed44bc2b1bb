"""Footfall counts how a program is used, asking first: see :class:`Client`, and an adapter such as ``footfall-click``.

Hot: this module is all of the core that a run loads which is plainly off; others load the rules,
:mod:`footfall._consent`, and those that are recorded :mod:`footfall._spool`. A module is several file accesses, so the
client is here, and what few programs need is fetched on first use. It decides first, and breaks nothing: every step
that is ours runs inside a :class:`Guard`.
"""

from __future__ import annotations

import builtins
import os
import sys
import time
from _thread import get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import ModuleType, TracebackType

    from footfall._calls import Calls
    from footfall._consent import Decision
    from footfall._counting import Counting
    from footfall._heartbeat import Heartbeat
    from footfall._plugins import hookimpl
    from footfall._session import Cell, Session
    from footfall.errors import FootfallError, PlanError
    from footfall.plan import Bucket, Choice, EventType, Flag, Plan, Version

__all__ = [
    "Bucket",
    "Cell",
    "Choice",
    "Client",
    "Decision",
    "EventType",
    "Flag",
    "FootfallError",
    "Guard",
    "Heartbeat",
    "Invocation",
    "Plan",
    "PlanError",
    "Session",
    "Version",
    "hookimpl",
]

_HOMES = {
    "Decision": "_consent",
    "Heartbeat": "_heartbeat",
    "hookimpl": "_plugins",
    "Cell": "_session",
    "Session": "_session",
    "FootfallError": "errors",
    "PlanError": "errors",
}

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
CALLS, BEAT = "library.call", "service.heartbeat"  # events that are counted by calls and heartbeats
_CONSENTS = ("ask", "notice", "opt-in")
_DELAYS = ("", "next-day")
_SAMPLES = (1, 0.5, 0.25, 0.2, 0.1, 0.05, 0.02, 0.01)  # all, and those of footfall.wire


NOTEBOOK_ENDING = ".notebook"  # of the folder for a project's notebooks


class Guard:
    """The one ``except`` that keeps us from ever breaking a program; ``FOOTFALL_DEBUG=1`` prints what it caught."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if kind is None or not issubclass(kind, Exception):
            return False  # Ctrl-C and the like are the user's
        try:
            from footfall import _signals  # only where something failed

            if _signals.have_raised(trace):
                return False  # so is what a handler of theirs has raised
        except Exception:  # noqa: BLE001, S110 - at an interpreter's end, or a deep recursion's, nothing can be loaded
            pass
        if os.environ.get("FOOTFALL_DEBUG"):
            os.write(2, f"footfall: {kind.__name__}: {error}\n".encode("utf-8", "replace"))
        return True


_GUARD = Guard()


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("footfall")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = __import__(f"footfall.{_HOMES.get(name, 'plan')}", fromlist=(name,))
    value = globals()[name] = getattr(module, name)
    return value


class Client:
    """One program's client: its name, where its counts go and under which terms.

    Args:
        project: the tool's name, as its users know it: lower case letters, digits, ``. _ -``.
        version: its version; what is not a release leaves as ``dev``.
        endpoint: the collector's address; ``http`` only on the loopback. Or that of an event sink:
            ``posthog://host/key``, ``phonehome://host/org/repo``, ``file:/absolute/path.jsonl``, ``console:``.
            ``None``: there is no collector, and what is recorded is for the user's own eyes.
        consent: ``ask`` (default), ``notice`` or ``opt-in``.
        operator: who runs the collector, as the question says it.
        retention_months: how long counts are kept, as the question says it.
        public: whether the results are public, as the question says it.
        plan: the author's own events, a :class:`footfall.plan.Plan`.
        plan_file: the program's words, as ``footfall plan -o plan.json`` exports them: what is not in it leaves as
            ``other``. For programs that make commands or options from a user's files; else the command tree holds. It
            is read when a sender is to start, once per version, and not here.
        plugins: pluggy plugins for this client (see :mod:`footfall.hookspecs`).
        consent_version: raise it to ask again.
        delay: ``next-day`` keeps everything of a UTC day on the machine until that day has ended.
        sample: the share of the installs that send: 1, 0.5, 0.25, 0.2, 0.1, 0.05, 0.02 or 0.01. Each draws for itself.
        environ, home, clock: the environment, the state folder and a function that gives seconds since the epoch;
            for tests and demos. The sender gets them too.

    Raises:
        PlanError: at once, when one of these cannot be used.
    """

    _counting: Counting | None = None  # what is counted and not written yet; made by the first count

    def __init__(
        self,
        project: str,
        *,
        version: str,
        endpoint: str | None,
        consent: str = "ask",
        operator: str = "",
        retention_months: int = 25,
        public: bool = False,
        plan: Plan | None = None,
        plan_file: str | os.PathLike[str] | None = None,
        plugins: Iterable[object] = (),
        consent_version: int = 1,
        delay: str = "",
        sample: float = 1,
        environ: Mapping[str, str] | None = None,
        home: str | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.environ: Mapping[str, str] = os.environ if environ is None else environ
        self.project = project
        self.version = version
        self.endpoint = (self.environ.get("FOOTFALL_ENDPOINT") or endpoint or "").rstrip("/")
        self.consent = consent
        self.operator = operator
        self.retention_months = retention_months
        self.public = public
        self.plan = plan
        self.plan_file = plan_file
        self.plugins = tuple(plugins)
        self.consent_version = consent_version
        self.delay = delay
        self.sample = sample
        self.clock: Callable[[], float] = clock or time.time
        # An adapter's reader of the program's command tree.
        self.commands: Callable[[], Mapping[str, Sequence[str]]] | None = None
        self.kind = "cli"  # what is counted: runs of a program, or ``notebook`` sessions
        self.modules: tuple[str, ...] = ()  # whose use in a session is counted
        self.surface = ""  # where this process runs, if an adapter knows
        self.user_command = "telemetry"  # of the program's own, by which users decide; empty: it has none
        self.packages: Sequence[str] = ()  # that the program is made of, if an adapter knows: they tell a working copy
        self.answered: tuple[int, int] | None = None  # the mark of the user's answer, as it was decided by last
        self.calls: Calls | None = None  # of the author's own functions, which are counted
        self.heart: Heartbeat | None = None  # of a service, the newest
        self.source: str | None = None  # how it was installed when not as a release; None: nobody has looked
        self._session: Session | None = None
        self._home = home
        self._open: dict[int, Invocation] = {}
        if not (
            _is_name(project)
            and type(version) is str
            and (endpoint is None or is_safe(endpoint))
            and (type(retention_months) is int and retention_months > 0)
            and consent in _CONSENTS
            and delay in _DELAYS
            and (type(sample) in (int, float) and sample in _SAMPLES)
            and (plan is None or hasattr(plan, "admit"))
        ):
            from footfall import _settings  # only to say what is wrong

            _settings.explain(self, endpoint)
        self.has_wrong_endpoint = bool(self.endpoint) and not is_safe(self.endpoint)
        if self.has_wrong_endpoint:
            self.endpoint = ""  # an operator's slip in FOOTFALL_ENDPOINT: nothing is sent, the program goes on

    @property
    def home(self) -> str:
        """Folder of all tools' state; empty when the platform gives none."""
        return state_home(self.environ) if self._home is None else self._home

    @property
    def folder(self) -> str:
        """Folder of this project's state; of notebooks one of its own, with an answer of its own."""
        return f"{self.home}/{self.project}" + (NOTEBOOK_ENDING if self.kind == "notebook" else "")

    @property
    def has_runs(self) -> bool:
        """Whether runs of commands are counted: not of a service or library, unless an adapter knows commands of it."""
        is_service = self.calls is not None or (self.plan is not None and BEAT in self.plan.events)
        return self.commands is not None or self.kind == "notebook" or not is_service

    @property
    def current(self) -> Invocation | None:
        """The invocation that is open in this thread."""
        return self._open.get(get_ident())

    @property
    def today(self) -> str:
        """The client's UTC day, ``YYYY-MM-DD``."""
        from footfall import _spool  # loaded already where anything is recorded

        return _spool.day_of(self.clock())

    def guard(self) -> Guard:
        """A context that lets no exception of ours out."""
        return _GUARD

    def is_plainly_off(self) -> bool:
        """Whether the environment or the user's answer says off in so many words: then no rule has to be looked at.

        That is sound because off always wins; whether anything else makes it off only :meth:`decide` knows.
        """
        environ, home = self.environ, self.home
        words = environ.get("FOOTFALL"), environ.get(switch_of(self.project))
        if environ.get("DO_NOT_TRACK") == "1" or "off" in words or "0" in words or not home:
            return True
        return beginning_of(self.folder + "/consent", 4) == b"off "

    def decide(self) -> Decision:
        """The mode in force now and the rule that decided it; files and environment are read anew at each call."""
        from footfall import _consent  # not where it is plainly off

        return _consent.decide_for(self)

    def invocation(self, framework: str) -> Invocation:
        """The context to open around one run of the program; one inside another is part of the outer one.

        Who has said no, or is not here to be asked, gets one that records nothing: see :attr:`Invocation.is_recorded`.
        """
        with _GUARD:
            if get_ident() not in self._open and not self.is_plainly_off():
                from footfall import _consent  # not where it is plainly off

                decision = None if self.plugins else self.decide()  # a plugin may know more when options were read
                if decision is None or decision.records or _consent.may_ask(self, decision):
                    from footfall._spool import Recording  # only where something is recorded, or asked

                    return Recording(self, framework, decision)
        return Invocation(self, framework)

    def in_notebooks(self, modules: Iterable[str] = ()) -> None:
        """Count notebook sessions from now on; for adapters. Their state, and the user's answer, are kept apart.

        Args:
            modules: names of modules of the author's own whose import in a session is counted.

        Raises:
            PlanError: when this client counts the runs of a program, or ``modules`` is no list of names.
        """
        if self.commands is not None or isinstance(modules, str):
            from footfall import _settings  # only to say what is wrong

            _settings.explain_notebooks(self)
        self.kind = "notebook"
        self.modules = tuple(dict.fromkeys((*self.modules, *modules)))

    def session(self, frontend: str, surface: str) -> Session:
        """The session of this process, a notebook's kernel or a shell; for adapters, once a process.

        Args:
            frontend: one of ``footfall.wire.FRONTENDS``.
            surface: one of ``footfall.wire.ENVIRONMENT["surface"]``; empty: as it looks from the process.

        Raises:
            PlanError: when this client counts the runs of a program.
        """
        from footfall import _session  # no run of a command needs it

        return _session.begin(self, frontend, surface)

    def join(self, session: Session) -> None:
        """Be one more client of ``session``, which is counted already: its module was loaded anew."""
        from footfall import _session  # no run of a command needs it

        _session.join(self, session)

    def name_of(self, error: BaseException) -> str:
        """The name an exception may be reported by: a built-in's or one of the plan's, by identity; else ``other``."""
        kind = type(error)
        known = getattr(builtins, kind.__name__, None) is kind or (self.plan is not None and kind in self.plan.errors)
        return kind.__name__ if known else "other"

    def record(self, event: str, /, **fields: object) -> None:
        """Record one of the plan's own events; what the plan does not declare is dropped. Never raises."""
        with _GUARD:
            decision = self.decide() if self.may_count() else None
            if decision is not None and decision.records:
                from footfall import _events  # only programs with events of their own

                _events.record(self, event, fields, decision.mode)

    def may_count(self) -> bool:
        """Whether there are own events; and, where notebooks are counted, a session that they can be part of."""
        return (self.plan is not None or self.calls is not None) and (
            self.kind != "notebook" or self._session is not None
        )

    def count(self, event: str, n: int = 1) -> None:
        """Add ``n`` to one of the plan's own events without fields. Never raises, never waits.

        Kept in memory, and written when the run or cell ends; outside of one, and in one that goes on, at bounded
        intervals (:mod:`footfall._counting`) and when the process ends.
        """
        if type(n) is int and type(event) is str:
            (self._counting or self.counting()).add((event, "", n))

    def counting(self) -> Counting:
        """What is counted and not written yet."""
        from footfall._counting import Counting  # only programs that count

        vars(self).setdefault("_counting", Counting(self))  # in one step: threads may be at it at once
        return self._counting or self.counting()

    def instrument_module(self, module: ModuleType) -> None:
        """Count how often the public functions of a module of the author's own are called, and its classes' methods.

        Public are the names in its ``__all__``, or those without a leading underscore; and of them those that are
        written in it, or, if it lists them, in a module below it. Each is told by its declared name and a count, in the
        event ``library.call``. Nothing else of a call is looked at.

        Raises:
            PlanError: when ``module`` is none, or the plan has a ``library.call`` with fields of its own.
        """
        from footfall import _calls  # only libraries that want it

        _calls.instrument(self, module)

    def heartbeat(self, every: float = 3600, gauges: Callable[[], Mapping[str, object]] | None = None) -> Heartbeat:
        """Have a service tell that it runs: ``every`` so many seconds, give or take a tenth, by a thread of its own.

        A beat writes what was counted, and the event ``service.heartbeat`` with the fields that ``gauges`` gives, those
        that the plan declares, as it declares them. It decides anew each time, asks nobody, and starts the day's
        sender. The first comes after a random part of the time. Called again, it gives the one that beats already.

        Returns:
            The heartbeat, whose ``stop()`` ends it. Nothing has to: the interpreter's end does not wait for it.

        Raises:
            PlanError: when ``every`` is not from 60 to 86,400, ``gauges`` no function, or the plan has no such event.
        """
        from footfall import _heartbeat  # only services

        return _heartbeat.begin(self, every, gauges)

    def own_events(self) -> dict[str, EventType]:
        """The events of the author's own by name: the plan's, and that of calls."""
        events = dict(self.plan.events) if self.plan else {}
        calls = self.calls.event() if self.calls else None
        return {**events, calls.name: calls} if calls else events

    def declares(self, event: str) -> bool:
        """Whether there is an own event of this name."""
        if self.plan is not None and event in self.plan.events:
            return True
        return self.calls is not None and event == CALLS

    def defers(self) -> bool:
        """Whether a run or a cell is open in this process, by whose end what is counted is written."""
        return bool(self._open) or (self._session is not None and self._session.defers())

    def write_counts(self) -> None:
        """Write what :meth:`count` added up."""
        if self._counting is not None:
            self._counting.write()

    def drop_counts(self) -> None:
        """Forget what :meth:`count` added up."""
        if self._counting is not None:
            self._counting.drop()

    def renew_counts(self) -> None:
        """Decide anew with the next count: a run or a cell begins."""
        if self._counting is not None:
            self._counting.renew()


class Invocation:
    """One run of a program. An adapter sets ``command`` and ``flags`` from declared names and calls :meth:`begin`.

    This is one of which nothing is recorded, because that is off, or because it is a part of another one; all its
    methods do nothing. One that is recorded is of the same form.

    Attributes:
        is_recorded: whether anything is made of what the adapter tells; where not, it need not look.
        command: path of the command in the program's declared tree; ``None`` while nothing is known to run.
        flags: declared names of the options that were given.
        outcome: one of ``footfall.wire.OUTCOMES``, or empty to have it read from how the run ends.
        kind: what sort of error it was: a built-in exception's name or a kind of usage error.
        followed: the adapter's mark of what it follows; ``None`` while nothing is to be read (a completion, say).
    """

    is_recorded = False
    outer: Invocation | None = None
    command: str | None = None
    flags: Sequence[str] = ()
    outcome = ""
    kind = ""
    followed: object = None

    def __init__(self, client: Client, framework: str) -> None:
        self.client = client
        self.framework = framework

    def __enter__(self) -> Invocation:
        open_, thread = self.client._open, get_ident()
        self.outer = open_.get(thread)
        if self.outer is None:
            self.client.renew_counts()
        open_[thread] = self  # at last: what a signal handler raises before it leaves nothing open
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        open_, thread = self.client._open, get_ident()
        if self.outer is None:
            open_.pop(thread, None)
            self.close(error)
        elif open_.get(thread) is self:  # else the outer one, in another task of this thread, has ended first
            open_[thread] = self.outer

    def begin(self) -> None:
        """Write the start line: user code is about to run as ``command``. A later call corrects an earlier one."""

    def end(self, error: BaseException | None = None) -> None:
        """Write the end line of ``command``; another may :meth:`begin` after it (a chain)."""

    def discard(self) -> None:
        """Forget this run: it only printed a help text, completed a word, or was the user's ``telemetry`` command."""

    def declare(self, path: str, flags: Sequence[str]) -> None:
        """Add a lazily loaded command to the program's words; without it, it would leave as ``other``."""

    def close(self, error: BaseException | None) -> None:  # noqa: ARG002 - for those that are recorded
        """The program's run has ended, with ``error`` if one was raised."""
        with _GUARD:
            self.client.write_counts()

    def decided(self) -> tuple[Decision, tuple[int, int] | None]:
        """By what this run is or is not recorded, and the mark of the answer of which that was made."""
        return self.client.decide(), self.client.answered


def _is_name(project: str) -> bool:
    is_plain = 0 < len(project) <= 64 and _NAME.issuperset(project) and project[0].isalnum()
    return is_plain and not project.endswith(NOTEBOOK_ENDING)  # that folder is of another project's notebooks


def is_safe(endpoint: str) -> bool:
    """Whether an endpoint is ``https``, or ``http`` on the loopback, or a well-formed one of an event sink."""
    scheme, _, rest = endpoint.partition("://")
    if scheme not in ("https", "http"):
        from footfall import _places  # only for a sink, or for what is to be refused

        return _places.is_sink(endpoint)
    host = host_in(rest)
    is_plain = bool(host) and "@" not in rest and rest.isprintable() and " " not in rest
    return is_plain and (scheme == "https" or host in LOOPBACK)


def host_in(address: str) -> str:
    """The host in an address, without its port and path; one in brackets with them."""
    return address.partition("/")[0].rsplit(":", 1)[0] if "]" not in address else address.partition("]")[0] + "]"


def beginning_of(path: str, size: int) -> bytes:
    """The first ``size`` bytes of a file; empty where it cannot be read. A pipe in its place does not make us wait."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            return os.read(descriptor, size)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno is None:
            raise  # not the system's: a signal handler's TimeoutError, say
        return b""


def switch_of(project: str) -> str:
    """Name of the environment variable that switches one tool."""
    return project.upper().replace("-", "_").replace(".", "_") + "_TELEMETRY"


def state_home(environ: Mapping[str, str]) -> str:
    """Folder of all state: ``FOOTFALL_HOME``, else the platform's place for a user's state; empty if there is none."""
    chosen = environ.get("FOOTFALL_HOME", "")
    if chosen:
        return chosen
    home = environ.get("HOME", "")
    if sys.platform == "win32":
        base = environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = home and home + "/Library/Application Support"
    else:
        base = environ.get("XDG_STATE_HOME", "") or (home and home + "/.local/state")
    return base and base + "/footfall"
