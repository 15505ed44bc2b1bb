"""The digest of a plan: the same in report, document and status, and of nothing but the plan's words."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall import Bucket, Choice, EventType, Flag, Plan, Version, _project, _spawn, _toml, overview, wire
from footfall.transport import Outcome
from footfall.vocabulary import Notebook, Vocabulary

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

FIELDS = {"backend": Choice("cpu", "cuda"), "ok": Flag(), "layers": Bucket(1, 10), "lib": Version()}
EVENTS = {"model.loaded": EventType("model.loaded", FIELDS, why="which backends to keep", expires="2027-11-01")}
WORDS = Vocabulary(
    "mytool",
    "1.4.2",
    {"(main)": ("--verbose",), "db migrate": ("--dry-run", "--all")},
    ("MyError", "HisError"),
    EVENTS,
    Notebook(("mytool.plots", "mytool")),
)
LOADED = EVENTS["model.loaded"]


def test_known_answer():
    """The digest is the documented hash of the documented text, made here by hand."""
    words = Vocabulary("t", "1", {"db": ("--b", "--a")}, ("E",))
    # printf %s '{"commands":{"(main)":[],"db":["--a","--b"]},"errors":["E"],"events":{},"modules":null,"project":"t"}'
    # piped into sha256sum
    assert words.digest() == "a56ebcd1305d"
    assert Vocabulary("mytool", "1", events=EVENTS).digest() == "65844d9097a4"


@pytest.mark.parametrize(
    "same",
    [
        replace(WORDS, version="2.0"),
        replace(WORDS, commands={"db migrate": ("--all", "--dry-run"), "(main)": ["--verbose"]}),
        replace(WORDS, errors=("HisError", "MyError")),
        replace(WORDS, notebook=Notebook(["mytool", "mytool.plots"])),
        replace(WORDS, events={"model.loaded": replace(LOADED, why="x", question="y", owner="z", review="w")}),
        replace(WORDS, events={"model.loaded": replace(LOADED, fields={**FIELDS, "backend": Choice("cuda", "cpu")})}),
        replace(WORDS, events={"model.loaded": replace(LOADED, fields={**FIELDS, "layers": Bucket(1.0, 10.0)})}),
        replace(WORDS, digests={"1.4.2": ["0" * 12]}),
        replace(WORDS, commands={"db migrate": ("--dry-run", "--all", "--all"), "(main)": ("--verbose",) * 2}),
        replace(WORDS, errors=("MyError", "HisError", "MyError")),
        replace(WORDS, notebook=Notebook(("mytool", "mytool.plots", "mytool"))),
    ],
)
def test_what_changes_no_word_keeps_it(same):
    """Another version, order or explanation gives the same digest."""
    assert same.digest() == WORDS.digest()


def test_the_program_itself_is_among_the_words_named_or_not():
    """Where commands are counted the program itself is a word in any case: a plan that leaves it out has the same."""
    named, bare = (Vocabulary("mytool", commands=commands) for commands in ({"(main)": []}, {}))
    assert named.alphabet() == bare.alphabet()
    assert named.digest() == bare.digest()
    notebooks = Vocabulary("mytool", notebook=Notebook())
    assert replace(notebooks, commands={"(main)": []}).digest() != notebooks.digest()


@pytest.mark.parametrize(
    "other",
    [
        replace(WORDS, project="yourtool"),
        replace(WORDS, commands={**WORDS.commands, "db": ()}),
        replace(WORDS, commands={**WORDS.commands, "(main)": ()}),
        replace(WORDS, errors=("MyError",)),
        replace(WORDS, notebook=None),
        replace(WORDS, notebook=Notebook()),
        replace(WORDS, events={}),
        replace(WORDS, events={"model.stored": replace(LOADED, name="model.stored")}),
        replace(WORDS, events={"model.loaded": replace(LOADED, expires="2027-11-02")}),
        replace(WORDS, events={"model.loaded": replace(LOADED, fields={**FIELDS, "more": Flag()})}),
        replace(WORDS, events={"model.loaded": replace(LOADED, fields={**FIELDS, "ok": Version()})}),
        replace(WORDS, events={"model.loaded": replace(LOADED, fields={**FIELDS, "layers": Bucket(1, 11)})}),
    ],
)
def test_every_word_counts(other):
    """A word more, less or elsewhere, or another expiry, gives another digest."""
    assert other.digest() != WORDS.digest()


@pytest.mark.privacy
@pytest.mark.statement(60)
def test_a_document_gives_it_back_and_its_own_word_is_not_believed():
    """What was exported as TOML or JSON says the digest that is found when it is read, whatever it says itself."""
    text = _toml.dumps(WORDS.document())
    assert f'\ndigest = "{WORDS.digest()}"\n' in text
    for document in (tomllib.loads(text), json.loads(json.dumps(WORDS.document()))):
        assert Vocabulary.from_document(document).digest() == WORDS.digest()
        assert Vocabulary.from_document({**document, "digest": "0" * 12}).digest() == WORDS.digest()
        assert Vocabulary.from_document({**document, "digest": "0" * 12}).document()["digest"] == WORDS.digest()


texts = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)


@pytest.mark.privacy
@pytest.mark.statement(60)
@given(st.dictionaries(texts, st.lists(texts, max_size=3), max_size=3), st.lists(texts, max_size=3))
def test_any_words_survive_their_document(commands, errors):
    """Whatever the words, the file that a collector or user reads gives the digest that the machine gives."""
    words = Vocabulary("mytool", "1", commands, errors)
    files = (tomllib.loads(_toml.dumps(words.document())), json.loads(json.dumps(words.document())))
    assert {Vocabulary.from_document(document).digest() for document in files} == {words.digest()}


def part(value):
    """An environment part with a plan's digest."""
    rows = [{"field": "plan", "value": value, "first_in_week": True}]
    return {"format": 1, "project": "mytool", "day": "2026-11-21", "part": "environment", "key": "0" * 32, "rows": rows}


