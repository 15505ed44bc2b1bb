"""TELEMETRY.md: a reader finds every word that can leave and nothing else, and the terms as the client has them."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_reader import digest_in, names_in, words_in

from footfall import Bucket, Choice, Client, EventType, Flag, Version, _docs, _telemetry_page, wire
from footfall.errors import FootfallError
from footfall.vocabulary import Notebook, Vocabulary

pytestmark = pytest.mark.privacy

LOADED = EventType(
    "model.loaded",
    {"backend": Choice("cpu", "cu|da"), "layers": Bucket(1, 10), "cached": Flag(), "library": Version()},
    why="whether the `CUDA` | backend\nis worth it",
    question="How many load on CUDA?",
    owner="the mytool team",
    review="https://example.org/issues/12",
    expires="2028-01-01",
)
WORDS = Vocabulary(
    "mytool", "1.4.2", {"(main)": ["--verbose"], "db migrate": ["--dry-run"]}, ("MyError",), {LOADED.name: LOADED}
)
SHORT_VERSIONS = {"1.4.2", "1.4"}


def client(**more):
    """A client with these terms."""
    return Client("mytool", **{"version": "1.4.2", "endpoint": "https://usage.example.org", "environ": {}, **more})


def page(words=WORDS, **more):
    """The page for these words."""
    return _telemetry_page.page(words, client(**more))


@pytest.mark.parametrize(
    "words",
    [
        WORDS,
        Vocabulary("mytool", "1"),
        replace(WORDS, notebook=Notebook(["mytool", "mytool.plots"])),
        Vocabulary("mytool", "1", notebook=Notebook(["mytool"])),
        Vocabulary("mytool", "1", events=WORDS.events, notebook=Notebook()),
    ],
)
def test_every_word_and_nothing_else(words):
    """The page's tables hold the alphabet, and the digest where it leaves: no word is missing, none is too many."""
    shipped = replace(words, digests={words.version: [words.digest()]})
    assert words_in(page(words)) == words.alphabet()
    assert words_in(page(shipped)) == shipped.alphabet() == words.alphabet() | {words.digest()}
    assert digest_in(page(words)) == digest_in(page(shipped)) == words.digest()
    assert ("; reports do not tell it |" in page(words), "; reports do not tell it |" in page(shipped)) == (True, False)


PLACES = {
    "posthog://us.i.posthog.com/phc_KEY": ("PostHog at us.i.posthog.com", "a number for you"),
    "phonehome://api.phonehome.dev/o/r": ("phonehome at api.phonehome.dev", "shows all that to everybody"),
    "file:/var/log/usage.jsonl": ("the file /var/log/usage.jsonl", "Nothing is sent from here"),
    "console:": ("your own screen", "on your screen"),
}


@pytest.mark.parametrize("endpoint", PLACES)
def test_a_sink_is_named(endpoint):
    """Page and notice name the sink, and what is said of it is true; the words are the same as with a collector."""
    place, said = PLACES[endpoint]
    text = page(endpoint=endpoint)
    assert f"| Where it goes | {place} |" in text
    assert said in " ".join(text.split())
    assert f"| Sent to | {place} (" in _telemetry_page.notice(WORDS, client(endpoint=endpoint), "TELEMETRY.md")
    assert "/p/mytool" not in page(endpoint=endpoint, public=True)
    assert words_in(text) == words_in(page())
    assert ("| Results | public |" in text) == endpoint.startswith("phonehome"), "phonehome shows all to everybody"


@pytest.mark.parametrize("endpoint", ["https://usage.example.org", *PLACES])
def test_nothing_is_promised_that_is_not_so(endpoint):
    """Only where no id is sent does the page say so; where one is, the page and the notice say what it is."""
    for text in (page(endpoint=endpoint), _telemetry_page.notice(WORDS, client(endpoint=endpoint), "TELEMETRY.md")):
        has_number = endpoint.startswith("posthog")
        assert ("identifier" in text) != has_number
        assert ("a number for you that changes each week" in text) == has_number
    assert ("nothing joins two of them" in page(endpoint=endpoint)) != has_number
    assert ("keeps no address and writes none" in page(endpoint=endpoint)) == endpoint.startswith("https")


