"""A program's words: what is in the plan document may leave, nothing else."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall import Bucket, Choice, EventType, Flag, PlanError, Version, _toml, seal, wire
from footfall._state import Day, State
from footfall.vocabulary import Notebook, Vocabulary

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

EVENTS = {
    "model.loaded": EventType(
        "model.loaded",
        {"backend": Choice("cpu", "cuda"), "ok": Flag(), "layers": Bucket(1, 10), "lib": Version()},
        why="which backends to keep",
        expires="2027-11-01",
    )
}
COMMANDS = {"(main)": ("--verbose",), "db": ("--db",), "db migrate": ("--dry-run",)}
WORDS = Vocabulary("mytool", "1.4.2", COMMANDS, ("MyError",), EVENTS)
HEAD = {"format": 1, "project": "mytool", "day": "2026-11-21", "key": "0" * 32}


def refusal(part, **more):
    """Why these words refuse a part."""
    return WORDS.refusal({**HEAD, "part": part, **more})


def cell(**more):
    """A command's cell."""
    known = {"command": "db migrate", "release": "1.4", "outcome": "ok", "n": 1, "first_in_week": True}
    return {**known, **more}


@pytest.mark.parametrize(
    ("part", "more", "reason"),
    [
        ("activity", {}, None),
        ("activity", {"project": "other"}, "other-project"),
        ("environment", {"rows": [{"field": "os", "value": "linux", "first_in_week": True}]}, None),
        ("environment", {"rows": [{"field": "os", "value": "templeos", "first_in_week": True}]}, "unknown-value"),
        ("environment", {"rows": [{"field": "version", "value": "dev", "first_in_week": True}]}, None),
        ("environment", {"rows": [{"field": "version", "value": "1.2+corp", "first_in_week": True}]}, "unknown-value"),
        ("environment", {"rows": [{"field": "python", "value": "dev", "first_in_week": True}]}, "unknown-value"),
        ("environment", {"rows": [{"field": "os", "value": "linux", "first_in_week": True}] * 2}, "repeated-field"),
        ("cli.command", {"rows": [cell()]}, None),
        ("cli.command", {"rows": [cell(command="(main)"), cell(command="other")]}, None),
        ("cli.command", {"rows": [cell(command="db drop")]}, "unknown-command"),
        ("cli.command", {"commands": [{"command": "/home/jane", "first_in_week": True}]}, "unknown-command"),
        ("cli.command", {"durations": [cell(command="x", bucket="1-3s")]}, "unknown-command"),
        ("cli.command", {"flags": [cell(flag="--dry-run")]}, None),
        ("cli.command", {"flags": [cell(flag="--db"), cell(flag="--verbose"), cell(flag="other")]}, None),
        ("cli.command", {"flags": [cell(command="db", flag="--dry-run")]}, "unknown-flag"),
        ("cli.command", {"errors": [cell(kind="ValueError"), cell(kind="MyError"), cell(kind="no_such_option")]}, None),
        ("cli.command", {"errors": [cell(kind="SecretError")]}, "unknown-error"),
        ("model.loaded", {"n": 1}, None),
        ("model.loaded", {"n": 1, "day": "2027-11-01"}, "unknown-event"),
        ("model.dropped", {"n": 1}, "unknown-event"),
        ("model.loaded", {"rows": [{"field": "lib", "value": "1.2.3"}, {"field": "lib", "value": "dev"}]}, None),
        ("model.loaded", {"rows": [{"field": "lib", "value": "other"}]}, "unknown-value"),
        ("model.loaded", {"rows": [{"field": "backend", "value": "tpu"}]}, "unknown-value"),
        ("model.loaded", {"rows": [{"field": "host", "value": "cpu"}]}, "unknown-field"),
    ],
)
def test_a_part_passes_only_with_declared_words(part, more, reason):
    """Each word that no plan declares is refused with a fixed token, and each that one declares passes."""
    assert refusal(part, **more) == reason