@pytest.mark.privacy
@pytest.mark.parametrize(
    "value", ["3F2A9C0B71DE", "3f2a9c0b71d", "3f2a9c0b71de0", "3f2a9c0b71dg", "dev", "", "٣" * 12, "3f2a9c0b71de\n"]
)
def test_nothing_but_twelve_digits_is_a_digest(value):
    """A value of any other spelling passes neither here nor at a collector."""
    assert WORDS.refusal(part(value)) == "unknown-value"


@pytest.mark.privacy
def test_only_digests_of_known_plans_leave_a_machine():
    """A collector takes any digest, as it does with versions; the machine lets only those of its own plans pass."""
    assert WORDS.refusal(part("3f2a9c0b71de")) is None
    here = replace(WORDS, digests={"1.4.2": ["3f2a9c0b71de"]})
    assert here.refusal(part("3f2a9c0b71de")) is None
    assert here.refusal(part("3f2a9c0b71df")) == "unknown-value"
    assert here.alphabet() - WORDS.alphabet() == {"3f2a9c0b71de"}


@pytest.fixture
def install(new_install, tmp_path):
    """One install of ``mytool``, whose author ships the plan."""
    made = new_install(plan_file=tmp_path / "shipped.json")
    ship(made)
    return made


def ship(install, commands=None):
    """Put the author's plan into the program, as a release does."""
    commands = commands or {"(main)": ["--verbose"], "db": [], "db migrate": ["--dry-run"]}
    install.client.commands = lambda: commands
    document = Vocabulary("mytool", "1", commands).document()
    install.client.plan_file.write_text(json.dumps(document), encoding="utf-8")


def release(install):
    """The next version, with a command more."""
    install.client.version = "1.5.0"
    ship(install, {"(main)": [], "new": []})


def told(install):
    """Plan rows that the collector has: digest and flag, by day."""
    rows = [(document["day"], row) for document in install.collector.of("environment") for row in document["rows"]]
    return [(day, row["value"], row["first_in_week"]) for day, row in rows if row["field"] == "plan"]


def digest_in(install):
    """Digest of the plan in an install's folder."""
    return Vocabulary.from_document(json.loads((install.folder / "plan.json").read_text())).digest()


@pytest.mark.privacy
@pytest.mark.statement(60)
def test_it_is_reported_like_a_version(install):
    """The digest of ``plan.json`` is a row of the environment, counted once a week."""
    for _ in range(2):
        install.run()
        install.send()
        install.clock.forward(1)
    assert told(install) == [("2026-11-18", digest_in(install), True), ("2026-11-19", digest_in(install), False)]


def test_days_of_an_earlier_version_tell_its_digest(install):
    """What waits of a version that was replaced leaves with the digest of the words that it had."""
    install.run()
    _spawn.write_plan(install.client)
    before = digest_in(install)
    install.clock.forward(1)
    release(install)
    install.run("new")
    install.send()
    assert told(install) == [("2026-11-18", before, True), ("2026-11-19", digest_in(install), True)]
    assert before != digest_in(install)


def test_a_parts_digest_holds_as_long_as_the_part_may_wait(install):
    """A part that waits for its collector across an upgrade still leaves with the digest it was sealed with."""
    install.run()
    install.collector.answers = [Outcome.RETRY] * 9
    install.send()
    before = digest_in(install)
    release(install)
    install.clock.forward(1)
    install.collector.answers = []
    install.send()
    assert told(install) == [("2026-11-18", before, True)]