def values_of(text, section, field):
    """Words in the row of a field, in the section of a part."""
    rows = text.partition(f"\n### `{section}`")[2].partition("\n### ")[0].splitlines()
    (row,) = [row for row in rows if row.startswith((f"| `{field}` |", f"| {field} |"))]
    return words_in(f"\n## Every word that can leave\n\n### \n|{row.rpartition(' | ')[2]}\n")


def test_the_first_paragraph_names_all_that_is_counted():
    """What is counted is said truly in the page and the notice: own events by name, and no version of the system."""
    for text in (page(), _telemetry_page.notice(WORDS, client(), "TELEMETRY.md")):
        told = next(line for line in text.splitlines() if "once a day:" in line)
        assert "which commands and options were used, how they ended and how long they took, weeks of use" in told
        assert "versions of mytool and Python, kind of system and processor, terminal or script" in told
        assert "own event model.loaded" in told
    notebooks = page(Vocabulary("mytool", "1", notebook=Notebook(["mytool"])))
    assert "notebook sessions and cells there were, magics and modules, how they ended" in notebooks


def test_the_users_command_is_the_programs_own():
    """The page names the user's command as the author called it; a program without one has Footfall's."""
    its = client()
    its.user_command = "usage"
    assert "`mytool usage off`" in _telemetry_page.page(WORDS, its)
    its.user_command = ""
    text = _telemetry_page.page(WORDS, its)
    assert "`footfall off mytool`" in text
    assert "mytool telemetry" not in text


@pytest.mark.parametrize("name", LOADED.fields)
def test_the_row_of_an_own_field_has_its_words(name):
    """In the row of a declared field are its words, with the one for what is not in its list, and no others."""
    assert values_of(page().replace("cu\\|da", "cuda"), LOADED.name, name) == {
        word.replace("|", "") for word in LOADED.fields[name].words()
    }


@pytest.mark.parametrize(("name", "known"), wire.ENVIRONMENT.items())
def test_the_row_of_the_environment_has_its_words(name, known):
    """In the row of a field of the environment are the words of its list; versions are told apart from what is none."""
    told = {"version": {"dev"}, "plan": {WORDS.digest()}}
    expected = set(known) if isinstance(known, tuple) else told.get(name, set())
    shipped = replace(WORDS, digests={"1.4.2": [WORDS.digest()]})
    assert values_of(page(shipped), "environment", name) == expected


def test_the_rows_of_commands_have_their_words():
    """Command, option, outcome, kind, release and bucket each have their own words in their row."""
    rows = {
        "command": {"other"},
        "flag": {"other"},
        "release": {"dev"},
        "outcome": {*wire.OUTCOMES},
        "kind": {*wire.USAGE_KINDS, "MyError", "other"},
        "bucket": {*wire.BUCKETS},
    }
    assert {field: values_of(page(), "cli.command", field) for field in rows} == rows
    assert values_of(page(), "activity", "age") == {*wire.AGES}


odd = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from("`|\\ <&*_"), min_size=1)
odd_words = odd.filter(lambda word: wire.is_word(word) and word.strip() == word and len(word) < 60)


@given(st.dictionaries(odd_words, st.lists(odd_words, max_size=4), max_size=4), st.lists(odd_words, max_size=3))
@settings(deadline=None)
def test_words_with_marks_of_markdown(commands, choices):
    """Bars, backticks and whatever else a declared word may hold are read back as they are."""
    events = {"a.b": EventType("a.b", {"x": Choice(*choices)})} if choices else {}
    words = Vocabulary("mytool", "1", commands, events=events)
    assert words_in(page(words)) == words.alphabet()


