"""The sender: what it may post, what it keeps, and what it leaves when things go wrong."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from footfall import Choice, EventType, FootfallError, Plan, _project, outbox, periods, sender, wire
from footfall._sending import NOTICE_DAYS, RETRIES_MAX, STOP_DAYS
from footfall.transport import Outcome
from footfall.wire import REFUSALS


def test_a_day_is_read_sealed_posted_and_kept_in_the_ledger(install):
    """Runs of a day arrive once, and the ledger holds the bytes that left."""
    install.run()
    install.run("db migrate", flags=["--dry-run"])
    assert set(install.send()) == {Outcome.DELIVERED}
    assert install.collector.runs == {
        ("2026-11-18", "(main)", "1.4", "ok"): 1,
        ("2026-11-18", "db migrate", "1.4", "ok"): 1,
    }
    ledger = [path.read_bytes() for path in (install.folder / "sent" / "2026-11-18").iterdir()]
    assert sorted(ledger) == sorted(install.collector.bodies)
    assert install.send() == []


def test_the_rest_of_a_day_follows_the_next_day(install):
    """What ran after the day's sender leaves with the next one, under its own day, without a second activity."""
    install.run()
    install.send()
    install.run()
    install.clock.forward(1)
    install.run()
    install.send()
    assert install.collector.runs["2026-11-18", "(main)", "1.4", "ok"] == 2
    assert install.collector.actives == {"2026-11-18": 1, "2026-11-19": 1}


def test_the_same_bytes_are_posted_until_they_are_confirmed(install):
    """A lost answer makes the next sender post the same bytes with the same keys; the collector counts them once."""
    install.run()
    install.collector.answers = ["lost answer"] * 9
    install.send()
    first = {path.read_bytes() for path in outbox.waiting(install.folder)}
    install.clock.forward(1)
    install.run()
    install.collector.answers = []
    install.send()
    assert first <= set(install.collector.bodies)
    assert install.collector.runs == {
        ("2026-11-18", "(main)", "1.4", "ok"): 1,
        ("2026-11-19", "(main)", "1.4", "ok"): 1,
    }
    assert [part["first_in_week"] for part in install.collector.of("activity")] == [True, False]


def test_nothing_is_sealed_while_a_part_waits(install):
    """As long as a part is unconfirmed, later days stay unsealed: their firsts depend on it."""
    install.run()
    install.collector.answers = [Outcome.RETRY] * 99
    install.send()
    waiting = outbox.waiting(install.folder)
    install.clock.forward(1)
    install.run()
    assert install.send() == [Outcome.RETRY] * RETRIES_MAX
    assert outbox.waiting(install.folder) == waiting
    assert install.collector.bodies == []


def test_a_collector_that_is_down_is_not_asked_for_every_part(install):
    """After a few failures in one run the sender gives up for the day."""
    install.run()
    install.collector.answers = [Outcome.RETRY] * 99
    assert len(install.send()) == RETRIES_MAX


def test_a_rejected_part_is_dropped_and_counted(install):
    """What the collector will never take is kept in the ledger as rejected, counted, and not posted again."""
    install.run()
    install.collector.answers = [Outcome.REJECTED] * 3
    assert install.send() == [Outcome.REJECTED] * 3
    assert (outbox.waiting(install.folder), install.sender().run()) == ([], [])
    assert len(list(install.folder.glob("sent/*/*.rejected.json"))) == 3
    assert json.loads((install.folder / "state.json").read_text())["lost"]["rejected"] == 3


def test_a_refusals_reason_is_kept_as_a_token(install):
    """The ledger keeps why a part was refused if the reason is of the closed list, and no other text."""
    install.run()
    install.collector.answers = [(Outcome.REJECTED, reason) for reason in (*REFUSALS[:1], "jane", ["unknown-value"])]
    install.send()
    kept = sorted(install.folder.glob("sent/*/*"))
    assert sorted(outbox.reason_of(path) for path in kept) == ["", "", REFUSALS[0]]
    assert all(outbox.is_refused(path) for path in kept)
    assert not any("jane" in path.name for path in kept)


def test_no_refusal_can_be_taken_for_a_parts_name():
    """A part's name, which stands before the reason in the ledger, never looks like one."""
    assert not any(wire.is_event(f"jane.{reason}") or reason in wire.SHAPES for reason in REFUSALS)
    assert outbox.reason_of(Path("ab12-01-cli.command.rejected.json")) == ""
    assert outbox.reason_of(Path("ab12-01-cli.command.unknown-value.json")) == ""


