"""What all charts of notebook sessions together tell of a few installs, worked out as by somebody who wants to know."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from parts import TODAY

from footfall_collector.catalogue import OF_NOTEBOOKS
from footfall_collector.charts import Source

CELLS = st.lists(
    st.one_of(
        st.tuples(st.just("ok"), st.none(), st.sampled_from(("<0.1s", "1-3s", "3-10s"))),
        st.tuples(st.just("error"), st.sampled_from(("KeyError", "ValueError", "OSError")), st.just("<0.1s")),
        st.tuples(st.sampled_from(("exit", "aborted")), st.none(), st.sampled_from(("<0.1s", "1-3s"))),
        st.tuples(st.just("killed"), st.none(), st.none()),
    ),
    max_size=4,
)
COMMON = st.just(("10-99", "1-3h"))  # most of a week's: a list with many small cells is hidden anyway
ANY_END = st.tuples(st.sampled_from(("1-9", "10-99")), st.sampled_from(("<1min", "1-3h")))
ENDS = st.one_of(COMMON, COMMON, ANY_END, st.none())
SESSION = st.tuples(st.sampled_from(("lab", "vscode", "console")), ENDS, CELLS, st.sets(st.sampled_from(("a", "b"))))
INSTALLS = st.lists(st.lists(SESSION, min_size=1, max_size=2), max_size=14)
STAND_FOR = st.sampled_from(((1,), (10,), (1, 10), (2, 2, 1)))  # how many each stands for, in turn
LISTS = {
    "sessions": "frontends",
    "cells": "cells",
    "cell-errors": "errors",
    "cell-durations": "cell_durations",
    "session-durations": "session_durations",
    "session-sizes": "session_sizes",
    "modules": "modules",
}
OPEN = ("open", "")
SUMS = (  # lists whose cells add up to one number, each with what must be added or is a part of another list
    (("week", "sessions"), "frontends", ()),
    (("week", "sessions"), "session_sizes", (OPEN,)),
    (("week", "sessions"), "session_durations", (OPEN,)),
    (("week", "cells"), "cells", ()),
    (("week", "cells"), "cell_durations", (("cells", "killed"),)),
    (("cells", "error"), "errors", ()),
    (("week", "cells"), "", (("week", "failed"), ("cells", "ok"))),
)


def counted(people, stand_for=(1,)):
    """Installs that sent and that they stand for, and sessions or cells, of all and of those that sent."""
    installs, n, sent = defaultdict(set), Counter(), Counter()
    for who, sessions in enumerate(people):
        for cell in (cell for session in sessions for cell in cells_of(session)):
            installs[cell].add(who)
            n[cell] += stand_for[who % len(stand_for)]
            sent[cell] += 1
    all_of = {cell: sum(stand_for[one % len(stand_for)] for one in who) for cell, who in installs.items()}
    return {cell: (len(who), all_of[cell], n[cell], sent[cell]) for cell, who in installs.items()}


def cells_of(session):
    """The list and word of all that a session adds one to."""
    frontend, end, cells, modules = session
    yield from (("sessions", ""), ("frontends", frontend), *(("modules", module) for module in modules))
    if end:
        yield from (("session_sizes", end[0]), ("session_durations", end[1]))
    for outcome, kind, bucket in cells:
        yield "cells", outcome
        yield from [("errors", kind)] if kind else []
        yield from [("cell_durations", bucket)] if bucket else []


def charts_of(cells, k):
    """Rows of all charts, of a store that holds just these cells."""
    rows = [(*cell, *amounts) for cell, amounts in cells.items()]
    source = Source(lambda query, _: rows if query == "notebooks" else [(10,)], "mytool", k, TODAY)
    return {name: chart(source, "2026-W47").rows for name, chart in OF_NOTEBOOKS.items()}


def known_from(charts):
    """Numbers of sessions and cells that the charts tell, by list and word."""
    known = {(name, word): n for chart, name in LISTS.items() for word, _, n in charts[chart]}
    for row in charts["notebooks"]:
        known |= {("week", name): n for name, n in zip(("sessions", "cells", "failed"), row[1:], strict=True)}
    return {cell: n for cell, n in known.items() if n is not None}


def worked_out(cells, known):
    """Cells that are not told and follow from the sums, for one who even knows which cells are there."""
    there = [*cells, OPEN, *(("week", name) for name in ("sessions", "cells", "failed"))]
    unknown = [cell for cell in there if cell not in known]
    lines = []
    for total, name, more in SUMS:
        addends = [*(cell for cell in cells if name and cell[0] == name), *(cell for cell in more if cell in there)]
        line = [Fraction((cell in addends) - (cell == total)) for cell in unknown]
        lines.append(line)
    return [cell for at, cell in enumerate(unknown) if is_determined(lines, at)]


def is_determined(lines, at):
    """Whether the equations allow one value only of the unknown at a place: its unit vector is a sum of lines."""
    unit = [Fraction(place == at) for place in range(len(lines[0]))]
    return rank(lines) == rank([*lines, unit])


def rank(lines):
    """Rank of a matrix."""
    lines, done = [list(line) for line in lines], 0
    for column in range(len(lines[0])):
        pivot = next((line for line in lines[done:] if line[column]), None)
        if pivot is None:
            continue
        lines.remove(pivot)
        lines.insert(done, pivot)
        done += 1
        for line in lines[done:]:
            factor = line[column] / pivot[column]
            line[:] = [value - factor * above for value, above in zip(line, pivot, strict=True)]
    return done


@given(people=INSTALLS, k=st.integers(2, 5), stand_for=STAND_FOR)
def test_no_small_group_is_told_or_follows(people, k, stand_for):
    """No cell that fewer than k installs sent is shown, or follows from all that is; nor how few sessions are open."""
    cells = counted(people, stand_for)
    charts = charts_of(cells, k)
    known = known_from(charts)
    assert all(cells[cell][0] >= k for cell in known if cell in cells)
    few = {cell for cell, (installs, *_) in cells.items() if installs < k}
    if 0 < sum(end is None for sessions in people for _, end, _, _ in sessions) < k:
        few.add(OPEN)
    assert not few.intersection(worked_out(cells, known))


@given(people=INSTALLS, k=st.integers(2, 5))
def test_few_installs_tell_nothing(people, k):
    """Of a week with fewer than k installs no chart has a row; of one with k, the number of sessions is told."""
    rows = charts_of(counted(people), k)
    assert any(rows.values()) == (len(people) >= k)
    assert [row[:2] for row in rows["notebooks"]] == [(len(people), sum(map(len, people)))] * (len(people) >= k)


def test_the_one_who_wants_to_know_can_work_things_out():
    """One hidden cell of a sum follows from the others, two do not: the check above can fail."""
    cells = {("sessions", ""): (9, 9), ("frontends", "lab"): (7, 7), ("frontends", "vscode"): (2, 2)}
    known = {("week", "sessions"): 9, ("frontends", "lab"): 7}
    assert ("frontends", "vscode") in worked_out(cells, known)
    assert ("frontends", "vscode") not in worked_out(cells, {("week", "sessions"): 9})