def test_an_old_plan_that_is_replaced_is_kept_from_then_on(install):
    """How long ago a version's plan was written does not shorten how long it is kept after it was replaced."""
    install.sender()
    os.utime(install.folder / "plan.json", (1, 1))
    install.client.version = "1.5.0"
    _spawn.write_plan(install.client)
    _project.forget_plans(install.folder)
    assert [path.parent.name for path in install.folder.glob("plan.d/*/plan.json")] == ["1.4.2"]


@pytest.mark.privacy
@pytest.mark.statement(44)
def test_a_digest_of_words_that_no_author_shipped_does_not_leave(new_install):
    """Words that a machine found by itself may be its own: their digest is in the status, and in no report."""
    install = new_install()
    install.run()
    install.send()
    assert told(install) == []
    assert install.collector.of("environment")
    assert digest_in(install) not in b"".join(install.collector.bodies).decode()
    assert digest_in(install) not in "".join(overview.preview(install.client).lines)
    found = overview.status(install.client)
    assert (found.plan, found.plan_is_told) == (digest_in(install), False)
    sealed = wire.encode(part(digest_in(install)))
    assert install.sender().admitted(sealed) is None


@pytest.mark.privacy
@pytest.mark.statement(44, 60)
def test_the_digest_of_a_shipped_plan_is_the_files(install):
    """With a plan file all machines tell its digest, whatever their own trees, modules and events are."""
    shipped = Vocabulary.from_document(json.loads(install.client.plan_file.read_text("utf-8")))
    install.client.commands = lambda: {"(main)": [], "of this machine": ["--alone"]}
    install.client.plan = Plan([LOADED])
    install.run()
    install.send()
    assert told(install) == [("2026-11-18", shipped.digest(), True)]


@pytest.mark.privacy
def test_a_digest_that_somebody_writes_does_not_leave(install):
    """Statement 42 for the digest: put into the state or into a sealed part, another one stays on the machine."""
    install.run()
    sender = install.sender()
    sender.load()
    sender.state.pending["2026-11-18"].environment["plan"] = "badbadbadbad"
    assert [document["part"] for document in sender.documents("2026-11-18")] == ["activity", "cli.command"]
    (row,) = part("badbadbadbad")["rows"]
    assert sender.admitted(wire.encode({**part(row["value"]), "day": "2026-11-18"})) is None
    assert sender.admitted(wire.encode({**part(digest_in(install)), "day": "2026-11-18"})) is not None


def test_a_lazily_loaded_command_does_not_change_it(new_install):
    """Words of commands that this install happened to load are not in the digest that its status tells."""
    install = new_install()
    install.run()
    install.sender()
    before = overview.status(install.client).plan
    place = install.folder / "plan.d" / "1.4.2"
    place.mkdir(parents=True)
    (place / "plugin cmd").write_text("--flag")
    assert _project.stored_vocabulary(install.folder).has_command("plugin cmd")
    assert overview.status(install.client).plan == before


@pytest.mark.privacy
@pytest.mark.statement(60)
def test_preview_shows_the_digest_that_the_document_has(install):
    """Before anything is recorded the example day tells the digest of the client's own words."""
    install.environ.clear()
    rows = [json.loads(line) for line in overview.preview(install.client).lines]
    about = {row["field"]: row["value"] for row in rows[1]["rows"]}
    words = Vocabulary.from_document(_spawn.plan_document(install.client))
    assert about["plan"] == words.digest() == words.document()["digest"]


def test_events_are_in_it(new_install):
    """The client's own events count into the digest of what its machine keeps."""
    plain, with_events = new_install(), new_install(plan=Plan([LOADED]))
    for install in (plain, with_events):
        install.sender()
    assert digest_in(plain) != digest_in(with_events)


@pytest.mark.privacy
@pytest.mark.statement(60)
def test_status_tells_it(install):
    """The status of a tool says the digest and how many words there are, before anything is recorded and after."""
    before = overview.status(install.client)
    install.sender()
    after = overview.status(install.client)
    assert before.plan == after.plan == digest_in(install)
    assert f"  plan       {after.plan} (2 commands, 0 own events)" in before.lines()
    assert before.lines() == after.lines()
    stored = overview.Status.of(install.folder, install.client.decide(), "")
    assert (stored.plan, stored.plan_holds, stored.plan_is_told) == (after.plan, after.plan_holds, True)


def test_status_without_words_that_can_be_used(new_install, tmp_path):
    """Where the shipped plan is missing or broken the status says all the rest."""
    install = new_install(plan_file=tmp_path / "plan.json")
    assert overview.status(install.client).plan == ""
    (tmp_path / "plan.json").write_text("{")
    found = overview.status(install.client)
    assert (found.plan, found.plan_holds, found.mode) == ("", "", "on")
    assert not any(line.startswith("  plan") for line in found.lines())