def test_every_name_of_a_field_or_list_is_there():
    """Names that stand in a report beside the words are in the tables too."""
    words = replace(WORDS, notebook=Notebook(["mytool"]))
    names = {"format", "project", "day", "part", "key", "field", "value", "n", "first_in_week"}
    for part, shape in wire.SHAPES.items():
        for name, check in shape.items():
            names |= {name, *(check if isinstance(check, dict) else ())}
        assert part in words_in(page(words))
    assert names <= names_in(page(words))


def test_what_an_event_says_of_itself():
    """Why, question, owner, review and end of an own event are told, and cannot be taken for words that leave."""
    text = page()
    assert "| Why | whether the 'CUDA' \\| backend is worth it |" in text
    for line in (
        "| Question it answers | How many load on CUDA? |",
        "| Who answers for it | the mytool team |",
        "| Where it was talked over | https://example.org/issues/12 |",
        "| Ends on | 2028-01-01 |",
    ):
        assert line in text.splitlines()
    bare = replace(WORDS, events={"a.b": EventType("a.b")})
    assert "About it" not in page(bare)


@pytest.mark.parametrize(
    ("terms", "told", "not_told"),
    [
        (
            {"operator": "the mytool project", "retention_months": 13, "public": True},
            [
                "| Who gets it | the mytool project |",
                "| Where it goes | usage.example.org |",
                "| How long counts are kept | 13 months |",
                "| Results | public at usage.example.org/p/mytool |",
                "asks once",
            ],
            ["nowhere"],
        ),
        ({}, ["| Who gets it | not said by the author |", "| Results | not public |"], []),
        ({"endpoint": None}, ["nowhere: there is no collector"], ["Who gets it", "Results"]),
        ({"consent": "notice"}, ["shows a notice", "unless you say no"], ["asks once"]),
        ({"consent": "opt-in"}, ["never asks", "if you agree"], ["asks once"]),
        ({"delay": "next-day"}, ["| When it leaves | when the day is over"], []),
        ({"sample": 0.1}, ["| Who sends | one in 10 installs, so that each part counts for 10. Each install"], []),
        ({"sample": 1}, [], ["Who sends"]),
        ({"sample": 0.1, "endpoint": None}, [], ["Who sends"]),
    ],
)
def test_the_terms_are_those_of_the_client(terms, told, not_told):
    """To whom and where it goes, how long it is kept, whether it is public, and how it asks: as the client has it."""
    text = page(**terms)
    assert [part for part in told if part not in text] == []
    assert [part for part in not_told if part in text] == []


def test_the_readmes_notice_tells_the_share():
    """Where not all installs send, the README's notice says how many do; else, or where nothing is sent, nothing."""
    told = {share: _telemetry_page.notice(WORDS, client(sample=share), "TELEMETRY.md") for share in (0.1, 1)}
    assert "| Share that sends | one in 10 installs |" in told[0.1]
    assert "Share that sends" not in told[1]
    assert "Share that sends" not in _telemetry_page.notice(WORDS, client(sample=0.1, endpoint=None), "TELEMETRY.md")


@pytest.mark.parametrize("share", wire.SAMPLES)
def test_the_share_is_a_field_of_each_part(share):
    """Where not all installs send, the table has the field that tells it, with its one value; else it has none."""
    row = "| sample | the share of the installs that send | the number {:g} |"
    assert row.format(share) in page(replace(WORDS, samples=(share,)))
    assert "| sample |" not in page()


HOSTILE = "me|you `--secret` <b>x</b>\n\n# Not [so](https://evil.example) *\u2028| a | b |"


