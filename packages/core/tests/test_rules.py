"""What status says of each rule, and of what changes a mode, agrees with what decides."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from footfall import _consent, _project, _rules, overview, switch_of

ANSWERS = {
    "none": None,
    "yes": "on 2026-11-18 1 http://127.0.0.1:9 25\n",
    "less": "on 2026-11-18 1 http://127.0.0.1:8 25\n",
    "local": "local 2026-11-18 1 http://127.0.0.1:9 25\n",
    "no": "off 2026-11-18\n",
    "broken": "perhaps\n",
}
SWITCHES = [{}, {"DO_NOT_TRACK": "1"}, {"FOOTFALL": "local"}, {"MYTOOL_TELEMETRY": "1"}, {"MYTOOL_TELEMETRY": "eh"}]
WORLDS = list(itertools.product(ANSWERS, ("none", "no", "local"), SWITCHES, ("", "root"), ("cli", "notebook")))


@pytest.fixture
def admin(tmp_path, monkeypatch):
    """An administrator's file of this test's own."""
    path = tmp_path / "etc-footfall-consent"
    monkeypatch.setattr("footfall._consent.admin_file", lambda _: str(path))
    return path


@pytest.mark.parametrize("set_by_admin", [None, "local 2026-11-18\n", "off 2026-11-18\n", "nonsense\n"])
def test_the_table_agrees_with_the_decision(install, admin, monkeypatch, set_by_admin):
    """In every world one rule is marked, the one that decided, with mode and reason; no higher one says off."""
    folders = [Path(install.client.home) / name for name in ("mytool", "mytool.notebook")]
    if set_by_admin:
        admin.write_text(set_by_admin)
    for folder in folders:
        folder.mkdir(parents=True)
    for own, machine, switches, restricted, kind in WORLDS:
        for path, text in [(folder / "consent", ANSWERS[own]) for folder in folders] + [
            (folders[0].parent / "consent", ANSWERS[machine])
        ]:
            path.unlink(missing_ok=True)
            if text:
                path.write_text(text)
        monkeypatch.setattr("footfall._consent.restriction", lambda _, why=restricted: why)
        install.client.kind = kind
        install.environ.clear()
        install.environ.update(switches)
        decided = install.client.decide()
        found = _rules.rules(install.client)
        (mark,) = [rule for rule in found if rule.decides]
        assert (mark.number, mark.says) == (decided.rule, f"{decided.mode}: {decided.reason}")
        higher = [rule.says for rule in found[: mark.number - 1]]
        lifted = ("lifted by rule 9", "local")
        assert not [says for says in higher if says.startswith("off") and not says.endswith(lifted)], decided
        way_out = _rules.way_out(decided, install.client)
        is_local = (decided.mode, decided.rule) == ("local", 10)
        assert bool(way_out) == (decided.mode in ("off", "undecided") or decided.rule in (2, 4) or is_local)


def test_what_an_administrator_wrote_and_nobody_understands(install, admin):
    """A file of the administrator's that says nothing known counts as off, and status says why."""
    for text in ("nonsense", "on 2026-11-18\n", "", "off"):
        admin.write_text(text)
        found = overview.status(install.client)
        assert (found.mode, found.rule) == ("off", 2)
        assert found.reason == "what an administrator or distributor set cannot be understood, and counts as off"
        assert str(admin) in found.way_out
    admin.write_text("off 2026-11-18\n")
    assert overview.status(install.client).reason == "an administrator or distributor switched it off"


