"""The checks of ``footfall lint``: each finds what it is for, says what to do, and can be waived for a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from footfall import Bucket, Choice, Client, EventType, Flag, Plan, PlanError, Version, cli, hookimpl
from footfall._lint import remaining
from footfall._lint_checks import CHECKS, Subject
from footfall._plugins import installed
from footfall.vocabulary import Notebook, Vocabulary

TODAY = "2026-11-21"
NOW = 1_795_262_400.0  # that day, at noon
GOOD = EventType(
    "model.loaded",
    {"backend": Choice("cpu", "cuda"), "layers": Bucket(1, 10), "cached": Flag(), "library": Version()},
    why="whether the CUDA backend is worth its upkeep",
    question="How many installs load models on CUDA?",
    owner="the mytool project",
    expires="2028-11-20",
)
COMMANDS = {"(main)": ["--verbose", "-q"], "db": [], "db migrate": ["--dry-run", "/s"]}


def words(*events, commands=COMMANDS, **more):
    """A vocabulary with these events."""
    return Vocabulary("mytool", "1.4.2", commands, events={event.name: event for event in events}, **more)


def found(vocabulary, installs=None, **more):
    """What the linter finds, by check and place."""
    return [finding.waiver for finding in remaining(Subject(vocabulary, TODAY, installs, **more))]


def test_a_good_plan_has_nothing_to_find():
    """An event that says all of itself, plain commands and few groups give no finding."""
    plain = words(GOOD, notebook=Notebook(("mytool.plots",)))
    assert found(plain, 1000, shipped=plain) == []


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ({"path_depth": Bucket(1, 10)}, ["path_depth"]),
        ({"has_email": Flag()}, ["has_email"]),
        ({"host": Version()}, ["host"]),
        ({"path_kind": Choice("relative", "absolute")}, []),
        ({"emailed": Flag(), "pathology": Flag()}, []),
        (
            {"kind": Choice("a@b.example", "/etc", "www.example.org", "plain")},
            ["kind=a@b.example", "kind=/etc", "kind=www.example.org"],
        ),
        ({"kind": Choice("www.example.org", "other one")}, ["kind=www.example.org"]),
        *(({name: Flag()}, [name]) for name in ("urls", "emails", "hosts", "filepath", "user_addresses", "username")),
        ({"pathway": Flag(), "profile": Flag(), "keyword": Flag(), "hostess": Flag()}, []),
        (
            {"kind": Choice("example.com", "192.168.0.1", "10.0.0.1:80", "fe80::1", "a.b.internal")},
            [
                "kind=example.com",
                "kind=192.168.0.1",
                "kind=10.0.0.1:80",
                "kind=fe80::1",
                "kind=a.b.internal",
            ],
        ),
        ({"kind": Choice("etc/passwd", "a/b/c", "home\\x")}, ["kind=etc/passwd", "kind=a/b/c", "kind=home\\x"]),
        ({"kind": Choice("linux/amd64", "n/a", "N/A", "text/html", "1.4.2", "v1.2", "node.js", "socket.io")}, []),
    ],
)
def test_names_that_smell_of_content(fields, places):
    """A field that is no choice and is named for what a user has is found, and so is a choice's word like a path."""
    smells = [place for place in found(words(replace(GOOD, fields=fields))) if place.startswith("smells")]
    assert smells == [f"smells-of-content:model.loaded.{place}" for place in places]


@pytest.mark.parametrize(
    ("commands", "place"),
    [
        ({"my report": []}, None),
        ({"über": []}, "über"),
        ({"report 2026": []}, "report 2026"),
        ({"run 12345678": []}, "run 12345678"),
        ({"x" * 50: []}, "x" * 50),
        ({"a/b": []}, "a/b"),
        ({"db": ["--ok", "--col:name"]}, "db --col:name"),
        ({"db": ["--user-123456"]}, "db --user-123456"),
        ({"deadbeefcafe": []}, "deadbeefcafe"),
    ],
)
def test_words_that_are_not_plain(commands, place):
    """A command or option that somebody's files may have named is found; plain ones are not."""
    assert found(words(commands=commands)) == ([f"dynamic-words:{place}"] if place else [])


def test_a_module_that_is_not_plain():
    """The same holds for modules."""
    assert found(words(notebook=Notebook(("my lib",)))) == ["dynamic-words:my lib"]


@pytest.mark.parametrize("attribute", ["why", "question", "owner", "expires"])
def test_what_an_event_does_not_say_is_found(attribute):
    """An own event without a reason, question, owner or end is found, and blanks are none."""
    assert found(words(replace(GOOD, **{attribute: ""}))) == [f"missing-{attribute}:model.loaded"]
    if attribute != "expires":
        assert found(words(replace(GOOD, **{attribute: "  "}))) == [f"missing-{attribute}:model.loaded"]


