"""The charts as JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from footfall_collector import actives, catalogue, windows
from footfall_collector.charts import Chart, Source, Span, span_of_week
from footfall_collector.desk import Desk

DEFAULT_DAYS = {"actives-day": 28, "actives-week": 13 * 7, "actives-month": 365}
SPAN_DAYS_MAX = 3_660  # ten years of days
OF_A_WEEK = {**catalogue.OF_A_WEEK, **catalogue.OF_NOTEBOOKS}


class Api:
    """Endpoints of the figures; each reads the store once, in a thread of its own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def chart_json(self, request: Request) -> Response:
        """``charts/{chart}.json``."""
        with self._desk.source(request.path_params["project"]) as source:
            return JSONResponse(document(source, chosen(source, request)))

    def chart_csv(self, request: Request) -> Response:
        """``charts/{chart}.csv``: a line of column names, then the rows; what is hidden is empty.

        Where a share of the installs sends, the standard errors of installs are columns at the end.
        """
        with self._desk.source(request.path_params["project"]) as source:
            chart = chosen(source, request)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(_lines(chart))
        name = f"{source.project}-{chart.name}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text.getvalue(), media_type="text/csv", headers=headers)

    def windows_json(self, request: Request) -> Response:
        """``windows.json``: the days, weeks and months whose installs are told."""
        with self._desk.source(request.path_params["project"]) as source:
            days, weeks = actives.told(source, str, "installs"), actives.told_weeks(source)
            months = actives.told(source, windows.month_of, "first_in_month")
        return JSONResponse({"project": source.project, "days": days, "weeks": weeks, "months": months})


def _lines(chart: Chart) -> Iterator[tuple[Any, ...]]:
    errors = chart.standard_errors()
    yield (*chart.columns, *(f"{name}_standard_error" for name in errors))
    for at, row in enumerate(chart.rows):
        yield (*row, *(column[at] for column in errors.values()))


def document(source: Source, chart: Chart) -> dict[str, Any]:
    """A chart as the API gives it."""
    return {
        "project": source.project,
        "chart": chart.name,
        "window": chart.window,
        "k": source.k,
        "columns": chart.columns,
        "rows": chart.rows,
        "hidden": chart.hidden,
        "total": chart.total,
        "estimated": chart.one_in > 1,
        "rounded_to": chart.rounded_to,
        "standard_errors": chart.standard_errors(),
    }


def chosen(source: Source, request: Request) -> Chart:
    """The chart that a request names, of the window it asks for. Raises ``HTTPException``: 404, 400."""
    name, query = request.path_params["chart"], request.query_params
    try:
        if name in catalogue.OF_DAYS:
            return catalogue.OF_DAYS[name](source, _span(source, name, query.get("from"), query.get("to")))
        if name in OF_A_WEEK:
            return OF_A_WEEK[name](source, windows.week_asked(query.get("week") or latest_week(source)))
    except ValueError:
        raise HTTPException(400, "a day is written 2026-11-21, a week 2026-W47") from None
    raise HTTPException(404)


def latest_week(source: Source) -> str:
    """The newest ISO week whose installs are told; this week when there is none."""
    return newest_of(actives.told_weeks(source), source)


def newest_of(weeks: list[str], source: Source) -> str:
    """The newest of ISO weeks; this week when there is none."""
    return max(weeks, default=windows.week_of(source.today))


def _span(source: Source, chart: str, first: str | None, last: str | None) -> Span:
    end = windows.day_of(last) if last else min(span_of_week(latest_week(source)).last, source.today)
    start = windows.day_of(first) if first else end - timedelta(days=DEFAULT_DAYS[chart] - 1)
    if not 0 <= (end - start).days <= SPAN_DAYS_MAX:
        raise ValueError("from is after to, or too long before it")
    return Span(start, end)
