"""A real collector process, what it answers and everything that it writes."""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from canaries import files_of

_START = "import sys; from footfall_collector.cli import main; sys.exit(main())"


def collect(bodies: Iterable[bytes], plans: Path, folder: Path) -> tuple[Counter[int], bytes]:
    """Post ``bodies`` to a collector that knows ``plans``, a file or a folder, and stores in the new ``folder``.

    Returns:
        How often it gave each status; and all bytes of what it printed and of its files, with its write-ahead log, both
        while it ran and as it left them.
    """
    folder.mkdir()
    serve = ["serve", "--store", f"sqlite:///{folder}/footfall.db", "--plan", str(plans), "--port", "0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _START, *serve], cwd=folder, stdout=subprocess.PIPE, stderr=log
        )
    try:
        address = urlsplit(process.stdout.readline().split()[-1].decode())
        statuses = _post(bodies, http.client.HTTPConnection(address.hostname, address.port))
        at_work = files_of(folder)
    finally:
        process.terminate()
        printed = process.communicate()[0]
    return statuses, b"\0".join((at_work, files_of(folder), printed))


def _post(bodies: Iterable[bytes], connection: http.client.HTTPConnection) -> Counter[int]:
    statuses: Counter[int] = Counter()
    for body in bodies:
        connection.request("POST", "/v1/reports", body, {"content-type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        statuses[answer.status] += 1
    connection.close()
    return statuses
