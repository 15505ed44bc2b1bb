"""The event sinks that need no server, a file and the screen, and how the sender treats what has bodies of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from footfall import _plugins, _project, cli, outbox, overview, pseudonym, transport, wire
from footfall.hookspecs import hookimpl
from footfall.sinks.file import FileSink
from footfall.transport import Outcome

pytestmark = pytest.mark.privacy
BODY = b'{"format":1}'
posix = pytest.mark.skipif(sys.platform == "win32", reason="modes, owners and links are POSIX")


def send(install):
    """Let the day's sender run, with the transport that its endpoint names."""
    sender = install.sender()
    sender._transport = None
    return sender.run()


@pytest.fixture
def filed(new_install, tmp_path):
    """An install whose parts go to a file; the file."""
    path = tmp_path / "usage.jsonl"
    install = new_install(endpoint=f"file:{path}")
    return install, path


@pytest.mark.statement(43)
def test_a_file_gets_each_part_as_a_line(filed):
    """The file holds, line by line, just what preview showed and what log shows; each is a part of wire format 1."""
    install, path = filed
    install.run("db migrate", flags=["--dry-run"])
    shown = overview.preview(install.client).lines
    assert set(send(install)) == {Outcome.DELIVERED}
    lines = path.read_text().splitlines()
    assert sorted(lines) == sorted(shown) != []
    assert sorted(lines) == sorted(sent.text for sent in overview.log(install.client))
    assert {wire.decode(line.encode())["part"] for line in lines} == {"activity", "environment", "cli.command"}
    install.clock.forward(1)
    install.run()
    send(install)
    assert path.read_text().splitlines()[: len(lines)] == lines, "it is appended to"


@posix
def test_the_file_is_its_owners_only(filed):
    """A file that was not there is made readable by its owner only."""
    install, path = filed
    install.run()
    send(install)
    assert path.stat().st_mode & 0o777 == 0o600


@posix
@pytest.mark.parametrize("kind", ["symlink", "dangling", "hard link", "folder", "pipe", "no folder"])
def test_nothing_else_is_written_to(filed, tmp_path, kind):
    """A link, a folder or a pipe in the file's place gets nothing, nor does what is behind it; the parts wait."""
    install, path = filed
    other = tmp_path / "precious"
    other.write_bytes(b"mine")
    if kind == "dangling":
        other.unlink()
    if kind in ("symlink", "dangling"):
        path.symlink_to(other)
    elif kind == "hard link":
        os.link(other, path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        install.client.endpoint = f"file:{tmp_path}/none/usage.jsonl"
    install.run()
    assert set(send(install)) == {Outcome.RETRY}
    assert outbox.waiting(install.folder)
    assert not (tmp_path / "none").exists()
    assert other.read_bytes() == b"mine" if kind != "dangling" else not other.exists()


@posix
def test_a_torn_line_is_ended(tmp_path):
    """After a line that a full disk has torn, the next one begins a line of its own."""
    path = tmp_path / "usage.jsonl"
    path.write_bytes(b'{"torn')
    assert FileSink(f"file:{path}").post(BODY) is Outcome.DELIVERED
    assert path.read_bytes() == b'{"torn\n' + BODY + b"\n"


def test_no_room_is_told(tmp_path, monkeypatch):
    """A disk that takes half a line leaves the part waiting."""
    monkeypatch.setattr("footfall.sinks.file.write_locked", lambda descriptor, text: os.write(descriptor, text[:5]))
    sink = FileSink(f"file:{tmp_path}/usage.jsonl")
    assert (sink.post(BODY), sink.why) == (Outcome.RETRY, "no room left")


def test_many_at_once_tear_no_line(tmp_path):
    """Processes that append to one file at once leave whole lines."""
    program = (
        "import sys; from footfall.sinks.file import FileSink\n"
        f"sink = FileSink('file:{tmp_path}/usage.jsonl')\n"
        'for number in range(200): sink.post(b\'{"who":%s,"n":%d}\' % (sys.argv[1].encode() * 500, number))'
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(who)]) for who in (1, 2, 3)]
    assert [one.wait() for one in running] == [0, 0, 0]
    found = [json.loads(line) for line in (tmp_path / "usage.jsonl").read_text().splitlines()]
    assert len(found) == 600
    assert b"\n\n" not in (tmp_path / "usage.jsonl").read_bytes()


