"""Loopback only: the network that all measured programs live in."""

from __future__ import annotations

import ctypes
import socket
import struct
import sys

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000  # flags of unshare(2)
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41  # SIOCSIFFLAGS; IFF_UP | IFF_RUNNING


def leave() -> bool:
    """Move this process, and all it starts, where there is no interface but the loopback; whether that was allowed.

    It takes root or unprivileged user namespaces. Where there is neither, clients are pointed at the loopback all the
    same, but one that talked to somebody else besides would do so.
    """
    import fcntl  # elsewhere than on Linux there is none, and that is to be said in words

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK) and libc.unshare(_NEW_NETWORK | _NEW_USER):
        print("no network namespace is allowed here: clients are only pointed at the loopback", file=sys.stderr)
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", b"lo", _UP_AND_RUNNING))
    return True


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