@pytest.mark.statement(55)
@pytest.mark.privacy
def test_a_collector_that_says_stop_is_left_in_peace(install):
    """Statement 55: after 410 nothing is posted for thirty days, then what waits is posted again."""
    install.run()
    install.collector.answers = [Outcome.STOP]
    assert install.send() == [Outcome.STOP]
    for _ in range(STOP_DAYS - 1):
        install.clock.forward(1)
        install.run()
        assert install.send() == []
    install.clock.forward(1)
    assert set(install.send()) == {Outcome.DELIVERED}
    assert sum(install.collector.runs.values()) == STOP_DAYS


@pytest.mark.statement(54)
def test_parts_are_dropped_after_45_days(install):
    """Statement 54: a part that was not confirmed for 45 days is given up; on the 45th day it is still posted."""
    install.run()
    install.collector.answers = [Outcome.RETRY] * 2
    install.send()
    install.clock.forward(45)
    install.collector.answers = [Outcome.RETRY] * 2
    assert install.send() == [Outcome.RETRY] * 2
    install.clock.forward(1)
    assert install.send() == []
    assert outbox.waiting(install.folder) == []
    assert json.loads((install.folder / "state.json").read_text())["lost"]["expired-parts"] == 3


@pytest.mark.statement(48)
def test_parts_leave_in_no_order(install):
    """Statement 48: the order of a day's parts differs from one sender to the next."""
    install.client.plan = Plan([EventType(f"a.b{number}") for number in range(8)])
    orders = set()
    for _ in range(6):
        for number in range(8):
            install.client.record(f"a.b{number}")
        install.run()
        install.collector.bodies.clear()
        install.send()
        orders.add(tuple(wire.decode(body)["part"] for body in install.collector.bodies[-9:]))
        install.clock.forward(1)
    assert len(orders) > 3


@pytest.mark.statement(48)
@pytest.mark.privacy
def test_nothing_of_a_day_leaves_before_it_ends_if_the_author_wants_so(new_install):
    """Statement 48: with delay next-day, today's runs stay until tomorrow."""
    install = new_install(delay="next-day")
    install.run()
    assert install.send() == []
    install.clock.forward(1)
    install.run()
    assert set(install.send()) == {Outcome.DELIVERED}
    assert {part["day"] for part in install.collector.parts} == {"2026-11-18"}


@pytest.mark.statement(42)
@pytest.mark.privacy
@pytest.mark.parametrize(
    "edit",
    [
        lambda part: part.update(secret="jane"),
        lambda part: part["rows"][0].update(command="/home/jane"),
        lambda part: part["rows"][0].update(command=["db"]),
        lambda part: part.update(day="jane"),
        lambda part: part.update(project="other"),
        lambda part: part.update(part="jane.doe"),
        lambda part: part.update(rows=part["rows"] * 300),
        lambda part: part["rows"][0].update(n=10**9),
    ],
)
def test_a_part_edited_by_hand_does_not_leave(install, edit):
    """Statement 42: a part of the outbox that is not just what could have been sealed is dropped, not posted."""
    install.run()
    install.collector.answers = [Outcome.RETRY] * 2
    install.send()
    path = next(path for path in outbox.waiting(install.folder) if "cli.command" in path.name)
    part = json.loads(path.read_bytes())
    edit(part)
    path.write_bytes(wire.encode(part))
    install.send()
    assert {part["part"] for part in install.collector.parts} == {"activity", "environment"}
    assert not path.exists()


@pytest.mark.statement(42)
@pytest.mark.privacy
@pytest.mark.parametrize("content", [b"", b"\xff" * 99, b"jane" * 3_000_000, b"[" * 5000])
def test_a_part_replaced_by_hand_does_not_leave(install, content):
    """Statement 42: bytes that are no part are dropped, however many."""
    install.run()
    install.collector.answers = [Outcome.RETRY] * 2
    install.send()
    paths = outbox.waiting(install.folder)
    for path in paths:
        path.write_bytes(content)
    assert install.send() == []
    assert (install.collector.bodies, outbox.waiting(install.folder)) == ([], [])


