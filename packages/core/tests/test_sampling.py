"""Where a share of the installs sends, each draws for itself, fairly, and who is not drawn sends nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from fractions import Fraction
from itertools import count
from math import sqrt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import footfall
from footfall import Client, PlanError, _sampling, _usage, cli, outbox, overview, pseudonym, wire
from footfall._sampling import is_drawn
from footfall.errors import WireError
from footfall.transport import Outcome
from footfall.vocabulary import Vocabulary

SECRET = bytes(range(32))
MANY = [hashlib.sha256(b"install %d" % number).digest() for number in range(20_000)]
FAR = 5  # standard deviations
TEXTS = st.text(max_size=20)


def secret_that(**years):
    """A secret that is drawn for one in ten in the years that are true (``y2026=True``), and not in the others."""
    for number in count():
        secret = hashlib.sha256(b"%d" % number).digest()
        if all(is_drawn(secret, "mytool", year[1:], 0.1) is drawn for year, drawn in years.items()):
            return secret
    raise AssertionError


@pytest.fixture
def sampled(new_install):
    """Make installs of a program of which one in ten sends; ``y2026=False``: this one was not drawn in that year."""

    def make(day="2026-11-18", *, sample=0.1, **years):
        install = new_install(day, sample=sample)
        install.folder.mkdir(parents=True)
        if years:
            (install.folder / pseudonym.FILE_NAME).write_bytes(secret_that(**years))
        return install

    return make


def say(install, *words):
    """Run a command of the user's; gives nothing."""
    return cli.main([*words], client=install.client, prog="mytool telemetry")


def near(found, trials, chance):
    """Whether a number of hits is one that so many trials with this chance can well give."""
    return abs(found - trials * chance) < FAR * sqrt(trials * chance * (1 - chance))


# The draw


@pytest.mark.parametrize(
    ("year", "share"), [("2026", 0.2), ("2027", 0.2), ("2028", None), ("2031", None), ("2032", 0.2), ("2036", 0.1)]
)
def test_known_answers(year, share):
    """The draw is HMAC-SHA256 as openssl computes it (0x24567c46…, 0x24794dba…, 0xe636fefa…, … of 2**64)."""
    drawn = [share for share in wire.SAMPLES if is_drawn(SECRET, "proj", year, share)]
    assert drawn == [known for known in wire.SAMPLES if share is not None and known >= share]


@given(st.tuples(TEXTS, TEXTS), st.tuples(TEXTS, TEXTS))
@example(("ab", "c"), ("a", "bc"))
@example(("", "2026"), ("2", "026"))
def test_no_two_projects_and_years_are_one_draw(one, other):
    """However project and year are cut, other texts are hashed for another draw."""
    hashed = [pseudonym.with_length(project) + pseudonym.with_length(year) for project, year in (one, other)]
    assert (hashed[0] == hashed[1]) == (one == other)


@pytest.mark.parametrize("share", wire.SAMPLES)
def test_of_many_installs_the_share_is_drawn(share):
    """Of twenty thousand installs as many are drawn as chance allows, in either of two years."""
    for year in ("2026", "2027"):
        assert near(sum(is_drawn(secret, "mytool", year, share) for secret in MANY), len(MANY), share)


@pytest.mark.parametrize("other", [("mytool", "2027"), ("tool2", "2026")])
def test_years_and_projects_are_drawn_apart(other):
    """Who is drawn for one year and project is drawn for another by the same chance as everybody."""
    once = [secret for secret in MANY if is_drawn(secret, "mytool", "2026", 0.1)]
    twice = sum(is_drawn(secret, *other, 0.1) for secret in once)
    assert near(twice, len(once), 0.1)


@pytest.mark.parametrize("secret", MANY[:50])
def test_a_larger_share_keeps_who_was_drawn(secret):
    """A release that wants to hear of more installs still hears of those that sent before."""
    drawn = [is_drawn(secret, "mytool", "2026", share) for share in (1, *wire.SAMPLES)]
    assert drawn == sorted(drawn, reverse=True)
    assert drawn[0]


def test_a_secret_that_can_be_guessed_is_refused():
    """Only a secret of full length draws."""
    with pytest.raises(ValueError, match="32 bytes"):
        is_drawn(b"short", "mytool", "2026", 0.5)


# The setting, and where it is told


