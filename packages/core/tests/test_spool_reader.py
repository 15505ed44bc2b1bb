"""Reading the spool: what ran is counted, what goes on waits, what is not ours is skipped and counted as such."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from footfall import EventType, Plan, spool_reader, wire
from footfall._spool import SPOOL_MAX_BYTES
from footfall._state import Start, State
from footfall.plan import Choice, Version
from footfall.vocabulary import Vocabulary

DAY = "2026-11-18"
EVENTS = {"model.loaded": EventType("model.loaded", {"backend": Choice("cpu"), "lib": Version()}, expires="2027-01-01")}
WORDS = Vocabulary("mytool", "1.4.2", {"db migrate": ["--dry-run"]}, ("MyError",), EVENTS)
START = ("S", DAY, "7.aa", "1.4.2", "db migrate", "--dry-run")
END = ("E", *START[1:], "ok", "-", "0.2")


@pytest.fixture
def spool(tmp_path):
    """Write lines into a day's file; gives the folder."""

    def write(*lines, day=DAY, end="\n"):
        (tmp_path / "spool").mkdir(exist_ok=True)
        with (tmp_path / "spool" / f"{day}.log").open("a", encoding="utf-8", newline="") as file:
            file.write("".join("\n" + "\t".join(line) + end for line in lines))
        return str(tmp_path)

    return write


def absorb(folder, state=None, alive=(), today=DAY):
    """Read what is new."""
    state = state or State()
    spool_reader.absorb(state, folder, WORDS, alive.__contains__, today)
    return state


def test_a_run_that_ended_is_counted_with_all_it_said(spool):
    """A start and an end line give a run, its flag and its duration; an error gives its kind."""
    error = ("E", DAY, "8.bb", "1.4.2", "db migrate", "-", "error", "ValueError", "12")
    cells = absorb(spool(START, END, error)).pending[DAY].cells
    assert cells == {
        ("rows", "db migrate", "1.4", "ok"): 1,
        ("rows", "db migrate", "1.4", "error"): 1,
        ("flags", "db migrate", "--dry-run"): 1,
        ("durations", "db migrate", "0.1-0.3s"): 1,
        ("durations", "db migrate", "10-30s"): 1,
        ("errors", "db migrate", "ValueError"): 1,
    }


def test_a_run_that_goes_on_waits(spool):
    """A run whose process lives is neither counted nor lost; its day has something to tell."""
    state = absorb(spool(START), alive={7})
    assert state.open == {"7.aa": Start(DAY, "1.4.2", "db migrate", ["--dry-run"])}
    assert state.days() == [DAY]
    absorb(spool(END), state, alive={7})
    assert (state.open, state.pending[DAY].cells["rows", "db migrate", "1.4", "ok"]) == ({}, 1)


def test_a_run_whose_process_is_gone_counts_as_killed_once(spool):
    """Without an end line a run counts as killed; an end line that comes late changes nothing."""
    state = absorb(spool(START))
    absorb(spool(END), state)
    assert state.pending[DAY].cells["rows", "db migrate", "1.4", "killed"] == 1
    assert state.pending[DAY].cells["rows", "db migrate", "1.4", "ok"] == 0


def test_a_run_that_ends_between_reading_and_asking_is_not_killed(spool):
    """A process that writes its end line and goes, after the first reading, has ended in order."""
    folder, state = spool(START), State()

    def is_alive(process):
        spool(END)
        return False

    spool_reader.absorb(state, folder, WORDS, is_alive, DAY)
    assert state.pending[DAY].cells["rows", "db migrate", "1.4", "killed"] == 0
    assert state.pending[DAY].cells["rows", "db migrate", "1.4", "ok"] == 1


def test_an_end_line_that_is_read_before_its_start_counts_once(spool):
    """Across midnight the two lines are in different files; read in the wrong order, the run still counts once."""
    state = absorb(spool(END, day="2026-11-19"), today="2026-11-19")
    absorb(spool(START), state, today="2026-11-19")
    assert state.pending[DAY].cells["rows", "db migrate", "1.4", "ok"] == 1
    assert state.pending[DAY].cells["rows", "db migrate", "1.4", "killed"] == 0
    assert state.open == {}


