"""The SQLite store: groups, keys, damage, and what its file holds."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta

import pytest
from parts import TODAY, activity, command, notebook

from footfall_collector import counters, migrations, store
from footfall_collector.migrations import Migration
from footfall_collector.sqlite import SqliteStore
from footfall_collector.store import StoreError

FIRST_CHECKSUM = (
    "4921ea293926b512cf7d4ae6415528d15d3ecb76fceb2cb4e44762708f71f809"  # of a file's text that never changes
)


def installs(site):
    """All installs counted."""
    connection = sqlite3.connect(site.path)
    try:
        return connection.execute("SELECT COALESCE(SUM(installs), 0) FROM activity").fetchone()[0]
    finally:
        connection.close()


def test_parts_that_wait_are_written_together(site):
    """Four hundred parts at once take far fewer commits than parts, and all are counted."""
    assert site.count([activity() for _ in range(400)]) == [True] * 400
    assert site.store.commits < 40
    assert installs(site) == 400


@pytest.mark.statement(58)
def test_a_key_twice_in_one_group_counts_once(site):
    """Two posts of one part that come into the same transaction add once."""
    part = activity()
    assert sorted(site.count([part] * 8)) == [False] * 7 + [True]
    assert installs(site) == 1


@pytest.mark.statement(60)
def test_old_keys_are_forgotten_down_to_the_bytes(make_site, tmp_path):
    """A key is remembered as long as its part could be taken again, then its hash is in no byte of the store."""
    site, early = make_site(), activity(TODAY + timedelta(1))
    digest = hashlib.sha256(early["key"].encode()).digest()
    site.post(early)
    site.post(activity())
    site.today = TODAY + timedelta(46)
    site.run(site.store.tidy())
    assert site.post(early).status_code == 200
    assert digest in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    site.today = TODAY + timedelta(47)
    site.run(site.store.tidy())
    assert digest not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert site.post(early).status_code == 422
    assert installs(site) == 2


@pytest.mark.statement(60)
def test_keys_of_all_slices_are_forgotten(site):
    """Forgetting by slices leaves none out."""
    site.count([activity() for _ in range(2_000)])
    site.today = TODAY + timedelta(47)
    site.count([activity(site.today) for _ in range(3)])
    site.run(site.store.tidy())
    connection = sqlite3.connect(site.path)
    assert connection.execute("SELECT DISTINCT day, COUNT(*) FROM seen_key").fetchall() == [(str(site.today), 3)]
    connection.close()


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_only_the_owner_can_read_the_store(make_site, tmp_path):
    """The file and its log are made with mode 0600 under any umask; the mode of a file that is there is let be."""
    before = os.umask(0)
    try:
        site = make_site()
        site.post(activity())
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(("footfall.db", "footfall.db-wal", "footfall.db-shm"), 0o600)
    site.close()
    site.path.chmod(0o640)
    make_site().post(activity())
    assert site.path.stat().st_mode & 0o777 == 0o640


def test_a_locked_store_puts_off_and_recovers(site, monkeypatch):
    """While another process holds the file the answer is 503; the part is counted when it comes again."""
    monkeypatch.setattr("footfall_collector.sqlite.BUSY_SECONDS", 0.05)
    part, other = activity(), sqlite3.connect(site.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    answer = site.post(part)
    assert (answer.status_code, answer.headers["footfall-reason"]) == (503, "store-unavailable")
    assert "retry-after" in answer.headers
    other.execute("ROLLBACK")
    other.close()
    assert site.post(part).status_code == 202
    assert installs(site) == 1


def test_a_damaged_store_puts_off(site):
    """With garbage where the file was, reports and charts are answered 503, and the process goes on."""
    site.post(activity())
    site.store._writer._drop_connection()
    site.store._drop_reader()
    for path in (site.path, site.path.with_suffix(".db-wal")):
        if path.exists():
            path.write_bytes(b"garbage " * 4096)
    assert site.post(activity()).status_code == 503
    assert site.get("/projects/mytool").status_code == 503
    assert site.get("/api/projects/mytool/charts/commands.json").status_code == 503
    assert site.get("/readyz").status_code == 503
    assert site.get("/healthz").status_code == 200


def test_a_fault_of_ours_answers_those_who_wait(site, monkeypatch):
    """An error that nobody thought of is a 503 for its group; the next group is written."""

    def fail(*_):
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("footfall_collector.transaction._add", fail)
        assert site.post(activity()).status_code == 503
    assert site.post(activity()).status_code == 202


def test_half_a_group_is_never_kept(site, monkeypatch):
    """When a later table fails, what earlier ones were given, and the keys, are not there either."""
    part = activity()
    with monkeypatch.context() as broken:
        broken.setitem(
            __import__("footfall_collector.transaction").transaction._ADD, "age", "INSERT INTO nowhere VALUES (1)"
        )
        assert site.post(part).status_code == 503
    assert installs(site) == 0
    assert site.post(part).status_code == 202


def test_no_file_of_ours(tmp_path):
    """A file that is no SQLite database, or a folder that is not there, is an error at the start that names it."""
    (tmp_path / "notes.txt").write_text("these are notes, not a database; " * 50)
    for name in ("notes.txt", "nowhere/footfall.db"):
        with pytest.raises(StoreError, match=name):
            SqliteStore(str(tmp_path / name)).open()


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be taken away there")
@pytest.mark.parametrize("how", ["deleted", "replaced", "made anew"])
def test_a_store_that_is_taken_away_puts_off(site, tmp_path, how):
    """Without its file, or with another in its place, nothing is counted, shown or ready until a new start."""
    site.post(activity())
    assert site.get("/projects/mytool").status_code == 200
    other = tmp_path / "other.db"
    SqliteStore(str(other)).open()
    if how == "replaced":
        other.replace(site.path)
    else:
        site.path.unlink()
    for _ in range(2):
        if how == "made anew":
            site.path.write_bytes(other.read_bytes())
        answer = site.post(activity())
        assert (answer.status_code, answer.headers["footfall-reason"]) == (503, "store-unavailable")
        assert site.get("/readyz").status_code == 503
        assert site.get("/projects/mytool").status_code == 503
        assert site.get("/healthz").status_code == 200
    if how != "deleted":
        assert SqliteStore(str(site.path)).open() is None


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_database_of_something_else_is_left_as_it_is(tmp_path, mode):
    """Neither serve nor prune makes a store of another program's database, though it be of the same kind."""
    path = tmp_path / "customers.db"
    for table in ("customers (name TEXT)", "schema_migration (version INTEGER)"):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"PRAGMA journal_mode = {mode}")
            connection.execute(f"CREATE TABLE {table}")
            connection.commit()
        before = path.read_bytes()
        for act in (lambda: SqliteStore(str(path)).open(), lambda: SqliteStore(str(path)).prune(25)):
            with pytest.raises(StoreError, match=r"customers\.db: a database, but not of a collector"):
                act()
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]


