"""The threshold under which groups are hidden, on its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_collector.suppress import Suppressed, sums_of, suppress

CELLS = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 60), max_size=12)


@pytest.mark.parametrize(
    ("cells", "shown", "hidden", "total"),
    [
        ({"a": 100, "b": 50, "c": 3}, {"a": 100}, 53, 153),
        ({"a": 100, "b": 50}, {"a": 100, "b": 50}, 0, 150),
        ({"a": 2, "b": 1}, {}, None, None),
        ({"a": 100, "b": 4}, {}, 104, 104),
        ({"a": 100, "b": 50, "c": 0}, {"a": 100}, 50, 150),
        ({"a": 100, "b": 3, "c": 2}, {"a": 100}, 5, 105),
        ({"a": 100, "b": 60, "c": 2, "d": 1}, {"a": 100}, 63, 163),
        ({}, {}, None, None),
        ({"a": 5}, {"a": 5}, 0, 5),
    ],
)
def test_vectors(cells, shown, hidden, total):
    """The known answers, k = 5: the four of the privacy document, and the edges around them."""
    assert suppress(cells, 5) == Suppressed(shown, hidden, total)


@given(cells=CELLS, k=st.integers(2, 25))
def test_nothing_small_is_shown_or_can_be_subtracted_out(cells, k):
    """No shown cell is under k, and what total minus shown leaves is nothing, or at least k in at least two cells."""
    told = suppress(cells, k)
    assert all(count >= k for count in told.shown.values())
    left_out = [cell for cell in cells if cell not in told.shown]
    if told.total is None:
        assert sum(cells.values()) < k
        assert not told.shown
    else:
        assert told.total == sum(cells.values()) == sum(told.shown.values()) + told.hidden
        alone = len(cells) == 1 or not told.shown
        assert not left_out or alone or (told.hidden >= k and len(left_out) >= 2)


@given(cells=CELLS, k=st.integers(2, 25))
def test_no_more_is_hidden_than_needed(cells, k):
    """Every cell that is hidden is under k, or the smallest of the others; when none is under k, all are shown."""
    told = suppress(cells, k)
    if told.total is None:
        return
    over = sorted(count for count in cells.values() if count >= k)
    extra = [cells[cell] for cell in cells if cell not in told.shown and cells[cell] >= k]
    assert sorted(extra) == over[: len(extra)]
    assert len(extra) <= 2 or sum(sorted(extra)[:-1]) < k
    if len(over) == len(cells):
        assert not extra


@given(cells=CELLS, k=st.integers(2, 25), order=st.randoms())
def test_the_order_of_cells_does_not_matter(cells, k, order):
    """The same cells give the same answer in whatever order they come."""
    names = list(cells)
    order.shuffle(names)
    assert suppress({name: cells[name] for name in names}, k) == suppress(cells, k)


def test_overlapping_cells_do_not_make_installs():
    """One install that is in five cells is one install: nothing is told of a window of fewer than k."""
    assert suppress(dict.fromkeys("abcde", 1), 5, installs=1) == Suppressed({}, None, None)


def test_sums_leave_out_what_is_wholly_hidden():
    """The sums of several sets do not hold those of fewer than k."""
    groups = [suppress({"a": 100, "b": 4}, 5), suppress({"a": 3}, 5), suppress({"a": 7}, 5)]
    assert sums_of(groups) == (104, 111)
    assert sums_of([suppress({"a": 3}, 5)]) == (None, None)
