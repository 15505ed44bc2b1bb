"""Every hook: when it is called, what its answer does, and that the documentation has its very signature."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import footfall
from footfall import Choice, EventType, Plan, _plugins, cli, hookimpl, hookspecs
from footfall.transport import Outcome
from footfall.vocabulary import Vocabulary

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "hooks.md"
HOOKS = sorted(name for name in dir(_plugins.manager().hook) if not name.startswith("_"))
PLAN = Plan([EventType("model.loaded", {"backend": Choice("cpu", "cuda")})])


def told(install):
    """Words and counts of the own event that arrived."""
    install.run()
    install.send()
    return [
        (part["n"], [(r["value"], r["n"]) for r in part.get("rows", ())])
        for part in install.collector.of("model.loaded")
    ]


@pytest.fixture
def installed():
    """Register plugins as installed distributions' would be."""
    manager, made = _plugins.installed(), []

    def register(**functions):
        made.append(type("Plugin", (), {name: staticmethod(hookimpl(f)) for name, f in functions.items()}))
        manager.register(made[-1], name=f"of the test {len(made)}")

    yield register
    for plugin in made:
        manager.unregister(plugin)


@pytest.mark.parametrize(
    ("answers", "mode"),
    [
        (["off"], "off"),
        (["local"], "local"),
        (["local", "off"], "off"),
        (["on"], "on"),
        (["nonsense"], "on"),
        ([None], "on"),
        ([], "on"),
    ],
)
def test_footfall_consent(new_install, answers, mode):
    """Plugins can lower the mode, the lowest wins, and no answer raises it."""
    plugins = [type("P", (), {"footfall_consent": staticmethod(hookimpl(lambda a=answer: a))}) for answer in answers]
    install = new_install(plugins=plugins)
    assert install.client.decide().mode == mode
    install.environ["MYTOOL_TELEMETRY"] = "0"
    assert install.client.decide().mode == "off"


def test_footfall_consent_that_fails_is_off(new_install):
    """A plugin that would have had a say and raises counts as off; the program goes on."""

    class Broken:
        @hookimpl
        def footfall_consent(self, project):
            """Fail."""
            raise RuntimeError(project)

    install = new_install(plugins=[Broken()])
    install.run()
    assert install.client.decide().rule == 5
    assert not install.folder.exists()


def test_footfall_event_fields(new_install):
    """A plugin adds declared fields, the event's own win, and of two plugins the one passed last."""

    class Adds:
        def __init__(self, word):
            self.word = word

        @hookimpl
        def footfall_event_fields(self, event):
            """Add a declared field, and one that is not."""
            return {"backend": self.word, "host": "jane"} if event == "model.loaded" else None

    first = Adds("cpu")
    install = new_install(plan=PLAN, plugins=[first, first, Adds("cuda")])
    install.client.record("model.loaded")
    install.client.record("model.loaded", backend="cpu")
    assert told(install) == [(2, [("cpu", 1), ("cuda", 1)])]
    assert not any(b"jane" in body for body in install.collector.bodies)


def test_footfall_filter_event(new_install):
    """A plugin that says False drops the event; it sees all its fields."""
    seen = []

    class Drops:
        @hookimpl
        def footfall_filter_event(self, event, fields):
            """Keep all but one."""
            seen.append((event, dict(fields)))
            return fields.get("backend") != "cuda"

    install = new_install(plan=PLAN, plugins=[Drops()])
    install.client.record("model.loaded", backend="cuda")
    install.client.record("model.loaded", backend="cpu")
    assert told(install) == [(1, [("cpu", 1)])]
    assert seen == [("model.loaded", {"backend": "cuda"}), ("model.loaded", {"backend": "cpu"})]


def test_footfall_transport(install, installed):
    """An installed plugin takes the parts in place of the HTTP transport; one that fails leaves them for later."""
    posted = []

    class Shelf:
        """Takes all, but the first."""

        def post(self, body):
            """Fail once."""
            posted.append(body)
            if len(posted) == 1:
                raise RuntimeError("shelf")
            return Outcome.DELIVERED

    installed(footfall_transport=lambda endpoint: Shelf() if endpoint == install.client.endpoint else None)
    install.run()
    install.collector = None
    assert sorted(outcome.value for outcome in install.send()) == ["delivered", "delivered", "retry"]
    assert set(install.send()) == {Outcome.DELIVERED}
    assert len(posted) == 4


def test_footfall_part_sent(install, installed, capsys, monkeypatch):
    """Installed plugins hear of each part and its outcome; one that fails does not stop the sender."""
    heard = []
    monkeypatch.setenv("FOOTFALL_DEBUG", "1")
    installed(footfall_part_sent=lambda part: 1 / 0)
    installed(footfall_part_sent=lambda part, outcome: heard.append((part["part"], outcome)))
    install.run()
    assert len(install.send()) == 3
    assert {part for part, _ in heard} == {"activity", "environment", "cli.command"}
    assert "footfall_part_sent: ZeroDivisionError" in capsys.readouterr().err


def test_footfall_commands(installed, capsys):
    """An installed plugin adds a command to the footfall program."""

    def weather(subparsers):
        subparsers.add_parser("weather").set_defaults(run=lambda options, client: print("fine") or 7)

    installed(footfall_commands=weather)
    assert cli.main(["weather"]) == 7
    assert capsys.readouterr().out == "fine\n"


