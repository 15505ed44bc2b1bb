"""Rule 7: who works on a program's source is not counted, and is not asked; found once a version, kept as a word."""

from __future__ import annotations

import sys

import pytest

from footfall import Client, _ask, _consent, _install, _spawn, _system, overview

pytestmark = [pytest.mark.privacy, pytest.mark.statement(26)]

EDITABLE = '{"url": "file:///home/jane/mytool", "dir_info": {"editable": true}}'
ORIGINS = [
    (None, ""),
    ("", ""),
    ("{", ""),
    ("[]", ""),
    ("[" * 10_000, ""),
    ('{"url": "https://files.example/mytool-1.0.whl", "archive_info": {}}', ""),
    ('{"url": "file:///mnt/wheels/mytool-1.0-py3-none-any.whl", "archive_info": {}}', ""),
    (EDITABLE, "editable"),
    ('{"url": "file:///x", "dir_info": {}}', "from a folder"),
    ('{"url": "file:///x", "dir_info": 5}', ""),
    ('{"url": "https://git.example/x", "vcs_info": {"vcs": "git"}}', "from a repository"),
]


@pytest.fixture(autouse=True)
def own_machine(monkeypatch):
    """A person's own machine, whoever runs the tests."""
    monkeypatch.setattr(_consent, "restriction", lambda environ: "")


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed packages that Python looks in."""
    folder = tmp_path / "venv/lib/python3/site-packages"
    folder.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(folder))
    return folder


def another_process(install):
    """A client as a later run of the program makes it: it knows only what was kept."""
    known = {name: getattr(install.client, name) for name in ("version", "endpoint", "environ", "clock")}
    made = Client("mytool", home=install.client.home, **known)
    made.packages = install.client.packages
    return made


def install_into(site, name="mytool_of_test", origin=None, record=""):
    """A distribution as an installer leaves it."""
    about = site / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "RECORD").write_text(record)
    if origin is not None:
        (about / "direct_url.json").write_text(origin)


@pytest.fixture
def imported(monkeypatch):
    """Import a package or module of this name, written there, for this test only."""

    def make(folder, name, file="__init__.py"):
        path = folder / name / file if file == "__init__.py" else folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, name, raising=False)
        module = __import__(name)
        monkeypatch.setitem(sys.modules, name, module)
        return name

    return make


@pytest.mark.parametrize(("origin", "how"), ORIGINS)
def test_how_a_program_was_installed(site, origin, how):
    """By PEP 610: editable, folder and repository are their developers'; an archive is a release, also by its path."""
    install_into(site, origin=origin)
    assert _install.how_installed("mytool-of-test") == how


def test_a_program_that_is_not_installed_is_not_known():
    """A project of which nothing is known counts as a release."""
    assert _install.how_installed("no-such-distribution", ["no_such_package"]) == ""


@pytest.mark.parametrize("record", ["ztool/__init__.py,,\n", "x.py,,\nztool.py,,\n"])
def test_a_distribution_of_another_name(site, imported, record):
    """The distribution that holds the program's package counts, whatever it is called."""
    install_into(site, "a_suite_of_tools", EDITABLE, record)
    install_into(site, "something_else", '{"vcs_info": {}}', "another/__init__.py,,\nztools/x.py,,\n")
    assert _install.how_installed("ztool-cli", [imported(site, "ztool")]) == "editable"
    assert _install.how_installed("ztool-cli", ["json"]) == ""


@pytest.mark.parametrize("sign", ["pyproject.toml", "setup.py", ".git"])
@pytest.mark.parametrize("layout", ["", "src"])
@pytest.mark.parametrize("file", ["__init__.py", "module"])
def test_a_source_tree(tmp_path, imported, sign, layout, file):
    """A package or module in the root of a working copy, or in its ``src``, is run from source."""
    tree = tmp_path / "copy"
    (tree / layout).mkdir(parents=True)
    (tree / sign).touch()
    assert _install.how_installed("ztool", [imported(tree / layout, "ztool", file)]) == _install.SOURCE_TREE


def test_a_script_alone(tmp_path, imported):
    """Many a small tool is one file somewhere: that is no working copy."""
    assert _install.how_installed("ztool", [imported(tmp_path / "home/bin", "ztool", "module")]) == ""


def test_an_environment_inside_a_working_copy(tmp_path, site, imported):
    """A release that is installed in an environment within somebody's working copy is a release."""
    for place in (tmp_path, site, site.parent):
        (place / "pyproject.toml").touch()
    assert _install.how_installed("ztool", [imported(site, "ztool")]) == ""


