"""The rotating pseudonym for transports of plugins: as specified, different in each window, and gone with off."""

from __future__ import annotations

import sys
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from footfall import _project, pseudonym, seal, wire
from footfall.errors import WireError
from footfall.pseudonym import secret_of, window_id

pytestmark = pytest.mark.privacy

SECRET = bytes(range(32))
WHERE = ("https://c.example", "proj", "week", "2026-W47")
WEEKS = st.builds("{:04}-W{:02}".format, st.integers(2020, 2040), st.integers(1, 53))
MONTHS = st.builds("{:04}-{:02}".format, st.integers(2020, 2040), st.integers(1, 12))
TEXTS = st.text(max_size=20)
PLACES = st.one_of(st.tuples(TEXTS, TEXTS, st.just("week"), WEEKS), st.tuples(TEXTS, TEXTS, st.just("month"), MONTHS))


@pytest.mark.statement(45)
def test_known_answer():
    """The id is that of the specification."""
    assert window_id(SECRET, *WHERE) == "380b40133d8c9db4466e334fca989983"


@pytest.mark.statement(45)
@example([("ab", "c", "week", "2026-W47"), ("a", "bc", "week", "2026-W47")])
@example([("a", "b", "week", "2026-W47"), ("a", "c", "week", "2026-W47")])
@example([("a", "b", "week", "2026-W11"), ("a", "b", "month", "2026-11")])
@given(st.lists(PLACES, min_size=2, max_size=8, unique=True))
def test_each_window_project_and_collector_has_its_own(places):
    """Ids of different weeks, months, projects and collectors are pairwise different, however the texts are cut."""
    ids = [window_id(SECRET, *place) for place in places]
    assert all(len(made) == 32 for made in ids)
    assert all(one != other for one, other in combinations(ids, 2))


@pytest.mark.statement(45)
def test_each_secret_has_its_own():
    """A secret with one bit changed gives another id."""
    ids = {window_id(SECRET[:at] + bytes([SECRET[at] ^ 1]) + SECRET[at + 1 :], *WHERE) for at in range(32)}
    assert len(ids | {window_id(SECRET, *WHERE)}) == 33


@pytest.mark.parametrize(
    ("kind", "window"),
    [("week", "2026-11"), ("month", "2026-W47"), ("day", "2026-11-21"), ("week", "2026"), ("month", ""), ("", "")],
)
def test_kind_and_window_go_together(kind, window):
    """An id of a day, or of a window of the other kind, cannot be had."""
    with pytest.raises(ValueError, match="2026-W47"):
        window_id(SECRET, "https://c.example", "proj", kind, window)


@pytest.mark.parametrize("secret", [b"", b"short", SECRET + b"x"])
def test_a_secret_that_can_be_guessed_is_refused(secret):
    """Only a secret of full length makes an id."""
    with pytest.raises(ValueError, match="32 bytes"):
        window_id(secret, *WHERE)


@pytest.mark.statement(45)
@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_the_secret_is_random_private_and_kept(tmp_path):
    """Each folder has a secret of its own, for its owner's eyes; asked for again it is the same."""
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    first, second = map(secret_of, folders)
    assert first != second
    assert (len(first), secret_of(folders[0])) == (32, first)
    assert (folders[0] / pseudonym.FILE_NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_secret_that_is_none_is_made_anew(tmp_path, content):
    """What is in the secret's place and cannot be one is replaced."""
    (tmp_path / pseudonym.FILE_NAME).write_bytes(content)
    made = secret_of(tmp_path)
    assert len(made) == 32
    assert made != content
    assert secret_of(tmp_path) == made


@pytest.mark.statement(19, 20, 45)
def test_off_deletes_it_and_on_makes_another(install):
    """``off`` removes the secret; after it there is none to be had, and after the next ``on`` it is another one."""
    install.run()
    before = secret_of(install.folder)
    _project.refuse(install.folder, install.clock.day)
    assert install.files == {"consent"}
    with pytest.raises(FileNotFoundError):
        secret_of(install.folder)
    assert install.files == {"consent"}
    _project.grant(install.client)
    assert secret_of(install.folder) != before


@pytest.mark.statement(19)
def test_off_said_while_it_is_made(tmp_path, monkeypatch):
    """When ``off`` comes between the look at the answer and the writing, no secret stays."""
    write = pseudonym._state.write_whole

    def say_off(path, content):
        (tmp_path / "consent").write_text("off 2026-11-21\n")
        write(path, content)

    monkeypatch.setattr(pseudonym._state, "write_whole", say_off)
    with pytest.raises(FileNotFoundError):
        secret_of(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["consent"]


@pytest.mark.statement(2, 45)
def test_nothing_makes_one_unasked(install):
    """Recording, sealing and sending to a collector of ours leave no secret."""
    install.run()
    install.send()
    assert install.collector.bodies
    assert pseudonym.FILE_NAME not in install.files


def documents(install):
    """A sealed part of each kind."""
    install.run("db migrate", flags=["--dry-run"])
    sender = install.sender()
    sender.load()
    made = sender.documents(install.clock.day)
    head = {name: made[0][name] for name in ("format", "project", "day", "key")}
    session = {"sessions": [{"n": 1, "first_in_week": True}]}
    return [
        *made,
        {**head, "part": "notebook.session", **session},
        {**head, "part": "model.loaded", "n": 1, "first_in_week": True},
    ]


@pytest.mark.statement(46)
@pytest.mark.parametrize("name", ["id", "window_id", "week_id", "month_id", "distinct_id", "install", "user", "secret"])
def test_our_reports_have_no_room_for_an_id(install, name):
    """No part of ours passes with an id of any window, let alone of two kinds, in its head or in one of its cells."""
    week, month = window_id(SECRET, *WHERE), window_id(SECRET, "https://c.example", "proj", "month", "2026-11")
    made = documents(install)
    assert {part["part"] for part in made} >= {"activity", "environment", "cli.command"}
    for part in made:
        wire.decode(wire.encode(part))
        more = [{**part, name: week}, {**part, name: week, f"{name}2": month}]
        for field, cells in part.items():
            if isinstance(cells, list):
                more.append({**part, field: [{**cells[0], name: week}]})
        for spoiled in more:
            with pytest.raises(WireError):
                wire.decode(wire.encode(spoiled))


@pytest.mark.statement(44, 46)
def test_the_key_is_no_id(install):
    """The one random field of a report is different in each part, and drawn from a salt that is used for one day."""
    salts, keys = set(), []
    for _ in range(10):
        install.run()
        sender = install.sender()
        sender.load()
        day = sender.state.day(install.clock.day)
        salts.add(day.salt)
        keys += [part["key"] for part in seal.seal("mytool", install.clock.day, day, sender.state)]
        install.clock.forward(1)
    assert len(salts) == 10
    assert len(set(keys)) == len(keys) >= 30
