"""``posthog://host/phc_KEY``: an event for each count, for authors who run PostHog already.

By PostHog's batch protocol, ``POST /batch/``: it is what its own clients speak by default and what its servers of any
age take. The newer ``/i/v1/analytics/events`` answers event by event, which helps nobody whose parts are taken whole
or not at all; and it wants a clock's time in each request.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from footfall import periods, wire
from footfall.hookspecs import hookimpl
from footfall.pseudonym import window_id
from footfall.sinks import ServerSink
from footfall.transport import Sink

_SCHEME = "posthog://"
_ABOUT = {
    "$lib": "footfall",
    "$geoip_disable": True,  # else it looks up the country and city of the sender's address
    "$ip": "0.0.0.0",  # noqa: S104 - PostHog writes the sender's address where there is none, and where it is null
    "$process_person_profile": False,
}


class PostHogSink(ServerSink):
    """Posts each part as one batch of events.

    Args:
        endpoint: ``posthog://``, host, ``/`` and the project's key, which is no secret.
    """

    final = (400, 401, 413)

    def __init__(self, endpoint: str) -> None:
        address = endpoint.removeprefix(_SCHEME)
        super().__init__(address, "/batch/")
        self._headers["content-encoding"] = "gzip"
        self._endpoint, self._key = endpoint, address.rpartition("/")[2]

    def bodies_for(self, part: dict[str, Any], secret: Callable[[], bytes]) -> list[bytes]:
        """One batch. It has no ``sent_at``: PostHog would take a clock's time from it and tell the hour of the post."""
        week = periods.week_of(part["day"])
        common = {
            "distinct_id": window_id(secret(), self._endpoint, part["project"], "week", week),
            # PostHog takes it as it stands. Of each time zone's charts, noon is in the day that is meant.
            "timestamp": f"{part['day']}T12:00:00Z",
        }
        sample = {"sample": part["sample"]} if "sample" in part else {}
        about = {**_ABOUT, "project": part["project"], **sample}
        batch = [
            {**common, "event": name, "uuid": _uuid(part["key"], number), "properties": {**words, **about}}
            for number, (name, words) in enumerate(_events(part))
        ]
        return [wire.encode({"api_key": self._key, "historical_migration": False, "batch": batch})]

    def packed(self, body: bytes) -> bytes:
        """``body`` compressed, to the same bytes at each try."""
        return gzip.compress(body, mtime=0)


def _events(part: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names of events and what they tell. Who is first in a week is left out of counts: ``distinct_id`` tells it."""
    name, head = part["part"], {"format", "project", "day", "part", "key", "sample"}
    told = {field: value for field, value in part.items() if field not in head and not isinstance(value, list)}
    if name == "environment":
        told = {row["field"]: row["value"] for row in part["rows"]}  # together: an event is paid for
    elif name != "activity":
        told.pop("first_in_week", None)
    if told:
        yield name, told
    for kind, cells in part.items() if name != "environment" else ():
        for cell in cells if isinstance(cells, list) else ():
            if "n" in cell:
                event = name if (name, kind) == ("cli.command", "rows") else f"{name}.{kind}"
                yield event, {field: value for field, value in cell.items() if field != "first_in_week"}


def _uuid(key: str, number: int) -> str:
    """An event's id: the same when it is sent again, so that PostHog counts it once, and telling nothing of ``key``."""
    digits = hashlib.sha256(f"{key} {number}".encode()).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


@hookimpl
def footfall_transport(endpoint: str) -> Sink | None:
    """The sink for an endpoint that is one of its own."""
    return PostHogSink(endpoint) if endpoint.startswith(_SCHEME) else None
