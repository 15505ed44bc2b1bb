"""Who decides whether anything is recorded: one pure function over facts, and the few reads that gather them.

Hot: loaded in every instrumented run but those that are plainly off, so it imports nothing that is not loaded already.
"""

from __future__ import annotations

import os
import sys

from footfall import beginning_of, switch_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from footfall import Client

# For distributors: "off" or "local" here holds for every user of this copy. No value can turn anything on.
DISTRIBUTOR_MODE = ""

OFF_WORDS = ("off", "0", "false", "no")
ON_WORDS = ("on", "1", "true", "yes")
NOT_TRUE = ("", "0", "false", "no", "off", "n", "f")
CI_MARKERS = (
    "CI",
    "BUILD_ID",
    "BUILD_NUMBER",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "JENKINS_URL",
    "TF_BUILD",
    "TEAMCITY_VERSION",
    "BUILDKITE",
    "CIRCLECI",
    "TRAVIS",
    "APPVEYOR",
    "CODEBUILD_BUILD_ID",
    "BITBUCKET_BUILD_NUMBER",
)
ANSWERS = ("on", "notice", "local", "off")
NOWHERE = "-"  # stands for the collector in an answer to a program that has none


class Decision:
    """A mode (``on``, ``local``, ``off``, ``undecided``), the number of the rule that decided it, and why in words."""

    __slots__ = ("mode", "reason", "rule")

    def __init__(self, mode: str, rule: int, reason: str) -> None:
        self.mode = mode
        self.rule = rule
        self.reason = reason

    @property
    def records(self) -> bool:
        """Whether a run may write to the spool."""
        return self.mode in ("on", "local")

    def __repr__(self) -> str:
        return f"Decision({self.mode!r}, {self.rule}, {self.reason!r})"


class Answer:
    """What a consent file holds: a word of ``ANSWERS`` (empty: no file), its day, what was agreed to; or ``broken``.

    ``mark`` tells one answer from another, as :func:`mark_of` gives it; ``None`` when there is none to read.
    """

    __slots__ = ("broken", "day", "endpoint", "mark", "months", "version", "word")

    def __init__(self, text: str = "", broken: str = "") -> None:
        words = text.split()
        self.broken = broken or ("the stored answer is empty" if text and not words else "")
        self.word = words[0] if words else ""
        self.day = words[1] if len(words) > 1 else ""
        self.version, self.endpoint, self.months = 0, "", 0
        self.mark: tuple[int, int] | None = None
        if self.broken or not words:
            return
        try:
            if self.word not in ANSWERS or len(self.day) != 10:
                raise ValueError
            if len(words) > 2:
                self.version, self.endpoint, self.months = int(words[2]), words[3], int(words[4])
        except (ValueError, IndexError):
            self.broken = "the stored answer cannot be read"

    @property
    def says_yes(self) -> bool:
        """Whether it is one to record something."""
        return not self.broken and self.word in ("on", "notice", "local")

    def covers(self, client: Client) -> bool:
        """Whether it was given to these terms, or to wider ones; a notice is no yes to one who asks."""
        if self.word == "notice" and client.consent != "notice":
            return False
        is_there = self.endpoint == (client.endpoint or NOWHERE)
        return is_there and self.version >= client.consent_version and self.months >= client.retention_months


