"""What a hub's operator sets for everybody, by IPython's configuration or the environment."""

from __future__ import annotations

import pytest

import footfall_jupyter
from footfall import PlanError


def test_the_project_and_collector_are_configured(machine, new_shell, run, monkeypatch):
    """c.Footfall names project, collector, version, operator and frontend of all that is counted."""
    hub = {
        "project": "ourhub",
        "endpoint": "http://127.0.0.1:9",
        "version": "2026.11",
        "frontend": "notebook",
        "operator": "us",
    }
    shell = new_shell(Footfall=hub)
    run(shell, "%load_ext footfall_jupyter", "1;")
    assert machine.told("frontends", "ourhub") == {"notebook": 1}
    assert "\t2026.11\t" in machine.spool("ourhub")
    assert "goes to      http://127.0.0.1:9" in run(shell, "%footfall")


def test_the_environment_outranks_the_configuration(machine, new_shell, run, monkeypatch):
    """FOOTFALL_PROJECT and FOOTFALL_ENDPOINT name project and collector where images share a configuration."""
    for name, value in {"FOOTFALL_PROJECT": "ourlib", "FOOTFALL_ENDPOINT": "http://127.0.0.1:7"}.items():
        monkeypatch.setenv(name, value)
    machine.allow("ourlib", "http://127.0.0.1:7")
    shell = new_shell(Footfall={"project": "ourhub", "endpoint": "https://usage.example.org"})
    run(shell, "%load_ext footfall_jupyter", "1;")
    assert machine.told("cells", "ourlib") == {"ok": 2}
    assert "http://127.0.0.1:7" in run(shell, "%footfall")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"project": "Our Hub"}, "project 'Our Hub'"),
        ({"endpoint": "http://usage.example.org"}, "https:// is expected"),
        ({"frontend": "netscape"}, "frontend"),
    ],
)
def test_what_cannot_be_used_is_told_at_once(new_shell, setting, message):
    """A slip in the configuration is an error that says what is wrong, when the extension is loaded."""
    with pytest.raises(Exception, match=message):
        footfall_jupyter.load_ipython_extension(new_shell(Footfall=setting))


def test_a_slip_in_the_configuration_keeps_no_kernel_from_starting(machine, new_shell, run):
    """IPython reports the extension's error, and the shell goes on without it."""
    shell = new_shell(Footfall={"project": "Our Hub"})
    assert "PlanError" in run(shell, "%load_ext footfall_jupyter")
    assert run(shell, "print(1)") == "1\n"
    with pytest.raises(PlanError):
        footfall_jupyter.load_ipython_extension(shell)


@pytest.mark.statement(24)
@pytest.mark.privacy
@pytest.mark.parametrize("word", ["off", "local", "on"])
def test_an_administrator_can_only_lower(machine, new_shell, run, tmp_path, monkeypatch, word):
    """Statement 24: the administrator's file and the operator's configuration can lower, and never allow."""
    admin = tmp_path / "admin"
    admin.write_text(f"{word} 2026-11-25\n")
    monkeypatch.setattr("footfall._consent.admin_file", lambda _: str(admin))
    hub = {"project": "ourlib", "endpoint": "http://127.0.0.1:9"}
    shell = new_shell(Footfall=hub)
    run(shell, "%load_ext footfall_jupyter", "1;")
    shown = run(shell, "%footfall")
    assert f"ourlib: {'local' if word == 'local' else 'off'}" in shown
    admin.unlink()
    (machine.folder("ourlib") / "consent").unlink()
    assert "ourlib: not decided" in run(shell, "%footfall")  # though an operator's environment says OURLIB_TELEMETRY=1
