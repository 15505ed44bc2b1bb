"""How long counters are kept: to the byte, in whole weeks, and by hand too."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date, datetime, timedelta, timezone

import population
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parts import TODAY, activity, command, new_key, notebook

from footfall.vocabulary import Vocabulary
from footfall_collector import app, counters, ingest, retention, transaction
from footfall_collector import sqlite as sqlite_store
from footfall_collector.sqlite import SqliteStore
from footfall_collector.store import StoreError

EVENT = {"model.loaded": {"why": "", "expires": "2028-01-01", "fields": {"old": {"type": "flag"}}}}
PLAN = Vocabulary.from_document({**population.PLAN, "events": EVENT})
OLD_WORDS = ("db migrate", "--force", "ToolError", "1.3.0", "lab", "model.loaded", ">1000s")


def full_day(day):
    """A part of each kind, with a cell in every list."""
    head = {"format": 1, "project": population.PROJECT, "day": str(day), "first_in_week": True, "n": 1}
    cell = {"command": "db migrate", "n": 1, "first_in_week": True}
    lists = {"flags": "flag --force", "durations": "bucket >1000s", "errors": "kind ToolError"}
    yield activity(day, first_in_month=True, new=True, age="0")
    yield {
        **{name: head[name] for name in ("format", "project", "day")},
        "part": "environment",
        "key": new_key(),
        "rows": [{"field": "version", "value": "1.3.0", "first_in_week": True}],
    }
    yield command(
        [("db migrate", "error", 1)],
        day,
        **{name: [{**cell, text.split()[0]: text.split()[1]}] for name, text in lists.items()},
    )
    yield notebook(day, sessions=[("", 1)], frontends=[("lab", 1)])
    rows = [{"field": "old", "value": "true", "n": 1, "first_in_week": True}]
    yield {**head, "part": "model.loaded", "key": new_key(), "rows": rows}


def rows_of(path):
    """How many rows each table of counters has."""
    connection = sqlite3.connect(path)
    try:
        found = {table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in counters.TABLES}
    finally:
        connection.close()
    return found


def bytes_in(folder):
    """All that is in the store's file and its log."""
    return b"\0".join(path.read_bytes() for path in sorted(folder.glob("footfall.db*")))


def left_of(folder, day):
    """Words and days of ``full_day(day)`` that are in a byte of the store."""
    data = bytes_in(folder)
    return [word for word in (*OLD_WORDS, str(day), day.strftime("%G-W%V")) if word.encode() in data]