def test_the_document_gives_the_same_words_by_json_and_toml():
    """A vocabulary written as a document, as JSON or as TOML, is read back equal."""
    document = WORDS.document()
    assert Vocabulary.from_document(json.loads(json.dumps(document))).document() == document
    assert Vocabulary.from_document(tomllib.loads(_toml.dumps(document))).document() == document


words = st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=20)
tables = st.recursive(
    st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)
    | st.integers(-(2**63), 2**63 - 1)
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.lists(st.text(st.characters(blacklist_categories=("Cs",)), max_size=9) | st.integers(0, 9), max_size=4),
    lambda inner: st.dictionaries(st.text(st.characters(blacklist_categories=("Cs",)), max_size=9), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(st.characters(blacklist_categories=("Cs",)), max_size=9), tables, max_size=5))
def test_toml_is_read_back_as_it_was(document):
    """Python's own TOML reader gives back any document that is written."""
    assert tomllib.loads(_toml.dumps(document)) == document


fields = (
    st.lists(words, min_size=1, max_size=4).map(lambda w: Choice(*w))
    | st.just(Flag())
    | st.just(Version())
    | st.lists(st.integers(-1000, 1000), min_size=1, max_size=4, unique=True).map(lambda e: Bucket(*sorted(e)))
)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
events = st.dictionaries(
    st.builds("{}.{}".format, names.filter(lambda name: name != "cli"), names),
    st.dictionaries(names, fields, max_size=3),
    max_size=3,
)
vocabularies = st.builds(
    lambda commands, errors, own: Vocabulary(
        "mytool", "1.4.2", commands, tuple(errors), {name: EventType(name, kinds) for name, kinds in own.items()}
    ),
    st.dictionaries(words, st.lists(words, max_size=4).map(tuple), max_size=5),
    st.lists(words, max_size=3, unique=True),
    events,
)


@given(vocabularies)
def test_any_vocabulary_is_read_back(vocabulary):
    """Whatever a program declares, the exported plan is read back as the same words."""
    document = vocabulary.document()
    again = Vocabulary.from_document(tomllib.loads(_toml.dumps(document)))
    assert again.document() == document
    assert again.alphabet() == vocabulary.alphabet()