def test_what_authors_and_operators_write_is_no_markup():
    """Bars, backquotes, tags, links and ends of lines in what authors and operators write are read as written."""
    event = replace(LOADED, why=HOSTILE, question=HOSTILE, owner=HOSTILE, review=HOSTILE)
    hostile = replace(WORDS, events={LOADED.name: event})
    text, plain = page(hostile, operator=HOSTILE), page(operator="me")
    told = [line for line in text.splitlines() if "evil" in line]
    assert len(told) == 5
    assert {unescaped(line.partition(" | ")[2]) for line in told} == {
        " ".join(HOSTILE.replace("`", "'").split()) + " |"
    }
    assert not re.search(r"(?<!\\)[\[\]#*]|`|<|[^ ]\n#", "".join(line.partition(" | ")[2] for line in told))
    assert all(len(re.findall(r"(?<!\\)\|", line)) == 3 for line in told)
    assert len(text.split("\n")) == len(plain.split("\n"))
    assert len(text.splitlines()) == len(plain.splitlines())
    assert words_in(text) == words_in(plain)
    notice = _telemetry_page.notice(hostile, client(operator=HOSTILE), "TELEMETRY.md")
    assert len(notice.splitlines()) == len(
        _telemetry_page.notice(WORDS, client(operator="me"), "TELEMETRY.md").splitlines()
    )
    assert HOSTILE[:8] not in notice


def unescaped(text):
    """What a reader of the page sees."""
    return html.unescape(re.sub(r"\\(.)", r"\1", text))


def test_what_leaves_beside_a_part_is_told():
    """The page says what each request has beside the part, and that the collector sees the connection's address."""
    told = page().partition("\n## With each request\n")[2].partition("\n## ")[0]
    assert "`User-Agent: footfall/" in told
    assert "sees the address" in told
    assert "With each request" not in page(endpoint=None)


def test_a_page_for_notebooks_tells_what_holds_there():
    """For notebooks the local mode is said in a cell, and no cell ends as the wrong use of a command."""
    shell = client()
    shell.in_notebooks()
    words = Vocabulary("mytool", "1", notebook=Notebook())
    text = _telemetry_page.page(words, shell)
    assert "| count for yourself only | `%footfall local` |" in text
    assert "=local" not in text
    assert values_of(text, "notebook.session", "outcome") == {"ok", "exit", "error", "aborted", "killed"}
    assert "usage" not in words.alphabet()


def test_every_way_to_switch_it_off_is_told():
    """All ways to say no, for this tool and for all, and all ways to see the bytes are in the table of choices."""
    for way in (
        "mytool telemetry off", "footfall off", "DO_NOT_TRACK=1", "FOOTFALL=off", "MYTOOL_TELEMETRY=off",
        "/etc/footfall/consent", "mytool telemetry purge", "mytool telemetry preview", "mytool telemetry log",
        "mytool telemetry status", "mytool telemetry local", "mytool telemetry on",
    ):  # fmt: skip
        assert f"`{way}`" in page()


def test_it_can_be_read():
    """No line of the page but a list of words is long, no jargon is in it, and its tables are whole."""
    text = page()
    plain = re.sub(r"`[^`]*`", "", text)
    assert not re.search(
        r"anonym|track(?!=)|telemetry data|opt[- ](in|out)|PII|hash", plain.replace("DO_NOT_TRACK", "")
    )
    assert max(len(line) for line in plain.splitlines()) <= 280
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith(" |") for line in tables)


SHIP_IT = "The program ships no plan file: with one (Client(plan_file=…)) its words are the same for everybody.\n"
PROGRAMS = {
    "click": """
        import click, footfall, footfall_click
        @click.group()
        @click.option("--verbose", is_flag=True)
        def cli(verbose): pass
        @cli.command()
        @click.option("--name")
        def greet(name): pass
        client = footfall.Client("hello", version="1.0", endpoint="https://usage.example.org", operator="me")
        footfall_click.instrument(cli, client)
        """,
    "typer": """
        import footfall, footfall_typer, typer
        cli = typer.Typer()
        @cli.callback()
        def main(verbose: bool = False): pass
        @cli.command()
        def greet(name: str = ""): pass
        client = footfall.Client("hello", version="1.0", endpoint="https://usage.example.org", operator="me")
        footfall_typer.instrument(cli, client)
        """,
    "typer.run": """
        import footfall, footfall_typer
        def cli(greet: str = ""): pass
        client = footfall.Client("hello", version="1.0", endpoint="https://usage.example.org", operator="me")
        if __name__ == "__main__":
            footfall_typer.run(cli, client)
        """,
    "jupyter": """
        import footfall, footfall_jupyter
        cli = footfall.Client("hello", version="1.0", endpoint="https://usage.example.org", operator="me")
        footfall_jupyter.instrument(cli, modules=["hello"])
        """,
}


