"""Who decides: the whole space of facts, against the table of rules written down once more."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from footfall import Client
from footfall._consent import NOT_TRUE, decide

SPACE = {
    "dnt": (None, "0", "1"),
    "every": (None, "off", "local", "perhaps"),
    "own": (None, "0", "1", "local", "perhaps"),
    "broken": ("", "the stored answer cannot be read"),
    "admin": ("", "off", "local", "on"),
    "lowered": ("", "off", "local"),
    "tool": ("", "on", "notice", "local", "off"),
    "machine": ("", "off", "local"),
    "source": ("", "editable"),
    "restricted": ("", "root"),
    "covered": (True, False),
}
RANK = {"off": 0, "undecided": 1, "local": 2, "on": 3}
# What switches off, whatever the rest says.
OFF = {
    "dnt": "1",
    "every": "off",
    "own": "0",
    "broken": SPACE["broken"][1],
    "admin": "off",
    "lowered": "off",
    "tool": "off",
    "machine": "off",
    "source": "editable",
}


def decision(dnt=None, every=None, own=None, **facts):
    """The decision for one point of the space."""
    found = {"DO_NOT_TRACK": dnt, "FOOTFALL": every, "MYTOOL_TELEMETRY": own}
    return decide(environ={k: v for k, v in found.items() if v is not None}, project="mytool", **facts)


def by_the_table(point):
    """Mode and rule by the table of the privacy page, read from top to bottom."""
    forced = point["own"] == "1"
    offs = (
        (1, point["broken"]),
        (2, point["admin"] in ("off", "on")),
        (3, point["dnt"] == "1"),
        (4, point["every"] in ("off", "perhaps") or point["own"] in ("0", "perhaps")),
        (5, point["lowered"] == "off"),
        (6, "off" in (point["tool"], point["machine"])),
        (7, point["source"]),
        (8, point["restricted"] and not forced),
    )
    for rule, holds in offs:
        if holds:
            return "off", rule
    agreed = point["tool"] in ("on", "notice", "local") and point["covered"]
    if not forced and not agreed:
        return "undecided", 11
    caps = (
        (2, point["admin"] == "local"),
        (4, "local" in (point["every"], point["own"])),
        (5, point["lowered"] == "local"),
        (10, "local" in (point["tool"], point["machine"])),
    )
    return next((("local", rule) for rule, holds in caps if holds), ("on", 9 if forced else 10))


def points():
    """Every point of the space."""
    return (dict(zip(SPACE, values, strict=True)) for values in product(*SPACE.values()))


def test_every_combination_is_decided_as_the_table_says():
    """For each of the 172,800 combinations, mode and rule are those of the table, read from the top."""
    number = 0
    for point in points():
        found = decision(**point)
        assert (found.mode, found.rule) == by_the_table(point), point
        number += 1
    assert number == 172_800


@pytest.mark.statement(16)
@pytest.mark.privacy
def test_every_off_source_alone_suffices():
    """Statement 16: with any one source that says off, no combination of all others gives anything but off."""
    for point in points():
        off = any(point[name] == OFF[name] for name in OFF) or point["admin"] == "on"
        assert not off or decision(**point).mode == "off", point


@pytest.mark.statement(16)
@pytest.mark.privacy
def test_adding_an_off_or_local_source_never_raises_the_mode():
    """Statement 16: whatever was decided, one more word for off or local gives the same mode or a lower one."""
    local = {"every": "local", "admin": "local", "lowered": "local", "machine": "local"}
    some = (dict(zip(SPACE, values, strict=True)) for values in product(*(v[:2] for v in SPACE.values())))
    for point in some:
        before = RANK[decision(**point).mode]
        for name, word in (*OFF.items(), *((n, w) for n, w in local.items() if not point[n])):
            assert RANK[decision(**{**point, name: word}).mode] <= before, (point, name)


@pytest.mark.statement(13, 15)
@pytest.mark.privacy
@pytest.mark.parametrize("value", ["1", "true", "TRUE", "yes", "on", " 1 ", "anything", "2", "-", "nope"])
def test_do_not_track_that_is_set_overrides_all(value):
    """Statements 13 and 15: no other setting turns anything on while DO_NOT_TRACK is truthy."""
    for point in points():
        if point["dnt"] is None:
            found = decision(**{**point, "dnt": value})
            assert found.mode == "off"
            assert found.rule <= 3
        if point["broken"]:
            break  # DO_NOT_TRACK comes first in the space, then all that may override it; the rest is the same again
    assert decision(dnt=value, own="1", tool="on").reason == "DO_NOT_TRACK is set"


@pytest.mark.statement(14)
@pytest.mark.privacy
@pytest.mark.parametrize("value", [*NOT_TRUE, "FALSE", "No", " off ", "\t0\n", "N"])
def test_do_not_track_that_is_not_set_changes_nothing(value):
    """Statement 14: an empty DO_NOT_TRACK, or one that says no, is as none."""
    assert (decision(dnt=value, tool="on").mode, decision(dnt=value).mode) == ("on", "undecided")


@pytest.mark.statement(17)
@pytest.mark.privacy
@pytest.mark.parametrize("word", ["offf", "disable", "none", "2", "y", "on!", "oui", "\u0661", "on off"])
def test_an_unknown_word_in_a_switch_is_off(word):
    """Statement 17: a word that we do not know counts as off, in the tool's switch and in that of all tools."""
    for switch in ("own", "every"):
        found = decision(**{switch: word}, tool="on")
        assert (found.mode, found.rule) == ("off", 4)
        assert found.reason.endswith("holds an unknown word")


