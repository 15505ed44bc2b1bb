"""The dashboard: pages made on the server, with no script and nothing from elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from footfall import wire
from footfall_collector import actives, dashboard, figures, windows
from footfall_collector.api import latest_week, newest_of
from footfall_collector.charts import Span, span_of_week
from footfall_collector.desk import Desk
from footfall_collector.keys import Key

LOOPBACK = ("127.0.0.1", "localhost", "::1")  # where clients take http
CODES = {400: "Not a week", 404: "Not here", 405: "Not this way", 503: "Not now"}
ROWS_MAX = 60  # of a list on a page; all are in its CSV
WORDS_MAX = 15  # of a list that is one of three side by side


class Pages:
    """Endpoints of the pages."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        loader = PackageLoader("footfall_collector")
        self._templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.globals.update(
            ROWS_MAX=ROWS_MAX, WORDS_MAX=WORDS_MAX, BUCKETS=wire.BUCKETS, OUTCOMES=dashboard.OUTCOMES
        )
        self._templates.globals.update(
            WIDTH=figures.WIDTH, HEIGHT=figures.HEIGHT, LEFT=figures.LEFT, RIGHT=figures.RIGHT, k=desk.k
        )

    def projects(self, _: Request) -> Response:
        """``/``: the projects, with the installs of their latest weeks."""
        return self._page("projects.html", projects=[self._summary(name) for name in sorted(self._desk.plans)])

    def project(self, request: Request) -> Response:
        """``/projects/{project}``: its figures for ``?week=``, the latest one with figures when none is asked for."""
        name = request.path_params["project"]
        with self._desk.source(name) as source:
            if not source.days():
                return self._page("empty.html", project=name, endpoint=_endpoint(request))
            told = actives.told_weeks(source)
            week = _week_asked(request, newest_of(told, source))
            view = dashboard.of_week(source, week)
        weeks = dashboard.weeks_to_choose(told, week)
        at = weeks.index(week)
        older, newer = weeks[at + 1 : at + 2], weeks[max(at - 1, 0) : at]
        return self._page("project.html", project=name, weeks=weeks, week=week, older=older, newer=newer, **view)

    def problem(self, status: int) -> Response:
        """A page that says no more than that something is not here, or not now."""
        return self._page("problem.html", status, title=CODES.get(status, "Not possible"), status=status)

    def _summary(self, project: str) -> dict[str, Any]:
        with self._desk.source(project) as source:
            span = span_of_week(latest_week(source))
            chart = actives.by_week(source, Span(span.first - timedelta(weeks=dashboard.WEEKS_SHOWN - 1), span.last))
            reports = bool(source.days())
        (last_week, before, _), (week, installs, _) = chart.rows[-2:]
        key = Key(f"active installs in {week}", installs, before, last_week)
        return {"name": project, "key": key, "bars": figures.columns(chart.rows), "reports": reports}

    def _page(self, template: str, code: int = 200, **values: Any) -> Response:
        return HTMLResponse(self._templates.get_template(template).render(values), code)


def _week_asked(request: Request, latest: str) -> str:
    try:
        return windows.week_asked(request.query_params.get("week") or latest)
    except ValueError:
        raise HTTPException(400) from None


def _endpoint(request: Request) -> str:
    """The address to give to clients: they take ``http`` on loopback only, and elsewhere a proxy has ended TLS."""
    try:
        url = request.base_url
        return str(url if url.hostname in LOOPBACK else url.replace(scheme="https")).rstrip("/")
    except ValueError:  # a host that is none, where Starlette does not see it before
        raise HTTPException(400) from None