@pytest.fixture
def author(tmp_path):
    """The author of a Click program, in whose folder the ``footfall`` program runs as a process."""
    return author_of("click", tmp_path)


def author_of(framework, folder):
    """An author of a program of this framework, with a folder."""
    pytest.importorskip("IPython" if framework == "jupyter" else framework.partition(".")[0])
    (folder / "hello.py").write_text(textwrap.dedent(PROGRAMS[framework]))
    return Author(folder)


class Author:
    """Somebody who writes a program in a folder."""

    def __init__(self, folder):
        self.folder = folder

    def footfall(self, *words, **environ):
        """What ``footfall`` gives: exit code and output."""
        known = {"PATH": "", "HOME": str(self.folder / "home"), "COLUMNS": "80", **environ}
        command = [sys.executable, "-m", "footfall.cli", *words]
        ran = subprocess.run(command, check=False, cwd=self.folder, env=known, capture_output=True, text=True)
        assert "Traceback" not in ran.stderr, ran.stderr
        return ran.returncode, ran.stdout + ran.stderr

    def read(self, name):
        """A file's text."""
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("framework", PROGRAMS)
def test_the_file_of_each_framework(framework, tmp_path):
    """For Click, Typer and notebooks the file is found to hold what ``plan --alphabet`` prints, word for word."""
    author = author_of(framework, tmp_path)
    code, told = author.footfall("docs", "hello:cli")
    assert (code, told.partition("\n")[::2]) == (0, ("wrote TELEMETRY.md", SHIP_IT))
    code, alphabet = author.footfall("plan", "hello:cli", "--alphabet")
    assert code == 0
    assert alphabet.splitlines() == sorted(words_in(author.read("TELEMETRY.md")))
    exported = json.loads(author.footfall("plan", "hello:cli", "-o", "plan.json") and author.read("plan.json"))
    assert exported["digest"] == digest_in(author.read("TELEMETRY.md"))
    assert {"greet", "--greet"} & {*alphabet.splitlines()} == {
        "click": {"greet"}, "typer": {"greet"}, "typer.run": {"--greet"}, "jupyter": set(),
    }[framework]  # fmt: skip
    assert author.footfall("lint", "hello:cli")[0] == 0
    says = {"jupyter": "%footfall off", "typer.run": "footfall off hello"}.get(framework, "hello telemetry off")
    assert f"`{says}`" in author.read("TELEMETRY.md")


