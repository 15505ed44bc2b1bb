"""What the sender remembers: read back as it was, or set aside without counting anybody twice."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall import _state, periods, seal, wire
from footfall._state import Confirmed, Day, Start, State

DAY = "2026-11-18"
FULL = State(
    cursors={f"{DAY}.log": 17},
    open={"7.aa": Start(DAY, "1.4.2", "db", ["--x"])},
    settled={"8.bb": DAY},
    pending={DAY: Day("salt", {"os": "linux"}, Counter({("rows", "db", "1.4", "ok"): 2}), Counter({("a.b",): 1}))},
    reported=[DAY],
    confirmed=Confirmed("2026-W40", [DAY], ["2026-W47"], ["2026-11"], {"a.b": ["2026-W47"]}, "2026-10-01"),
    stopped_until="2026-12-01",
    lost=Counter({"torn": 3}),
)


def test_a_state_is_read_back_as_it_was(tmp_path):
    """Saved and loaded, a state is equal in every field, and only its owner can read it."""
    _state.save(FULL, str(tmp_path))
    assert _state.load(str(tmp_path), DAY) == FULL
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0


def test_without_a_file_the_state_is_new(tmp_path):
    """A first sender finds nothing and begins."""
    assert _state.load(str(tmp_path), DAY) == State()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(document, above=()):
    """The place of every value in a document."""
    for name, value in document.items() if isinstance(document, dict) else enumerate(document):
        yield (*above, name)
        if isinstance(value, (dict, list)):
            yield from places(value, (*above, name))


@given(st.data())
def test_any_value_in_any_place_is_taken_whole_or_not_at_all(tmp_path_factory, data):
    """A state file with any one value replaced works for sealing, or is set aside; never does it stop a sender."""
    document = json.loads(FULL.to_json())
    place = data.draw(st.sampled_from(list(places(document))))
    holder = document
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = data.draw(json_values)
    folder = tmp_path_factory.mktemp("state")
    (folder / "state.json").write_text(json.dumps(document))
    state = _state.load(str(folder), DAY)
    state.forget_before(DAY)
    for day in state.days():
        for part in seal.seal("mytool", day, state.day(day), state):
            seal.confirm(state.confirmed, part)
    assert State.from_json(state.to_json()).to_json() == state.to_json()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"cursors": {"x": Infinity}}',
        FULL.to_json()[:-9].encode(),
    ],
)
def test_a_file_that_cannot_be_read_is_set_aside(tmp_path, text):
    """A corrupt state is kept under another name, and what was in the spool is passed over."""
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / f"{DAY}.log").write_bytes(b"x" * 99)
    (tmp_path / "state.json").write_bytes(text)
    state = _state.load(str(tmp_path), DAY)
    assert (tmp_path / "state.json.unreadable").read_bytes() == text
    assert state.cursors == {f"{DAY}.log": 99}
    assert state.lost == {"state": 1}
    assert (state.confirmed.unknown_until, state.confirmed.first_week) == (DAY, "2026-W47")


@given(st.integers(-10, 50))
def test_after_a_lost_state_nobody_is_counted_twice(days):
    """Until the week and month of the loss are over no cell and no activity is a first; then they are again."""
    state = State(confirmed=Confirmed("2026-W47", unknown_until=DAY))
    day = periods.shift(DAY, days)
    waiting = Day(cells=Counter({("rows", "db", "1.4", "ok"): 1}), events=Counter({("a.b",): 1}))
    parts = {part["part"]: part for part in seal.seal("mytool", day, waiting, state)}
    same_week, same_month = periods.week_of(day) <= "2026-W47", day[:7] <= "2026-11"
    assert ("activity" in parts) == (day > DAY)
    if day > DAY:
        assert parts["activity"]["first_in_week"] == (not same_week)
        assert parts["activity"]["first_in_month"] == (not same_month)
        assert parts["activity"]["new"] is False
    assert parts["cli.command"]["rows"][0]["first_in_week"] == (not same_week)
    assert parts["a.b"]["first_in_week"] == (not same_week)


def test_what_is_too_old_is_dropped_and_counted():
    """After 45 days a pending day is dropped, and its runs are told as lost; on the 45th it is not."""
    state = State(pending={DAY: Day(cells=Counter({("rows", "db", "1.4", "ok"): 5, ("flags", "db", "--x"): 9}))})
    state.forget_before(periods.shift(DAY, 45))
    assert state.lost == {}
    state.forget_before(periods.shift(DAY, 46))
    assert (state.pending, state.lost) == ({}, {"expired": 5})


@pytest.mark.statement(54)
def test_memory_is_bounded():
    """Statement 54: however many windows, cells and days there were, a bounded number is remembered."""
    days = [periods.shift(DAY, number) for number in range(300)]
    state = State(
        pending={day: Day() for day in days}, reported=list(days), settled=dict.fromkeys(map(str, range(9)), DAY)
    )
    state.confirmed = Confirmed(days=list(days), weeks=list(days), months=list(days))
    state.confirmed.cells = {str(number): list(days[:20]) for number in range(5000)}
    state.forget_before(days[0])
    kept = state.confirmed
    assert len(state.pending) == len(state.reported) == len(kept.days) == _state.KEEP_WINDOWS
    assert (len(kept.cells), len(kept.cells["4999"])) == (_state.KEEP_CELLS, _state.KEEP_WEEKS)
    state.forget_before(days[-1])
    assert state.settled == {}


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    """A write that cannot be finished leaves the file of before."""
    (tmp_path / "file").write_text("before")
    (tmp_path / "file.new").mkdir()
    with pytest.raises(OSError, match=r"file\.new"):
        _state.write_whole(str(tmp_path / "file"), b"after")
    assert (tmp_path / "file").read_text() == "before"


def test_windows_and_weeks_of_the_model_are_those_of_the_wire():
    """The names of windows that the state keeps are ISO weeks and months."""
    confirmed = Confirmed()
    seal.confirm(confirmed, {"part": "activity", "day": "2027-01-01"})
    assert (confirmed.first_week, confirmed.weeks, confirmed.months) == ("2026-W53", ["2026-W53"], ["2027-01"])
    assert wire.age_of(periods.weeks_between(confirmed.first_week, "2027-W01")) == "1"


@pytest.mark.parametrize("part", ["outbox/2026-11-18.aa/01-activity.json", "sent/2026-11-18/aa-01-activity.json"])
def test_a_state_that_was_removed_is_a_lost_one(tmp_path, part):
    """Where a sender has sealed or sent something there was a state: without it what was read is not read again."""
    (tmp_path / part).parent.mkdir(parents=True)
    (tmp_path / part).touch()
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "2026-11-18.log").write_bytes(b"12345")
    state = _state.load(str(tmp_path), "2026-11-18")
    assert state.cursors == {"2026-11-18.log": 5}
    assert state.confirmed.unknown_until == "2026-11-18"
    assert state.lost["state"] == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device without an end here")
@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_what_is_no_file_is_set_aside_unread(tmp_path, kind):
    """A link to a device that has no end, a pipe nobody writes to or a folder is a state that was lost."""
    path = tmp_path / "state.json"
    makers = {"device": lambda: path.symlink_to("/dev/full"), "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}
    makers[kind]()
    assert _state.load(str(tmp_path), "2026-11-18").lost["state"] == 1
    assert not os.path.lexists(path)
    assert os.path.lexists(tmp_path / "state.json.unreadable")