@pytest.fixture
def source(install, tmp_path, imported):
    """An install whose program is run from its working copy."""
    tree = tmp_path / "jane-copy"
    tree.mkdir()
    (tree / "pyproject.toml").touch()
    install.client.packages = [imported(tree, "ztool")]
    install.environ.clear()
    return install


def test_an_answer_finds_it(source, tmp_path):
    """``on`` keeps the yes and says that it does not hold; no later run records; no path is kept."""
    answer = overview.on(source.client)
    assert (answer.mode, answer.rule) == ("off", 7)
    assert "run from a source tree" in answer.text
    later = another_process(source)
    assert (later.decide().rule, later.decide().mode) == (7, "off")
    kept = b"".join(path.read_bytes() for path in source.folder.rglob("*") if path.is_file())
    assert b"jane" not in kept
    assert str(tmp_path).encode() not in kept


def test_status_finds_it_and_keeps_nothing(source):
    """``status`` says rule 7 before anybody has answered, and writes nothing."""
    assert overview.status(source.client).rule == 7
    assert not source.folder.exists()


def test_nobody_is_asked(source, monkeypatch, capsys):
    """Who works on the source is not asked and not told."""
    monkeypatch.setattr(_ask, "ASK_BELOW", 256)
    monkeypatch.setattr(_system, "may_ask", lambda: True)
    for consent in ("ask", "notice"):
        source.client.consent = consent
        _ask.maybe_ask(source.client)
    assert capsys.readouterr().err == ""
    assert not source.folder.exists()


def test_a_versions_first_run_finds_it(source, monkeypatch):
    """Who was counted as a user of the release and now works on the source: the first run of the version sees it."""
    started = []
    monkeypatch.setattr(_system, "spawn_detached", lambda command, environ, **_: started.append(command))
    source.answer("on 2026-11-18 1 http://127.0.0.1:9 25\n")
    source.run("db")
    assert {path.name for path in source.folder.rglob("*")} == {"consent", "agreed.json", "install"}
    assert (source.folder / "install").read_text() == _consent.copy_mark(source.client) + "run from a source tree"
    assert not started
    later = another_process(source)
    assert (later.decide().rule, later.decide().mode) == (7, "off")


def test_a_release_is_looked_at_once(install, imported, tmp_path, monkeypatch):
    """For a release the first run of a version keeps an empty word, and no later run looks again."""
    started, looked = [], []
    monkeypatch.setattr(_system, "spawn_detached", lambda command, environ, **_: started.append(command))
    monkeypatch.setattr(_install, "how_installed", lambda *_: looked.append(1) or "")
    del install.environ[_spawn.CHILD_MARK]
    for _ in range(3):
        install.run("db")
        install.clock.forward(1)
        install.client.source = None  # another process
    assert (len(started), len(looked)) == (3, 1)
    assert (install.folder / "install").read_text() == "1.4.2 - "


def test_copies_of_one_version_are_told_apart(source, site, imported, monkeypatch):
    """A release and a working copy of the same version share an account: the one counts, the other not."""
    release = another_process(source)
    release.packages = [imported(site, "ztool_released")]
    source.folder.mkdir(parents=True)
    (source.folder / "consent").write_text("on 2026-11-18 1 http://127.0.0.1:9 25\n")
    (source.folder / "agreed.json").write_text('{"version": "1.4.2", "words": []}')
    for first, second in ((release, source.client), (source.client, release)):
        (source.folder / "install").unlink(missing_ok=True)
        first.source = second.source = None
        _install.remember(first)
        for client in (first, second, first, second):
            client.source = None  # another process
            assert client.decide().mode == ("on" if client is release else "off")
        assert len((source.folder / "install").read_text().splitlines()) == 2
    monkeypatch.setattr(_install, "how_installed", lambda *_: pytest.fail("both are known"))
    release.source = source.client.source = None
    assert (release.decide().mode, source.client.decide().rule) == ("on", 7)


def test_a_package_in_a_shared_namespace(site, imported):
    """The distribution that holds ``acme.ztool`` is known by the folder ``acme/ztool`` in its record."""
    install_into(site, "acme_tools", '{"vcs_info": {}}', "acme/ztool/__init__.py,,\n")
    assert _install.how_installed("ztool", ["acme.ztool"]) == "from a repository"
    assert _install.how_installed("ztool", ["acme.other"]) == ""


def test_so_many_copies_are_known(install):
    """Of the copies of a program that were seen the last eight are kept."""
    install.folder.mkdir(parents=True)
    for number in range(20):
        install.client.version = f"1.{number}"
        _install.remember(install.client)
    assert [line.split()[0] for line in (install.folder / "install").read_text().splitlines()] == [
        f"1.{number}" for number in range(12, 20)
    ]