def test_a_run_belongs_to_the_day_it_began(spool):
    """The end line of a run that began yesterday counts for yesterday."""
    folder = spool(START)
    state = absorb(folder, alive={7})
    spool(END, day="2026-11-19")
    absorb(folder, state, today="2026-11-19")
    assert list(state.pending) == [DAY]


def test_a_withdrawn_run_is_no_run(spool):
    """A start line that is taken back leaves no count, no open run and no active day."""
    about = ("D", DAY, "1.4.2", "3.12", "cpython", "linux", "x86_64", "terminal")
    state = absorb(spool(about, START, ("X", *START[1:])))
    assert (state.open, state.days()) == ({}, [])


def test_a_run_open_for_a_month_counts_as_killed(spool):
    """A process id is used again one day; so a run that began long ago is given up while it can still be sent."""
    state = absorb(spool(START), alive={7})
    absorb(spool(), state, alive={7}, today="2026-12-18")
    assert state.open != {}
    absorb(spool(), state, alive={7}, today="2026-12-19")
    assert (state.open, state.pending[DAY].cells["rows", "db migrate", "1.4", "killed"]) == ({}, 1)


def test_a_line_is_read_once_and_only_when_complete(spool):
    """A line that is still being written waits for its end, and none is read twice."""
    folder = spool(END, ("E", DAY, "9.cc", "1.4.2"), end="")
    state = absorb(folder)
    assert state.pending[DAY].cells["rows", "db migrate", "1.4", "ok"] == 1
    spool(("E", DAY, "5.dd", *END[3:]))
    absorb(folder, absorb(folder, state))
    assert state.pending[DAY].cells["rows", "db migrate", "1.4", "ok"] == 2
    assert state.lost["torn"] == 1


def test_a_new_file_under_an_old_name_is_read_from_its_start(spool):
    """When the clock went back and a day's file begins anew, nothing in it is skipped."""
    folder = spool(END, ("E", DAY, "9.cc", *END[3:]))
    state = absorb(folder)
    Path(folder, "spool", f"{DAY}.log").unlink()
    absorb(spool(("E", DAY, "5.dd", *END[3:])), state)
    assert state.pending[DAY].cells["rows", "db migrate", "1.4", "ok"] == 3


@pytest.mark.statement(42)
@pytest.mark.privacy
def test_no_word_of_the_spool_but_declared_ones_is_counted(spool):
    """Statement 42: words written into the spool by hand count as other, in every place."""
    state = absorb(
        spool(
            ("D", DAY, "1.2+corp", "jane", "/home/jane", "janeos", "jane64", "jane"),
            ("E", DAY, "1.aa", "jane", "/home/jane", "--jane,--dry-run", "jane", "JaneError", "jane", "jane"),
            ("E", DAY, "2.aa", "1.4.2", "(main)", "--dry-run", "ok", "MyError", "nan"),
            ("R", DAY, "model.loaded", "2", "backend=jane", "jane=cpu", "lib=jane", "jane"),
            ("R", DAY, "jane.loaded", "1"),
        )
    )
    day = state.pending[DAY]
    assert day.environment == {
        "version": "dev", "implementation": "other", "os": "other", "arch": "other", "surface": "other"
    }  # fmt: skip
    assert day.cells == {
        ("rows", "other", "dev", "error"): 1,
        ("flags", "other", "other"): 1,
        ("errors", "other", "other"): 1,
        ("durations", "other", "<0.1s"): 1,
        ("rows", "(main)", "1.4", "ok"): 1,
        ("flags", "(main)", "other"): 1,
        ("errors", "(main)", "MyError"): 1,
        ("durations", "(main)", "<0.1s"): 1,
    }
    assert day.events == {
        ("model.loaded",): 2,
        ("model.loaded", "backend", "other"): 2,
        ("model.loaded", "lib", "dev"): 2,
    }