@pytest.mark.statement(42)
@pytest.mark.privacy
def test_words_planted_in_the_state_do_not_leave(install):
    """Statement 42: a state file edited by hand brings no word of its own into a part."""
    install.run()
    started = install.sender()
    started.load()
    day = started.state.day(install.clock.day)
    day.cells["rows", "/home/jane", "1.4", "ok"] = 1
    day.cells["flags", "(main)", "--jane"] = 1
    day.environment["os"] = "janeos"
    day.events["jane.doe",] = 1
    (install.folder / "state.json").write_text(started.state.to_json())
    install.send()
    assert not any(b"jane" in body for body in install.collector.bodies)
    assert [part["part"] for part in install.collector.parts] == ["activity"]


@pytest.mark.statement(21, 22)
@pytest.mark.privacy
@pytest.mark.parametrize(
    ("switch", "word"), [("MYTOOL_TELEMETRY", "off"), ("FOOTFALL", "local"), ("DO_NOT_TRACK", "1")]
)
def test_it_decides_anew_before_each_part(install, switch, word):
    """Statements 21 and 22: off or local, said while the sender is at work, stops it before its next part."""
    install.run()
    collector = install.collector

    class OffAfterFirst:
        """Says off while the first part is on its way."""

        def post(self, body):
            """Post, and switch off."""
            install.environ[switch] = word
            return collector.post(body)

    install.collector = OffAfterFirst()
    install.send()
    assert len(collector.bodies) == 1


@pytest.mark.statement(19, 22)
@pytest.mark.privacy
@pytest.mark.parametrize("outcome", list(Outcome))
def test_off_during_a_post_leaves_one_file(install, outcome):
    """Statements 19 and 22: a sender whose post returns after off leaves nothing behind but the refusal."""
    install.run()
    install.environ.pop("MYTOOL_TELEMETRY")
    install.answer("on 2026-11-18 1 http://127.0.0.1:9 25")
    install.environ["MYTOOL_TELEMETRY"] = "1"

    class Refused:
        """The user refuses while a part is on its way."""

        def post(self, body):
            """Refuse, then answer."""
            _project.refuse(install.folder, install.clock.day)
            return outcome

    install.collector = Refused()
    assert install.send() == [outcome]
    assert install.files == {"consent"}
    assert [path.name for path in install.folder.iterdir()] == ["consent"]


@pytest.mark.statement(19, 22)
@pytest.mark.privacy
def test_off_between_two_days_seals_no_more(install):
    """Statements 19 and 22: after off, said while one day's last part leaves, nothing of the next day is written."""
    install.run()
    install.clock.forward(1)
    install.run()
    collector = install.collector

    class RefusedAtTheEnd:
        """The user refuses while the last part of the first day is on its way."""

        def post(self, body):
            """Post, and refuse when nothing but this part waits."""
            outcome = collector.post(body)
            if len(list(install.folder.glob("outbox/*/[0-9]*.json"))) == 1:
                _project.refuse(install.folder, install.clock.day)
            return outcome

    install.collector = RefusedAtTheEnd()
    install.send()
    assert {part["day"] for part in collector.parts} == {"2026-11-18"}
    assert [path.name for path in install.folder.iterdir()] == ["consent"]


@pytest.mark.statement(20)
@pytest.mark.privacy
def test_off_and_on_during_a_post_begins_anew(install):
    """Statement 20: a sender from before off writes nothing into the folder of the consent after it."""
    install.run()
    (install.folder / "lock").write_text("")

    class Changed:
        """The user refuses and agrees again while a part is on its way."""

        def post(self, body):
            """Refuse, agree, then answer."""
            _project.refuse(install.folder, install.clock.day)
            _project.grant(install.client)
            return Outcome.DELIVERED

    install.collector = Changed()
    install.send()
    assert install.files == {"agreed.json", "consent"}


@pytest.mark.statement(7)
@pytest.mark.privacy
def test_what_was_recorded_before_consent_does_not_leave(install):
    """Statement 7: runs of before the day of consent are dropped when the sender reads them."""
    install.run()
    install.clock.forward(2)
    install.answer("on 2026-11-20 1 http://127.0.0.1:9 25")
    install.run()
    install.send()
    assert {part["day"] for part in install.collector.parts} == {"2026-11-20"}


