"""The client that an author makes once, and the invocation that an adapter opens around each run.

Hot: loaded in every instrumented run. It decides first, writes two lines, and breaks nothing: every step that is ours
runs inside a :class:`Guard`.
"""

from __future__ import annotations

import builtins
import os
import sys
import time
from _thread import get_ident

from footfall import _consent, _spool

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import ModuleType

    from footfall._calls import Calls
    from footfall._counting import Counting
    from footfall._heartbeat import Heartbeat
    from footfall._session import Session
    from footfall.plan import EventType, Plan

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

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if kind is None or not issubclass(kind, Exception):
            return False  # Ctrl-C and the like are the user's
        if os.environ.get("FOOTFALL_DEBUG"):
            os.write(2, f"footfall: {kind.__name__}: {error}\n".encode("utf-8", "replace"))
        return True


_GUARD = Guard()


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
            ``other``. For programs that make commands or options from a user's files; else the command tree holds.
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
        self.modules: Sequence[str] = ()  # whose use in a session is counted
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
            and sample in _SAMPLES
        ):
            from footfall import _settings  # only to say what is wrong

            _settings.explain(self, endpoint)
        self._has_wrong_endpoint = bool(self.endpoint) and not is_safe(self.endpoint)
        if self._has_wrong_endpoint:
            self.endpoint = ""  # an operator's slip in FOOTFALL_ENDPOINT: nothing is sent, the program goes on

    @property
    def home(self) -> str:
        """Folder of all tools' state; empty when the platform gives none."""
        return _consent.state_home(self.environ) if self._home is None else self._home

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
        return _spool.day_of(self.clock())

    def guard(self) -> Guard:
        """A context that lets no exception of ours out."""
        return _GUARD

    def decide(self) -> _consent.Decision:
        """The mode in force now and the rule that decided it; files and environment are read anew at each call."""
        environ, home = self.environ, self.home
        if not home:
            return _consent.Decision("off", 1, "there is no folder for a user's state")
        if self._has_wrong_endpoint:
            known = "https://, http:// on the loopback, or a sink's"
            return _consent.Decision("off", 1, f"FOOTFALL_ENDPOINT is none that can be used: {known}")
        tool = _consent.read_answer(self.folder + "/consent")
        self.answered = tool.mark
        machine = _consent.read_answer(home + "/consent")
        admin = _consent.read_answer(_consent.admin_file(environ))
        decision = _consent.decide(
            environ=environ,
            project=self.project,
            broken=tool.broken or machine.broken,
            admin="unclear" if admin.broken else admin.word,
            distributor=_consent.DISTRIBUTOR_MODE,
            lowered=self._lowered(),
            tool=tool.word,
            machine=machine.word,
            source=self._source(),
            restricted=_consent.restriction(environ),
            # Who is counted for their own eyes has agreed to no terms of ours, and need not be asked anew.
            covered=tool.word == "local" or self.is_covered_by(tool),
            shared=self.kind == "notebook",
        )
        if decision.mode == "on" and not self.endpoint:
            return _consent.Decision("local", 5, "there is no collector to send to")
        return decision

    def is_covered_by(self, answer: _consent.Answer) -> bool:
        """Whether an answer was given to these terms, or to wider ones, in the way that this client asks."""
        return answer.covers(self.consent_version, self.endpoint, self.retention_months, self.consent)

    def _lowered(self) -> str:
        if not self.plugins:
            return ""
        from footfall import _plugins  # only with plugins

        return _plugins.lowered(self.plugins, self.project)

    def _source(self) -> str:
        if ".dev" in self.version or "+" in self.version:
            return "development version"
        if self.source is not None:
            return self.source
        return self.stored_source() or ""

    def stored_source(self) -> str | None:
        """How this copy was installed when not as a release, as a run before found it; ``None``: none has looked."""
        if not os.path.isfile(self.folder + "/install"):
            return None
        try:
            with open(self.folder + "/install", encoding="utf-8") as file:
                known = file.read(2000).splitlines()
        except (OSError, ValueError):
            return None
        mark = self.copy_mark()
        found = next((line[len(mark) :].strip() for line in known if line.startswith(mark)), None)
        if found is None and known:  # copies of the program are known here, and this is another one
            from footfall import _install  # once for each copy

            found = _install.look(self)
            with _GUARD:
                _install.remember(self)
        return found

    def copy_mark(self) -> str:
        """What tells this copy of the program from others on this machine, which no path does: version and inode."""
        files = (getattr(sys.modules.get(package), "__file__", None) for package in self.packages)
        try:
            found = os.stat(next(filter(None, files), ""))
        except OSError:
            return f"{self.version} - "
        return f"{self.version} {found.st_dev:x}.{found.st_ino:x} "

    def invocation(self, framework: str) -> Invocation:
        """The context to open around one run of the program; one inside another is part of the outer one."""
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
        from footfall._session import Session  # no run of a command needs it

        self.in_notebooks()
        self.surface = surface
        self._session = Session(self, frontend)
        self.renew_counts()
        return self._session

    def join(self, session: Session) -> None:
        """Be one more client of ``session``, which is counted already: its module was loaded anew."""
        self.in_notebooks(session.client.modules)
        self.surface, self._session = session.client.surface, session
        session.clients.append(self)
        self.renew_counts()

    def ending_of(self, error: BaseException | None) -> tuple[str, str]:
        """How a run or cell ended, one of ``footfall.wire.OUTCOMES``, and the kind of error, or an empty string."""
        if error is None:
            return "ok", ""
        if isinstance(error, SystemExit):
            is_good = error.code is None or (type(error.code) in (int, bool) and not error.code)  # no user's __eq__
            return ("ok", "") if is_good else ("exit", "")
        if isinstance(error, KeyboardInterrupt):
            return "aborted", ""
        return "error", self.name_of(error)

    def name_of(self, error: BaseException) -> str:
        """The name an exception may be reported by: a built-in's or one of the plan's, by identity; else ``other``."""
        kind = type(error)
        known = getattr(builtins, kind.__name__, None) is kind or (self.plan is not None and kind in self.plan.errors)
        return kind.__name__ if known else "other"

    def record(self, event: str, /, **fields: object) -> None:
        """Record one of the plan's own events; what the plan does not declare is dropped. Never raises."""
        with _GUARD:
            mode = self._mode_for_events()
            if mode:
                from footfall import _events  # only programs with events of their own

                _events.record(self, event, fields, mode)

    def _mode_for_events(self) -> str:
        """The mode in which own events may be written now, ``on`` or ``local``; empty when they may not."""
        if not self.may_count():
            return ""
        decision = self.decide()
        return decision.mode if decision.records else ""

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
        from footfall._calls import Calls  # only libraries that want it

        declared = self.plan.events.get(CALLS) if self.plan else None
        if not isinstance(module, type(sys)) or (declared is not None and declared.fields):
            from footfall import _settings  # only to say what is wrong

            _settings.explain_calls(module)
        self.calls = self.calls or Calls(self)
        package = module.__name__.partition(".")[0]
        self.packages = (*self.packages, *({package} - {*self.packages}))
        with _GUARD:
            self.calls.add(module)

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

    def append(self, kind: str, day: str, *fields: str, mode: str, goes_on: bool = False) -> None:
        """Append a line of ``kind`` about ``day`` to the spool; what is in it has been admitted.

        ``mode`` is the one that it is recorded in: lines of ``local`` are in files of their own, which no sender reads.
        ``goes_on``: a line of the same run is there already; where it was removed, nothing is written.

        Raises:
            OSError: when it cannot be written.
        """
        today = self.today
        text, is_end = _spool.line(kind, day, *fields), kind in "EXC"
        path, goes_on = _spool.path_of(self.folder, today, mode), goes_on and day == today
        _spool.append(path, text, lambda: self._first_line(today), is_end=is_end, goes_on=goes_on)

    def _first_line(self, day: str) -> bytes:
        about = (_spool.word(self.version), *_spool.machine(), _surface(self.environ, self.surface))
        return _spool.line("D", day, *about)