@pytest.mark.parametrize("share", [0, 2, 0.3, 1.5, -0.1, "0.1", None, float("nan"), 10, True, Fraction(1, 2)])
def test_a_share_that_is_not_of_the_list_is_refused(share):
    """A share that could tell installs apart, or is none, is an author's error at once, with the list of those."""
    with pytest.raises(PlanError, match=r"1, or one of 0\.5, 0\.25, 0\.2, 0\.1"):
        Client("mytool", version="1.0", endpoint=None, sample=share)
    with pytest.raises(PlanError, match="sample"):
        Vocabulary.from_document({"format": 1, "project": "mytool", "sample": share})


def test_the_client_takes_the_shares_of_the_wire_format():
    """The list that the hot client checks by is that of the wire format, and the whole."""
    assert (1, *wire.SAMPLES) == footfall._SAMPLES
    assert all(round(1 / share) * share == 1 for share in wire.SAMPLES)


def test_the_share_is_in_the_plan_and_in_its_digest():
    """The exported plan tells the share, is read back with it, and has a digest of its own; the whole is not told."""
    plain, some = Vocabulary("mytool", "1.0"), Vocabulary("mytool", "1.0", samples=(0.1,))
    assert "sample" not in plain.document()
    assert some.document()["sample"] == 0.1
    assert Vocabulary.from_document(some.document()).samples == (0.1,)
    assert some.digest() != plain.digest()


def test_the_sender_goes_by_the_share_of_a_program_without_own_events(sampled):
    """A client that only says ``sample=`` stores a plan that holds it."""
    install = sampled()
    install.run()
    install.sender()
    stored = json.loads((install.folder / "plan.json").read_text())
    assert stored["sample"] == 0.1
    assert Vocabulary.from_document(stored).samples == (0.1,)


def test_another_share_is_stored_anew(sampled):
    """A changed share of the same version reaches the sender."""
    install = sampled()
    install.run()
    assert install.sender().client.sample == 0.1
    install.client.sample = 0.5
    assert install.sender().client.sample == 0.5


# What leaves, and what does not


def test_who_is_drawn_sends_and_tells_the_share(sampled):
    """A drawn install sends as others do, each part with the share."""
    install = sampled(y2026=True)
    install.run()
    assert install.send() == [Outcome.DELIVERED] * 3
    assert {part["sample"] for part in install.collector.parts} == {0.1}


def test_where_all_send_no_part_tells_a_share_and_no_secret_is_made(install):
    """Without sampling, parts have no such field, and there is no secret."""
    install.run()
    install.send()
    assert not any("sample" in part for part in install.collector.parts)
    assert not (install.folder / pseudonym.FILE_NAME).exists()


@pytest.mark.privacy
def test_who_is_not_drawn_sends_nothing(sampled):
    """No transport is asked for, no part waits, and the outbox is never made; what was read is not read again."""
    install = sampled(y2026=False)
    for _ in range(10):
        install.run("db migrate", flags=["--dry-run"])
        assert install.send() == []
        install.clock.forward(1)
    assert install.collector.bodies == []
    assert not (install.folder / "outbox").exists()
    assert json.loads((install.folder / "state.json").read_text())["pending"] == {}


@pytest.mark.privacy
def test_what_was_not_drawn_never_leaves_later(sampled):
    """A new year's draw holds for its own days: of the days before, nothing leaves then."""
    install = sampled("2026-12-30", y2026=False, y2027=True)
    for _ in range(5):
        install.run()
        install.send()
        install.clock.forward(1)
    assert set(install.collector.actives) == {"2027-01-01", "2027-01-02", "2027-01-03"}
    install.client.sample = 1
    install.run()
    install.send()
    assert min(part["day"] for part in install.collector.parts) == "2027-01-01"


def test_a_day_of_last_year_goes_by_last_years_draw(sampled):
    """What ran on New Year's Eve after that day's sender leaves in January if that install was drawn in December."""
    for drawn in (True, False):
        install = sampled("2026-12-31", y2026=drawn, y2027=not drawn)
        install.run()
        install.clock.forward(1)
        install.run()
        install.send()
        assert list(install.collector.actives) == ["2026-12-31" if drawn else "2027-01-01"]