@posix
def test_a_file_that_somebody_holds_is_left(tmp_path, monkeypatch):
    """Who has locked the file for long is not waited for: the part stays for another day."""
    import fcntl

    monkeypatch.setattr("footfall.sinks.file.LOCK_SECONDS", 0.05)
    path = tmp_path / "usage.jsonl"
    with path.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        sink = FileSink(f"file:{path}")
        assert (sink.post(BODY), sink.why) == (Outcome.RETRY, "in use")
    assert FileSink(f"file:{path}").post(BODY) is Outcome.DELIVERED
    assert path.read_bytes() == BODY + b"\n"


@pytest.mark.statement(19)
def test_off_stops_a_file(filed):
    """After off nothing is appended; what the file holds is whoever collects it's."""
    install, path = filed
    install.run()
    send(install)
    before = path.read_bytes()
    _project.refuse(install.folder, install.clock.day)
    install.environ["MYTOOL_TELEMETRY"] = "off"
    install.run()
    assert install.files == {"consent"}
    assert path.read_bytes() == before


def test_the_screen_is_for_send_now(new_install, capsys):
    """``send --now`` prints the parts that preview showed; they count as delivered."""
    install = new_install(endpoint="console:")
    install.run()
    shown = overview.preview(install.client).lines
    assert set(send(install)) == {Outcome.DELIVERED}
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(shown)
    assert not outbox.waiting(install.folder)


def test_the_daily_sender_leaves_the_parts_for_the_screen(new_install, capsys, monkeypatch):
    """The detached sender, which nobody sees, prints nothing and loses nothing."""
    install = new_install(endpoint="console:")
    install.run()
    monkeypatch.setenv("FOOTFALL_SENDER", "1")
    assert set(send(install)) == {Outcome.RETRY}
    assert capsys.readouterr().out == ""
    assert len(outbox.waiting(install.folder)) == 3


