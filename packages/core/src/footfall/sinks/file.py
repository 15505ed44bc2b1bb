"""``file:/absolute/path.jsonl``: each part is a line of a file, for whoever has something that collects files."""

from __future__ import annotations

import contextlib
import os
import stat

from footfall._system import lock_for, write_locked
from footfall.hookspecs import hookimpl
from footfall.transport import Outcome, Transport

_SCHEME = "file:"
LOCK_SECONDS = 5.0  # others who append have theirs for a moment
# Not through a link, to whatever somebody else may have put there; and not waiting for a reader of a pipe.
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class FileSink:
    """Appends each part to a file of its user's own, which is made if it is not there; its folder is not.

    Args:
        endpoint: ``file:`` and an absolute path.
    """

    def __init__(self, endpoint: str) -> None:
        path = endpoint.removeprefix(_SCHEME)
        self.path = path[1:] if path[2:3] == ":" else path  # file:/C:/... is C:/...
        self.why = ""

    def post(self, body: bytes) -> Outcome:
        """Append ``body`` as one line, by one write; where that fails, it is tried again another day."""
        try:
            descriptor = os.open(self.path, _FLAGS | getattr(os, "O_BINARY", 0), 0o600)
        except OSError as error:
            return self._retry(error.strerror or type(error).__name__)
        try:
            return self._append(descriptor, body)
        except OSError as error:  # a full disk, say
            return self._retry(error.strerror or type(error).__name__)
        finally:
            os.close(descriptor)

    def _append(self, descriptor: int, body: bytes) -> Outcome:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or os.path.islink(self.path):
            return self._retry("not a file")
        if os.name == "posix" and (found.st_uid != os.geteuid() or found.st_nlink > 1):
            return self._retry("not a file of this user's own")
        if not lock_for(descriptor, LOCK_SECONDS):
            return self._retry("in use")
        line = self._end_of_torn(descriptor) + body + b"\n"
        if write_locked(descriptor, line) < len(line):
            return self._retry("no room left")
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
        return Outcome.DELIVERED

    def _end_of_torn(self, descriptor: int) -> bytes:
        """What ends the line before, if a full disk or a power cut has torn it."""
        if not os.fstat(descriptor).st_size:
            return b""
        os.lseek(descriptor, -1, os.SEEK_END)
        return b"" if os.read(descriptor, 1) == b"\n" else b"\n"

    def _retry(self, why: str) -> Outcome:
        self.why = why
        return Outcome.RETRY


@hookimpl
def footfall_transport(endpoint: str) -> Transport | None:
    """The sink for an endpoint that is one of its own."""
    return FileSink(endpoint) if endpoint.startswith(_SCHEME) else None
