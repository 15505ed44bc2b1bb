"""Where counts go, in words for people: a collector, or the event sink that an author has chosen."""

from __future__ import annotations

from footfall import LOOPBACK, host_in

_BEFORE = {"posthog": "PostHog at ", "phonehome": "phonehome at ", "file": "the file ", "console": "your own screen"}
NUMBER = "a number for you that changes each week"
NUMBER_SHORT = "your weekly number"  # the same, where there is no room
NO_IDENTIFIER = "or an identifier"
_PIECE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")  # no blank, no quote
_PIECES = {"posthog": 4, "phonehome": 5}  # between the slashes of a sink's address, with two empty ones
_PATH = _PIECE | frozenset("~+@:")
_ADDRESS_MAX = 240  # an answer's file, which holds it, is read no further than 1024 bytes


def sink_of(endpoint: str) -> str:
    """The event sink at an endpoint: ``posthog``, ``phonehome``, ``file`` or ``console``; empty if it is none."""
    scheme = endpoint.partition(":")[0] if endpoint else ""
    return scheme if scheme in _BEFORE else ""


def host_of(endpoint: str) -> str:
    """The name of the host that counts go to, or the path of the file; empty where there is neither."""
    if sink_of(endpoint) in ("file", "console"):
        return endpoint.partition(":")[2]
    return endpoint.rsplit("://", maxsplit=1)[-1].split("/", maxsplit=1)[0]


def what_is_at(endpoint: str) -> str:
    """What stands before :func:`host_of` so that it says what is there: ``PostHog at``, and a blank."""
    return _BEFORE.get(sink_of(endpoint), "")


def place_of(endpoint: str) -> str:
    """Both of these."""
    return what_is_at(endpoint) + host_of(endpoint)


def has_number(endpoint: str) -> bool:
    """Whether :data:`NUMBER` is sent there: PostHog cannot count without one."""
    return sink_of(endpoint) == "posthog"


def is_readable_by_all(endpoint: str) -> bool:
    """Whether the sink's server shows whatever it got to everybody who asks."""
    return sink_of(endpoint) == "phonehome"


def is_loopback(address: str) -> bool:
    """Whether ``address``, a host with or without a port and a path, is this machine's own."""
    return host_in(address) in LOOPBACK


def is_sink(endpoint: str) -> bool:
    """Whether an endpoint is a well-formed one of an event sink."""
    scheme, _, rest = endpoint.partition(":")
    pieces = rest.split("/")
    if scheme == "console" or len(rest) > _ADDRESS_MAX:
        return endpoint == "console:"
    if scheme == "file":
        return not pieces[0] and len(pieces) > 1 and all(_is_piece(piece, _PATH) for piece in pieces[1:])
    if len(pieces) != _PIECES.get(scheme) or pieces[0] or pieces[1]:
        return False
    host, key = host_in(pieces[2]), pieces[3]
    port = pieces[2][len(host) :]
    return (
        (host in LOOPBACK or (_is_piece(host, _PIECE) and host[0].isalnum()))
        and (not port or (port[0] == ":" and port[1:].isdigit()))
        and all(_is_piece(piece, _PIECE) for piece in pieces[3:])
        and (scheme != "posthog" or (len(key) <= 64 and not key.startswith("phx_")))  # that one is a person's, secret
    )


def _is_piece(text: str, letters: frozenset[str]) -> bool:
    return bool(text.strip(".")) and letters.issuperset(text)
