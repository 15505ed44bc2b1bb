"""The ``footfall`` program, and ``mytool telemetry``, which is the same for one tool."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from footfall import _commands
from footfall._client import Client
from footfall.errors import FootfallError

_WHAT = "What your tools count of their use, and your say in it."
_EPILOG = "Exit codes: 0 done (status: on), 1 not possible (status: off), 2 wrong usage (status: not decided yet)."


def main(argv: Sequence[str] | None = None, client: Client | None = None, prog: str = "footfall") -> int:
    """Run the program; with ``client`` it speaks of that tool only. Returns the exit code."""
    options = _parser(client, prog).parse_args(argv)
    try:
        code = int(options.run(options, client))
        sys.stdout.flush()
        return code
    except FootfallError as error:
        print(f"{prog}: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130  # as a shell says it
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # `log | head` has seen enough; nor may Python's end complain
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"{prog}: {where}{error.strerror or error}", file=sys.stderr)
    except UnicodeEncodeError:
        print(f"{prog}: this terminal's encoding cannot show a name; try PYTHONIOENCODING=utf-8", file=sys.stderr)
    return 1


def _parser(client: Client | None, prog: str) -> argparse.ArgumentParser:
    what = f"What {client.project} counts of its use, and your say in it." if client else _WHAT
    parser = argparse.ArgumentParser(prog=prog, description=what, epilog=_EPILOG)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, text: str, run: object, tools: str = "?") -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        made.set_defaults(run=run)
        if client is None and tools:
            made.add_argument("project", nargs=tools or None, help="a tool's name; without it, all of them")
        return made

    add("status", "show whether anything is recorded, and the rule that decided", _commands.status)
    add("on", "allow it" if client else "take back an 'off' for all tools", _commands.on, "")
    add("local", "record for yourself only; nothing is sent", _commands.local, "")
    add("off", "record nothing, and remove what is kept", _commands.off)
    add("preview", "print the exact bytes that would leave now", _commands.preview)
    add("log", "print the exact bytes that have left in the last 28 days", _commands.log)
    send = add("send", "send what waits, if today's sending has not been yet", _commands.send)
    send.add_argument("--now", action="store_true", help="even if today's sending has been")
    add("purge", "remove everything, your answer too", _commands.purge)
    if client is None:
        from footfall import _authors  # a tool's own command needs none of them

        _authors.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