def test_json_is_not_mixed_with_what_is_printed(new_install, capsys, monkeypatch):
    """``send --now --json`` has its one document alone on standard output; the parts are on the other."""
    install = new_install(endpoint="console:")
    install.run()
    monkeypatch.setenv("FOOTFALL_HOME", install.client.home)
    monkeypatch.setenv("MYTOOL_TELEMETRY", "1")
    install.sender()
    monkeypatch.setattr("footfall._commands.time.time", install.clock)
    assert cli.main(["send", "mytool", "--now", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["tools"][0]["delivered"] == 3
    assert len([line for line in said.err.splitlines() if wire.decode(line.encode())]) == 3


class Counter:
    """A sink of a plugin: two bodies a part, with an id; ``answers`` are used up one a post."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.posted = []
        self.between = lambda: None

    def bodies_for(self, part, secret):
        """Two of them."""
        told = pseudonym.window_id(secret(), "x", part["project"], "week", "2026-W47")
        return [json.dumps({"part": part["part"], "half": half, "id": told}).encode() for half in (1, 2)]

    def post(self, body):
        """Keep it."""
        self.between()
        answer = self.answers.pop(0) if self.answers else Outcome.DELIVERED
        if answer is not Outcome.RETRY:
            self.posted.append(body)
        return answer


@pytest.fixture
def plugged(install):
    """An install with a sink of a plugin's."""
    made = []

    def make(*answers):
        sink = Counter(*answers)
        plugin = type("P", (), {"footfall_transport": staticmethod(hookimpl(lambda endpoint: sink))})
        _plugins.installed().register(plugin, name=f"sink {len(made)}")
        made.append(plugin)
        return install, sink

    yield make
    for plugin in made:
        _plugins.installed().unregister(plugin)


@pytest.mark.statement(43)
def test_preview_and_log_show_what_a_sink_posts(plugged):
    """With a sink, preview shows its bodies byte for byte before they leave, and log afterwards."""
    install, sink = plugged()
    install.run()
    shown = overview.preview(install.client).lines
    send(install)
    assert sorted(body.decode() for body in sink.posted) == sorted(shown) != []
    assert sorted(sent.text for sent in overview.log(install.client)) == sorted(shown)
    assert overview.preview(install.client).lines == ()


def test_what_a_sink_took_is_not_posted_again(plugged):
    """A part that was taken in half goes on where it stopped, with the same bytes, and arrives once."""
    install, sink = plugged(Outcome.DELIVERED, Outcome.RETRY, Outcome.RETRY)
    install.run()
    assert send(install).count(Outcome.RETRY) == 2
    assert len(sink.posted) == 1
    left = overview.preview(install.client).lines
    assert len(left) == 5
    assert set(send(install)) == {Outcome.DELIVERED}
    assert len(set(sink.posted)) == len(sink.posted) == 6
    assert sorted(body.decode() for body in sink.posted[1:]) == sorted(left)
    assert not list((install.folder / "outbox").iterdir())


def test_what_a_sink_refused_is_in_the_log(plugged):
    """What a sink's server would not take has left too, and log shows it as refused."""
    install, sink = plugged(Outcome.REJECTED)
    install.run()
    send(install)
    refused = [sent.text for sent in overview.log(install.client) if sent.is_refused]
    assert refused == [sink.posted[0].decode()]


@pytest.mark.statement(21)
def test_off_between_two_bodies_of_a_part(plugged):
    """Said between two bodies of one part, off keeps the second here, and leaves one file."""
    install, sink = plugged()
    install.run()
    sink.between = lambda: _project.refuse(install.folder, install.clock.day)
    send(install)
    assert len(sink.posted) == 1
    assert install.files - {"lock"} == {"consent"}


def test_a_sender_that_dies_beside_the_ledger(install):
    """What is left of a part that was moved to the ledger is cleared away, and blocks nothing."""
    left = install.folder / "outbox" / "2026-11-18.abcd" / "00-activity.json.posted"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"{}\n")
    outbox.recover(install.folder)
    assert not left.parent.exists()


@pytest.mark.statement(2, 45)
def test_an_example_makes_no_secret(new_install):
    """Who has not agreed is shown an id that is nobody's; no secret is made, and nothing is kept."""
    endpoint = "posthog://us.i.posthog.com/phc_KEY"
    install = new_install(endpoint=endpoint, environ={})
    found = overview.preview(install.client)
    assert found.is_example
    stand_in = pseudonym.window_id(bytes(32), endpoint, "mytool", "week", "2026-W47")
    assert {json.loads(line)["batch"][0]["distinct_id"] for line in found.lines} == {stand_in}
    assert not install.folder.exists()


def test_an_example_asks_no_plugin(plugged):
    """Where nobody has agreed to anything, no transport of others is asked what it would post."""
    install, sink = plugged()
    sink.bodies_for = lambda part, secret: pytest.fail("it was asked")
    install.environ["MYTOOL_TELEMETRY"] = "0"
    assert {wire.decode(line.encode())["part"] for line in overview.preview(install.client).lines} >= {"activity"}


def test_local_mode_makes_no_secret(plugged):
    """What is recorded for the user's own eyes is shown with an id that is nobody's."""
    install, _ = plugged()
    install.environ["FOOTFALL"] = "local"
    install.run()
    assert overview.preview(install.client).lines
    assert pseudonym.FILE_NAME not in install.files


def test_a_body_with_a_line_break_stays(plugged, monkeypatch):
    """A sink whose bodies could not be told line by line posts nothing."""
    install, sink = plugged()
    sink.bodies_for = lambda part, secret: [b"{\n}"]
    install.run()
    assert set(send(install)) == {Outcome.RETRY}
    assert not sink.posted
    with pytest.raises(Exception, match="line break"):
        overview.preview(install.client)


@pytest.mark.parametrize(("seconds", "days"), [(1, 1), (86400, 1), (86401, 2), (10**9, 30)])
def test_a_server_that_wants_to_wait_is_left_in_peace(plugged, seconds, days):
    """A sink's server that says for how long is not asked again before a later day, and at most 30 days later."""
    install, sink = plugged(Outcome.RETRY)
    sink.wait_seconds = seconds
    install.run()
    assert send(install) == [Outcome.RETRY], "nothing more in this run"
    sink.wait_seconds = 0
    assert send(install) == [], "and nothing more that day"
    install.clock.forward(days - 1)
    assert send(install) == [] or days == 1
    install.clock.forward(1)
    assert set(send(install)) == {Outcome.DELIVERED}


def test_our_sinks_are_plugins(monkeypatch):
    """Ours come by the hook, so that a plugin's transport goes before them and a user can leave one out by name."""
    names = dict(_plugins.installed().list_name_plugin())
    assert {"sink-file", "sink-console"} <= names.keys()
    monkeypatch.setenv("FOOTFALL_PLUGINS_OFF", "sink-file")
    left = _plugins.installed().hook
    with pytest.raises(ValueError, match="no transport"):
        transport.transport_for("file:/x", lambda url: left.footfall_transport(endpoint=url, folder=Path("/")))


def test_ours_bring_no_network(install, tmp_path):
    """A sender for a file does without TLS and HTTP."""
    install.client.endpoint = f"file:{tmp_path}/usage.jsonl"
    install.run()
    install.sender()
    program = (
        "import sys, pathlib; from footfall.sender import Sender\n"
        f"Sender(pathlib.Path({str(install.folder)!r}), lambda: {install.clock()}, environ={install.environ}).run()\n"
        "print(*{'ssl', 'httpx'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
    assert (tmp_path / "usage.jsonl").exists()