def decide(
    *,
    environ: Mapping[str, str],
    project: str,
    broken: str = "",
    admin: str = "",
    distributor: str = "",
    lowered: str = "",
    tool: str = "",
    machine: str = "",
    source: str = "",
    restricted: str = "",
    covered: bool = True,
    shared: bool = False,
) -> Decision:
    """The mode for these facts; highest rule first, and off always wins.

    Args:
        environ: the environment; only our own switches and ``DO_NOT_TRACK`` are looked at.
        project: the tool's name, for its own switch.
        broken: why the configuration cannot be trusted; empty when it can.
        admin: an administrator's word (``off``, ``local``; any other word counts as ``off``).
        distributor: the same, built in.
        lowered: ``off`` or ``local`` for this run, by a plugin or an option of the program.
        tool: the user's stored answer for this tool, one of ``ANSWERS`` or empty.
        machine: the user's stored answer for all tools.
        source: how the program was installed when not as a release (``editable``, ...), else empty.
        restricted: why this is not a person's own use (``root``, ``CI``, ...), else empty.
        covered: whether the stored consent covers what would be sent now.
        shared: whether the environment may be one that an operator makes for many, as a notebook's is: to set the
            tool's switch on purpose then lifts what restricts it, and is nobody's yes.
    """
    own = switch_of(project)
    every_word, own_word = environ.get("FOOTFALL", "").strip().lower(), environ.get(own, "").strip().lower()
    if broken:
        return Decision("off", 1, broken)
    if (admin or "local") != "local" or (distributor or "local") != "local":
        if "off" in (admin, distributor):
            return Decision("off", 2, "an administrator or distributor switched it off")
        return Decision("off", 2, "what an administrator or distributor set cannot be understood, and counts as off")
    if environ.get("DO_NOT_TRACK", "").strip().lower() not in NOT_TRUE:
        return Decision("off", 3, "DO_NOT_TRACK is set")
    for name, word in (("FOOTFALL", every_word), (own, own_word)):
        if word not in ("", "local", *ON_WORDS):
            return Decision("off", 4, f"{name} says off" if word in OFF_WORDS else f"{name} holds an unknown word")
    if (lowered or "local") != "local":
        return Decision("off", 5, "switched off for this run")
    if "off" in (tool, machine):
        return Decision("off", 6, "you said no" if tool == "off" else "you said no for all tools")
    if source:
        return Decision("off", 7, f"this is not a released version ({source})")
    forced = own_word in ON_WORDS
    if restricted and not forced:
        return Decision("off", 8, f"not a person's own use ({restricted})")
    says_yes = forced and not shared
    if not says_yes and (tool not in ("on", "notice", "local") or not covered):
        grown = "what would be sent, or where to, has grown since you agreed"
        grown = "a notice was shown, and what it said no longer holds" if tool == "notice" else grown
        return Decision("undecided", 11, grown if tool else "not asked yet")
    said = "you were shown its notice" if tool == "notice" else f"you said {tool}"
    return _capped(
        Decision("on", 9, f"{own} says on") if says_yes else Decision("on", 10, said),
        (
            (2, "an administrator or distributor allows local only", "local" in (admin, distributor)),
            (4, f"{'FOOTFALL' if every_word == 'local' else own} says local", "local" in (every_word, own_word)),
            (5, "local only for this run", lowered == "local"),
            (10, "you said local" if tool == "local" else "you said local for all tools", "local" in (tool, machine)),
        ),
    )


def _capped(decision: Decision, caps: tuple[tuple[int, str, bool], ...]) -> Decision:
    for rule, reason, holds in caps:
        if holds:
            return Decision("local", rule, reason)
    return decision


def read_answer(path: str) -> Answer:
    """The answer stored at ``path``; ``broken`` when it is somebody else's, anybody's to write, or not an answer."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return Answer()
    except OSError as error:
        return _unreadable(error)
    try:
        status = os.fstat(descriptor)
        if os.name == "posix" and (status.st_mode & 0o002 or status.st_uid not in (0, os.geteuid())):
            return Answer(broken="the stored answer is not yours, or anybody may write it")
        text = os.read(descriptor, 1024).decode("utf-8")
        answer = Answer(text, "" if text else "the stored answer is empty")
        answer.mark = status.st_ino, status.st_mtime_ns
        return answer
    except (OSError, ValueError) as error:
        return _unreadable(error)
    finally:
        os.close(descriptor)


def _unreadable(error: OSError | ValueError) -> Answer:
    """An answer that cannot be read. What is not the system's error, a signal handler's TimeoutError, is let out."""
    if isinstance(error, OSError) and error.errno is None:
        raise error
    return Answer(broken="the stored answer cannot be read")


def mark_of(path: str) -> tuple[int, int] | None:
    """What tells the answer at ``path`` from an earlier or later one; ``None`` when there is none."""
    try:
        found = os.stat(path)
    except OSError as error:
        if error.errno is None:
            raise  # see _unreadable
        return None
    return found.st_ino, found.st_mtime_ns


def restriction(environ: Mapping[str, str]) -> str:
    """Why this is not a person's own use (root, CI, a container, a test run), or an empty string."""
    if "SUDO_USER" in environ or (os.name == "posix" and os.geteuid() == 0):
        return "root"
    for name in CI_MARKERS:
        if name in environ:
            return "CI"
    if "PYTEST_CURRENT_TEST" in environ:
        return "a test run"
    if "KUBERNETES_SERVICE_HOST" in environ or "container" in environ:  # the latter by podman and systemd-nspawn
        return "a container"
    if os.access("/.dockerenv", os.F_OK) or os.access("/run/.containerenv", os.F_OK):
        return "a container"
    return ""


