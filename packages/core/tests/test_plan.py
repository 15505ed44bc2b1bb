"""Field types are closed: whatever a program passes, one of finitely many words leaves."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall import Bucket, Choice, EventType, Flag, Plan, PlanError, Version, seal, wire
from footfall._state import Day, State

pytestmark = pytest.mark.privacy

KINDS = [Choice("cpu", "cuda"), Flag(), Bucket(1, 10, 100.5), Version()]


class Hostile:
    """Raises whatever is done with it, and says a secret where it can."""

    def _raise(self, *_):
        raise RuntimeError("secret")

    __eq__ = __hash__ = __bool__ = __lt__ = __ge__ = __len__ = __iter__ = __getitem__ = _raise
    __repr__ = __str__ = __format__ = __float__ = __int__ = __index__ = __getattr__ = _raise


class Sly(str):
    """A string that claims to be any other."""

    __slots__ = ()

    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash("cpu")


class Large(int):
    """A number that compares as it likes."""

    def __ge__(self, other):
        raise RuntimeError("secret")


values = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.text())
) | st.builds(Hostile) | st.text().map(Sly) | st.integers().map(Large)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
@given(value=values)
def test_no_value_raises_or_leaves_as_another_word(kind, value):
    """A field gives a word of its own for any object at all, never the object's."""
    word = kind.admit(value)
    assert type(word) is str
    assert word in kind.words() or (kind.type == "version" and wire.RELEASE.fullmatch(word))
    assert kind.has(word)
    assert kind.keep(word) == word


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
@given(word=st.text())
def test_a_word_read_back_is_kept_or_unknown(kind, word):
    """What stands in a spool is a word of the field, or counts as its word for the unknown."""
    assert kind.has(kind.keep(word))
    assert kind.keep(word) in (word, "dev" if kind.type == "version" else "other")


def test_words_of_each_type():
    """The words of each type are those its docstring names."""
    assert Choice("a").words() == {"a", "other"}
    assert Flag().words() == {"true", "false", "other"}
    assert Bucket(1, 10).words() == {"<1", "1-10", ">=10", "other"}
    assert Version().words() == {"dev"}


def test_near_edges_keep_their_own_labels():
    """Edges that differ only in a late digit give labels that differ."""
    labels = Bucket(1_000_000, 1_000_001, 1_000_001.5).labels()
    assert labels == ("<1e+06", "1e+06-1000001", "1000001-1000001.5", ">=1000001.5")


@pytest.mark.statement(37)
@pytest.mark.parametrize(
    ("value", "word"),
    [
        (-1, "<1"),
        (0.99, "<1"),
        (1, "1-10"),
        (9.9, "1-10"),
        (10, ">=10"),
        (10**400, ">=10"),
        (math.inf, ">=10"),
        (-math.inf, "<1"),
        (math.nan, "other"),
        (True, "other"),
        ("5", "other"),
        (None, "other"),
    ],
)
def test_numbers_leave_as_buckets(value, word):
    """Statement 37: a number leaves as the bucket it falls in, what is no number as other."""
    assert Bucket(1, 10).admit(value) == word


@pytest.mark.parametrize(
    "make",
    [
        Choice,
        Bucket,
        lambda: Choice(""),
        lambda: Choice("a\tb"),
        lambda: Choice("x" * 121),
        lambda: Choice(1),
        lambda: Bucket(2, 1),
        lambda: Bucket(1, 1),
        lambda: Bucket("a", "b"),
        lambda: Bucket(True, 2),
        lambda: Bucket(math.nan),
        lambda: Bucket(1, math.inf),
        lambda: EventType("loaded"),
        lambda: EventType("Model.Loaded"),
        lambda: EventType("cli.loaded"),
        lambda: EventType("a.b", {"Field": Flag()}),
        lambda: EventType("a.b", {"a-b": Flag()}),
        lambda: EventType("a.b", expires="soon"),
        lambda: EventType("a.b", {f"f{n}": Choice("é" * 100) for n in range(9)}),
        lambda: Plan([EventType("a.b"), EventType("a.b")]),
    ],
)
def test_what_cannot_be_closed_is_refused_when_it_is_written(make):
    """An author learns at once that a field, event or plan cannot be used."""
    with pytest.raises(PlanError):
        make()


@given(values)
def test_what_is_not_declared_is_not_looked_at(value):
    """Admission goes through the plan's fields, so what else is passed is never touched."""
    plan = Plan([EventType("model.loaded", {"backend": Choice("cpu")})])
    found = plan.admit("model.loaded", {"backend": value, "secret": Hostile()}, "2026-11-21")
    assert found in ({"backend": "cpu"}, {"backend": "other"})
    assert plan.admit("model.loaded", {"secret": Hostile()}, "2026-11-21") == {}
    assert plan.admit("model.other", {"backend": value}, "2026-11-21") is None
    assert plan.admit(Hostile(), {}, "2026-11-21") is None


@pytest.mark.statement(41)
def test_an_event_ends_on_the_day_it_expires():
    """Statement 41: on the day of its expiry an event is recorded no longer."""
    plan = Plan([EventType("a.b", expires="2026-11-21")])
    assert plan.admit("a.b", {}, "2026-11-20") == {}
    assert plan.admit("a.b", {}, "2026-11-21") is None
    assert plan.admit("a.b", {}, "2027-01-01") is None


letters = st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=40)


@given(st.lists(st.lists(letters, min_size=1, max_size=30).map(lambda w: Choice(*w)), max_size=8), st.integers(1, 40))
def test_a_days_own_events_fit_into_parts_and_add_up(kinds, n):
    """However many words a day's events had, its parts are small enough and together tell each count once."""
    try:
        event = EventType("a.b", {f"f{number}": kind for number, kind in enumerate(kinds)})
    except PlanError:
        return
    day, told = Day(), {}
    for number in range(n):
        day.events["a.b",] += 1
        for name, kind in event.fields.items():
            cell = (name, kind.values[number % len(kind.values)])
            day.events[("a.b", *cell)] += 1
            told[cell] = told.get(cell, 0) + 1
    parts = [wire.decode(wire.encode(part)) for part in seal.seal("mytool", "2026-11-21", day, State())][1:]
    rows = [row for part in parts for row in part.get("rows", ())]
    assert sum(part["n"] for part in parts) == n
    assert sum(part["first_in_week"] for part in parts) == 1
    assert {(row["field"], row["value"]): row["n"] for row in rows} == told
    assert len(rows) == len(told)
    assert len({part["key"] for part in parts}) == len(parts)


@pytest.mark.parametrize("kind", [str, "cpu", ["cpu", "cuda"], None])
def test_a_field_of_another_kind_is_explained(kind):
    """A field that is none of the closed kinds is refused at once, by its name."""
    with pytest.raises(PlanError, match=r"field device of model\.loaded: a Choice, Flag, Bucket or Version"):
        EventType("model.loaded", {"device": kind})


def test_a_plan_of_something_else_is_explained():
    """A plan that is not made of event types is refused at once."""
    with pytest.raises(PlanError, match=r"made of EventTypes, not 'model\.loaded'"):
        Plan(["model.loaded"])