@pytest.mark.parametrize(
    ("expires", "check"),
    [
        ("2028-11-20", None),
        ("2028-11-21", "expires-too-far:model.loaded"),
        ("2026-11-22", None),
        ("2026-11-21", "expired:model.loaded"),
        ("2020-01-01", "expired:model.loaded"),
    ],
)
def test_an_events_end_is_neither_past_nor_too_far(expires, check):
    """730 days ahead is the most, and an event that has ended is found; to declare either is no error."""
    assert found(words(replace(GOOD, expires=expires))) == ([check] if check else [])


@pytest.mark.parametrize(
    ("installs", "places"),
    [
        (None, []),
        (1000, []),
        (7 * 20, ["model.loaded"]),
        (6 * 20, ["cli.command", "model.loaded"]),
        (1, ["cli.command", "model.loaded", "notebook.session"]),
    ],
)
def test_more_groups_than_installs_can_fill(installs, places):
    """With the number of installs that is expected, a part with more than one group for 20 that send is found."""
    event = replace(GOOD, fields={"backend": Choice("cpu", "cuda"), "layers": Bucket(1, 10)})  # 1 + 3 + 4 groups
    vocabulary = words(event, notebook=Notebook(("mytool",)))  # 7 commands and options, one module
    assert found(vocabulary, installs) == [f"many-cells:{place}" for place in places]
    tenth = replace(vocabulary, samples=(0.1,))
    assert found(tenth, installs and 10 * installs) == [f"many-cells:{place}" for place in places]


@pytest.mark.parametrize(
    ("events", "place"),
    [
        ([GOOD, replace(GOOD, name="models.loaded")], "models.loaded"),
        ([GOOD, replace(GOOD, name="model.stored")], None),
        ([replace(GOOD, fields={"layer": Flag(), "layers": Flag()})], "model.loaded.layers"),
        ([replace(GOOD, fields={"kind": Choice("on-line", "online", "off")})], "model.loaded.kind=online"),
        ([replace(GOOD, fields={"kind": Choice("cpu", "gpu", "small", "large")})], None),
        ([replace(GOOD, fields={"kind": Choice("c", "c++", "c#")})], None),
        ([replace(GOOD, fields={"kind": Choice("日本", "中国")})], None),
        ([replace(GOOD, fields={"kind": Choice("python310", "python311")})], None),
        ([replace(GOOD, fields={"kind": Choice("Ärger", "ärger")})], "model.loaded.kind=ärger"),
        ([replace(GOOD, fields={"kind": Choice("python-310", "python310")})], "model.loaded.kind=python310"),
    ],
)
def test_names_that_are_easily_mistaken(events, place):
    """Two events, fields or words of which one is nearly the other are found once."""
    assert found(words(*events)) == ([f"too-similar:{place}"] if place else [])


BACKENDS = {**GOOD.fields, "backend": Choice("cpu", "metal")}


@pytest.mark.parametrize(
    ("shipped", "told"),
    [
        (words(GOOD), ""),
        (replace(words(GOOD), version="0.9"), ""),
        (words(replace(GOOD, why="other", owner="others")), ""),
        (words(GOOD, commands={}), "lacks (main) --verbose, (main) -q, db and 3 more;"),
        (words(GOOD, commands={**COMMANDS, "new": []}), "still has new;"),
        (words(GOOD, commands={**COMMANDS, "db": ["--x"]}), "still has db --x;"),
        (words(), "lacks model.loaded until 2028-11-20, model.loaded.backend (choice), model.loaded.backend=cpu and"),
        (
            words(replace(GOOD, fields=BACKENDS)),
            "lacks model.loaded.backend=cuda and still has model.loaded.backend=metal;",
        ),
        (
            words(replace(GOOD, expires="2027-01-01")),
            "lacks model.loaded until 2028-11-20 and still has model.loaded until",
        ),
        (words(GOOD, errors=("MyError",)), "still has MyError;"),
        (replace(words(GOOD), samples=(0.5,)), "lacks sample = 1 and still has sample = 0.5;"),
    ],
)
def test_another_digest(shipped, told):
    """A shipped plan whose words are not those of the program is found, in either direction, and names them."""
    findings = remaining(Subject(words(GOOD), TODAY, shipped=shipped))
    assert [finding.waiver for finding in findings] == (["another-digest:plan"] if told else [])
    assert all(finding.text.startswith(f"the shipped file {told}") for finding in findings)


