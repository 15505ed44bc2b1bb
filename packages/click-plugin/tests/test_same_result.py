"""Programs and lines made at random give, in the same process, the result that they give without us."""

import sys
import traceback

import click
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import footfall
import footfall_click

ENDINGS = {
    "echo": lambda given: click.echo(sorted(given.items())),
    "value": lambda given: 5,
    "error": lambda given: {}["missing"],
    "usage": lambda given: click.get_current_context().fail("no"),
    "exit": lambda given: click.get_current_context().exit(3),
    "system exit": lambda given: exit_with("text"),
    "interrupt": lambda given: interrupt(),
    "another": lambda given: click.get_current_context().invoke(click.Command("x", callback=lambda: click.echo("x"))),
}
OPTIONS = {
    "--flag": {"is_flag": True},
    "--number": {"type": int},
    "--choice": {"type": click.Choice(["a", "b"])},
    "--many": {"multiple": True},
    "--given": {"required": True},
    "--asked": {"prompt": True},
    "--env": {"envvar": "SAME_RESULT"},
    "--leave": {"is_flag": True, "is_eager": True, "callback": lambda ctx, param, value: value and ctx.exit(4)},
}
NAMES = ["one", "two", "three"]


def exit_with(code):
    """Leave."""
    raise SystemExit(code)


def interrupt():
    """As Ctrl-C does."""
    raise KeyboardInterrupt


params = st.lists(st.sampled_from(sorted(OPTIONS)), unique=True, max_size=3)
leaves = st.fixed_dictionaries({"ending": st.sampled_from(sorted(ENDINGS)), "params": params, "rest": st.booleans()})
settings_of_groups = {"ending": st.sampled_from(["echo", "echo", "error", "exit"]), "params": params}
settings_of_groups |= {name: st.booleans() for name in ("chain", "invoke_without_command", "code")}


def _groups(inner):
    return st.fixed_dictionaries({**settings_of_groups, "commands": st.dictionaries(st.sampled_from(NAMES), inner)})


trees = st.recursive(leaves, _groups, max_leaves=6)
words = st.sampled_from([*NAMES, *NAMES, *OPTIONS, "5", "a", "x", "--help", "--nope", "on", "--"])


def build(tree, name="main", *, chain=False):
    """The program that a drawn tree describes, made anew."""
    made_params = [click.Option([option], **OPTIONS[option]) for option in tree["params"]]
    code = ENDINGS[tree["ending"]]
    if "commands" not in tree:
        rest = [click.Argument(["rest"], nargs=-1)] if tree["rest"] else []
        return click.Command(name, params=made_params + rest, callback=lambda **given: code(given))
    callback = (lambda **given: code(given)) if tree["code"] else None
    is_chain = tree["chain"] and not chain and not any("commands" in sub for sub in tree["commands"].values())
    kinds = {"invoke_without_command": tree["invoke_without_command"], "chain": is_chain}
    group = click.Group(name, params=made_params, callback=callback, **kinds)
    for sub, inner in tree["commands"].items():
        group.add_command(build(inner, sub, chain=is_chain))
    return group


def result_of(cli, line, *, standalone):
    """All that a runner tells of a run, with the frames of its traceback."""
    result = CliRunner().invoke(cli, line, input="typed\n" * 30, env={"SAME_RESULT": "x"}, standalone_mode=standalone)
    error = result.exception
    frames = traceback.extract_tb(result.exc_info[2]) if result.exc_info else []
    if sys.version_info < (3, 11):  # from there on none of ours is left
        frames = [frame for frame in frames if "footfall" not in frame.filename]
    where = [(frame.filename, frame.name, frame.lineno) for frame in frames]
    chain = [
        type(error),
        str(error),
        type(getattr(error, "__context__", None)),
        type(getattr(error, "__cause__", None)),
    ]
    return result.exit_code, result.stdout_bytes, result.stderr_bytes, result.return_value, chain, where


@settings(max_examples=250, deadline=None)
@given(tree=trees, lines=st.lists(st.lists(words, max_size=6), min_size=1, max_size=4), standalone=st.booleans())
def test_a_drawn_program_is_what_it_was(tmp_path_factory, tree, lines, standalone):
    """Exit code, output, errors, return value, exception, its causes and frames are those of the bare program."""
    home = tmp_path_factory.getbasetemp() / "same"
    environ = {"MYTOOL_TELEMETRY": "1", "FOOTFALL_SENDER": "1"}
    where = {"endpoint": "https://usage.example.org", "home": str(home), "environ": environ}
    bare, counted = build(tree), build(tree)
    footfall_click.instrument(counted, footfall.Client("mytool", version="1.0", **where), command=None)
    for line in lines:
        assert result_of(counted, line, standalone=standalone) == result_of(bare, line, standalone=standalone)