@pytest.mark.parametrize(
    ("environ", "way_out"),
    [
        ({"DO_NOT_TRACK": "1"}, "unset DO_NOT_TRACK; then your own answer counts"),
        ({"FOOTFALL": "off"}, "unset FOOTFALL; then your own answer counts"),
        ({"MYTOOL_TELEMETRY": "local"}, ""),
        ({"MYTOOL_TELEMETRY": "whatever"}, "unset MYTOOL_TELEMETRY; then your own answer counts"),
        ({"CI": "1"}, "set MYTOOL_TELEMETRY=1 in the environment to have it counted here too"),
        ({"FOOTFALL_ENDPOINT": "http://usage.example.org"}, "unset FOOTFALL_ENDPOINT, or correct it"),
    ],
)
def test_status_says_what_a_user_can_do(new_install, monkeypatch, environ, way_out):
    """Whatever keeps a tool from recording, status names what changes it, in a line of its own."""
    environ = {**environ, "FOOTFALL_SENDER": "1"}
    install = new_install(environ=environ)
    if "CI" not in environ:
        monkeypatch.setattr("footfall._consent.restriction", lambda _: "")
    overview.on(install.client)
    found = overview.status(install.client)
    expected = way_out or "unset MYTOOL_TELEMETRY; then your own answer counts"
    assert found.way_out == expected
    assert f"  to change  {expected}" in found.lines()


def test_status_says_that_only_releases_are_counted(new_install, monkeypatch):
    """A working copy's developer is told that there is no switch to set: only released versions are counted."""
    monkeypatch.setattr("footfall._consent.restriction", lambda _: "")
    install = new_install(environ={"FOOTFALL_SENDER": "1"})
    overview.on(install.client)
    install.client.source = "editable"
    found = overview.status(install.client)
    assert (found.mode, found.rule) == ("off", 7)
    assert found.way_out == "only released versions are counted"


@pytest.mark.parametrize("width", [40, 80])
def test_the_table_of_rules_fits(install, width):
    """The table is as wide as the terminal at most, and begins each rule with its number and source."""
    install.environ["CI"] = "1"
    lines = list(_rules.table(_rules.rules(install.client), width))
    assert max(map(len, lines)) <= width
    assert len([line for line in lines if line[2:6].strip().isdigit()]) == 11
    assert [line[:6] for line in lines if line.startswith(">")] == [">    9"]
    assert switch_of("mytool") in " ".join(lines)


def test_the_way_back_is_one_that_works(install, monkeypatch):
    """After a no to all tools, or local for all, status names what takes it back, in the order in which it does."""
    install.environ.clear()
    monkeypatch.setattr("footfall._consent.restriction", lambda _: "")
    home = Path(install.client.home)
    overview.on(install.client)
    (home / "consent").write_text("off 2026-11-18\n")
    assert overview.status(install.client).way_out == "`footfall on` takes it back"
    overview.off(install.client)
    assert overview.status(install.client).way_out == "first `footfall on`, then `mytool telemetry on`"
    (home / "consent").write_text("local 2026-11-18\n")
    answer = overview.on(install.client)
    assert answer.text.splitlines()[-1] == "To change that: `footfall on` takes it back."
    assert "you said local for all tools (rule 10)" in answer.text
    (home / "consent").unlink()
    install.client.user_command = "usage"
    overview.off(install.client)
    assert overview.status(install.client).way_out == "`mytool usage on` takes it back"


def test_a_distributors_word_is_no_administrators(install, monkeypatch, admin):
    """Where whoever packaged Footfall switched it off, status does not send users to their administrator."""
    monkeypatch.setattr(_consent, "DISTRIBUTOR_MODE", "off")
    assert overview.status(install.client).way_out == "only those who packaged this copy of Footfall can"
    admin.write_text("off 2026-11-18\n")
    assert str(admin) in overview.status(install.client).way_out


def test_a_notice_is_no_yes_that_was_said(install, monkeypatch):
    """Who was shown a notice is told when that was, and until when nothing is sent."""
    install.environ.clear()
    install.client.consent = "notice"
    monkeypatch.setattr("footfall._consent.restriction", lambda _: "")
    _project.grant(install.client, "notice")
    expected = "you were shown the notice on 2026-11-18; nothing is sent before 2026-11-20"
    assert overview.status(install.client).reason == expected
    assert install.client.decide().reason == "you were shown its notice"
