"""The ``footfall`` program, and ``mytool telemetry``, which is the same for one tool."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from footfall import Client, _commands
from footfall.errors import FootfallError

_WHAT = (
    "See what your tools count of their use, and decide about it. "
    "Nothing is sent before you have said yes, or been shown a notice and had a day to say no."
)
_TOOLS = "a tool's name; without it, all of them"
_TEXTS = {"on": "say yes: count, and send once a day", "local": "count for yourself only; send nothing"}
_TEXTS_FOR_ALL = {
    "on": "take back what you said to all tools by 'off' or 'local'",
    "local": "let no tool send anything; those that you allowed count for yourself only",
}
_EPILOG = (
    "Exit codes: 0 done (status: on or local); 1 not possible, or off; 2 wrong usage, or not decided yet. "
    "With --json a command prints one JSON document."
)


def main(argv: Sequence[str] | None = None, client: Client | None = None, prog: str = "footfall") -> int:
    """Run the program; with ``client`` it speaks of that tool only. Returns the exit code."""
    parser = _parser(client, prog)
    options = parser.parse_args(argv)
    try:
        code = int(options.run(options, client)) if options.run else _without_command(parser, options)
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


def _without_command(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.show_version:
        import footfall

        print(f"footfall {footfall.__version__}")
    else:
        parser.print_help()
    return 0


def _parser(client: Client | None, prog: str) -> argparse.ArgumentParser:
    name = client.project if client else ""
    is_told = client is not None and client.consent == "notice"
    before = "you have been shown a notice and had a day to say no" if is_told else "you have said yes"
    what = f"See what {name} counts of its use, and decide about it. Nothing is sent before {before}."
    parser = argparse.ArgumentParser(prog=prog, description=what if client else _WHAT, epilog=_EPILOG)
    parser.add_argument("--version", action="store_true", dest="show_version", help="print Footfall's version")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, text: str, run: object, tools: str = _TOOLS) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        made.set_defaults(run=run)
        made.add_argument("--json", action="store_true", help="print one JSON document, for programs")
        if client is None:
            made.add_argument("project", nargs="?", help=tools)
        return made

    status = add("status", "show whether anything is recorded or sent, and the rule that decided", _commands.status)
    status.add_argument("--rules", action="store_true", help="show what each of the eleven rules says here")
    texts = _TEXTS if client else _TEXTS_FOR_ALL
    add("on", texts["on"], _commands.on, argparse.SUPPRESS)
    add("local", texts["local"], _commands.local, argparse.SUPPRESS)
    add("off", "say no: count nothing, and remove what is kept", _commands.off)
    add("preview", "print the exact bytes that would be sent now", _commands.preview)
    add("log", "print the exact bytes that were sent in the last 28 days", _commands.log)
    add("stats", "show your own use, from what is kept on this computer", _commands.stats)
    send = add("send", "send what waits, if today's sending has not been yet", _commands.send)
    send.add_argument("--now", action="store_true", help="even if today's sending has been")
    add("doctor", "find out why nothing arrives at the collector", _commands.doctor)
    add("purge", "remove all that is kept, your answer too", _commands.purge)
    if client is None:
        from footfall import _authors  # a tool's own command needs none of them

        _authors.add_commands(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