@pytest.mark.statement(7)
@pytest.mark.privacy
def test_what_was_recorded_for_the_user_only_does_not_leave_after_a_yes(install):
    """Statement 7: what local mode recorded on the same day stays when the user says on; only later runs leave."""
    install.environ["FOOTFALL"] = "local"
    install.run("db")
    with install.client.invocation("test") as open_run:
        open_run.command = "db migrate"
        open_run.begin()
        _project.grant(install.client)
        del install.environ["FOOTFALL"]
    install.run()
    install.send()
    assert install.collector.runs == {("2026-11-18", "(main)", "1.4", "ok"): 1}


@pytest.mark.privacy
def test_local_mode_reads_and_posts_nothing(install):
    """In local mode not one part is made for posting, and the sender takes over nothing that was recorded in it."""
    install.run()
    install.environ["FOOTFALL"] = "local"
    install.run("db")
    assert install.send() == []
    assert outbox.waiting(install.folder) == []
    state = json.loads((install.folder / "state.json").read_text())
    assert state["pending"]["2026-11-18"]["cells"][1:] == [["rows", "(main)", "1.4", "ok", 1]]


@pytest.mark.privacy
def test_a_notice_gives_a_day_to_refuse(install):
    """Nothing leaves on the day of the notice nor on the next: at least 24 hours."""
    install.client.consent = "notice"
    install.answer("notice 2026-11-18 1 http://127.0.0.1:9 25")
    for _ in range(NOTICE_DAYS):
        install.run()
        assert install.send() == []
        install.clock.forward(1)
    assert set(install.send()) == {Outcome.DELIVERED}


def test_an_install_that_lost_its_state_is_not_counted_twice(install):
    """After its state file was spoiled, an install is a first again only in the next week, and never new."""
    for day in range(8):
        install.run("db")
        install.send()
        if day == 1:
            (install.folder / "state.json").write_text("spoiled")
        install.clock.forward(1)
    activity = install.collector.of("activity")
    weeks = [periods.week_of(part["day"]) for part in activity if part["first_in_week"]]
    assert weeks == ["2026-W47", "2026-W48"]
    assert sum(part["new"] for part in activity) == 1
    commands = [cell["first_in_week"] for part in install.collector.of("cli.command") for cell in part["commands"]]
    assert sum(commands) == 2


def test_day_files_and_ledger_are_forgotten_in_time(install):
    """Day files go two days after they were read, the ledger after 28; a torn end keeps no file alive."""
    install.run()
    with (install.folder / "spool" / "2026-11-18.log").open("ab") as file:
        file.write(b"\nE\t2026-11")
    (install.folder / "spool" / "2026-11-18.sender").touch()
    install.send()
    install.clock.forward(2)
    install.send()
    assert (install.folder / "spool" / "2026-11-18.log").exists()
    install.clock.forward(1)
    install.send()
    assert list((install.folder / "spool").iterdir()) == []
    install.clock.forward(25)
    install.send()
    assert list((install.folder / "sent").iterdir()) != []
    install.clock.forward(1)
    install.send()
    assert list((install.folder / "sent").iterdir()) == []


def test_a_day_file_with_unread_lines_is_not_removed(install):
    """A line that was written after the reading keeps its file, however old that is."""
    install.run()
    install.send()
    install.line("R", "2026-11-18", "a.b", "1")
    unread = install.folder / "spool" / "2026-11-18.log"
    started = install.sender()
    started.load()
    install.line("R", "2026-11-18", "a.b", "1")
    install.clock.forward(9)
    outbox.forget_before(install.folder, install.clock.day, started.state)
    assert unread.exists()


@pytest.mark.parametrize("name", ["outbox/.2026-11-18.aa", "outbox/2026-11-18.aa", "outbox/notes.txt", "outbox/.x"])
def test_what_lies_about_in_the_outbox_stops_nothing(install, name):
    """Left-overs of a sender that died, and files of strangers, are passed over or cleaned up."""
    path = install.folder / name
    path.parent.mkdir(parents=True)
    if path.suffix == ".aa":
        path.mkdir()
    else:
        path.write_text("note")
    install.run()
    assert set(install.send()) == {Outcome.DELIVERED}
    assert not path.is_dir()


@pytest.mark.parametrize(
    "text", [None, "", "[]", "{", '{"format": 1}', "[" * 100_000, '{"format":1,"project":"mytool"}']
)
def test_a_plan_that_cannot_be_read_is_told_and_made_anew(install, text):
    """Without a readable plan there is no sender; the detached one removes it, so that the next run writes it again."""
    install.run()
    install.sender()
    plan = install.folder / "plan.json"
    if text is None:
        plan.unlink()
    else:
        plan.write_text(text)
    with pytest.raises(FootfallError):
        sender.Sender(install.folder, install.clock, environ=install.environ)
    with pytest.raises(FootfallError):
        sender._work(install.folder, install.clock)
    assert not plan.exists()
    assert set(install.send()) == {Outcome.DELIVERED}