def test_footfall_commands_that_fails_keeps_nobody_from_saying_off(installed, install, monkeypatch, capsys):
    """A plugin that raises when the program starts takes away no command of ours."""
    monkeypatch.setenv("FOOTFALL_HOME", install.client.home)
    installed(footfall_commands=lambda subparsers: 1 / 0)
    assert cli.main(["off"]) == 0
    assert install.client.decide().mode == "off"
    assert capsys.readouterr().out == "No tool records anything from now on.\n"


def test_footfall_vocabulary(installed, capsys, tmp_path, monkeypatch):
    """The first adapter that knows the program's framework gives its words."""
    (tmp_path / "strange_tool.py").write_text("cli = {'up': ['--now']}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    installed(footfall_vocabulary=lambda program, project: Vocabulary(project, "1", program) if project else None)
    assert cli.main(["plan", "strange_tool:cli", "--project", "strange"]) == 0
    assert '[commands]\n"(main)" = []\nup = ["--now"]\n' in capsys.readouterr().out


def test_footfall_client(installed, install, capsys, tmp_path, monkeypatch):
    """The first adapter that knows the program's client gives the terms that TELEMETRY.md tells."""
    (tmp_path / "odd_tool.py").write_text("cli = {'up': ['--now']}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    installed(footfall_vocabulary=lambda program: Vocabulary("mytool", "1", program) if type(program) is dict else None)
    assert cli.main(["docs", "odd_tool:cli"]) == 1
    assert "is not instrumented" in capsys.readouterr().err
    installed(footfall_client=lambda program: install.client if type(program) is dict else None)
    installed(footfall_client=lambda program: None)
    assert cli.main(["docs", "odd_tool:cli"]) == 0
    assert "| How long counts are kept | 25 months |" in (tmp_path / "TELEMETRY.md").read_text()


def test_each_hook_has_a_test():
    """No hook is without a test of its name in this file."""
    tests = [name for name in globals() if name.startswith("test_")]
    assert [hook for hook in HOOKS if not any(name.startswith(f"test_{hook}") for name in tests)] == []
    assert len(HOOKS) == 8


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_is_documented_with_its_signature(hook):
    """The documentation has a section for each hook, headed by its exact signature, with an example."""
    if not DOCUMENTATION.exists():
        pytest.skip("the documentation is not part of the source distribution")
    signature = str(inspect.signature(getattr(hookspecs, hook))).replace("'", "")
    _, found, section = DOCUMENTATION.read_text(encoding="utf-8").partition(f"### `{hook}{signature}`\n")
    assert found, f"### `{hook}{signature}`"
    example = section.partition("\n### ")[0]
    assert f"def {hook}(" in example
    assert example.strip().startswith("Called ")


@pytest.mark.parametrize("hook", HOOKS)
def test_each_hook_says_when_it_is_called(hook):
    """The first line of a hook's own documentation says when it is called."""
    assert inspect.getdoc(getattr(hookspecs, hook)).startswith("Called ")


def blocks():
    """The Python blocks of the documentation."""
    text = DOCUMENTATION.read_text(encoding="utf-8") if DOCUMENTATION.exists() else ""
    return re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)


@pytest.mark.parametrize("block", blocks())
def test_each_example_is_a_plugin(block):
    """Each example of the documentation runs, and pluggy takes what it defines."""
    names = {"hookimpl": hookimpl, "__name__": "example"}
    exec(compile(block, "hooks.md", "exec"), names)
    classes = [value for value in names.values() if isinstance(value, type) and value.__module__ == "example"]
    functions = {name: staticmethod(value) for name, value in names.items() if name.startswith("footfall_")}
    plugins = [kind() for kind in classes] + [type("Example", (), functions)]
    manager = _plugins.manager(plugins)
    manager.check_pending()
    assert any(manager.get_hookcallers(plugin) for plugin in plugins)


@pytest.fixture
def journal(tmp_path):
    """The documentation's complete plugin as an installed distribution, and two that are broken."""
    module = next(block for block in blocks() if "JOURNAL" in block)
    (tmp_path / "footfall_journal.py").write_text(module)
    (tmp_path / "footfall_broken.py").write_text("raise SystemError('broken')\n")
    for name, point in (("journal", "footfall_journal"), ("broken", "footfall_broken"), ("gone", "footfall_gone")):
        about = tmp_path / f"footfall_{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: footfall-{name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[footfall]\n{name} = {point}\n")
    return tmp_path


@pytest.mark.skipif(not DOCUMENTATION.exists(), reason="the documentation is not part of the source distribution")
def test_the_complete_plugin_works_when_it_is_installed(journal, tmp_path):
    """The documentation's plugin adds its command; broken ones do no harm, and any can be left out by name."""

    def run(*words, **environ):
        found = {"PYTHONPATH": str(journal), "HOME": str(tmp_path), "FOOTFALL_HOME": str(tmp_path / "state"), **environ}
        command = [sys.executable, "-m", "footfall.cli", *words]
        return subprocess.run(command, env=found, capture_output=True, text=True, check=False)

    assert run("journal").stdout == "Nothing has left yet.\n"
    assert run("status").stdout == "No tool has recorded anything here.\n"
    assert run("status").stderr == ""
    told = run("status", FOOTFALL_DEBUG="1").stderr
    assert "plugin broken: SystemError: broken" in told
    assert "plugin gone: ModuleNotFoundError" in told
    told = run("plan", "sys:path").stderr
    assert "The plugin broken cannot be loaded: SystemError: broken" in told
    assert run("journal", FOOTFALL_PLUGINS_OFF="broken, journal").returncode == 2


def test_names_for_plugins_are_public():
    """What marks a hook's implementation is importable from the package itself."""
    assert footfall.hookimpl is hookspecs.hookimpl