def admin_file(environ: Mapping[str, str]) -> str:
    """The file by which an administrator answers for everybody."""
    if sys.platform == "win32":
        return environ.get("PROGRAMDATA", "C:\\ProgramData") + "\\footfall\\consent"
    return "/Library/Application Support/footfall/consent" if sys.platform == "darwin" else "/etc/footfall/consent"


def decide_for(client: Client) -> Decision:
    """The mode in force now and the rule that decided it; files and environment are read anew at each call."""
    environ, home = client.environ, client.home
    if not home:
        return Decision("off", 1, "there is no folder for a user's state")
    if client.has_wrong_endpoint:
        known = "https://, http:// on the loopback, or a sink's"
        return Decision("off", 1, f"FOOTFALL_ENDPOINT is none that can be used: {known}")
    tool = read_answer(client.folder + "/consent")
    client.answered = tool.mark
    machine = read_answer(home + "/consent")
    admin = read_answer(admin_file(environ))
    says_no = "off" in (tool.word, machine.word)  # then nothing below has to be looked up
    decision = decide(
        environ=environ,
        project=client.project,
        broken=tool.broken or machine.broken,
        admin="unclear" if admin.broken else admin.word,
        distributor=DISTRIBUTOR_MODE,
        lowered=lowered_for(client),
        tool=tool.word,
        machine=machine.word,
        source="" if says_no else source_of(client),
        restricted="" if says_no else restriction(environ),
        # Who is counted for their own eyes has agreed to no terms of ours, and need not be asked anew.
        covered=tool.word == "local" or tool.covers(client),
        shared=client.kind == "notebook",
    )
    if decision.mode == "on" and not client.endpoint:
        return Decision("local", 5, "there is no collector to send to")
    return decision


def lowered_for(client: Client) -> str:
    """``off`` or ``local`` if a plugin says so for this run, else empty."""
    if not client.plugins:
        return ""
    from footfall import _plugins  # only with plugins

    return _plugins.lowered(client.plugins, client.project)


def source_of(client: Client) -> str:
    """How this copy was installed when not as a release, else empty."""
    if ".dev" in client.version or "+" in client.version:
        return "development version"
    if client.source is not None:
        return client.source
    return stored_source(client) or ""


def stored_source(client: Client) -> str | None:
    """How this copy was installed when not as a release, as a run before found it; ``None``: none has looked."""
    try:
        known = beginning_of(client.folder + "/install", 2000).decode().splitlines()
    except ValueError:
        return None
    mark = copy_mark(client)
    for line in known:
        if line.startswith(mark):
            return line[len(mark) :].strip()
    if not known:
        return None
    from footfall import _install  # once for each copy of the program: copies are known here, and this is another

    return _install.look_and_remember(client)


def copy_mark(client: Client) -> str:
    """What tells this copy of the program from others on this machine, which no path does: version and inode."""
    for package in client.packages:
        file = getattr(sys.modules.get(package), "__file__", None)
        if file:
            try:
                found = os.stat(file)
            except OSError as error:
                if error.errno is None:
                    raise  # see _unreadable
                break
            return f"{client.version} {found.st_dev:x}.{found.st_ino:x} "
    return f"{client.version} - "


def may_ask(client: Client, decision: Decision) -> bool:
    """Whether a person is here who has not answered, or has said yes to fewer words than there are."""
    is_open = decision.mode == "undecided"
    if (decision.mode, decision.rule) == ("on", 10):
        is_open = os.path.exists(client.folder + "/grown")
    return is_open and client.consent != "opt-in" and is_interactive()


def is_interactive() -> bool:
    """Whether a person is at the terminal: its input and both outputs are one."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
