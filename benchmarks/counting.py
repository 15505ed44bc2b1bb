"""What counting costs a program: ``client.count()`` and a call that is counted, beside what a program does itself.

    python benchmarks/counting.py [--rounds 15]

All of it in one process, kind after kind in each round, by its CPU time; the smallest of all rounds. Budget: a
microsecond a count. Trust the ratio to adding to a dictionary under a lock, which is what a counter of one's own is.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import timeit
from collections.abc import Callable
from contextlib import ExitStack
from time import process_time
from types import ModuleType

from footfall import Client, EventType, Plan

COUNTS = 50_000  # in a round, of each kind
CODE = "def work():\n    pass\n"


def by_hand() -> Callable[[], None]:
    """A counter of one's own."""
    lock, counts = threading.Lock(), {"work.done": 0}

    def count() -> None:
        with lock:
            counts["work.done"] += 1

    return count


def client(home: str, word: str) -> Client:
    """A client that is on or off, and starts no sender."""
    environ = {"WORK_TELEMETRY": word, "FOOTFALL_SENDER": "1"}
    plan = Plan([EventType("work.done")])
    return Client("work", version="1.0", endpoint="http://127.0.0.1:9", home=home, plan=plan, environ=environ)


def module() -> ModuleType:
    """A library with one function."""
    made = ModuleType("work_library")
    exec(CODE, vars(made))
    return made


def calls(client: Client | None) -> Callable[[], None]:
    """The library's function, its calls counted by ``client``, if there is one."""
    library = module()
    if client is not None:
        client.instrument_module(library)
    function: Callable[[], None] = library.work
    return function


def kinds(stack: ExitStack) -> dict[str, Callable[[], None]]:
    """What is measured, by name."""
    homes = [stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)) for _ in range(4)]
    outside, off, calls_on, calls_off = (client(home, word) for home, word in zip(homes, "1010", strict=True))
    return {
        "a function that does nothing is called": calls(None),
        "added to a dictionary under a lock": by_hand(),
        "client.count, on": lambda: outside.count("work.done"),
        "client.count, off": lambda: off.count("work.done"),
        "the function is called and counted, on": calls(calls_on),
        "the function is called, off": calls(calls_off),
    }


def table(rounds: int) -> list[str]:
    """The costs as a Markdown table."""
    with ExitStack() as stack:
        found = kinds(stack)
        least = dict.fromkeys(found, float("inf"))
        for _ in range(rounds):
            for name, act in found.items():
                seconds = timeit.timeit(act, timer=process_time, number=COUNTS)
                least[name] = min(least[name], seconds / COUNTS)
    lock = least["added to a dictionary under a lock"]
    rows = [f"| {name} | {seconds * 1e6:.3f} | {seconds / lock:.2f} |" for name, seconds in least.items()]
    return ["| counting | CPU, microseconds | x a dictionary under a lock |", "|---|---|---|", *rows]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="of each kind (default: %(default)s)")
    print("\n".join(table(parser.parse_args().rounds)))