def test_a_waiver_of_another_digest_outlives_the_next_command():
    """That a program ships other words than it has is waived by a word that no change of these words changes."""
    waived = {"another-digest:plan": "commands of users' files are left out"}
    assert found(words(GOOD), shipped=words(), waived=waived) == []
    assert found(words(GOOD, commands={**COMMANDS, "new": []}), shipped=words(), waived=waived) == []


def test_a_waiver_takes_its_finding_away_and_one_that_is_of_no_use_is_a_finding():
    """What is waived by check and place is not told; a waiver that waives nothing is, and so is one of no check."""
    bad = words(replace(GOOD, owner="", fields={"path_depth": Flag()}))
    assert found(bad) == ["smells-of-content:model.loaded.path_depth", "missing-owner:model.loaded"]
    waived = {"smells-of-content:model.loaded.path_depth": "a count of folders"}
    assert found(bad, waived=waived) == ["missing-owner:model.loaded"]
    waived |= {"missing-why:model.loaded": "x", "no-such-check:model.loaded": "y"}
    assert found(bad, waived=waived) == [
        "missing-owner:model.loaded",
        "unused-waiver:missing-why:model.loaded",
        "unused-waiver:no-such-check:model.loaded",
    ]


def test_a_waiver_of_a_check_that_did_not_run_is_not_unused():
    """Without the number of installs nothing is said of the waiver of a check that takes it."""
    waived = {"many-cells:cli.command": "few commands have many users"}
    assert found(words(), waived=waived) == []
    assert found(words(), 20, waived=waived) == []
    assert found(words(), 2000, waived=waived) == ["unused-waiver:many-cells:cli.command"]


@pytest.mark.parametrize("waive", [{"smells": "why"}, {"a:b": ""}, {"a:b": "  "}, {"a:b": None}])
def test_a_waiver_without_place_or_reason_is_refused_when_it_is_written(waive):
    """A waiver names check and place, and gives a reason in words."""
    with pytest.raises(PlanError):
        Plan(waive=waive)


@pytest.fixture
def program(tmp_path, monkeypatch, capsys):
    """``footfall`` for an author's program in the current folder, whose client has a given plan."""
    client = Client("mytool", version="1.4.2", endpoint="https://usage.example.org", clock=lambda: NOW)
    client.commands = lambda: COMMANDS

    class Adapter:
        @hookimpl
        def footfall_vocabulary(self, program, project, version):
            return words(*program.plan.events.values())

        @hookimpl
        def footfall_client(self, program):
            return program

    (tmp_path / "author.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    plugin = Adapter()
    installed().register(plugin, "adapter of the test")

    def run(plan, *options):
        import author

        client.plan, author.client = plan, client
        code = cli.main(["lint", *options])
        return code, *capsys.readouterr()

    yield run
    installed().unregister(plugin)


def test_the_command_prints_findings_and_gives_1(program):
    """A finding is a line of check, place and what to do, and makes the command fail; none, and it is 0."""
    today = replace(GOOD, expires="2027-06-01")
    assert program(Plan([today]), "author:client") == (0, "mytool: nothing found (2 commands, 1 own event)\n", "")
    code, out, err = program(Plan([replace(today, owner="")]), "author:client")
    assert (code, err) == (1, "")
    assert out == "missing-owner: model.loaded: EventType(…, owner=…): who answers for it\n"
    waived = Plan([replace(today, owner="")], waive={"missing-owner:model.loaded": "a team of one"})
    assert program(waived, "author:client")[0] == 0
    many = program(Plan([today]), "author:client", "--installs", "20")
    assert (many[0], many[1].partition(" groups")[0]) == (1, "many-cells: cli.command: 7")


def test_the_command_lists_its_checks(program):
    """Each check is named with what it finds, without a program."""
    code, out, _ = program(Plan(), "--list-checks")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(CHECKS)
    assert all(len(line.split()) > 3 for line in out.splitlines())


@pytest.mark.parametrize("options", [[], ["author:client", "--installs", "0"]])
def test_the_command_says_what_it_needs(program, options):
    """Without a program, or with a number of installs that is none, one line says what to do."""
    code, out, err = program(Plan(), *options)
    assert (code, out) == (1, "")
    assert err.startswith("footfall: ")


def test_waivers_are_the_authors_own(program):
    """Neither the plan's document nor its digest knows of a waiver."""
    plain, waiving = Plan([GOOD]), Plan([GOOD], waive={"missing-owner:model.loaded": "secret reason"})
    documents = [Vocabulary("mytool", events=plan.events).document() for plan in (plain, waiving)]
    assert documents[0] == documents[1]
