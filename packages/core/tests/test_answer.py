"""Reading a stored answer: whatever cannot be trusted counts as a refusal."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall import Client, _consent, beginning_of
from footfall._consent import ANSWERS, Answer, read_answer, restriction

pytestmark = pytest.mark.privacy

CONTAINERS = ("/.dockerenv", "/run/.containerenv")


@pytest.fixture
def own_machine(monkeypatch):
    """Neither root nor in a container, whoever runs the tests; makes the files that it is called with be there."""
    present, access = set(), os.access
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    is_there = lambda path, way: path in present or (path not in CONTAINERS and access(path, way))  # noqa: E731
    monkeypatch.setattr(os, "access", is_there)
    return present.add


def terms(version, endpoint, months):
    """A client that asks for these."""
    return Client(
        "mytool", version="1.0", endpoint=endpoint, consent_version=version, retention_months=months, environ={}
    )


def decided(home):
    """What a client decides with this home, nothing else being in the way."""
    environ = {"MYTOOL_TELEMETRY": "1"}
    return Client("mytool", version="1.0", endpoint="https://c.example", environ=environ, home=str(home)).decide()


@pytest.fixture
def consent(tmp_path):
    """Path of a tool's stored answer; its folder is there."""
    (tmp_path / "mytool").mkdir()
    return tmp_path / "mytool" / "consent"


def test_no_file_is_no_answer(consent):
    """Without a file there is no answer, and nothing is broken."""
    found = read_answer(str(consent))
    assert (found.word, found.broken) == ("", "")


def test_an_answer_is_read_with_its_terms(consent):
    """Word, day, version, collector and months are read as they were written."""
    consent.write_text("on 2026-11-21 3 https://usage.example.org 25\n")
    found = read_answer(str(consent))
    assert (found.word, found.day, found.broken) == ("on", "2026-11-21", "")
    assert found.covers(terms(3, "https://usage.example.org", 25))
    assert found.covers(terms(2, "https://usage.example.org", 13))
    assert not found.covers(terms(4, "https://usage.example.org", 25))
    assert not found.covers(terms(3, "https://other.example.org", 25))
    assert not found.covers(terms(3, "https://usage.example.org", 26))


def _empty(path):
    path.write_bytes(b"")


def _blank_line(path):
    path.write_text("\n")


def _blanks(path):
    path.write_text(" \t\n \n")


def _garbage(path):
    path.write_bytes(bytes(range(256)))


def _unknown_word(path):
    path.write_text("yes 2026-11-21")


def _no_day(path):
    path.write_text("on")


def _half_terms(path):
    path.write_text("on 2026-11-21 1 https://c.example")


def _huge(path):
    path.write_bytes(b"x" * 10_000_000)


def _directory(path):
    path.mkdir()


def _fifo(path):
    os.mkfifo(path)


def _world_writable(path):
    path.write_text("on 2026-11-21 1 https://c.example 25")
    path.chmod(0o666)


def _loop(path):
    path.symlink_to(path)


def _strangers(path):
    path.write_text("on 2026-11-21 1 https://c.example 25")
    os.chown(path, 12345, 12345)


BROKEN = [
    _empty,
    _blank_line,
    _blanks,
    _garbage,
    _unknown_word,
    _no_day,
    _half_terms,
    _huge,
    _directory,
    _fifo,
    _world_writable,
    _loop,
]


@pytest.mark.statement(18)
@pytest.mark.parametrize("make", BROKEN)
def test_what_cannot_be_trusted_is_off(consent, make):
    """Statement 18: an unreadable, unparsable or world-writable answer switches off, also what was forced on."""
    make(consent)
    assert read_answer(str(consent)).broken
    found = decided(consent.parent.parent)
    assert (found.mode, found.rule) == ("off", 1)


@pytest.mark.statement(18)
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
def test_somebody_elses_answer_is_off(consent):
    """Statement 18: an answer that another user wrote switches off."""
    _strangers(consent)
    assert decided(consent.parent.parent).rule == 1


@pytest.mark.statement(18)
def test_a_file_in_place_of_the_folder_is_off(tmp_path):
    """Statement 18: where a file stands in place of the tool's folder, nothing is on."""
    (tmp_path / "mytool").write_text("")
    assert decided(tmp_path).rule == 1


