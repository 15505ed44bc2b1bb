"""Starting the day's sender, detached, with an environment of its own and the program's words in a file.

Warm: imported by the one run of a day that starts the sender.
"""

from __future__ import annotations

import os
import sys
import time

from footfall import _consent, _spool, _system

TYPE_CHECKING = False
if TYPE_CHECKING:
    from footfall._client import Client

CHILD_MARK = "FOOTFALL_SENDER"  # set in the sender, so that nothing it runs can start another
# What the sender may know of the environment. All else stays behind: it can hold what the user typed.
_PASSED = (
    "HOME", "LOCALAPPDATA", "PROGRAMDATA", "SYSTEMROOT", "XDG_STATE_HOME", "FOOTFALL_HOME", "FOOTFALL", "DO_NOT_TRACK",
    "FOOTFALL_PLUGINS_OFF", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy",
    "no_proxy",
)  # fmt: skip

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
    if getattr(sys, "frozen", False) or not sys.executable:
        _forget_old_days(client)  # a frozen program's executable is the program itself, not Python
        return
    write_plan(client)
    offset = client.clock() - time.time()
    clock = [f"--clock-offset={offset:.0f}"] if abs(offset) > 1 else []
    _system.spawn_detached([sys.executable, *_START, client.folder, *clock], _environment(client))


def _forget_old_days(client: Client) -> None:
    """What the sender would do: such a program's runs are sent by ``telemetry send``, or not kept for ever."""
    from footfall._state import KEEP_DAYS

    oldest = _spool.day_of(client.clock() - KEEP_DAYS * 86400)
    for name in os.listdir(client.folder + "/spool"):
        if name[:1].isdigit() and name[:10] < oldest:
            os.unlink(f"{client.folder}/spool/{name}")


def _environment(client: Client) -> dict[str, str]:
    own = client.project.upper().replace("-", "_").replace(".", "_") + "_TELEMETRY"
    environ = {name: client.environ[name] for name in (*_PASSED, own) if name in client.environ}
    environ.update({name: "1" for name in _consent.CI_MARKERS if name in client.environ})
    return {**environ, CHILD_MARK: "1", "FOOTFALL_ENDPOINT": client.endpoint, "PYTHONSAFEPATH": "1"}


def write_plan(client: Client) -> None:
    """Write ``plan.json``, the vocabulary that the sender checks against, unless this version's is there."""
    path = client.folder + "/plan.json"
    # A prefix of the file tells its version, so that no other day's first run has to import json for it.
    terms = f"{client.consent_version} {client.retention_months} {client.delay} {client.endpoint}"
    mark = f'{{"for": "{client.version} {terms}",'.encode()
    if os.path.isfile(path):  # a pipe in its place would make us wait
        with open(path, "rb") as file:
            if file.read(len(mark)) == mark:
                return
    import json  # once per version

    from footfall import _state

    document = {"for": mark[9:-2].decode(), **plan_document(client)}
    _state.write_whole(path, json.dumps(document).encode())


def plan_document(client: Client) -> dict[str, object]:
    """The client's plan document with the terms under which it sends."""
    from footfall.vocabulary import Vocabulary

    plan = client.plan
    words = Vocabulary(
        client.project,
        client.version,
        client.commands() if client.commands else {},
        tuple(kind.__name__ for kind in plan.errors) if plan else (),
        plan.events if plan else {},
    )
    terms = {"endpoint": client.endpoint, "consent_version": client.consent_version, "delay": client.delay}
    return {**words.document(), "client": {**terms, "retention_months": client.retention_months}}
