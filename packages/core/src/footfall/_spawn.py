"""Starting the day's sender, detached, with an environment of its own and the program's words in a file.

Warm: imported by the one run of a day that starts the sender.
"""

from __future__ import annotations

import os
import sys
import time

from footfall import _consent, _spool, _system, switch_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from footfall import Client
    from footfall.vocabulary import Vocabulary

KEEP_DAYS = 45  # as long as a collector takes late parts, so that a monthly user's are not lost
CHILD_MARK = "FOOTFALL_SENDER"  # set in the sender, so that nothing it runs can start another
# What the sender may know of the environment. All else stays behind: it can hold what the user typed.
_PASSED = (
    "HOME", "LOCALAPPDATA", "PROGRAMDATA", "SYSTEMROOT", "XDG_STATE_HOME", "FOOTFALL_HOME", "FOOTFALL", "DO_NOT_TRACK",
    "FOOTFALL_PLUGINS_OFF", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy",
    "no_proxy",
)  # fmt: skip

_INTERPRETERS = ("python", "pypy", "graalpy")  # how their executables' names begin: uWSGI's is `uwsgi`

# The current folder must not be a place to import from; Python 3.10 has no switch for that.
_PLAIN_START = "import sys; sys.path.remove(''); from footfall.sender import main; sys.exit(main())"
_START = ("-P", "-m", "footfall.sender") if sys.version_info >= (3, 11) else ("-c", _PLAIN_START)


def start_sender(client: Client) -> None:
    """Write the program's words, once per version, and start ``python -m footfall.sender`` for ``client``.

    Raises:
        OSError: when the process cannot be started.
    """
    if CHILD_MARK in client.environ:
        return
    _forget_old_days(client)
    if not has_python():
        return
    if _consent.stored_source(client) is None:
        from footfall import _install  # once per version

        _install.keep(client)
        if client.source:
            return
    write_plan(client)
    offset = client.clock() - time.time()
    clock = [f"--clock-offset={offset:.0f}"] if abs(offset) > 1 else []
    command = [sys.executable, *_START, client.folder, *clock]
    _system.spawn_detached(command, _environment(client))


def has_python() -> bool:
    """Whether a Python can be started: not a frozen program's, nor that of a host which Python is embedded in."""
    name = os.path.basename(sys.executable or "").lower().lstrip(".")
    return not getattr(sys, "frozen", False) and name.startswith(_INTERPRETERS)


def _forget_old_days(client: Client) -> None:
    """Nothing is kept for ever, also where no sender can be started: runs wait there for ``telemetry send``."""
    oldest = _spool.day_of(client.clock() - KEEP_DAYS * 86400)
    for name in os.listdir(client.folder + "/spool"):
        path = f"{client.folder}/spool/{name}"
        if name[:1].isdigit() and name[:10] < oldest and os.path.isfile(path):
            os.unlink(path)


def _environment(client: Client) -> dict[str, str]:
    passed = (*_PASSED, switch_of(client.project))
    environ = {name: client.environ[name] for name in passed if name in client.environ}
    environ.update({name: "1" for name in _consent.CI_MARKERS if name in client.environ})
    if client.decide().mode == "local":
        environ["FOOTFALL"] = "local"  # a plugin's word, say, which the sender would not hear
    return {**environ, CHILD_MARK: "1", "FOOTFALL_ENDPOINT": client.endpoint, "PYTHONSAFEPATH": "1"}


def write_plan(client: Client) -> None:
    """Write ``plan.json``, the vocabulary that the sender checks against, unless this version's is there."""
    path = client.folder + "/plan.json"
    # A prefix of the file tells its version, so that no other day's first run has to import json for it.
    asked = f"{client.consent} {client.consent_version}"
    terms = f"{client.version} {asked} {client.retention_months} {client.delay} {client.sample:g} {client.endpoint}"
    mark = f'{{"for": "{terms}",'.encode()
    if os.path.isfile(path):  # a pipe in its place would make us wait
        with open(path, "rb") as file:
            if file.read(len(mark)) == mark:
                return
    from footfall import _project  # once per version

    _project.store_plan(client, {"for": terms})


def plan_document(client: Client) -> dict[str, object]:
    """The client's plan document with the terms under which it sends."""
    from dataclasses import replace

    is_shipped = client.plan_file is not None  # by an author who may have said another share in it
    words = replace(shipped_words(client), samples=(client.sample,)) if is_shipped else program_words(client)
    terms = {
        "kind": client.kind,
        "command": client.user_command if client.has_runs else "",
        "endpoint": client.endpoint,
        "consent": client.consent,
        "consent_version": client.consent_version,
        "delay": client.delay,
    }
    more = {"retention_months": client.retention_months, "shipped": is_shipped}
    return {**words.document(), "client": {**terms, **more}}


def program_words(client: Client) -> Vocabulary:
    """The words of the program as it is."""
    from footfall.vocabulary import Notebook, Vocabulary

    return Vocabulary(
        client.project,
        client.version,
        client.commands() if client.commands else {},
        tuple(kind.__name__ for kind in client.plan.errors) if client.plan else (),
        client.own_events(),
        Notebook(client.modules) if client.kind == "notebook" else None,
        has_runs=client.has_runs,
        samples=(client.sample,),
    )


def shipped_words(client: Client) -> Vocabulary:
    """The words of the client's plan file, all of them and no others.

    Raises:
        OSError: when it is not there.
        ValueError: when it is no JSON.
        PlanError: when it is no plan, or one of something else.
    """
    import json
    from dataclasses import replace

    from footfall.errors import PlanError
    from footfall.vocabulary import Vocabulary

    with open(client.plan_file or "", encoding="utf-8") as file:
        words = Vocabulary.from_document(json.load(file))
    if words.project != client.project:
        raise PlanError(f"{client.plan_file} is the plan of {words.project}")
    if client.kind == "notebook" and words.notebook is None:
        raise PlanError(f"{client.plan_file} counts no notebooks: export it anew, with `footfall plan`")
    return replace(words, version=client.version)