@pytest.mark.parametrize("days", [(0,), (4,), (0, 4), (0, 1, 4, 5)])
def test_the_week_across_new_year_is_not_counted_too_often(sampled, days):
    """Of the four ways in which two years can be drawn, a week is told in those that drew its first day: a tenth."""
    told = {}
    for before in (True, False):
        for after in (True, False):
            install = sampled("2026-12-28", y2026=before, y2027=after)
            at = 0
            for day in days:
                install.clock.forward(day - at)
                at = day
                install.run()
                install.send()
            parts = install.collector.parts
            activity = sum(part["first_in_week"] for part in parts if part["part"] == "activity")
            commands = sum(cell["first_in_week"] for part in parts for cell in part.get("commands", ()))
            assert activity == commands
            told[before, after] = activity
    assert told == {(before, after): int(before if days[0] < 4 else after) for before, after in told}


def test_who_is_drawn_later_is_no_new_install(sampled):
    """An install that is drawn in its second year tells its age, and is not new."""
    install = sampled("2026-12-16", y2026=False, y2027=True)
    install.run()
    install.send()
    install.clock.forward(21)
    install.run()
    install.send()
    (activity,) = install.collector.of("activity")
    assert (activity["new"], activity["age"]) == (False, "3")


def test_a_part_that_waits_leaves_after_the_share_has_changed(sampled):
    """A part that was sealed under an earlier release's share keeps it, and is not held back."""
    install = sampled(y2026=True)
    install.run()
    install.collector.answers = [Outcome.RETRY] * 2
    install.send()
    install.client.sample, install.client.version = 0.5, "1.5.0"
    install.clock.forward(1)
    install.run()
    install.send()
    told = {(part["day"], part["sample"]) for part in install.collector.parts}
    assert told == {("2026-11-18", 0.1), ("2026-11-19", 0.5)}


@pytest.mark.privacy
@pytest.mark.statement(42)
@pytest.mark.parametrize("share", [0.5, 1.0, 0.3, "0.1", None])
def test_a_share_that_is_written_into_the_queue_does_not_leave(sampled, share):
    """Statement 42: a waiting part whose share was edited, to another of the list too, is held back."""
    install = sampled(y2026=True)
    install.run()
    install.collector.answers = [Outcome.RETRY] * 2
    install.send()
    for path in outbox.waiting(install.folder):
        path.write_bytes(wire.encode({**json.loads(path.read_bytes()), "sample": share}))
    assert install.send() == []
    assert (outbox.waiting(install.folder), install.collector.bodies) == ([], [])
    assert json.loads((install.folder / "state.json").read_text())["lost"]["refused"] == 3


@pytest.mark.privacy
def test_preview_is_what_is_sent(sampled, capsys):
    """The preview of a drawn install is byte for byte what leaves; that of another one is empty."""
    for drawn in (True, False):
        install = sampled(y2026=drawn)
        install.run()
        shown = overview.preview(install.client).lines
        install.send()
        assert sorted(shown) == sorted(body.decode() for body in install.collector.bodies)
        assert bool(shown) is drawn


@pytest.mark.privacy
def test_the_secret_is_made_when_it_is_needed_and_goes_with_off(sampled):
    """Recording, and asking how things stand, make no secret; the sender does; off removes it; the next is another."""
    install = sampled()
    secret = install.folder / pseudonym.FILE_NAME
    install.run()
    say(install, "status"), say(install, "doctor"), say(install, "stats"), say(install, "log")
    assert not secret.exists()
    install.send()
    first = secret.read_bytes()
    say(install, "off")
    assert install.files == {"consent"}
    install.answer("on 2026-11-18 1 http://127.0.0.1:9 25\n")
    install.run()
    install.send()
    assert secret.read_bytes() != first


@pytest.mark.privacy
@pytest.mark.statement(45)
def test_the_secret_and_the_draw_never_leave(sampled):
    """Statement 45: of the secret, and of the number that it drew, nothing is in any part, also not in another form."""
    install = sampled(y2026=True)
    for _ in range(40):
        install.run("db migrate", flags=["--dry-run"])
        install.send()
        install.clock.forward(1)
    secret, sent = (install.folder / pseudonym.FILE_NAME).read_bytes(), b"".join(install.collector.bodies)
    drawn = hmac.new(secret, b"tele/sample/v1\0\0\0\x06mytool\0\0\0\x042026", hashlib.sha256)
    for kept in (secret, drawn.digest(), drawn.digest()[:8]):
        forms = (kept, kept.hex().encode(), base64.b64encode(kept)[:-2], str(int.from_bytes(kept, "big")).encode())
        assert not any(form in sent for form in forms)