@pytest.mark.parametrize("framework", ["click", "typer", "typer.run"])
def test_an_author_sees_the_question_where_nobody_would_be_asked(framework, tmp_path):
    """``--question`` shows the question, on its eight lines, also in CI without a terminal; it writes nothing."""
    author = author_of(framework, tmp_path)
    code, told = author.footfall("docs", "hello:cli", "--question", CI="true")
    assert code == 0
    assert told.startswith("hello would like to count how it is used. Nothing has been recorded or sent.\n")
    assert told.endswith("\nAllow?  [y/N/show]\n")
    assert len(told.splitlines()) == 8
    assert "usage.example.org (run by me, counts kept 25 months" in told
    says = "footfall off hello" if framework == "typer.run" else "hello telemetry off"
    assert f"Change your mind any time:   {says}  (or DO_NOT_TRACK=1)" in told
    assert not (tmp_path / "TELEMETRY.md").exists()
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("framework", "before", "after", "told"),
    [
        ("click", 'r="me"', 'r="me", consent="notice"', "hello counts how it is used, from its next run on."),
        ("click", 'r="me"', 'r="me", consent="opt-in"', "Nobody is asked: `hello telemetry on` says yes."),
        ("jupyter", "", "", "Nobody is asked in a notebook: `%footfall on` says yes."),
    ],
)
def test_an_author_sees_what_else_there_is(tmp_path, framework, before, after, told):
    """``--question`` shows the notice where that is shown, and how to say yes where nobody is asked."""
    author = author_of(framework, tmp_path)
    (tmp_path / "hello.py").write_text(author.read("hello.py").replace(before, after))
    code, said = author.footfall("docs", "hello:cli", "--question")
    assert code == 0
    assert said.startswith(told)


def test_nobody_is_asked_by_a_service(tmp_path):
    """``--question`` of a service's client says how who runs it says yes: by where its client is."""
    author = author_of("click", tmp_path)
    (tmp_path / "hello.py").write_text(
        "import footfall\n"
        "beat = footfall.EventType('service.heartbeat', why='w', question='q', owner='o', expires='2027-01-01')\n"
        "plan = footfall.Plan(events=[beat])\n"
        "client = footfall.Client('hello', version='1', endpoint='https://usage.example.org', plan=plan)\n"
    )
    told = "Nobody is asked by a service or library: `footfall on hello:client` says yes.\n"
    assert author.footfall("docs", "hello:client", "--question") == (0, told)


def test_check_says_what_is_stale_and_how_to_mend_it(author):
    """``--check`` gives 1, a diff and the command for a missing and a stale file, and 0 once it was written."""
    code, told = author.footfall("docs", "hello:cli", "--check")
    assert code == 1
    assert told.endswith("TELEMETRY.md is missing: run `footfall docs hello:cli`\n")
    assert not (author.folder / "TELEMETRY.md").exists()
    author.footfall("docs", "hello:cli")
    assert author.footfall("docs", "hello:cli", "--check") == (0, "TELEMETRY.md: up to date\n")
    source = author.read("hello.py")
    (author.folder / "hello.py").write_text(source.replace('operator="me"', 'operator="the others"'))
    before = author.read("TELEMETRY.md")
    code, told = author.footfall("docs", "hello:cli", "--check")
    assert code == 1
    assert "\n-| Who gets it | me |\n+| Who gets it | the others |\n" in told
    assert told.endswith("TELEMETRY.md is not up to date: run `footfall docs hello:cli`\n")
    assert author.read("TELEMETRY.md") == before
    author.footfall("docs", "hello:cli")
    assert author.footfall("docs", "hello:cli", "--check")[0] == 0


def test_a_release_that_changes_no_word_leaves_the_file_as_it_is(author):
    """The file tells no version and no day, nor anything of where it was written."""
    author.footfall("docs", "hello:cli")
    (author.folder / "hello.py").write_text(author.read("hello.py").replace('"1.0"', '"2.0"'))
    environ = {"FOOTFALL_ENDPOINT": "http://127.0.0.1:9", "DO_NOT_TRACK": "1", "CI": "1", "LANG": "C"}
    assert author.footfall("docs", "hello:cli", "--check", **environ) == (0, "TELEMETRY.md: up to date\n")


