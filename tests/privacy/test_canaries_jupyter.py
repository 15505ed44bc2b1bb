"""Statement 29: no word of a cell, its output or the notebook around it leaves a trace in what we write or send."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("nbclient")  # with a kernel
pytest.importorskip("ipykernel")

from canaries import Canaries, files_of, salts_in, undeclared
from collecting import collect
from notebooks import LOAD, Machine, Notebooks
from recording import Recorder, senders_of, told_to

from footfall import wire
from footfall._project import stored_vocabulary

pytestmark = [
    pytest.mark.privacy,
    pytest.mark.skipif(sys.platform != "linux", reason="reads other processes' environment"),
]

NOTEBOOKS = 6
CELLS = 40  # of some sixty that there are


@contextlib.contextmanager
def observed(root: Path, canaries: Canaries) -> Iterator[tuple[Machine, Recorder, list[bytes]]]:
    """A machine, the collector that it reports to, and what there is to know of its sender at each of its requests."""
    processes: list[bytes] = []
    recorder = Recorder(observe=lambda: processes.extend(senders_of(machine.state).values()))
    try:
        machine = Machine(root, canaries, recorder.address)
        yield machine, recorder, processes
    finally:
        recorder.close()


@pytest.mark.statement(29, 30)
@pytest.mark.slow
def test_no_canary_leaves_a_notebook(tmp_path, canaries, monkeypatch):
    """Six notebooks, each in a kernel on a machine of its own, leave no trace in any place it could leave from."""
    told: Counter[str] = Counter()
    bodies: list[bytes] = []
    salts: set[bytes] = set()
    plan = tmp_path / "plan.json"
    for number in range(NOTEBOOKS):
        made = Notebooks(number, canaries)
        with observed(tmp_path / str(number), canaries) as (machine, recorder, processes):
            monkeypatch.setenv("JUPYTER_PATH", str(machine.jupyter))
            machine.execute([LOAD, *made.sources(CELLS)], made, asks=number % 2 == 0)
            machine.send_what_is_left()
        kept = files_of(machine.state) + b"\0".join(recorder.requests)
        assert canaries.traces(kept) == [], f"notebook {number}"
        assert canaries.salted_traces(kept, salts_in(kept)) == [], f"notebook {number}"
        assert processes, f"notebook {number}"
        assert canaries.traces(told_to(processes, canaries)) == [], f"notebook {number}"
        alphabet = stored_vocabulary(machine.state).alphabet()
        for document in map(wire.decode, recorder.bodies):
            assert undeclared(document, alphabet) == set(), f"notebook {number}"
            told.update(count_of(document))
        bodies += recorder.bodies
        salts |= salts_in(kept)
        shutil.copy(machine.state / "plan.json", plan)
    assert told["cells"] == NOTEBOOKS * (CELLS + 2)
    assert min(told[name] for name in ("ok", "error", "aborted", "other")) > NOTEBOOKS / 4, told
    assert told["frontends"] == told["sessions"] == NOTEBOOKS

    pytest.importorskip("footfall_collector")
    statuses, data = collect(bodies, plan, tmp_path / "served")
    assert statuses == {202: len(bodies)}
    assert b"jupyter" in data  # it is the place to search
    assert canaries.traces(data) == []
    assert canaries.salted_traces(data, salts) == []


def count_of(document: dict) -> Counter[str]:
    """How much of each list and each word is told."""
    cells = [(name, cell) for name, cells in document.items() if isinstance(cells, list) for cell in cells]
    found = Counter()
    for name, cell in cells:
        n = cell.get("n", 0)
        found.update({name: n, **{cell[word]: n for word in ("outcome", "magic") if word in cell}})
    return found


PATCH = "import footfall._session, footfall_jupyter, os, pathlib\nhere = get_ipython()._footfall_shell\n"
SESSION = "next(iter(here.sessions.values()))"
BEGIN = PATCH + f"begin, session = here._begin, {SESSION}\n"
# Each leak: the cells before those of the notebook.
LEAKS = {
    "source of a cell": [
        LOAD,
        BEGIN + "here._begin = lambda info: (setattr(session, 'frontend', info.raw_cell.split()[-1]), begin(info))",
    ],
    "hash of a name": [
        LOAD,
        BEGIN + "import hashlib; new = lambda: hashlib.sha1(list(get_ipython().user_ns)[-1].encode()).hexdigest()\n"
        "here._begin = lambda info: (setattr(session, 'frontend', new()), begin(info))",
    ],
    "names of magics": [
        LOAD,
        PATCH + "footfall._session.MAGICS = type('All', (), {'__contains__': lambda *_: True})()",
    ],
    "classes of exceptions": [LOAD, PATCH + "footfall.Client.name_of = lambda self, error: type(error).__name__"],
    "texts of exceptions": [LOAD, PATCH + "footfall.Client.name_of = lambda self, error: str(error)"],
    "result of a cell": [
        LOAD,
        PATCH + f"back, session = here._returned, {SESSION}\n"
        "here._returned = lambda result: (setattr(session, 'frontend', repr(result.result)), back(result))",
    ],
    "metadata of a cell": [
        LOAD,
        PATCH + "ask = lambda: get_ipython().kernel.get_parent('shell')['metadata']['tags'][0]\n"
        f"{SESSION}.client._surface = ask\nbegin, session = here._begin, {SESSION}\n"
        "here._begin = lambda info: (setattr(session, 'frontend', ask()), begin(info))",
    ],
    "name of the notebook": [LOAD, PATCH + f"{SESSION}.frontend = pathlib.Path(os.environ['JPY_SESSION_NAME']).stem"],
    "environment of the sender": [
        "import footfall._spawn\nfootfall._spawn._PASSED += ('JPY_SESSION_NAME', 'USER')",
        LOAD,
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_of_a_notebook_is_found(tmp_path, canaries, monkeypatch, leak):
    """The search finds what it is for: each of these leaks, planted in the kernel, leaves a trace."""
    made = Notebooks(3, canaries)
    with observed(tmp_path, canaries) as (machine, recorder, processes):
        monkeypatch.setenv("JUPYTER_PATH", str(machine.jupyter))
        endings = machine.execute([*LEAKS[leak], *made.sources(CELLS)], made, asks=True)
        machine.send_what_is_left()
    assert not any(endings[: len(LEAKS[leak])]), endings
    kept = files_of(machine.state) + b"\0".join(recorder.requests) + told_to(processes, canaries)
    assert canaries.traces(kept)
