"""An author's own events end on their day of expiry, whatever program or notebook records them."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest
from commands import LINES, new_client, run, send

from footfall import Choice, EventType, Plan, overview

pytestmark = [pytest.mark.privacy, pytest.mark.statement(41)]

EXPIRES, BEFORE, PAST = "2026-11-20", "2026-11-19", "2026-11-21"
OVER = (b"model.loaded", b"cache.hit")
PLAN = Plan(
    [
        EventType("model.loaded", {"backend": Choice("cpu", "cuda")}, expires=EXPIRES),
        EventType("cache.hit", expires=EXPIRES),
        EventType("model.stored"),
    ]
)


class Install:
    """A program with three events, two of which end on a Friday, on a machine whose day the test sets."""

    def __init__(self, framework, home, recorder):
        self.framework, self.recorder, self.day = framework, recorder, BEFORE
        self.client = new_client(home, recorder, plan=PLAN, clock=self.clock)

    def clock(self):
        """Noon of the day."""
        return datetime.fromisoformat(f"{self.day}T12:00").replace(tzinfo=timezone.utc).timestamp()

    def work(self):
        """What the program's code records, and counts."""
        self.client.record("model.loaded", backend="cuda")
        self.client.record("model.stored")
        self.client.count("cache.hit", 2)

    def run(self):
        """Run the program, or a notebook's cell, once."""
        run(self.framework, [LINES[self.framework]], self.client, self.work)

    def kept(self):
        """All bytes that are kept of what was recorded: the plan, whose words everybody has, and the answer aside."""
        files = (path for path in Path(self.client.folder).rglob("*") if path.is_file())
        return b"\0".join(path.read_bytes() for path in files if path.name not in ("plan.json", "agreed.json"))

    def shown(self):
        """What the user is shown would leave."""
        return "\n".join(overview.preview(self.client).lines).encode()

    def sent(self):
        """What leaves."""
        return b"\0".join(send(self.client, self.recorder).requests)


@pytest.fixture(params=LINES)
def install(request, tmp_path, recorder, monkeypatch):
    """One of each framework."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return Install(request.param, tmp_path / "home", recorder)


def test_click_typer_and_jupyter_record_no_expired_event(install):
    """One day past its expiry an event of a program or a notebook is not recorded, shown or sent; others are."""
    install.day = PAST
    install.run()
    for told in (install.kept(), install.shown(), install.sent(), install.kept()):
        assert b"model.stored" in told
        assert not any(name in told for name in OVER)


def test_click_typer_and_jupyter_send_no_expired_event(install):
    """An event that was recorded, and shown, in time neither shows nor leaves one day past its expiry; others do."""
    install.run()
    for told in (install.kept(), install.shown()):
        assert all(name in told for name in OVER)
    install.day = PAST
    for told in (install.shown(), install.sent()):
        assert b"model.stored" in told
        assert not any(name in told for name in OVER)