def test_the_readme_has_a_notice_between_two_marks(author):
    """The notice is put at a README's end, or made of one's own, and replaced where it is; all else is left alone."""
    readme = author.folder / "docs" / "README.md"
    readme.parent.mkdir()
    readme.write_text("# Hello\n\nMine.\n", encoding="utf-8")
    words = ("docs", "hello:cli", "--readme", "docs/README.md")
    assert author.footfall(*words) == (0, f"wrote TELEMETRY.md\nwrote docs/README.md\n{SHIP_IT}")
    text = author.read("docs/README.md")
    assert text.startswith("# Hello\n\nMine.\n\n<!-- footfall docs: begin")
    assert "](../TELEMETRY.md) has every word that can leave.\n<!-- footfall docs: end -->\n" in text
    readme.write_text(text.replace("Mine.", "Ours.").replace("Counted", "Uncounted") + "\n## Licence\n", "utf-8")
    code, told = author.footfall(*words, "--check")
    assert code == 1
    assert told.endswith("docs/README.md is not up to date: run `footfall docs hello:cli --readme docs/README.md`\n")
    author.footfall(*words)
    assert author.read("docs/README.md") == text.replace("Mine.", "Ours.") + "\n## Licence\n"
    assert author.footfall(*words, "--check") == (0, "TELEMETRY.md and docs/README.md: up to date\n")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_readmes_line_endings_stay(author, ending):
    """A README is written with the line endings that it has, and is up to date then."""
    readme = author.folder / "README.md"
    readme.write_bytes(f"# Hello{ending}{ending}Mine.{ending}".encode())
    words = ("docs", "hello:cli", "--readme", "README.md")
    for _ in range(2):
        author.footfall(*words)
        lines = readme.read_bytes().decode().split(ending)
        assert not any("\r" in line or "\n" in line for line in lines)
        assert lines[:4] == ["# Hello", "", "Mine.", ""]
        assert lines[-2:] == [_docs.END, ""]
        assert author.footfall(*words, "--check")[0] == 0


MARKS = f"{_docs.BEGIN}\nold\n{_docs.END}\n"


@pytest.mark.parametrize(
    "before",
    [
        f"```html\n{MARKS}```\n",
        f"~~~~\n```\n{MARKS}~~~~\n",
        f"Between `{_docs.BEGIN}` and `{_docs.END}` it is written.\n",
    ],
)
def test_marks_in_code_or_text_are_none(before):
    """Marks that a README shows in a block of code, or speaks of within a line, are left alone."""
    found = _docs.with_notice(f"{before}\n{MARKS}after\n", "new")
    assert found == f"{before}\n{MARKS.replace('old', 'new')}after\n"
    assert _docs.with_notice(before, "new") == f"{before}\n{MARKS.replace('old', 'new')}"


@pytest.mark.parametrize("readme", [MARKS * 2, f"{_docs.END}\n{_docs.BEGIN}\n", f"x\n{_docs.BEGIN}\n"])
def test_marks_that_tell_no_place_are_refused(readme):
    """Two pairs of marks, marks in the wrong order or one alone are the author's to mend."""
    with pytest.raises(FootfallError, match="the marks"):
        _docs.with_notice(readme, "new")


def test_a_readme_with_one_mark_is_left_alone(author):
    """Where a mark was taken away nobody can tell what is the author's: nothing is written, and the mark is named."""
    readme = author.folder / "README.md"
    readme.write_text("# Hello\n\n<!-- footfall docs: end -->\nMine.\n", encoding="utf-8")
    code, told = author.footfall("docs", "hello:cli", "--readme", "README.md")
    assert code == 1
    assert told.startswith("footfall: the README has only one of the marks")
    assert author.read("README.md") == "# Hello\n\n<!-- footfall docs: end -->\nMine.\n"
    assert not (author.folder / "TELEMETRY.md").exists()


def test_a_program_that_is_not_instrumented(tmp_path):
    """Without a client there are no terms to tell, and one line says where to look for it."""
    pytest.importorskip("click")
    (tmp_path / "plain.py").write_text("import click\n\n@click.command()\ndef cli(): pass\n")
    code, told = Author(tmp_path).footfall("docs", "plain:cli", "--project", "plain")
    assert code == 1
    assert told.startswith("footfall: plain:cli is not instrumented where you say it is")
    assert not Path(tmp_path / "TELEMETRY.md").exists()
