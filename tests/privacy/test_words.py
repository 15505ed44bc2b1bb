"""Which words of a command line leave: declared ones, whatever stands beside them, in the bytes of real requests."""

from __future__ import annotations

import hashlib
import json
import re

import pytest
from canaries import undeclared
from commands import FRAMEWORKS, LINES, new_client, report, run, send

from footfall import Bucket, EventType, Plan, wire
from footfall._project import stored_vocabulary

pytest.importorskip("typer")

pytestmark = pytest.mark.privacy

both = pytest.mark.parametrize("framework", FRAMEWORKS)


@pytest.fixture
def told(tmp_path, recorder, monkeypatch):
    """Run lines of a program on a new machine; what was told of them."""
    homes = iter(range(100))

    def told(framework, *lines, **more):
        home = tmp_path / str(next(homes))
        made = report(framework, list(lines), home, recorder, monkeypatch, **more)
        alphabet = stored_vocabulary(home / "mytool").alphabet()
        for body in made.bodies:
            assert undeclared(json.loads(body), alphabet) == set()
        return made

    return told


@both
@pytest.mark.statement(30, 31)
def test_usage_errors_of_click_and_typer_are_fixed_kinds(told, canaries, framework):
    """What a user mistyped is told as one of a few fixed words; no word of the line is in any request."""
    word, option = canaries["unknown command"], f"--{canaries['unknown option']}"
    lines = {
        "no_such_command": [word],
        "no_such_option": ["greet", option],
        "bad_parameter": ["greet", "--color", canaries["bad choice"]],
        "bad_option": ["greet", "--name"],
        "missing_parameter": ["db", "migrate"],
        "usage": ["db", "migrate", canaries["positional path"], canaries["extra argument"]],
    }
    made = told(framework, *lines.values())
    assert sorted(cell["kind"] for cell in made.cells("errors")) == sorted(lines)
    assert lines.keys() <= set(wire.USAGE_KINDS)
    assert canaries.traces(b"\0".join(made.requests)) == []


@both
@pytest.mark.statement(32)
def test_names_of_click_and_typer_are_the_canonical_ones(told, canaries, framework):
    """Another argv[0], an alias and an abbreviation give the bytes of the full call."""
    full = told(framework, ["greet", "--name", "you"], ["db", "migrate", "x"])
    assert {cell["command"] for cell in full.cells("rows")} == {"greet", "db migrate"}
    for name in (canaries["argv[0]"], f"/home/{canaries['user']}/bin/mytool", "python -m mytool"):
        assert told(framework, ["greet", "--name", "you"], ["db", "migrate", "x"], prog_name=name).bodies == full.bodies
    for word in ("hi", "gr", "g"):
        assert told(framework, [word, "--name", "you"], ["d", "migrate", "x"]).bodies == full.bodies


@both
@pytest.mark.statement(33)
def test_options_of_click_and_typer_are_told_by_name(told, canaries, framework):
    """However long a value is, empty, a path or a hash, and however it is given: the bytes are the same."""
    value = canaries["option value after a blank"]
    plain = told(framework, ["greet", "--name", "x"])
    assert plain.cells("flags") == [{"command": "greet", "first_in_week": True, "flag": "--name", "n": 1}]
    values = ["", value, value * 5_000, f"/home/{value}/.ssh", hashlib.sha256(value.encode()).hexdigest(), "a\nb", "-"]
    lines = [["greet", "--name", given] for given in values]
    lines += [["greet", f"--name={value}"], ["greet", "-n", value], ["greet", f"-n{value}"]]
    for line in lines:
        made = told(framework, line)
        assert made.bodies == plain.bodies, line
        assert canaries.traces(b"\0".join(made.requests)) == []


def with_everything(error, words):
    """An error with a note, a cause and a context that all hold ``words``."""
    error.__notes__ = [words]
    error.__cause__ = LookupError(words)
    error.__context__ = KeyError(words)
    return error


@both
@pytest.mark.statement(34)
def test_errors_of_click_and_typer_are_told_by_class(told, canaries, framework):
    """A built-in class has its name, any other is `other`; no message, note, cause or group's member is told."""
    words = canaries["exception message"]
    lookalike = type("ValueError", (Exception,), {})
    own = type(canaries["exception class"], (ValueError,), {"__module__": canaries["module name"]})
    cases = {ValueError(words): "ValueError", lookalike(words): "other", own(words): "other"}
    cases[FileNotFoundError(2, words, f"/home/{canaries['user']}")] = "FileNotFoundError"
    for error, kind in cases.items():
        made = told(framework, ["greet"], error=with_everything(error, canaries["exception note"]))
        assert [cell["kind"] for cell in made.cells("errors")] == [kind]
        assert canaries.traces(b"\0".join(made.requests)) == []


def numbers(value, name=""):
    """All numbers in a report, with the name that each stands under."""
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in numbers(inner, key)]
    if isinstance(value, list):
        return [found for inner in value for found in numbers(inner, name)]
    return [(name, value)] if type(value) in (int, float) else []


@pytest.mark.parametrize("framework", LINES)
@pytest.mark.statement(37, 38)
def test_numbers_of_click_typer_and_jupyter_are_counts_and_buckets(tmp_path, recorder, monkeypatch, framework):
    """A number in a report is the format or a clamped count, any other a plan's bucket, a day the finest time."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    plan = Plan([EventType("model.loaded", {"size": Bucket(1, 1000)}), EventType("cache.hit")])
    client = new_client(tmp_path / "home", recorder, plan=plan)

    def work():
        client.record("model.loaded", size=4711.25)
        client.count("cache.hit", 8_150_472)

    run(framework, [LINES[framework], *[["greet", "4711"]] * 2], client, work)
    made = send(client, recorder)
    sent = b"\0".join(made.requests)
    assert b'"value":">=1000"' in sent
    assert f'"n":{wire.COUNT_MAX}'.encode() in sent
    assert not any(number in sent for number in (b"4711", b"8150472"))
    for document in map(json.loads, made.bodies):
        assert {name for name, _ in numbers(document)} <= {"format", "n"}
        assert all(type(n) is int and 1 <= n <= wire.COUNT_MAX for _, n in numbers(document))
        assert wire.is_day(document["day"])
    head = [request.partition(b"\r\n\r\n")[0].lower() for request in made.requests]
    assert len(head) == 5
    assert not any(name in text for text in head for name in (b"date:", b"modified", b"expires", b"age:"))
    assert not re.search(rb"\d\d:\d\d|\d{4}-\d\d-\d\d[t ]\d", sent.replace(b"127.0.0.1:", b"").lower())