@pytest.mark.parametrize("name", ["version", "project", "client", "commands", "events", "errors", "format"])
@pytest.mark.parametrize("value", [None, 5, [], {}, "jane doe", True])
def test_no_value_in_the_plan_raises_anything_but_our_error(install, name, value):
    """A plan with any one value replaced is used or refused as a whole."""
    install.run()
    install.sender()
    path = install.folder / "plan.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))
    try:
        made = sender.Sender(install.folder, install.clock, environ=install.environ, transport=install.collector)
    except FootfallError:
        return
    made.run()


def test_words_of_lazy_commands_are_words(install):
    """What a lazily loaded command declared beside the plan counts; junk beside it is passed over."""
    with install.client.invocation("test") as run:
        run.command = "(main)"
        run.begin()
        run.declare("lazy one", ["--deep"])
    place = install.folder / "plan.d" / "1.4.2"
    (place / "junk").write_bytes(b"\xff\xfe,\t,,")
    (place / "folder").mkdir()
    (place / ("x" * 200)).write_text("--x")
    install.run("lazy one", flags=["--deep"])
    install.send()
    assert install.collector.runs["2026-11-18", "lazy one", "1.4", "ok"] == 1
    flags = [cell for part in install.collector.of("cli.command") for cell in part.get("flags", ())]
    assert [(cell["command"], cell["flag"]) for cell in flags] == [("lazy one", "--deep")]


def test_own_events_arrive_as_the_plan_has_them(new_install):
    """Recorded and counted events arrive with admitted words, and what is not declared does not."""
    plan = Plan([EventType("model.loaded", {"backend": Choice("cpu")}), EventType("cache.hit")])
    install = new_install(plan=plan)
    install.client.record("model.loaded", backend="cpu", host="jane")
    install.client.record("model.loaded", backend="jane's")
    install.client.record("jane.doe")
    install.client.count("cache.hit", 5)
    install.run()
    install.send()
    (loaded,), (hit,) = install.collector.of("model.loaded"), install.collector.of("cache.hit")
    assert (loaded["n"], hit["n"]) == (2, 5)
    assert {row["value"]: row["n"] for row in loaded["rows"]} == {"cpu": 1, "other": 1}
    assert not any(b"jane" in body for body in install.collector.bodies)


def test_a_clock_two_years_off_loses_no_later_run(install):
    """A clock that jumps two years ahead and back leaves an install that counts again."""
    install.run()
    install.send()
    install.clock.forward(730)
    install.run()
    install.send()
    install.clock.forward(-729)
    install.run()
    install.send()
    assert install.collector.actives["2026-11-19"] == 1
    assert install.collector.runs["2026-11-19", "(main)", "1.4", "ok"] == 1


@pytest.mark.statement(40)
@pytest.mark.privacy
def test_a_day_has_one_activity_and_one_environment(install):
    """However often a sender is run, and whatever gets lost, a day is told active once, with its environment."""
    lost = [Outcome.RETRY, "lost answer", Outcome.RETRY, "lost answer"]
    for number in range(12):
        for turn in range(4):
            install.run("db migrate" if turn % 2 else "(main)")
            install.collector.answers = lost[: number % 4] if turn == 1 else []
            install.send()
        install.clock.forward(1)
    install.send()
    assert set(install.collector.actives.values()) == {1}
    assert len(install.collector.actives) == 12
    assert Counter(part["day"] for part in install.collector.of("environment")) == install.collector.actives
    assert all(len(body) <= wire.MAX_PART_BYTES for body in install.collector.bodies)


@pytest.mark.privacy
@pytest.mark.statement(12, 42)
def test_a_plan_of_another_project_is_not_believed(install):
    """A plan that was edited to name another project has nothing sent: that one's answer is not this one's."""
    install.run()
    install.sender()
    plan = install.folder / "plan.json"
    plan.write_text(plan.read_text().replace('"project": "mytool"', '"project": "bb"'))
    with pytest.raises(FootfallError, match="another project"):
        sender.Sender(install.folder, install.clock, environ=install.environ, transport=install.collector)
    assert not install.collector.bodies