@pytest.mark.statement(18)
def test_the_answer_for_all_tools_is_read_alike(tmp_path):
    """Statement 18: a broken machine-wide answer switches off as well."""
    for text in ("maybe", "", "\n", " \n"):
        (tmp_path / "consent").write_text(text)
        assert decided(tmp_path).rule == 1


@pytest.mark.statement(18, 24)
@pytest.mark.parametrize("text", ["", "\n", " \n", "maybe"])
def test_an_administrators_file_that_says_nothing_is_off(tmp_path, monkeypatch, text):
    """Statement 18: an administrator's file that is blank, or holds an unknown word, switches off."""
    path = tmp_path / "of-the-administrator"
    path.write_text(text)
    monkeypatch.setattr("footfall._consent.admin_file", lambda _: str(path))
    found = decided(tmp_path)
    assert (found.mode, found.rule) == ("off", 2)


@given(st.text(max_size=60))
def test_no_text_is_taken_for_a_yes_but_a_yes(text):
    """An answer is one of four words and a day of ten characters, else it is broken; reading never raises."""
    found = Answer(text)
    words = text.split()
    assert found.broken or not text or (words[0] in ANSWERS and len(words[1]) == 10)


@pytest.mark.statement(26)
@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"CI": ""}, "CI"),
        ({"BUILD_ID": "7"}, "CI"),
        ({"JENKINS_URL": "x"}, "CI"),
        ({"GITHUB_ACTIONS": "true"}, "CI"),
        ({"PYTEST_CURRENT_TEST": "x"}, "a test run"),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "a container"),
        ({"KUBERNETES_SERVICE_HOST": ""}, "a container"),
        ({"container": "podman"}, "a container"),
        ({"container": ""}, "a container"),
        ({}, ""),
        ({"SUDO_USER": "somebody"}, "root"),
    ],
)
def test_what_is_not_a_persons_own_use(own_machine, environ, why):
    """Statement 26: CI markers by their presence, test runs, containers and sudo are each known; else it is allowed."""
    assert restriction(environ) == why


@pytest.mark.statement(26)
@pytest.mark.parametrize("path", CONTAINERS)
def test_each_sign_of_a_container_is_enough(own_machine, path):
    """Statement 26: either file that a container has is enough, and without them there is no container."""
    assert restriction({}) == ""
    own_machine(path)
    assert restriction({}) == "a container"


@pytest.mark.statement(26)
@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there is no root")
def test_root_is_nobodys_own_use(monkeypatch):
    """Statement 26: root's runs are known by the effective user, whatever the environment says."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert restriction({}) == "root"


@pytest.mark.statement(26)
@pytest.mark.parametrize("name", _consent.CI_MARKERS)
@pytest.mark.parametrize("value", ["", "0", "false", "true"])
def test_each_marker_of_ci_counts_by_its_presence(own_machine, name, value):
    """Each of the variables that CI systems set is enough, whatever its value."""
    assert restriction({name: value}) == "CI"


@pytest.mark.statement(26)
@pytest.mark.parametrize(
    "name", [*_consent.CI_MARKERS, "SUDO_USER", "PYTEST_CURRENT_TEST", "KUBERNETES_SERVICE_HOST", "container"]
)
def test_nothing_leaves_where_no_person_is_at_work(own_machine, new_install, name):
    """With a stored yes nothing is recorded or sent there, until the program's own switch says so on purpose."""
    install = new_install()
    install.environ[name] = "1"
    del install.environ["MYTOOL_TELEMETRY"]
    install.answer("on 2026-11-18 1 http://127.0.0.1:9 25\n")
    install.run()
    assert install.client.decide().rule == 8
    assert install.files == {"agreed.json", "consent"}
    install.environ["MYTOOL_TELEMETRY"] = "1"
    install.run()
    install.send()
    assert install.collector.bodies


def test_a_time_limit_is_no_unreadable_file(consent, monkeypatch):
    """What a signal handler raises while a file is read, TimeoutError say, is let out: it is not the system's error."""
    consent.write_text("on 2026-11-21 3 https://usage.example.org 25\n")

    def strike(*_):
        raise TimeoutError

    for name in ("open", "read", "stat"):
        with monkeypatch.context() as struck:
            struck.setattr(os, name, strike)
            reads = [_consent.mark_of] if name == "stat" else [read_answer, lambda path: beginning_of(path, 4)]
            for read in reads:
                with pytest.raises(TimeoutError):
                    read(str(consent))
