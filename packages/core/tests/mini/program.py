"""A program on argparse; instrumented as often as the suite asks for."""

import argparse
import os
import sys
import time


def greet(options):
    """Greet."""
    print("hello", options.name, options.color)


def fail(options):
    """Fail."""
    raise ValueError(options.text)


def leave(options):
    """Leave."""
    sys.exit(options.code)


def wait(options):
    """Wait."""
    print("waiting", flush=True)
    time.sleep(300)


parser = argparse.ArgumentParser()
parser.add_argument("--verbose", "-v", action="store_true")
commands = parser.add_subparsers()
for function in (greet, fail, leave, wait):
    commands.add_parser(function.__name__).set_defaults(run=function)
commands.choices["greet"].add_argument("name")
commands.choices["greet"].add_argument("--color", default=os.environ.get("GREET_COLOR"))
commands.choices["fail"].add_argument("text")
commands.choices["leave"].add_argument("code", type=int)


def main():
    """Run a command."""
    options = parser.parse_args()
    if "run" in options:
        options.run(options)


for _ in range(int(os.environ.get("FOOTFALL_TESTING_TIMES", "0"))):
    from footfall_argparse import instrument

    from footfall import Client

    client = Client("program", version="1.4.2", endpoint="http://127.0.0.1:9")
    main = instrument(main, parser, client)

if __name__ == "__main__":
    main()