@pytest.mark.privacy
@pytest.mark.parametrize("environ", [{"DO_NOT_TRACK": "1"}, {"FOOTFALL": "local"}, {"MYTOOL_TELEMETRY": "off"}])
def test_where_nothing_may_be_sent_no_secret_is_made(sampled, environ):
    """While the mode is off or local, neither the sender nor a look makes a secret."""
    install = sampled()
    install.run()
    install.environ.update(environ)
    install.send()
    overview.preview(install.client)
    assert not (install.folder / pseudonym.FILE_NAME).exists()


@pytest.mark.privacy
@pytest.mark.parametrize(("consent", "word"), [("ask", "on"), ("notice", "notice")])
def test_preview_makes_no_secret(new_install, capsys, consent, word):
    """After a yes, or a notice that is not over, a look makes no secret: it shows all, and says that none drew yet."""
    install = new_install(sample=0.1, consent=consent)
    install.answer(f"{word} 2026-11-18 1 http://127.0.0.1:9 25\n")
    install.run()
    overview.preview(install.client)  # draws the parts' keys
    before = {path: path.read_bytes() for path in install.folder.rglob("*") if path.is_file()}
    assert len(overview.preview(install.client).lines) == 3
    assert say(install, "preview") == 0
    assert "one in 10 installs sends; whether this one does is drawn by its first sender" in capsys.readouterr().err
    after = {path: path.read_bytes() for path in install.folder.rglob("*") if path.is_file()}
    assert after == before
    assert install.folder / pseudonym.FILE_NAME not in after


# What the user sees


def test_own_figures_have_what_was_not_sent(sampled):
    """``stats`` of an install that was not drawn counts its runs before and after the sender, once, for 28 days."""
    install = sampled(y2026=False)
    for _ in range(3):
        install.run()
        assert _usage.usage_of(install.folder, install.clock.day, install.client).commands[0].runs == 1 + _
        install.send()
        assert _usage.usage_of(install.folder, install.clock.day, install.client).commands[0].runs == 1 + _
        install.clock.forward(1)
    install.clock.forward(28)
    install.run()
    install.send()
    assert _usage.usage_of(install.folder, install.clock.day, install.client).commands[0].runs == 1


def test_a_sender_that_dies_in_between_keeps_nothing_twice(sampled, monkeypatch):
    """Kept back, and then killed before that was noted: the next sender keeps the same day once."""
    install = sampled(y2026=False)
    install.run()

    def killed(*given, keep=outbox.keep_unsent):
        keep(*given)
        raise InterruptedError

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "keep_unsent", killed)
        with pytest.raises(InterruptedError):
            install.send()
    assert [path.name for path in sorted(install.folder.glob("unsent/*/*"))][-1] == "02-cli.command.json"
    install.run()
    install.send()
    (use,) = _usage.usage_of(install.folder, install.clock.day, install.client).commands
    assert use.runs == 2


def test_what_is_kept_back_again_takes_the_place_of_what_was(tmp_path):
    """A day that is kept again, with a part more among the others, is there once, whatever its parts' numbers."""
    activity, command, event = ({"part": part, "key": part * 8} for part in ("activity", "cli.command", "a.b"))
    for documents in ([activity, event], [activity, command, event]):
        outbox.keep_unsent(tmp_path, "2026-11-18", documents)
    kept = sorted(path.name for path in tmp_path.glob("unsent/2026-11-18.*/*"))
    assert kept == ["00-activity.json", "01-cli.command.json", "02-a.b.json"]


def test_a_state_that_was_removed_counts_nothing_again(sampled):
    """Where somebody removed the state of an install that was not drawn, own figures and windows stay as they were."""
    install = sampled("2026-12-31", y2026=False, y2027=True)
    install.run()
    install.send()
    (install.folder / "state.json").unlink()
    install.clock.forward(1)
    install.run()
    install.send()
    (use,) = _usage.usage_of(install.folder, install.clock.day, install.client).commands
    assert use.runs == 1
    assert not any(part.get("first_in_week") for part in install.collector.parts)