def strings(value):
    """All strings in a document, the names of its fields apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


@pytest.mark.statement(30)
@pytest.mark.privacy
@given(vocabularies, st.data())
def test_every_string_of_a_part_is_in_the_alphabet(vocabulary, data):
    """Statement 30: day, key and releases apart, all that a sealed day carries is in the printable alphabet."""
    day = Day(environment={"version": "1.4.2", "python": "3.12", "os": "linux", "arch": "arm64", "surface": "ci"})
    for _ in range(data.draw(st.integers(0, 6))):
        command = data.draw(st.sampled_from(["(main)", "other", *vocabulary.commands]))
        day.cells["rows", command, "1.4", data.draw(st.sampled_from(wire.OUTCOMES))] += 1
        for flag in vocabulary.commands.get(command, ()):
            day.cells["flags", command, flag] += 1
        kind = data.draw(st.sampled_from([*wire.USAGE_KINDS, "ValueError", "other", *vocabulary.errors]))
        day.cells["errors", command, kind] += 1
        day.cells["durations", command, data.draw(st.sampled_from(wire.BUCKETS))] += 1
    for name, event in vocabulary.events.items():
        day.events[name,] += 1
        for field, kind in event.fields.items():
            day.events[name, field, data.draw(st.sampled_from(sorted(kind.words())))] += 1
    for part in seal.seal("mytool", "2026-11-21", day, State()):
        decoded = wire.decode(wire.encode(part))
        assert vocabulary.refusal(decoded) is None
        rest = [text for text in strings(decoded) if text not in (part["key"], part["day"])]
        releases = {text for text in rest if wire.RELEASE.fullmatch(text)}
        assert releases <= {"1.4.2", "1.4", "3.12"} | vocabulary.alphabet()
        assert set(rest) - releases <= vocabulary.alphabet()


@pytest.mark.statement(27)
@given(vocabularies, st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=5))
def test_no_other_word_passes(vocabulary, typed):
    """Statement 27 at its last gate: a word outside the alphabet passes in no place of a part."""
    for word in typed:
        if word not in vocabulary.alphabet():
            for name, place in (("rows", "command"), ("flags", "flag"), ("errors", "kind"), ("commands", "command")):
                part = {**HEAD, "part": "cli.command", name: [{"command": "(main)", place: word}]}
                assert vocabulary.refusal(part) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"project": "My Tool"},
        {"project": 5},
        {"commands": []},
        {"commands": {"": []}},
        {"commands": {"x" * 121: []}},
        {"commands": {"a": "--flag"}},
        {"commands": {"a": [1]}},
        {"errors": "ValueError"},
        {"events": []},
        {"events": {"loaded": {}}},
        {"events": {"a.b": []}},
        {"events": {"a.b": {"fields": []}}},
        {"events": {"a.b": {"fields": {"x": "choice"}}}},
        {"events": {"a.b": {"fields": {"x": {"type": "text"}}}}},
        {"events": {"a.b": {"fields": {"x": {"type": ["choice"]}}}}},
        {"events": {"a.b": {"fields": {"x": {"type": "choice"}}}}},
        {"events": {"a.b": {"fields": {"x": {"type": "choice", "values": "abc"}}}}},
        {"events": {"a.b": {"fields": {"x": {"type": "bucket", "edges": "12"}}}}},
        {"events": {"a.b": {"fields": {"x": {"type": "bucket", "edges": [2, 1]}}}}},
        {"events": {"a.b": {"expires": "soon"}}},
    ],
)
def test_a_document_that_is_no_plan_is_refused(change):
    """Each place of a plan document that cannot be read gives a PlanError."""
    with pytest.raises(PlanError):
        Vocabulary.from_document({**WORDS.document(), **change})


def test_words_that_no_report_can_hold_are_left_out_of_the_document():
    """A command or flag whose name is too long or unprintable leaves as other, and does not spoil the plan."""
    odd = {"ok": ("--fine", "--a\tb"), "x" * 121: (), "a\nb": ()}
    document = Vocabulary("mytool", "1", odd).document()
    assert document["commands"] == {"(main)": [], "ok": ["--fine"]}
    assert Vocabulary.from_document(document).has_command("ok")


NOTEBOOKS = Vocabulary("mytool", "1", notebook=Notebook(["mytool"]))


def test_a_program_for_notebooks_alone_has_no_words_of_commands():
    """Where only sessions are counted no part about commands passes, and the alphabet has none of their words."""
    row = {"command": "(main)", "release": "1.4", "outcome": "ok", "n": 1, "first_in_week": True}
    assert NOTEBOOKS.refusal({**HEAD, "part": "cli.command", "rows": [row]}) == "unknown-event"
    assert not NOTEBOOKS.alphabet() & ({"cli.command", "(main)", *wire.USAGE_KINDS} - {*wire.OUTCOMES})
    both = Vocabulary("mytool", "1", COMMANDS, notebook=Notebook(["mytool"]))
    assert both.refusal({**HEAD, "part": "cli.command", "rows": [row]}) is None


@pytest.mark.parametrize("words", [NOTEBOOKS, Vocabulary("mytool", "1", COMMANDS, notebook=Notebook())])
def test_a_cell_has_no_kind_of_wrong_usage(words):
    """A session's errors are exceptions: a kind of wrong usage does not pass as one."""
    for kind, reason in (("ValueError", None), ("other", None), ("no_such_option", "unknown-error")):
        errors = [{"kind": kind, "n": 1, "first_in_week": True}]
        assert words.refusal({**HEAD, "part": "notebook.session", "errors": errors}) == reason
