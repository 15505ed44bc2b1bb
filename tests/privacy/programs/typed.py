"""The Typer program, instrumented, with a clock that the test sets: ``HELLO_DAYS`` days ahead."""

import os
import time

from typed_bare import app, main

from footfall import Client
from footfall_typer import instrument

__all__ = ["main"]

AHEAD = 86_400 * int(os.environ.get("HELLO_DAYS", "0"))
TERMS = {"operator": "the hello project", "public": True, "endpoint": "https://usage.example.org"}
instrument(app, Client("hello", version="1.4.2", clock=lambda: time.time() + AHEAD, **TERMS))
