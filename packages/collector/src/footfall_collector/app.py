"""The collector as an ASGI application: its routes, and the headers that every answer carries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import date
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from footfall_collector.api import Api
from footfall_collector.desk import Desk
from footfall_collector.ingest import Ingest, answer, log_fault
from footfall_collector.pages import Pages
from footfall_collector.plans import Plans
from footfall_collector.store import Store, StoreError
from footfall_collector.suppress import K_DEFAULT
from footfall_collector.windows import Clock, utc_today

TIDY_SECONDS = 600.0  # how often it is looked whether a new day has begun
ROUNDS_BEFORE_RETRY = 6  # what could not be done is tried again after an hour

_HEADERS = {
    "Footfall-Collector": "1",  # without it, a client takes an answer for some proxy's
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]


def create_app(
    store: Store, plans: Plans, *, k: int = K_DEFAULT, clock: Clock = utc_today, retired: Collection[str] = ()
) -> ASGIApp:
    """The application that counts the parts of ``plans`` in ``store`` and shows them, groups under ``k`` hidden.

    The caller opens the store before and closes it after. ``retired`` projects are shown, and told to stop reporting.

    Raises:
        ValueError: when ``k`` is under 2.
    """
    desk = Desk(store, plans, k, clock)
    api, pages = Api(desk), Pages(desk)
    routes = [
        Route("/v1/reports", Ingest(store, plans, clock, retired), methods=["POST"]),
        Route("/api/projects/{project}/charts/{chart}.json", api.chart_json),
        Route("/api/projects/{project}/charts/{chart}.csv", api.chart_csv),
        Route("/api/projects/{project}/windows.json", api.windows_json),
        Route("/", pages.projects),
        Route("/projects/{project}", pages.project),
        Mount("/static", StaticFiles(packages=[("footfall_collector", "static")])),
        Route("/healthz", _healthz),
        Route("/readyz", Readiness(store).answer),
    ]

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        tidying = asyncio.create_task(_tidy_daily(store, clock))
        yield
        tidying.cancel()

    async def problem(request: Request, error: Exception) -> Response:
        """A page for those who read pages; for programs one line. Neither repeats anything of the request."""
        status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
        if request.method == "GET" and not request.scope["path"].startswith("/api/"):
            response = pages.problem(status)
            response.headers.update(headers or {})
            return response
        return PlainTextResponse(f"{HTTPStatus(status).phrase}\n", status, headers)

    app = Starlette(routes=routes, lifespan=life, exception_handlers={HTTPException: problem})
    app.router.redirect_slashes = False  # it would lead away from TLS, which a proxy has ended
    return Headed(app)


class Headed:
    """Puts the headers that every answer carries on every answer, also on those of errors.

    A fault of ours is logged here, by its place: the server's log of it could quote what was asked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        has_begun = False

        async def headed(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                message["headers"] = [*message.get("headers", ()), *_RAW_HEADERS]
            await send(message)

        try:
            await self._app(scope, receive, headed)
        except asyncio.CancelledError:  # the server ends, and has waited for long enough; it would log a traceback
            if scope["type"] == "http" and not has_begun:
                await answer(503, "busy")(scope, receive, headed)
        except Exception as error:  # noqa: BLE001 - it was answered with 500 where it was raised
            log_fault(error)


class Readiness:
    """Whether reports can be counted now."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def answer(self, _: Request) -> Response:
        """``/readyz``: after something was written to the store."""
        try:
            await self._store.probe()
        except StoreError:
            return answer(503, "store-unavailable")
        return PlainTextResponse("ready\n")


async def _tidy_daily(store: Store, clock: Clock) -> None:
    tidied, rounds = date.min, 0
    while True:
        today, rounds = clock(), rounds - 1
        if today != tidied and rounds <= 0:
            if await _is_tidied(store):
                tidied = today
            else:
                rounds = ROUNDS_BEFORE_RETRY
        await asyncio.sleep(TIDY_SECONDS)


async def _is_tidied(store: Store) -> bool:
    try:
        return await store.tidy()
    except Exception as error:  # noqa: BLE001 - a fault of ours must not end it for good
        log_fault(error)
        return False


async def _healthz(_: Request) -> Response:
    return PlainTextResponse("alive\n")
