"""Sealing a day: independent parts, each small enough, each telling its firsts once."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall import periods, seal, wire
from footfall._state import Confirmed, Day, State

DAY = "2026-11-18"


def parts_of(day=DAY, waiting=None, state=None):
    """The parts of a day, each as the collector reads it, by name; the last of a name wins."""
    waiting = waiting or Day(environment={"os": "linux"}, cells=Counter({("rows", "db", "1.4", "ok"): 2}))
    made = seal.seal("mytool", day, waiting, state or State())
    return {part["part"]: wire.decode(wire.encode(part)) for part in made}


def test_a_first_day_is_new_and_first_in_all():
    """An install that was never counted is new, first in its week and month, and of age 0."""
    activity = parts_of()["activity"]
    assert (activity["new"], activity["first_in_week"], activity["first_in_month"], activity["age"]) == (
        True, True, True, "0",
    )  # fmt: skip


def test_firsts_follow_from_what_is_confirmed():
    """After a confirmed day the same week and month are no firsts; a later week is, and the age is told in weeks."""
    state = State()
    for part in parts_of(state=state).values():
        seal.confirm(state.confirmed, part)
    again = parts_of("2026-11-19", state=state)
    assert (again["activity"]["new"], again["activity"]["first_in_week"]) == (False, False)
    assert again["cli.command"]["commands"] == [{"command": "db", "first_in_week": False}]
    assert again["environment"]["rows"][0]["first_in_week"] is False
    later = parts_of("2026-12-02", state=state)
    assert (later["activity"]["first_in_week"], later["activity"]["first_in_month"]) == (True, True)
    assert (later["activity"]["age"], later["cli.command"]["rows"][0]["first_in_week"]) == ("2", True)


def test_a_duration_is_a_first_once_a_week():
    """A bucket that was confirmed is no first again in its week; another one, and the next week, are."""
    state = State()

    def firsts(day, *buckets):
        cells = Counter({("durations", "db", bucket): 2 for bucket in buckets})
        part = parts_of(day, Day(cells=cells), state)["cli.command"]
        seal.confirm(state.confirmed, part)
        return {cell["bucket"]: cell["first_in_week"] for cell in part["durations"]}

    assert firsts(DAY, "1-3s") == {"1-3s": True}
    assert firsts("2026-11-19", "1-3s", "3-10s") == {"1-3s": False, "3-10s": True}
    assert firsts("2026-11-24", "1-3s") == {"1-3s": True}


def test_confirming_twice_changes_nothing():
    """An answer that comes twice leaves the same memory."""
    once, twice = Confirmed(), Confirmed()
    for part in parts_of().values():
        seal.confirm(once, part)
        seal.confirm(twice, part)
        seal.confirm(twice, part)
    assert once == twice


def test_each_cell_has_its_own_first():
    """An upgrade in mid-week is a first for the new release, not for the command."""
    state = State()
    for part in parts_of(state=state).values():
        seal.confirm(state.confirmed, part)
    upgraded = parts_of("2026-11-19", Day(cells=Counter({("rows", "db", "1.5", "ok"): 1})), state)["cli.command"]
    assert upgraded["rows"][0]["first_in_week"] is True
    assert upgraded["commands"][0]["first_in_week"] is False


@pytest.mark.statement(40)
def test_a_day_that_was_reported_is_told_without_activity():
    """Activity and environment leave once for a day; later counts of it leave alone."""
    assert parts_of(state=State(reported=[DAY])).keys() == {"cli.command"}


@pytest.mark.statement(37)
@pytest.mark.privacy
def test_counts_are_clamped():
    """Statement 37: no count above the bound leaves."""
    waiting = Day(cells=Counter({("rows", "db", "1.4", "ok"): 10**9}), events=Counter({("a.b",): 10**9}))
    parts = parts_of(waiting=waiting)
    assert (parts["cli.command"]["rows"][0]["n"], parts["a.b"]["n"]) == (wire.COUNT_MAX, wire.COUNT_MAX)


@pytest.mark.statement(40)
@pytest.mark.privacy
@pytest.mark.parametrize("word", ["x", "é", "𐌰", '"', "\\"])
@pytest.mark.parametrize("length", [1, 40, 120])
def test_no_part_is_larger_than_4_kb(word, length):
    """Statement 40: a day with very many cells gives many parts, each at most 4 KB, with every cell in one of them."""
    cells = Counter()
    for number in range(300):
        name = f"{number}{word * length}"[:120]
        cells["rows", name, "1.4", "ok"] = number + 1
        cells["flags", name, word * length] = 1
        cells["durations", name, "1-3s"] = 1
        cells["errors", name, "ValueError"] = 1
    made = seal.seal("m" * 64, DAY, Day(cells=cells), State())[1:]
    assert all(len(wire.encode(part)) <= wire.MAX_PART_BYTES for part in made)
    told = [row for part in map(wire.decode, map(wire.encode, made)) for row in part.get("rows", ())]
    assert {row["command"]: row["n"] for row in told} == {key[1]: n for key, n in cells.items() if key[0] == "rows"}
    assert len(told) == 300
    assert sum(len(wire.encode(part)) for part in made) / len(made) > wire.MAX_PART_BYTES * 0.5


@pytest.mark.statement(44)
@pytest.mark.privacy
def test_nothing_joins_two_parts():
    """Statement 44: keys are random, all different, and differ between two installs with the same day."""
    keys = []
    for _ in range(20):
        waiting = Day(cells=Counter({("rows", str(n), "1.4", "ok"): 1 for n in range(99)}), environment={"os": "linux"})
        keys += [part["key"] for part in seal.seal("mytool", DAY, waiting, State())]
    assert len(set(keys)) == len(keys) > 60
    assert all(
        0.4 < sum(key.count(digit) for key in keys) * 16 / (32 * len(keys)) < 1.6 for digit in "0123456789abcdef"
    )


@pytest.mark.statement(36)
@pytest.mark.privacy
def test_equal_installs_say_equal_things():
    """Statement 36: two installs with the same behaviour give the same bytes, but for the keys."""

    def without_key(part):
        return wire.encode({**part, "key": ""})

    def day():
        return Day(cells=Counter({("rows", "db", "1.4", "ok"): 1}), environment={"os": "linux"})

    first, second = (list(map(without_key, seal.seal("mytool", DAY, day(), State()))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("days", [0, 1, 13, 365])
def test_no_week_is_a_first_twice_in_any_order_of_days(days):
    """Days sealed late and out of order still give one first for each week."""
    state, firsts = State(), Counter()
    order = [periods.shift(DAY, number * 5 % 23 + days) for number in range(23)]
    for day in order:
        for part in parts_of(day, state=state).values():
            firsts[periods.week_of(day)] += part.get("first_in_week", 0)
            seal.confirm(state.confirmed, part)
    assert set(firsts.values()) == {1}


NAMES = st.text("abc-é日 ", min_size=1, max_size=20).filter(wire.is_word)
AMOUNTS = st.integers(1, 2 * wire.COUNT_MAX)
CELLS = st.one_of(
    st.tuples(st.just("rows"), NAMES, st.sampled_from(["1.4", "dev"]), st.sampled_from(wire.OUTCOMES)),
    st.tuples(st.just("flags"), NAMES, NAMES),
    st.tuples(st.just("durations"), NAMES, st.sampled_from(wire.BUCKETS)),
    st.tuples(st.just("errors"), NAMES, NAMES),
)


@pytest.mark.privacy
@pytest.mark.statement(37, 40)
@given(st.dictionaries(CELLS, AMOUNTS, max_size=60), st.sets(st.integers(0, 5)))
def test_a_sealed_day_is_read_back_as_what_waited(cells, lost):
    """Whatever a day holds, its parts are valid, tell each cell once with its clamped count, and nothing else.

    And once those that arrived are confirmed, the day sealed again tells for each cell whether it is a first.
    """
    state, waiting = State(), Day(environment={"os": "linux"}, cells=Counter(cells))
    sealed = [wire.decode(wire.encode(part)) for part in seal.seal("mytool", DAY, waiting, state)]
    assert not any(map(wire.repeats, sealed)), "a collector refuses a part that has a cell twice"
    told = {key: n for part in sealed for key, n, _ in cells_of(part)}
    assert told == {key: min(n, wire.COUNT_MAX) for key, n in cells.items()}
    assert len({part["key"] for part in sealed}) == len(sealed) == (2 + len(parts_named(sealed)))
    arrived = [part for number, part in enumerate(sealed) if number not in lost]
    for part in arrived:
        seal.confirm(state.confirmed, part)
    confirmed = {key for part in arrived for key, *_ in cells_of(part)}
    for part in seal.seal("mytool", "2026-11-19", waiting, state):
        assert all(first is (key not in confirmed) for key, _, first in cells_of(part))


def parts_named(sealed):
    """The parts of commands."""
    return [part for part in sealed if part["part"] == "cli.command"]


def cells_of(part):
    """The counted cells of a part of commands: key, count, whether it is a first."""
    for name in ("rows", "flags", "durations", "errors") if part["part"] == "cli.command" else ():
        for cell in part.get(name, ()):
            words = tuple(cell[word] for word in wire.words_of("cli.command", name))
            yield (name, *words), cell["n"], cell["first_in_week"]