@pytest.mark.statement(42)
@pytest.mark.privacy
@pytest.mark.parametrize("line", [b"x" * 10_000_000, b"jane\t" * 2_000_000, b"\n" * 10_000_000])
def test_ten_megabytes_by_hand_do_not_stop_the_counting(spool, tmp_path, line):
    """Statement 42: whatever was pasted into the file is passed over, and what comes after it is counted."""
    folder = spool(END)
    with (tmp_path / "spool" / f"{DAY}.log").open("ab") as file:
        file.write(line)
    spool(("E", DAY, "5.dd", *END[3:]))
    state = State()
    for _ in range(len(line) // SPOOL_MAX_BYTES):
        absorb(folder, state)
    assert state.pending[DAY].cells["rows", "db migrate", "1.4", "ok"] == 2


@pytest.mark.statement(41)
@pytest.mark.privacy
def test_an_expired_event_is_not_counted(spool):
    """Statement 41: what is in the spool of an event that has expired is passed over."""
    state = absorb(spool(("R", "2027-01-01", "model.loaded", "1", "backend=cpu")))
    assert state.days() == []


pieces = st.sampled_from(
    [
        "S",
        "E",
        "D",
        "X",
        "R",
        DAY,
        "2026-02-30",
        "9999-12-31",
        "0001-01-01",
        "7.aa",
        "0.",
        "-1.a",
        "9" * 5000 + ".a",
        "1.4.2",
        "db migrate",
        "(main)",
        "-",
        "--dry-run,,",
        "ok",
        "killed",
        "1e999",
        "model.loaded",
        "0",
        "1" * 5000,
        "backend=cpu",
        "=",
        "�",
        "٣",
        "\x00",
        "other",
    ]
)


@given(
    st.lists(st.lists(pieces, max_size=11).map("\t".join) | st.text(max_size=30), max_size=12), st.binary(max_size=9)
)
@example(["\t".join(["E", DAY, "9" * 5000 + ".a", "1", "x", "-", "ok", "-", "1"])], b"")
@example(["\t".join(["R", DAY, "model.loaded", "1" * 5000])], b"")
def test_no_spool_stops_the_reading(tmp_path_factory, lines, tail):
    """Any file at all is read without an error, and leaves a state that can be stored and read back."""
    folder = tmp_path_factory.mktemp("any")
    (folder / "spool").mkdir()
    text = "\n".join(lines).encode("utf-8", "surrogatepass") + tail
    (folder / "spool" / f"{DAY}.log").write_bytes(text)
    state = absorb(str(folder))
    absorb(str(folder), state)
    state.forget_before(DAY)
    again = State.from_json(state.to_json())
    assert again.to_json() == state.to_json()
    for day in again.pending.values():
        assert all(word.isascii() for key in day.cells for word in key)


def test_other_files_in_the_spool_are_left_alone(spool, tmp_path):
    """Tokens, the count of dropped lines and strangers' files are not read."""
    folder = spool(END)
    for name in (f"{DAY}.sender", "dropped", "notes.txt"):
        (tmp_path / "spool" / name).write_text("\t".join(END))
    assert absorb(folder).cursors.keys() == {f"{DAY}.log"}


def test_without_a_spool_there_is_nothing(tmp_path):
    """A folder in which nothing was recorded gives nothing."""
    assert absorb(str(tmp_path)).days() == []


@pytest.mark.parametrize(
    ("told", "sent"),
    [
        (("linux", "x86_64"), ("linux", "x86_64")),
        (("darwin", "arm64"), ("macos", "arm64")),
        (("win32", "AMD64"), ("windows", "x86_64")),
        (("linux", "aarch64"), ("linux", "arm64")),
        (("linux", "i686"), ("linux", "x86")),
        (("linux", "armv7l"), ("linux", "arm")),
        (("cygwin", "mips"), ("other", "other")),
    ],
)
def test_systems_are_told_by_closed_lists(told, sent):
    """What the interpreter calls its system leaves as one of a few words."""
    found = spool_reader.environment_of("1.4.2", "3.12", "cpython", *told, "script")
    assert (found["os"], found["arch"]) == sent
    assert all(wire.ENVIRONMENT[name] for name in found)


def test_a_plan_knows_its_own_events():
    """The events that the reader counts are those that the client admits."""
    assert Plan(EVENTS.values()).admit("model.loaded", {"backend": "cpu"}, DAY) == {"backend": "cpu"}
