"""Statements 27 and 30 for event sinks: no word that a user typed or owns leaves through one, and no undeclared one."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from canaries import files_of, undeclared
from test_canaries_click import full_of_canaries, run_program

sys.path.insert(0, str(Path(__file__).parents[2] / "packages" / "core" / "tests"))  # sink_servers

from sink_servers import Phonehome, PostHog

from footfall import wire
from footfall._project import stored_vocabulary

__all__ = ["full_of_canaries"]

pytestmark = [pytest.mark.privacy, pytest.mark.e2e]

PROGRAMS, LINES = 20, 50
# What PostHog's protocol adds to the words: texts of its own, names of events, and ids and days of a fixed form.
FIXED = re.compile(
    r"footfall|0\.0\.0\.0|phc_KEY|activity|environment|cli\.command(\.(flags|durations|errors))?|[0-9a-f]{32}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}T12:00:00Z"
)
NAMES = {
    *("api_key", "historical_migration", "batch", "event", "uuid", "distinct_id", "timestamp", "properties"),
    *("$lib", "$geoip_disable", "$ip", "$process_person_profile", "project"),
    *("new", "first_in_week", "first_in_month", "age", "n", *wire.ENVIRONMENT),
    *("command", "release", "outcome", "flag", "bucket", "kind"),
}


def names_in(document: object) -> set[str]:
    """Names of all fields."""
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return {*(document if isinstance(document, dict) else ()), *(name for one in inner for name in names_in(one))}


@pytest.mark.statement(27, 30)
@pytest.mark.parametrize("service", [PostHog, Phonehome])
def test_no_canary_leaves_through_a_sink(full_of_canaries, canaries, service):
    """20 programs x 50 lines leave no trace at a sink's server; all words there are declared, or the protocol's own."""
    server = service()
    try:
        for number in range(PROGRAMS):
            before = len(server.requests), len(server.bodies)
            folder = run_program(number, LINES, full_of_canaries / str(number), server.endpoint, canaries)
            requests, bodies = server.requests[before[0] :], server.bodies[before[1] :]
            data = files_of(folder) + b"\0".join([*requests, *bodies])
            assert canaries.traces(data) == [], f"program {number}"
            alphabet = stored_vocabulary(folder).alphabet()
            for document in map(json.loads, bodies):
                assert {word for word in undeclared(document, alphabet) if not FIXED.fullmatch(word)} == set()
                assert names_in(document) <= NAMES
        assert len(server.bodies) > 2 * PROGRAMS
    finally:
        server.close()
