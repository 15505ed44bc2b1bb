"""``POST /v1/reports``: one part in, its counters up by as much, nothing of it kept or logged.

Every answer is a status and, when it is a refusal, a fixed token in ``Footfall-Reason``; nothing that was sent is
ever repeated, to the sender or to a log.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from footfall import wire
from footfall.errors import WireError
from footfall.vocabulary import Vocabulary
from footfall_collector.counters import has_counters
from footfall_collector.plans import Plans
from footfall_collector.store import Store, StoreError, StoreFull
from footfall_collector.windows import Clock

_LOG = logging.getLogger("footfall_collector")

LATE_DAYS = 45  # as long as a client keeps what it could not deliver
EARLY_DAYS = 1  # a client's clock may be a little ahead
RETRY_SECONDS = "60"

_LENGTH_DIGITS_MAX = 9
_COUNTED: Message = {"type": "http.response.start", "status": 202, "headers": ((b"content-length", b"0"),)}
_SEEN: Message = {**_COUNTED, "status": 200}
_END: Message = {"type": "http.response.body", "body": b""}


class Refusal(Exception):
    """A part that is not counted: the status and the token that say why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Ingest:
    """The endpoint for the parts of the projects in ``plans``; those of ``retired`` ones are told to stop."""

    def __init__(self, store: Store, plans: Plans, clock: Clock, retired: Collection[str] = ()) -> None:
        self._store = store
        self._plans = plans
        self._clock = clock
        self._retired = retired

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: plain ASGI, as this is the one address that is busy."""
        try:
            part = self.admit(await _body(scope, receive), self._clock())
            counted = await self._store.count(part)
        except Refusal as refusal:
            await answer(refusal.status, refusal.reason)(scope, receive, send)
        except StoreFull:
            await answer(503, "busy")(scope, receive, send)
        except StoreError:
            await answer(503, "store-unavailable")(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - a server's log of it could quote what was sent
            log_fault(error)
            await answer(500, "fault")(scope, receive, send)
        else:
            await send(dict(_COUNTED if counted else _SEEN))
            await send(_END)

    def admit(self, body: bytes, today: date) -> Mapping[str, Any]:
        """The part in ``body`` if it may be counted. Raises ``Refusal``."""
        try:
            part = wire.decode(body)
        except WireError as error:
            raise Refusal(413 if error.reason == "too-large" else 400, error.reason) from None
        if not has_counters(part["part"]):
            raise Refusal(400, "unknown-part")
        if part["project"] in self._retired:
            raise Refusal(410, "retired")
        if part["project"] not in self._plans:
            raise Refusal(404, "unknown-project")
        _check_day(date.fromisoformat(part["day"]), today)
        self._check_words(part)
        return part

    def _check_words(self, part: Mapping[str, Any]) -> None:
        plans = self._plans[part["project"]]
        if not any(part.get("sample", 1) in (1, *vocabulary.samples) for vocabulary in plans):
            raise Refusal(422, "unknown-sample")
        # A part of a day of an upgrade can have words of the release before, and this one's share.
        reason = _refusal(plans, {name: value for name, value in part.items() if name != "sample"})
        if reason:
            raise Refusal(422, reason)


def _refusal(plans: Sequence[Vocabulary], part: Mapping[str, Any]) -> str | None:
    """Why a part may not pass: no plan knows all its words, and one of its cells is known to none of them."""
    reason = _refused_by_all(plans, part)
    if reason is None or len(plans) == 1 or part["part"] == "environment" or wire.repeats(part):  # no plan's affair
        return reason
    about = {name: value for name, value in part.items() if not isinstance(value, list)}
    cells = [{**about, name: [cell]} for name in part.keys() - about.keys() for cell in part[name]]
    return next(filter(None, (_refused_by_all(plans, cell) for cell in cells or [about])), None)


def _refused_by_all(plans: Sequence[Vocabulary], part: Mapping[str, Any]) -> str | None:
    """Why the last of the plans refuses a part that all of them do; ``None`` if one of them does not."""
    reason = None
    for vocabulary in plans:
        reason = vocabulary.refusal(part)
        if reason is None:
            return None
    return reason


def log_fault(error: Exception) -> None:
    """Tell the operator where a fault of ours is, without its text: that may quote what was sent."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "nowhere"
    _LOG.error("%s at %s", type(error).__name__, place)


def answer(status: int, reason: str) -> Response:
    """A refusal's answer: its reason is in the header, and in the body for a person with curl."""
    headers = {"Footfall-Reason": reason}
    if status == 503:
        headers["Retry-After"] = RETRY_SECONDS
    if status == 413:
        headers["Connection"] = "close"  # the rest of the body is not wanted
    return Response(f"{reason}\n", status, headers, "text/plain")


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The request's body, never more of it than a part may have. Raises ``Refusal``."""
    headers = dict(scope["headers"])
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type != b"application/json" or headers.get(b"content-encoding", b"identity") != b"identity":
        raise Refusal(415, "not-application-json")
    length = headers.get(b"content-length", b"0")
    if len(length) > _LENGTH_DIGITS_MAX or (length.isdigit() and int(length) > wire.MAX_PART_BYTES):
        raise Refusal(413, "too-large")
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "incomplete")  # nobody reads the answer
        body, more = body + message.get("body", b""), message.get("more_body", False)
        if len(body) > wire.MAX_PART_BYTES:
            raise Refusal(413, "too-large")
    return body


def _check_day(day: date, today: date) -> None:
    if (today - day).days > LATE_DAYS:
        raise Refusal(422, "day-too-old")
    if (day - today).days > EARLY_DAYS:
        raise Refusal(422, "day-in-future")