@pytest.mark.parametrize("word", ["OFF", " off", "0", "False", "NO"])
def test_words_for_off_are_known_in_any_case(word):
    """The words for off are understood whatever their case and the blanks around them."""
    assert decision(own=word).reason == "MYTOOL_TELEMETRY says off"


@pytest.mark.statement(24)
@pytest.mark.privacy
@pytest.mark.parametrize("word", ["on", "1", "yes", "true", "notice", "enabled", "LOCAL", "localhost"])
def test_no_word_of_an_administrator_or_distributor_turns_on(word):
    """Statement 24: whatever stands in their place, it is off, or at most local."""
    for where in ("admin", "distributor"):
        assert decision(**{where: word}, own="1", tool="on").mode == "off"
        assert decision(**{where: "local"}, own="1", tool="on").mode == "local"
        assert decision(**{where: "local"}).mode == "undecided"


@pytest.mark.parametrize(
    ("facts", "rule", "reason"),
    [
        ({"broken": "the stored answer is empty"}, 1, "the stored answer is empty"),
        ({"admin": "off"}, 2, "an administrator or distributor switched it off"),
        ({"admin": "local", "tool": "on"}, 2, "an administrator or distributor allows local only"),
        ({"dnt": "1"}, 3, "DO_NOT_TRACK is set"),
        ({"every": "off"}, 4, "FOOTFALL says off"),
        ({"own": "off"}, 4, "MYTOOL_TELEMETRY says off"),
        ({"lowered": "off"}, 5, "switched off for this run"),
        ({"lowered": "local", "tool": "on"}, 5, "local only for this run"),
        ({"tool": "off"}, 6, "you said no"),
        ({"machine": "off", "tool": "on"}, 6, "you said no for all tools"),
        ({"source": "editable", "tool": "on"}, 7, "this is not a released version (editable)"),
        ({"restricted": "CI", "tool": "on"}, 8, "not a person's own use (CI)"),
        ({"own": "1"}, 9, "MYTOOL_TELEMETRY says on"),
        ({"tool": "on"}, 10, "you said on"),
        ({"tool": "local"}, 10, "you said local"),
        ({}, 11, "not asked yet"),
        ({"tool": "on", "covered": False}, 11, "what would be sent, or where to, has grown since you agreed"),
    ],
)
def test_each_decision_says_why(facts, rule, reason):
    """Status prints the rule's number and a reason that names what decided."""
    found = decision(**facts)
    assert (found.rule, found.reason) == (rule, reason)


@pytest.mark.parametrize(
    ("project", "switch"), [("my-tool", "MY_TOOL"), ("my.tool", "MY_TOOL"), ("tool2", "TOOL2"), ("a_b", "A_B")]
)
def test_a_tools_switch_is_its_name_in_capitals(project, switch):
    """The switch of a tool whose name no variable can have is spelled with underscores."""
    assert decide(environ={f"{switch}_TELEMETRY": "0"}, project=project, tool="on").mode == "off"


ANSWERS = ("on 2026-11-21 1 https://usage.example.org 25\n", "notice 2026-11-21 1 https://usage.example.org 25\n")
TEXTS = (
    None,
    "",
    *ANSWERS,
    "local 2026-11-21\n",
    "off 2026-11-21\n",
    "off",
    "offline 2026-11-21\n",
    "of",
    "o",
    "OFF 2026",
)
WORDS = (None, "", "on", "1", "local", "off", "0", "no", "perhaps")


@pytest.mark.statement(6, 13, 17)
def test_what_is_plainly_off_is_off(tmp_path, monkeypatch):
    """Whatever a run takes for off without looking at the rules is off by the rules; and the usual ways are."""
    monkeypatch.setattr("footfall._consent.restriction", lambda environ: "")
    environ = {}
    client = Client(
        "mytool", version="1.0", endpoint="https://usage.example.org", environ=environ, home=str(tmp_path / "home")
    )
    file = Path(client.folder, "consent")
    file.parent.mkdir(parents=True)
    modes = set()
    for text in TEXTS:
        file.unlink(missing_ok=True)
        if text is not None:
            file.write_text(text, "utf-8")
        for dnt, every, own in product((None, "0", "no", "1", "2"), WORDS, WORDS):
            words = {"DO_NOT_TRACK": dnt, "FOOTFALL": every, "MYTOOL_TELEMETRY": own}
            environ.clear()
            environ.update({name: word for name, word in words.items() if word is not None})
            mode, is_plain = client.decide().mode, client.is_plainly_off()
            assert mode == "off" or not is_plain, (text, words)
            assert is_plain or not (dnt == "1" or "off" in (every, own) or text == "off 2026-11-21\n")
            modes.add((mode, is_plain))
    assert modes == {("off", True), ("off", False), ("on", False), ("local", False), ("undecided", False)}
    client.environ = {}
    client._home = None
    assert client.is_plainly_off(), "without a folder for a user's state there is nothing to look at"
    assert client.decide().mode == "off"
