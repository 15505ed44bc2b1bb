"""A program that counts events of its own in a loop, for each line that it is given."""

import sys

from footfall import Client, EventType, Plan, _consent

_consent.restriction = lambda environ: ""
plan = Plan([EventType("work.done", why="how often work is done")])
client = Client("hello", version="1.4.2", endpoint="https://usage.example.org", plan=plan)


def main():
    """Count."""
    for _ in sys.stdin:
        client.count("work.done")
        client.record("work.done")
        print("done", flush=True)
