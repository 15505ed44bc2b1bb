"""A small library for notebooks, whose sessions are counted: all of Footfall in it is the client, and two calls."""

from __future__ import annotations

import os
import time

import footfall
import footfall_jupyter

# The demo plays weeks in minutes, and says here when each session is to take place. A real library leaves `clock` out.
ahead = float(os.environ.get("FOOTFALL_DEMO_NOW") or time.time()) - time.time()

SUMMED = footfall.EventType(
    "visits.summed",
    why="Sums are slow: are they used enough to be made faster?",
    question="In how many sessions are visits summed, and how often?",
    owner="the Footfall demo",
    expires="2028-11-01",
)
client = footfall.Client(
    "cafes",
    version="2.1.0",
    endpoint="https://usage.example.org",  # FOOTFALL_ENDPOINT names another one, as it does for every program
    operator="the Footfall demo",
    plan=footfall.Plan([SUMMED]),
    plan_file=os.environ.get("FOOTFALL_DEMO_PLAN"),  # a real library names a file in its package
    clock=lambda: time.time() + ahead,
)
footfall_jupyter.instrument(client, modules=["cafes_chart"])


def load() -> dict[str, list[int]]:
    """Guests of each café, day by day."""
    return {"Lantern": [12, 18, 9, 22], "Gate": [5, 7, 6, 4], "Stairs": [14, 3, 8, 11]}


def busiest(town: dict[str, list[int]]) -> str:
    """The café with the most guests."""
    client.count("visits.summed")
    return max(town, key=lambda name: sum(town[name]))
