"""The charts by name, as the addresses of the API have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from footfall_collector import actives
from footfall_collector.actives import sent_in_week
from footfall_collector.charts import Chart, Source, Span, span_of_week, week_window
from footfall_collector.notebooks import Notebooks
from footfall_collector.suppress import Count, suppress_counts
from footfall_collector.usage import Usage


def environment(name: str, field: str, source: Source, week: str) -> Chart:
    """Installs of an ISO week by one field of their environment; one that changed it is in two cells."""
    span = span_of_week(week)
    found, scale = source.rows("environment", field=field, **span.parameters()), source.scale(span)
    cells: dict[str, Count] = {value: Count(sent, installs) for value, sent, installs in found}
    told = suppress_counts(cells, source.k, scale, installs=sent_in_week(source, week))
    window, rows = week_window(source, week), list(told.shown.items())
    return Chart(name, window, (field, "installs"), rows, told.hidden, told.total, [scale])


OF_DAYS: Mapping[str, Callable[[Source, Span], Chart]] = {
    "actives-day": actives.by_day,
    "actives-week": actives.by_week,
    "actives-month": actives.by_month,
}
OF_A_WEEK: Mapping[str, Callable[[Source, str], Chart]] = {
    "retention": actives.retention,
    "commands": lambda source, week: Usage(source, week).commands(),
    "outcomes": lambda source, week: Usage(source, week).outcomes(),
    "flags": lambda source, week: Usage(source, week).flags(),
    "errors": lambda source, week: Usage(source, week).errors(),
    "durations": lambda source, week: Usage(source, week).durations(),
    "versions": partial(environment, "versions", "version"),
    "pythons": partial(environment, "pythons", "python"),
    "systems": partial(environment, "systems", "os"),
    "architectures": partial(environment, "architectures", "arch"),
    "implementations": partial(environment, "implementations", "implementation"),
    "surfaces": partial(environment, "surfaces", "surface"),
    "plans": partial(environment, "plans", "plan"),
}
OF_NOTEBOOKS: Mapping[str, Callable[[Source, str], Chart]] = {
    "notebooks": lambda source, week: Notebooks(source, week).notebooks(),
    "sessions": lambda source, week: Notebooks(source, week).sessions(),
    "cells": lambda source, week: Notebooks(source, week).cells(),
    "cell-errors": lambda source, week: Notebooks(source, week).cell_errors(),
    "magics": lambda source, week: Notebooks(source, week).magics(),
    "cell-durations": lambda source, week: Notebooks(source, week).cell_durations(),
    "session-durations": lambda source, week: Notebooks(source, week).session_durations(),
    "session-sizes": lambda source, week: Notebooks(source, week).session_sizes(),
    "modules": lambda source, week: Notebooks(source, week).modules(),
}