def test_prune_makes_no_store(tmp_path):
    """An empty file, or database, is no store that could be pruned, and stays as it is."""
    (tmp_path / "empty.db").write_bytes(b"")
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA user_version = 7")
    for name in ("empty.db", "new.db"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(StoreError, match="there is no such store"):
            SqliteStore(str(tmp_path / name)).prune(25)
        assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize("url", ["footfall.db", "sqlite:footfall.db", "clickhouse://host/db", "sqlite:///"])
def test_unknown_stores(url):
    """An address that no store has is an error."""
    with pytest.raises(ValueError, match=r"sqlite:///footfall\.db"):
        store.open_store(url)


def test_a_store_of_before_is_brought_up_to_date(tmp_path, site):
    """A later migration runs once on a file with figures, and leaves them as they were."""
    site.count([activity() for _ in range(7)])
    site.close()
    later = Migration("2027-01-01-notes.sql", "CREATE TABLE note (text TEXT);\nINSERT INTO note VALUES ('a;b');\n")
    steps = [*migrations.packaged(), later]
    connection = sqlite3.connect(site.path, isolation_level=None)
    assert migrations.migrate(connection, steps, TODAY) == [later.name]
    assert migrations.migrate(connection, steps, TODAY) == []
    assert connection.execute("SELECT text FROM note").fetchall() == [("a;b",)]
    connection.close()
    assert installs(site) == 7
    with pytest.raises(StoreError, match="newer collector"):
        SqliteStore(str(site.path)).open()


def write_as_before_shares(connection, parts):
    """Write these parts as a collector did whose tables did not tell shares apart."""
    for table, cells in counters.summed(parts).items():
        rows = [(*key[:-1], *amounts) for key, amounts in cells.items()]
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    keys = [(hashlib.sha256(part["key"].encode()).digest(), str(TODAY)) for part in parts]
    connection.executemany("INSERT INTO seen_key VALUES (?, ?)", keys)


def test_a_store_from_before_notebooks_keeps_its_figures(make_site, tmp_path):
    """A file of the first schema, with reports in it, opens with all its figures and keys, and takes sessions."""
    first, *later = migrations.packaged()
    assert first.name == "2026-11-22-counters.sql"
    assert first.checksum == FIRST_CHECKSUM
    assert [step.name for step in later] == [
        "2026-11-25-notebooks.sql",
        "2026-11-26-setting.sql",
        "2026-11-26-shares.sql",
    ]
    connection = sqlite3.connect(tmp_path / "footfall.db", isolation_level=None)
    migrations.migrate(connection, [first], TODAY)
    parts = [part for _ in range(7) for part in (activity(), command([("fetch", "ok", 3)]))]
    write_as_before_shares(connection, parts)
    connection.close()
    site = make_site()
    assert site.count(parts) == [False] * 14
    assert site.chart("commands")["rows"] == [["fetch", 7, 21, 0]]
    assert site.chart("sessions")["rows"] == []
    assert all(site.count([notebook(sessions=[("", 2)], frontends=[("lab", 2)]) for _ in range(6)]))
    assert site.chart("sessions")["rows"] == [["lab", 6, 12]]
    assert site.chart("commands")["rows"] == [["fetch", 7, 21, 0]]


def test_a_migration_that_was_edited_is_refused(tmp_path):
    """A store that was made by another text of a migration is not touched."""
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    step = Migration("2026-01-01-a.sql", "CREATE TABLE a (b);\n")
    migrations.migrate(connection, [step], TODAY)
    with pytest.raises(StoreError, match=r"2026-01-01-a\.sql"):
        migrations.migrate(connection, [step._replace(text="CREATE TABLE c (d);\n")], TODAY)
    connection.close()


def test_a_migration_that_fails_leaves_nothing(tmp_path):
    """A migration runs whole or not at all."""
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    broken = Migration("2026-01-01-a.sql", "CREATE TABLE a (b);\nINSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(sqlite3.Error):
        migrations.migrate(connection, [broken], TODAY)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()


def test_one_reading_sees_one_moment(site):
    """Figures of one page come from one state of the store, though reports go on coming."""
    site.count([activity() for _ in range(6)])
    values = {"project": "mytool", "first": str(TODAY), "last": str(TODAY)}
    with site.store.reading() as read:
        before = read("actives", values)
        site.count([activity() for _ in range(6)])
        assert read("actives", values) == before
    with site.store.reading() as read:
        assert read("actives", values) == [(str(TODAY), 1, 12, 12, 0)]


def test_a_client_that_has_gone_does_no_harm(site):
    """A post that is given up while it waits is counted, and the others of its group are answered."""

    async def give_up():
        first = asyncio.ensure_future(site.store.count(activity()))
        second = asyncio.ensure_future(site.store.count(activity()))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert site.run(give_up()) is True
    assert installs(site) == 2


def test_settings_of_the_file(site):
    """The log is written ahead, every commit is synced, and what is deleted is overwritten."""
    connection = site.store._writing()
    settings = [
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "secure_delete")
    ]
    connection.close()
    assert settings == ["wal", 2, 1]
