"""Wire format 1: one spelling, and a refusal for all that is not exactly of the shape."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall import periods, wire
from footfall.errors import WireError

HEAD = {"format": 1, "project": "mytool", "day": "2026-11-21", "key": "0123456789abcdef" * 2}
PARTS = [
    {**HEAD, "part": "activity", "new": False, "first_in_week": True, "first_in_month": False, "age": "3"},
    {**HEAD, "part": "environment", "rows": [{"field": "version", "value": "1.4.2", "first_in_week": True}]},
    {
        **HEAD,
        "part": "cli.command",
        "rows": [{"command": "db migrate", "release": "1.4", "outcome": "ok", "n": 3, "first_in_week": True}],
        "commands": [{"command": "db migrate", "first_in_week": True}],
        "flags": [{"command": "db migrate", "flag": "--dry-run", "n": 2, "first_in_week": False}],
        "durations": [{"command": "db migrate", "bucket": "0.1-0.3s", "n": 3, "first_in_week": True}],
        "errors": [{"command": "db migrate", "kind": "ValueError", "n": 1, "first_in_week": True}],
    },
    {**HEAD, "part": "cache.hit", "n": 5, "first_in_week": False},
    {
        **HEAD,
        "part": "model.loaded",
        "n": 2,
        "first_in_week": True,
        "rows": [{"field": "backend", "value": "cuda", "n": 2, "first_in_week": True}],
    },
]
words = st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=wire.WORD_MAX)
counts = st.integers(1, wire.COUNT_MAX)
commands = st.fixed_dictionaries(
    {"command": words, "release": st.sampled_from(["dev", "1", "1.4"]), "outcome": st.sampled_from(wire.OUTCOMES)}
    | {"n": counts, "first_in_week": st.booleans()}
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(document, above=()):
    """The place of every value in a document, as keys and indexes."""
    for name, value in document.items() if isinstance(document, dict) else enumerate(document):
        yield (*above, name)
        if isinstance(value, (dict, list)):
            yield from places(value, (*above, name))


def container(document, place):
    """The dict or list that holds a place."""
    for step in place[:-1]:
        document = document[step]
    return document


def refusal(document):
    """The reason of a refusal, or ``None``."""
    try:
        wire.decode(wire.encode(document))
    except WireError as error:
        return error.reason
    return None


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part["part"])
def test_a_valid_part_is_taken_as_it_is(part):
    """Encoding and decoding gives the part back, and encoding that again the same bytes."""
    body = wire.encode(part)
    assert wire.decode(body) == part
    assert wire.encode(wire.decode(body)) == body
    assert body.isascii()
    assert b" " not in body.replace(b"db migrate", b"")


@given(st.lists(commands, min_size=1, max_size=8))
def test_any_words_survive_the_round_trip(rows):
    """Whatever printable words a part carries, they come back as they were, or the part is too large."""
    part = {**HEAD, "part": "cli.command", "rows": rows}
    body = wire.encode(part)
    if len(body) > wire.MAX_PART_BYTES:
        assert refusal(part) == "too-large"
    else:
        assert wire.decode(body) == part


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part["part"])
@given(data=st.data())
def test_no_other_value_is_taken_for_one_of_its_kind(part, data):
    """A value replaced by any JSON value is refused, or fits the same place and is given back as it is."""
    changed = copy.deepcopy(part)
    place = data.draw(st.sampled_from(list(places(part))))
    container(changed, place)[place[-1]] = data.draw(json_values)
    if refusal(changed) is None:
        assert wire.decode(wire.encode(changed)) == changed
        kept = container(changed, place)[place[-1]]
        assert type(kept) is type(container(part, place)[place[-1]])


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part["part"])
def test_a_part_with_a_field_less_or_more_is_refused(part):
    """Each field of each cell is needed, but for whole lists of a command's or event's part; no other may be there."""
    for place in places(part):
        changed = copy.deepcopy(part)
        holder = container(changed, place)
        if isinstance(holder, dict):
            del holder[place[-1]]
            is_list = len(place) == 1 and isinstance(part[place[0]], list)
            assert (refusal(changed) is None) == is_list or part["part"] == "environment"
            changed = copy.deepcopy(part)
            container(changed, place)["more"] = "x"
            assert refusal(changed) in ("unknown-field", "bad-value")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", 2),
        ("format", True),
        ("format", 1.0),
        ("project", "MyTool"),
        ("project", "my tool"),
        ("project", ""),
        ("project", "x" * 65),
        ("project", "mytool\n"),
        ("day", "2026-11-31"),
        ("day", "20261121"),
        ("day", "2026-W47-6"),
        ("day", "2026-11-21T00:00"),
        ("day", "٢٠٢٦-11-21"),
        ("part", "cli.other"),
        ("part", "Cache.Hit"),
        ("part", "cache"),
        ("key", "0" * 31),
        ("key", "A" * 32),
        ("key", "٠" * 32),
        ("n", 0),
        ("n", 10_001),
        ("n", -1),
        ("n", 1.0),
        ("n", True),
        ("n", "1"),
        ("first_in_week", 1),
        ("rows", []),
        ("rows", {}),
        ("rows", [[]]),
    ],
)
def test_values_just_beside_the_format_are_refused(name, value):
    """What looks like a value of the format, and is none, is refused."""
    assert refusal({**PARTS[4], name: value}) is not None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"\xff\xfe", "not-json"),
        ('{"format":1}'.encode("utf-16"), "not-json"),
        (b'\xef\xbb\xbf{"format":1}', "not-json"),
        (b'{"format":1,"format":1}', "not-json"),
        (b'{"format":1,"rows":[{"n":1,"n":1}]}', "not-json"),
        (b"[" * 4000, "not-json"),
        (b"[]", "not-an-object"),
        (b'"x"', "not-an-object"),
        (b"{}", "unknown-format"),
        (b'{"format":1}', "unknown-part"),
        (b'{"format":1,"part":["activity"]}', "unknown-part"),
        (b" " * 4097, "too-large"),
    ],
)
def test_other_bytes_are_refused_with_a_fixed_reason(body, reason):
    """Bytes that are no part give one of a fixed set of reasons."""
    with pytest.raises(WireError) as caught:
        wire.decode(body)
    assert caught.value.reason == reason


@given(st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_raise_anything_else_and_no_reason_echoes(body):
    """Any bytes are decoded or refused, and a refusal holds nothing of them."""
    known = {"too-large", "not-json", "not-an-object", "unknown-format", "unknown-part", "unknown-field"}
    try:
        reason = wire.decode(body) and "missing-field"
    except WireError as error:
        reason = str(error)
    assert reason in known | {"missing-field", "bad-value"}


@pytest.mark.statement(39)
@pytest.mark.privacy
@pytest.mark.parametrize(
    ("version", "sent", "release"),
    [
        ("1.4.2", "1.4.2", "1.4"),
        ("1", "1", "1"),
        ("2026.11", "2026.11", "2026.11"),
        ("1.2.3.4", "1.2.3.4", "1.2"),
        ("1.4.2.post1", "1.4.2.post1", "1.4"),
        ("1.post2", "1.post2", "1"),
        ("1.2.dev3+gabc.d2026", "dev", "dev"),
        ("1.2+corp", "dev", "dev"),
        ("1.2rc1", "dev", "dev"),
        ("1.2.3.4.5", "dev", "dev"),
        ("12345", "dev", "dev"),
        ("v1.2", "dev", "dev"),
        ("1.2 ", "dev", "dev"),
        ("1.2\n", "dev", "dev"),
        ("", "dev", "dev"),
        ("١.٢", "dev", "dev"),
        ("jane-laptop", "dev", "dev"),
    ],
)
def test_only_a_release_leaves_as_a_version(version, sent, release):
    """Statement 39: what the fixed grammar does not take for a release leaves as dev."""
    assert (wire.version_of(version), wire.release_of(version)) == (sent, release)


@given(st.text(max_size=40))
def test_versions_are_idempotent(text):
    """What a version leaves as would leave as itself."""
    assert wire.version_of(wire.version_of(text)) == wire.version_of(text)
    assert wire.release_of(text) == wire.release_of(wire.release_of(text))


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [
        (-1, "<0.1s"),
        (0, "<0.1s"),
        (0.0999, "<0.1s"),
        (0.1, "0.1-0.3s"),
        (0.3, "0.3-1s"),
        (1, "1-3s"),
        (3, "3-10s"),
        (10, "10-30s"),
        (30, "30-100s"),
        (100, "100-1000s"),
        (999.9, "100-1000s"),
        (1000, ">1000s"),
        (1e99, ">1000s"),
        (float("inf"), ">1000s"),
        (float("nan"), "<0.1s"),
    ],
)
def test_a_duration_leaves_as_its_bucket(seconds, bucket):
    """A bucket holds its lower edge, and not its upper one."""
    assert wire.bucket_of(seconds) == bucket


@pytest.mark.parametrize(
    ("weeks", "age"),
    [
        (-5, "0"),
        (0, "0"),
        (1, "1"),
        (12, "12"),
        (13, "13-25"),
        (25, "13-25"),
        (26, "26-51"),
        (51, "26-51"),
        (52, "52+"),
    ],
)
def test_an_age_is_coarse_beyond_twelve_weeks(weeks, age):
    """Weeks up to twelve are told apart, older installs only roughly."""
    assert wire.age_of(weeks) == age


@pytest.mark.parametrize(
    ("day", "week", "month"),
    [
        ("2027-01-01", "2026-W53", "2027-01"),
        ("2024-12-30", "2025-W01", "2024-12"),
        ("2026-11-21", "2026-W47", "2026-11"),
    ],
)
def test_windows_are_iso_weeks_and_months(day, week, month):
    """The vectors of the privacy page: weeks are ISO's, with ISO's year."""
    assert (periods.week_of(day), periods.month_of(day)) == (week, month)


@given(st.dates(min_value=periods.date(1970, 1, 4)), st.integers(0, 3000))
def test_weeks_are_seven_days(day, days):
    """Days a number of days apart are as many weeks apart as their Mondays."""
    later = periods.shift(day.isoformat(), days) if day.year < 9000 else day.isoformat()
    between = periods.weeks_between(periods.week_of(day.isoformat()), periods.week_of(later))
    assert between == (days + day.weekday()) // 7 or day.year >= 9000
