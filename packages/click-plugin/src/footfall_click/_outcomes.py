"""How a run ended that did not end well, from the exception's class alone. Warm: loaded by a run that raises."""

from __future__ import annotations

import errno

from footfall_click import is_of_click

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from footfall import Invocation
    from footfall_click._reader import Reader

_USAGE_KINDS = {  # the most special class first
    "NoSuchCommand": "no_such_command",
    "NoSuchOption": "no_such_option",
    "MissingParameter": "missing_parameter",
    "BadOptionUsage": "bad_option",
    "BadArgumentUsage": "bad_argument",
    "BadParameter": "bad_parameter",
}


def is_click(error: BaseException, name: str) -> bool:
    """Whether an exception is of Click's class ``name``, of whichever copy of Click."""
    return any(kind.__name__ == name and is_of_click(kind.__module__) for kind in type(error).__mro__)


def note(run: Invocation, error: BaseException, ctx: Any = None) -> None:
    """Tell the run how it ends, from the exception's class alone, before Click turns it into an exit code.

    Without ``ctx`` the error was raised while the program's own parameters were read.
    """
    if isinstance(error, SystemExit) or is_click(error, "Exit"):
        is_good = getattr(error, "exit_code", getattr(error, "code", None)) in (0, None)
        if is_good and (ctx is None or _is_reading(error, ctx)):
            run.discard()  # --help, --version or another eager option has answered
        else:
            run.outcome, run.kind = ("ok" if is_good else "exit"), ""
    elif is_click(error, "NoArgsIsHelpError"):
        run.discard()  # a help text, as Click 8.1 had it by Exit
    elif is_click(error, "UsageError"):
        kind = next((kind for name, kind in _USAGE_KINDS.items() if is_click(error, name)), "usage")
        run.outcome, run.kind = "usage", run.kind if (run.kind, kind) == ("no_such_command", "usage") else kind
    elif is_click(error, "Abort") or isinstance(error, (KeyboardInterrupt, EOFError)):
        run.outcome, run.kind = "aborted", ""
    elif is_click(error, "ClickException") or (isinstance(error, OSError) and error.errno == errno.EPIPE):
        run.outcome, run.kind = "exit", ""
    else:
        run.outcome, run.kind = "error", run.client.name_of(error)


def failed(reader: Reader, run: Invocation, ctx: Any, error: BaseException, root: object) -> None:
    """Tell the run that a command's code has raised; ``root`` is the context that was followed before that ran."""
    if run.followed is None:
        return  # withdrawn
    run.followed = root
    has_ended = run.command is None  # a chain's commands have; what failed is their group's own code
    if has_ended:
        run.command, run.flags = reader.place(ctx)
    note(run, error, ctx)
    if has_ended and run.outcome == "ok":
        run.command = None
    reader.declare(run)


def _is_reading(error: BaseException, ctx: Any) -> bool:
    """Whether an error came while parameters were read, and not from a command's code."""
    trace = error.__traceback__
    body = getattr(type(ctx).invoke, "__code__", None)  # calls commands' code
    while trace is not None and trace.tb_frame.f_code is not body:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if trace.tb_frame.f_code.co_name in ("make_context", "parse_args") and is_of_click(module):
            return True
        trace = trace.tb_next
    return False
