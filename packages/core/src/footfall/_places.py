"""Where counts go, in words for people: a collector, or the event sink that an author has chosen."""

from __future__ import annotations

_BEFORE = {"posthog": "PostHog at ", "phonehome": "phonehome at ", "file": "the file ", "console": "your own screen"}
NUMBER = "a number for you that changes each week"
NUMBER_SHORT = "your weekly number"  # the same, where there is no room
NO_IDENTIFIER = "or an identifier"


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