@pytest.mark.parametrize(
    ("years", "first", "sample"),
    [
        ({"y2026": True}, "on: counts are recorded and sent", "in 2026 this one does"),
        ({"y2026": False}, "on: counts are recorded, and those of 2026 are not sent", "in 2026 this one does not"),
        ({}, "on: counts are recorded and sent", "whether this one does is drawn by its first sender"),
    ],
)
def test_status_says_whether_this_install_sends(sampled, capsys, years, first, sample):
    """``status`` tells how many installs send, and whether this one does, as text and as data."""
    install = sampled(**years)
    install.run()
    say(install, "status")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"mytool: {first}"
    assert f"  sample     one in 10 installs sends; {sample}" in lines
    where = "nowhere; when drawn, to http://127.0.0.1:9" if years == {"y2026": False} else "http://127.0.0.1:9"
    assert f"  goes to    {where}" in lines
    say(install, "status", "--json")
    (told,) = json.loads(capsys.readouterr().out)["tools"]
    assert told["sample"] == {"share": 0.1, "year": "2026", "is_in": years.get("y2026")}


def test_where_all_send_status_says_nothing_of_it(install, capsys):
    """Without sampling there is no such line."""
    install.run()
    say(install, "status")
    assert "sample" not in capsys.readouterr().out


def test_whoever_asks_is_told_why_nothing_leaves(sampled, capsys):
    """``preview``, ``log`` and ``send`` of an install that was not drawn say so, and ``doctor`` finds it."""
    install = sampled(y2026=False)
    install.run()
    why = "nothing of 2026 is sent: one in 10 installs sends, and this one was not drawn"
    for word in ("preview", "log"):
        say(install, word)
        assert capsys.readouterr() == ("", f"mytool: {why}.\n")
    assert say(install, "send", "--now") == 0
    assert capsys.readouterr().out == f"mytool: {why}\n"
    assert say(install, "doctor", "--json") == 1
    (tool,) = json.loads(capsys.readouterr().out)["tools"]
    found = {finding["name"]: finding for finding in tool["findings"]}
    assert (found["sample"]["is_fine"], found["sample"]["text"]) == (
        False,
        "one in 10 installs sends; in 2026 this one does not",
    )


def test_an_example_is_one_of_an_install_that_is_drawn(sampled, capsys):
    """Before anything is recorded ``preview`` says that its example leaves only where this install is drawn."""
    install = sampled()
    install.answer("off 2026-11-18\n")
    say(install, "preview")
    assert "this would be sent, if this install is drawn: one in 10 installs sends:" in capsys.readouterr().err


def test_a_preview_says_that_nobody_has_drawn_yet(sampled, capsys):
    """``preview`` as JSON tells the share, and whether this install has drawn; where mode is not on, nothing of it."""
    install = sampled()
    install.run()
    for drawn in (None, False):
        if drawn is False:
            (install.folder / pseudonym.FILE_NAME).write_bytes(secret_that(y2026=False))
        say(install, "preview", "--json")
        (tool,) = json.loads(capsys.readouterr().out)["tools"]
        assert tool["sample"] == {"share": 0.1, "year": "2026", "is_in": drawn}
        assert bool(tool["parts"]) is (drawn is None)
    install.environ["FOOTFALL"] = "local"
    say(install, "preview", "--json")
    assert json.loads(capsys.readouterr().out)["tools"][0]["sample"] is None


# The wire format


@given(st.one_of(st.floats(), st.integers(), st.booleans(), st.text(), st.none(), st.sampled_from(wire.SAMPLES)))
@example(1)
@example(1.0)
@example(True)
def test_a_part_tells_a_share_of_the_list_or_none(value):
    """Format 1 takes a part without a share, or with one of the list; the whole is told by telling none."""
    part = {"format": 1, "project": "mytool", "day": "2026-11-21", "part": "activity", "key": "0" * 32}
    part |= {"new": True, "first_in_week": True, "first_in_month": True, "age": "0"}
    assert wire.one_in(wire.decode(wire.encode(part))) == 1
    body = json.dumps({**part, "sample": value}).encode()
    if type(value) is float and value in wire.SAMPLES:
        assert wire.one_in(wire.decode(body)) * value == 1
    else:
        with pytest.raises(WireError, match="bad-value"):
            wire.decode(body)


def test_the_window_is_the_calendar_year():
    """Days are drawn for by their calendar year, also in a week that begins in another."""
    assert [_sampling.window_of(day) for day in ("2026-12-31", "2027-01-01")] == ["2026", "2027"]