@given(st.dates(date(2010, 1, 1), date(2900, 1, 1)), st.integers(3, 120))
def test_what_is_kept_begins_on_a_monday_and_is_not_too_old(today, months):
    """Nothing older than so many months is kept, and of less old days at most the rest of one week is not."""
    number = today.year * 12 + today.month - 1 - months
    first, kept = date(number // 12, number % 12 + 1, 1), retention.oldest(today, months).day
    assert kept.weekday() == 0
    assert first <= kept <= first + timedelta(days=30 + 6)
    earliest = min(first + timedelta(days=today.day - 1), (first + timedelta(days=31)).replace(day=1))
    assert earliest - timedelta(days=1) <= kept <= earliest + timedelta(days=6)
    assert kept < today - timedelta(days=45)


@given(st.dates(date(2010, 1, 1), date(2900, 1, 1)))
def test_no_late_report_is_of_a_month_that_has_lost_days(today):
    """While parts of a month may come, all its days are kept: it would be told again, of those that are left."""
    whole = date.fromisoformat(retention.oldest(today, retention.MONTHS_MIN).values()["whole_month"])
    assert whole <= today - timedelta(days=ingest.LATE_DAYS)


@pytest.mark.privacy
@pytest.mark.statement(60)
def test_counters_go_down_to_the_bytes(make_site, tmp_path):
    """After the daily job no table has a row, and the file and its log no byte, of a day that is too old."""
    site = make_site(plans={population.PROJECT: [PLAN]})
    for part in full_day(TODAY):
        assert site.post(part).status_code == 202
    site.run(site.store.tidy())
    assert min(rows_of(site.path).values()) > 0, "every table has a row"
    assert left_of(tmp_path, TODAY) == [*OLD_WORDS, str(TODAY), "2026-W47"]
    site.today = date(2028, 12, 26)
    for part in (activity(site.today), command([("fetch", "ok", 1)], site.today)):
        assert site.post(part).status_code == 202
    site.run(site.store.tidy())
    migrated = ["2026-11-21"]  # the day on which the schema was made, which is of no report
    assert left_of(tmp_path, TODAY) == migrated
    assert {name: n for name, n in rows_of(site.path).items() if n} == {
        "activity": 1,
        "age": 1,
        "command": 1,
        "command_install": 1,
    }


@pytest.mark.privacy
@pytest.mark.statement(60)
@pytest.mark.parametrize("months", [3, 13, 25])
def test_the_last_day_of_a_counter(tmp_path, make_site, months):
    """A day is there as long as its week is not too old, and gone on the day after."""
    site = make_site(months=months)
    site.post(activity())
    site.today = TODAY
    while retention.oldest(site.today, months).day <= TODAY:
        last = site.today
        site.today += timedelta(days=1)
    site.today = last
    site.run(site.store.tidy())
    assert rows_of(site.path)["activity"] == 1
    site.today += timedelta(days=1)
    site.run(site.store.tidy())
    assert rows_of(site.path)["activity"] == 0
    assert (site.today - TODAY).days <= months * 31


def test_a_window_is_whole_or_gone(make_site):
    """While days go, the figures of each week and month stay what they were until they are gone at once."""
    site, first = make_site(months=3, k=2), TODAY
    days = [first + timedelta(days=number) for number in range(105)]
    for day in days:
        parts = [activity(day, first_in_month=True) for _ in range(3)]
        site.today = day
        site.count(parts)
    span = {"from": str(first), "to": str(days[-1])}
    whole = {name: site.chart(name, **span)["rows"] for name in ("actives-week", "actives-month")}
    gone = dict.fromkeys(whole, 0)
    for _ in range(60):
        site.today += timedelta(days=1)
        site.run(site.store.tidy())
        for name, before in whole.items():
            now = site.chart(name, **span)["rows"]
            expected = [
                row if later[1] is not None else [row[0], *[None] * (len(row) - 1)]
                for row, later in zip(before, now, strict=True)
            ]
            assert now == expected
            assert sum(row[1] is None for row in now) >= gone[name]
            gone[name] = sum(row[1] is None for row in now)
    assert all(n > 1 for n in gone.values()), gone


def run_prune(folder, *options):
    """``footfall-collector prune`` on the folder's store: exit code, output, errors."""
    command_line = [sys.executable, "-m", "footfall_collector", "prune", "--store", f"sqlite:///{folder}/footfall.db"]
    done = subprocess.run([*command_line, *options], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def fill(folder, ages):
    """A store with full days of so many days ago, each counted when it was today; the days."""
    today = datetime.now(timezone.utc).date()
    days = [today - timedelta(days=age) for age in ages]
    for day in days:
        store = SqliteStore(str(folder / "footfall.db"), lambda day=day: day)
        store.open()
        with closing(store._writing()) as connection:
            transaction.write(connection, list(full_day(day)), day)
        store.close()
    return days


@pytest.mark.privacy
@pytest.mark.statement(60)
def test_prune_by_hand(tmp_path):
    """``prune`` deletes what is too old, gives back its room, and says from which day on there is something."""
    old = fill(tmp_path, range(900, 1300, 4))[0]
    assert left_of(tmp_path, old)[:-2] == list(OLD_WORDS)
    size = (tmp_path / "footfall.db").stat().st_size
    rows = sum(rows_of(tmp_path / "footfall.db").values())
    code, output, errors = run_prune(tmp_path, "--retention-months", "25")
    kept = retention.oldest(datetime.now(timezone.utc).date(), 25).day
    told = f"deleted {rows} rows of counters and 500 keys; kept for 25 months, from {kept} on\n"
    assert (code, output, errors) == (0, told, "")
    assert run_prune(tmp_path, "--retention-months", "25")[1] == told.replace(
        f"{rows} rows of counters and 500 keys", "nothing"
    )
    assert set(left_of(tmp_path, old)) <= {str(old)}  # on which the schema was made
    assert not any(rows_of(tmp_path / "footfall.db").values())
    assert (tmp_path / "footfall.db").stat().st_size < size
    connection = sqlite3.connect(tmp_path / "footfall.db")
    assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    assert connection.execute("SELECT COUNT(*) FROM seen_key").fetchone() == (0,)
    connection.close()


@pytest.mark.privacy
@pytest.mark.statement(60)
def test_serve_prunes_when_it_starts(start, tmp_path):
    """A collector that was down for long deletes, when it starts, what has become too old meanwhile."""
    old, new = fill(tmp_path, [150, 20])
    process = start("--retention-months", "3")
    assert process.post(activity(new)).status_code == 202
    deadline = datetime.now(timezone.utc) + timedelta(seconds=60)
    while old.strftime("%G-W%V").encode() in process.stored():
        assert datetime.now(timezone.utc) < deadline, "it is still there"
    assert process.end() == 0
    assert not {old.strftime("%G-W%V")} & set(left_of(tmp_path, old))
    assert rows_of(tmp_path / "footfall.db")["activity"] == 1


def test_what_cannot_be_pruned_is_told(tmp_path):
    """No store, a term that is too short, and a log that is being read are errors that say so."""
    code, output, errors = run_prune(tmp_path)
    assert (code, output) == (2, "")
    assert "there is no such store" in errors
    assert not list(tmp_path.iterdir())
    assert "at least 3 months" in run_prune(tmp_path, "--retention-months", "2")[2]
    assert "at most 1200 months" in run_prune(tmp_path, "--retention-months", "1201")[2]
    fill(tmp_path, [900])
    store = SqliteStore(str(tmp_path / "footfall.db"))
    with store.reading() as read:
        read("actives", {"project": "x", "first": "2026-01-01", "last": "2026-01-02"})
        with pytest.raises(StoreError, match="try again"):
            store.prune(25)
    store.prune(25)
    store.close()


@pytest.mark.privacy
@pytest.mark.statement(60)
def test_prune_keeps_what_serve_keeps(start, tmp_path):
    """``prune`` takes the term that ``serve`` ran with; a shorter one is refused, unless it is said to be meant."""
    fill(tmp_path, [1000])
    code, output, errors = run_prune(tmp_path)
    assert (code, output) == (2, "")
    assert "say --retention-months" in errors, "nobody has said how long it keeps"
    before = rows_of(tmp_path / "footfall.db")
    assert start("--retention-months", "36").end() == 0
    assert start().end() == 0, "without the option it keeps what it kept before"
    assert rows_of(tmp_path / "footfall.db") == before
    assert run_prune(tmp_path)[:2][0] == 0
    code, output, errors = run_prune(tmp_path, "--retention-months", "25")
    assert (code, output) == (2, "")
    assert "keeps 36 months" in errors
    assert "--shorten" in errors
    assert rows_of(tmp_path / "footfall.db") == before
    assert run_prune(tmp_path, "--retention-months", "48")[1].startswith("deleted nothing; kept for 48 months")
    assert "rows of counters" in run_prune(tmp_path, "--retention-months", "25", "--shorten")[1]
    assert not any(rows_of(tmp_path / "footfall.db").values())


@pytest.mark.privacy
@pytest.mark.statement(60)
def test_what_could_not_be_deleted_is_told_and_tried_again(make_site, monkeypatch, caplog):
    """While somebody reads, the log stays: that is logged without content, and done when they have ended."""
    monkeypatch.setattr(sqlite_store, "BUSY_SECONDS", 0.01)
    site = make_site(months=3)
    site.count(list(full_day(TODAY)))
    site.today += timedelta(days=150)
    reader = SqliteStore(str(site.path))
    with reader.reading() as read:
        read("actives", {"project": "x", "first": "2026-01-01", "last": "2026-01-02"})
        assert site.run(site.store.tidy()) is False
    reader.close()
    assert caplog.messages == ["what is too old could not be deleted: BusyLog at the log"]
    assert site.run(site.store.tidy()) is True
    assert not any(rows_of(site.path).values())


def test_a_table_that_fails_keeps_no_other(make_site, caplog):
    """What cannot be deleted is logged by its kind and place; all else is deleted."""
    site = make_site(months=3)
    site.count([activity()])
    with closing(sqlite3.connect(site.path)) as connection:
        connection.execute("ALTER TABLE event RENAME TO event_of_jane")
    site.today += timedelta(days=150)
    assert site.run(site.store.tidy()) is False
    assert caplog.messages == ["what is too old could not be deleted: OperationalError at counters, event"]
    with closing(sqlite3.connect(site.path)) as connection:
        connection.execute("ALTER TABLE event_of_jane RENAME TO event")
    assert rows_of(site.path)["activity"] == 0


def test_tidying_never_ends(make_site, monkeypatch, caplog):
    """Where tidying raises it is logged by its place; it is tried again, and done again on the next day."""
    monkeypatch.setattr(app, "TIDY_SECONDS", 0)
    site, tried = make_site(), []

    class Store:
        """Fails in each way once."""

        async def tidy(self):
            """Raise, then say that it is not done, then be done, and so on the next day."""
            tried.append(site.today)
            if len(tried) == 1:
                raise RuntimeError("jane")
            if len(tried) == 3:
                site.today += timedelta(days=1)
            if len(tried) == 4:
                raise asyncio.CancelledError
            return len(tried) > 2

    with pytest.raises(asyncio.CancelledError):
        site.run(app._tidy_daily(Store(), lambda: site.today))
    assert tried == [TODAY, TODAY, TODAY, TODAY + timedelta(days=1)]
    assert len(caplog.messages) == 1
    assert "RuntimeError at " in caplog.messages[0]
    assert "jane" not in caplog.messages[0]
