"""Footfall for argparse: counts which declared commands and options of a program are used."""

from __future__ import annotations


def instrument(main, parser, client):
    """``main``, counted; it parses its words with ``parser``. A second call changes nothing."""
    if hasattr(main, "footfall_client"):
        return main
    parts = dict(_parts(parser, ()))
    for path, part in parts.items():
        _follow(part, path, client)
    client.commands = lambda: {path: [_name(a) for a in part._actions if _is_option(a)] for path, part in parts.items()}

    def run(*args, **kwargs):
        with client.invocation("argparse"):
            return main(*args, **kwargs)

    counted = _unseen(run)
    client.user_command = ""  # it adds no `mytool telemetry`: texts then say `footfall off mytool`
    counted.footfall_client = client
    return counted


def _parts(parser, names):
    """The parser and those of its commands, by path: each object once, under the first name it has."""
    yield " ".join(names) or "(main)", parser
    for action in parser._actions:
        commands = action.choices if isinstance(action.choices, dict) else {}
        for part, name in {part: name for name, part in reversed(commands.items())}.items():
            yield from _parts(part, (*names, name))


def _follow(part, path, client):
    """Put a look before what this one parser does. Only declared names are looked at, and no value."""

    def parses(*_):
        client.current.command = path
        client.current.begin()

    def takes(action, *_):
        if _is_option(action):
            client.current.flags = [*client.current.flags, _name(action)]
            client.current.begin()

    def fails(*_):
        client.current.outcome = client.current.kind = "usage"

    def leaves(status=0, *_):
        if not status:
            client.current.discard()  # after --help or --version

    for name, look in {"parse_known_args": parses, "_get_values": takes, "error": fails, "exit": leaves}.items():
        setattr(part, name, _before(getattr(part, name), look, client))


def _before(original, look, client):
    def method(*args, **kwargs):
        if client.current is not None:
            with client.guard():
                look(*args)
        return original(*args, **kwargs)

    return _unseen(method)


def _unseen(function):
    """``function``, without this module's frames in the tracebacks that users see (Python 3.11 and newer)."""

    def unseen(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            trace = error.__traceback__
            while trace is not None and trace.tb_frame.f_globals is globals():
                trace = trace.tb_next
            error.__traceback__ = trace
            raise

    return unseen


def _is_option(action):
    return bool(action.option_strings) and action.dest != "help"


def _name(action):
    return max(action.option_strings, key=len)