class Invocation:
    """One run of a program. An adapter sets ``command`` and ``flags`` from declared names and calls :meth:`begin`.

    Attributes:
        command: path of the command in the program's declared tree; ``None`` while nothing is known to run.
        flags: declared names of the options that were given.
        outcome: one of ``footfall.wire.OUTCOMES``, or empty to have it read from how the run ends.
        kind: what sort of error it was: a built-in exception's name or a kind of usage error.
        followed: the adapter's mark of what it follows; ``None`` while nothing is to be read (a completion, say).
    """

    def __init__(self, client: Client, framework: str) -> None:
        self.client = client
        self.framework = framework
        self.outer: Invocation | None = None
        self.command: str | None = None
        self.flags: Sequence[str] = ()
        self.outcome = ""
        self.kind = ""
        self.followed: object = None
        self._decision: _consent.Decision | None = None
        self._process = os.getpid()
        self._run = ""
        self._day = ""
        self._mode = ""  # in which the command was begun
        self._answer: tuple[int, int] | None = None  # the mark of the one that decided
        self._is_gone = False  # what the command has written: off was said, and perhaps on again
        self._last = ""  # outcome of the command that ended last
        self._has_written = False
        self._written: tuple[str, Sequence[str]] | None = None  # by the start line of the command that runs
        self._began = time.perf_counter()

    def __enter__(self) -> Invocation:
        open_ = self.client._open
        self.outer = open_.get(get_ident())
        open_[get_ident()] = self
        if self.outer is None:
            self.client.renew_counts()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        open_ = self.client._open
        if self.outer is not None:
            if open_.get(get_ident()) is self:  # else the outer one, in another task of this thread, has ended first
                open_[get_ident()] = self.outer
            return
        open_.pop(get_ident(), None)
        if self._process != os.getpid():
            return  # a forked child unwinds through here too: the run is its parent's
        with _GUARD:
            self.end(error)
        if self._last:
            with _GUARD:
                self._after()

    def discard(self) -> None:
        """Forget this run: it only printed a help text, completed a word, or was the user's ``telemetry`` command."""
        if self._written is not None and not self._switched_off():
            self._append("X")
        self.command, self._written, self.followed = None, None, None

    def declare(self, path: str, flags: Sequence[str]) -> None:
        """Add a lazily loaded command to the program's words; without it, it would leave as ``other``."""
        if self.outer is None and not self._switched_off():
            _spool.declare(self.client.folder, self.client.version, path, flags)

    def begin(self) -> None:
        """Write the start line: user code is about to run as ``command``. A later call corrects an earlier one."""
        if self.outer is not None or self.command is None or self._written == (self.command, self.flags):
            return
        if not self._switched_off():
            self._written = (self.command, self.flags)
            self._append("S")

    def end(self, error: BaseException | None = None) -> None:
        """Write the end line of ``command``; another may :meth:`begin` after it (a chain)."""
        if self.command is None or self.outer is not None:
            return
        seconds = time.perf_counter() - self._began
        outcome, kind = (self.outcome, self.kind) if self.outcome else self.client.ending_of(error)
        if self._decide().records and not self._switched_off():
            self._append("E", outcome, _spool.word(kind or "-"), f"{seconds:.3f}")
        self._last = outcome
        self.command, self.flags, self.outcome, self.kind = None, (), "", ""
        self._run, self._written, self._is_gone, self._began = "", None, False, time.perf_counter()

    def _decide(self) -> _consent.Decision:
        if self._decision is None:
            self._decision = self.client.decide()
            self._day, self._answer = self.client.today, self.client.answered
        return self._decision

    def _switched_off(self) -> bool:
        """Whether ``off`` was said while the command ran, whatever was said since: what it wrote is gone then."""
        if self._has_written and _consent.mark_of(self.client.folder + "/consent") != self._answer:
            self._decision = self.client.decide()
            self._answer = self.client.answered
            if self._run and not _spool.holds(_spool.path_of(self.client.folder, self._day, self._mode), self._run):
                self._is_gone = True
                self.client.drop_counts()
        return self._is_gone or not self._decide().records

    def _append(self, kind: str, *fields: str) -> None:
        if self._process != os.getpid():
            return  # a forked child goes on with a chain, say: the run is its parent's
        goes_on = bool(self._run)
        if not goes_on:
            self._run, self._mode = f"{self._process}.{os.urandom(6).hex()}", self._decide().mode
        flags = ",".join(map(_spool.word, self.flags)) or "-"
        words = (self._run, _spool.word(self.client.version), _spool.word(self.command or "other"), flags)
        self._has_written = True
        self.client.append(kind, self._day, *words, *fields, mode=self._mode, goes_on=goes_on)

    def _after(self) -> None:
        decision, client = self._decide(), self.client
        client.write_counts()
        if decision.records and _spool.take_token(client.folder, client.today):
            from footfall import _spawn  # once a day

            _spawn.start_sender(client)
        elif self._last == "ok" and client.consent != "opt-in" and self._is_open() and _interactive():
            from footfall import _ask  # only a person at a terminal gets here

            _ask.maybe_ask(client)

    def _is_open(self) -> bool:
        """Whether there is something to ask: the user has not answered, or said yes to fewer words than there are."""
        decision = self._decide()
        if decision.mode == "undecided":
            return True
        return (decision.mode, decision.rule) == ("on", 10) and os.path.exists(self.client.folder + "/grown")


def _interactive() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


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


def _surface(environ: Mapping[str, str], known: str) -> str:
    if any(name in environ for name in _consent.CI_MARKERS):
        return "ci"
    if known:
        return known
    try:
        return "terminal" if os.isatty(1) or os.isatty(2) else "script"
    except OSError:
        return "script"
