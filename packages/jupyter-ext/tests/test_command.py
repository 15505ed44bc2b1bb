"""``%footfall``: what the user reads and decides, and the one hint that there is something to decide."""

from __future__ import annotations

import html
import re
import shutil

import pytest

import footfall
import footfall_jupyter
from footfall import _consent
from footfall._sampling import is_drawn

HINT = "would like to count notebook sessions"


@pytest.fixture
def undecided(machine, monkeypatch):
    """A person's own machine, on which nothing was answered."""
    shutil.rmtree(machine.home)
    monkeypatch.setattr(_consent, "restriction", lambda _: "")  # root, CI and containers are off, and not asked
    for name in ("JUPYTER_TELEMETRY", "OURLIB_TELEMETRY", "OURHUB_TELEMETRY"):
        monkeypatch.delenv(name)


def client(project="ourlib", endpoint="http://127.0.0.1:9", **settings):
    """A library's client."""
    return footfall.Client(project, version="1.4.2", endpoint=endpoint, **settings)


def test_the_hint_is_shown_once_and_the_answer_counts(machine, shell, run, undecided):
    """A user who loads the extension is told once how to decide; nothing is written before, and nothing asks."""
    shown = run(shell, "%load_ext footfall_jupyter")
    assert HINT in shown
    assert "%footfall on " in shown
    assert run(shell, "1;", "%reload_ext footfall_jupyter", "%load_ext footfall_jupyter", "2;").count(HINT) == 0
    assert not machine.home.exists()
    run(shell, "%footfall on", "1;")
    assert machine.told("cells") == {"ok": 1}
    assert HINT not in run(shell, "%unload_ext footfall_jupyter", "%load_ext footfall_jupyter")


def test_no_hint_where_nobody_typed_it(new_shell, run, undecided):
    """Configuration, libraries and scripts that load the extension get no hint; nor does a user who has said no."""
    shell = new_shell()
    footfall_jupyter.load_ipython_extension(shell)
    assert HINT not in run(shell, "1;")
    load = "get_ipython().extension_manager.load_extension('footfall_jupyter')"
    shell = new_shell()
    shell.user_ns["library"] = lambda: exec(load, {"get_ipython": lambda: shell, "__name__": "library"})
    assert HINT not in run(shell, "library()")
    run(shell, "%footfall off", "%unload_ext footfall_jupyter")
    assert HINT not in run(new_shell(), "%load_ext footfall_jupyter")


@pytest.mark.parametrize("switch", ["DO_NOT_TRACK", "CI"])
def test_no_hint_where_it_is_off(shell, run, undecided, monkeypatch, switch):
    """Where a rule has switched it off there is nothing to decide."""
    monkeypatch.undo() if switch == "CI" else None
    monkeypatch.setenv(switch, "1")
    assert HINT not in run(shell, "%load_ext footfall_jupyter")


def test_the_hint_names_the_collector_and_who_runs_it(new_shell, run, undecided):
    """The hint tells where counts would go; without a collector, that they would go nowhere."""
    assert "nothing would ever leave" in run(new_shell(), "%load_ext footfall_jupyter")
    hub = {"endpoint": "https://usage.example.org", "operator": "the hub's staff", "project": "ourhub"}
    shown = run(new_shell(Footfall=hub), "%load_ext footfall_jupyter")
    assert "ourhub would like" in shown
    assert "https://usage.example.org" in shown
    assert "the hub's staff" in shown


def test_the_hint_names_a_sink_and_its_number(new_shell, run, undecided):
    """Where counts would go to PostHog the hint says so, with the number for the user, and promises no less."""
    hub = {"endpoint": "posthog://us.i.posthog.com/phc_KEY", "operator": "the hub's staff", "project": "ourhub"}
    shown = " ".join(run(new_shell(Footfall=hub), "%load_ext footfall_jupyter").split())
    assert "to PostHog at us.i.posthog.com, with a number for you that changes each week (for the hub's staff" in shown
    assert "identifier" not in shown
    hub["endpoint"] = "https://usage.example.org"
    assert "or an identifier" in " ".join(run(new_shell(Footfall=hub), "%load_ext footfall_jupyter").split())


def test_status_tells_mode_rule_and_this_kernels_cells(counted, run):
    """%footfall alone shows the status, with how many cells of this kernel were counted."""
    run(counted, "1;")
    shown = run(counted, "%footfall")
    assert shown == run(counted, "%footfall status").replace("Out[4]", "Out[3]").replace("3 cells", "2 cells")
    assert "jupyter: local: counts are recorded for you, and never sent" in shown
    assert "this kernel  2 cells counted" in shown


def test_answers_say_what_holds_now(machine, shell, run, undecided):
    """on, local and off say what became of the answer, and the files say so too."""
    footfall_jupyter.instrument(client())
    answers = {
        "on": "Thank you. ourlib counts from the next cell on.",
        "local": "ourlib records for you only, from the next cell on.",
        "off": "ourlib records nothing; what it kept is removed.",
    }
    for word, text in answers.items():
        assert text in run(shell, f"%footfall {word}")
        assert machine.answer("ourlib") == word


def test_preview_shows_the_bytes_and_log_what_left(machine, shell, run):
    """Preview shows an example before a yes, then the very parts; log says that nothing has left."""
    footfall_jupyter.instrument(client())
    run(shell, "1;")
    shown = run(shell, "%footfall preview")
    assert '"part":"notebook.session"' in shown
    assert "ourlib would send this now:" in shown
    assert "No record of anything that left for ourlib" in run(shell, "%footfall log")
    run(shell, "%footfall off")
    assert "ourlib records nothing. After a first day with one cell" in run(shell, "%footfall preview")


def test_who_is_not_drawn_is_told_so(machine, shell, run, monkeypatch):
    """Where one in ten installs sends and this one was not drawn, status, preview and log say so, the hint how many."""
    ours = client(sample=0.1)
    footfall_jupyter.instrument(ours)
    monkeypatch.setenv("FOOTFALL", "off")
    assert "this would be sent, if this install is drawn to send:" in run(shell, "%footfall preview")
    monkeypatch.delenv("FOOTFALL")
    run(shell, "1;")
    unsure = "ourlib: one in 10 installs sends; whether this one does is drawn by its first sender."
    assert unsure in run(shell, "%footfall preview")
    secrets = (bytes([number]) * 32 for number in range(256))
    year = ours.today[:4]
    (machine.folder("ourlib") / "pseudonym").write_bytes(
        next(secret for secret in secrets if not is_drawn(secret, "ourlib", year, 0.1))
    )
    why = f"ourlib: nothing of {year} is sent: one in 10 installs sends, and this one was not drawn."
    assert why in run(shell, "%footfall preview")
    assert why in run(shell, "%footfall log")
    assert f"counts are recorded, and those of {year} are not sent" in run(shell, "%footfall status")


def test_log_tells_delivered_from_refused(machine, shell, run):
    """Parts stand under their day; those that the collector would not take stand apart, with its reason."""
    footfall_jupyter.instrument(client())
    for number, ending in enumerate(("json", "unknown-value.rejected.json", "rejected.json")):
        path = machine.folder("ourlib") / "sent" / "2026-11-18" / f"ab{number}-00-activity.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'{{"part":{number}}}')
    assert run(shell, "%footfall log").splitlines()[1:] == [
        "ourlib has sent this in the last 28 days.",
        "2026-11-18, delivered:",
        '{"part":0}',
        "2026-11-18, refused by the collector, and lost:",
        '{"part":2}',
        "2026-11-18, refused by the collector (unknown-value), and lost:",
        '{"part":1}',
    ]


def test_stats_show_the_users_own_use(machine, shell, run):
    """Cells, failures and magics are shown to who ran them, before any sender was there; looking writes nothing."""
    footfall_jupyter.instrument(client())
    assert "ourlib: nothing recorded yet." in run(shell, "%footfall stats")
    run(shell, "1;", "%time 2", "1 / 0")
    before = machine.files()
    shown = run(shell, "%footfall stats")
    assert "ourlib: your own use" in shown
    assert "  sessions  1\n" in shown
    assert "  cells     4, 1 failed\n" in shown
    assert "  magics    time 1\n" in shown
    assert "  errors    ZeroDivisionError 1\n" in shown
    assert machine.files() == before
    run(shell, "%footfall off")
    shown = run(shell, "%footfall stats")
    assert "ourlib: nothing is recorded: you said no (rule 6).\n" in shown
    assert "To change that: `%footfall on` takes it back." in shown


def test_of_several_one_has_to_be_named(machine, counted, run):
    """Where several count, each is shown, and an answer needs a name; an unknown one is told those there are."""
    footfall_jupyter.instrument(client())
    shown = run(counted, "%footfall")
    assert "jupyter: local" in shown
    assert "ourlib: on" in shown
    assert "%footfall off jupyter, %footfall off ourlib" in run(counted, "%footfall off")
    run(counted, "%footfall off ourlib")
    assert "ourlib: off" in run(counted, "%footfall status ourlib")
    assert "jupyter" not in run(counted, "%footfall status ourlib")
    assert "counted here: jupyter, ourlib" in run(counted, "%footfall on canary")
    assert "%footfall on ourlib, off ourlib or local ourlib" in run(counted, "%footfall status ourlib")


@pytest.mark.parametrize("words", ["nonsense", "--on", "on off on"])
def test_wrong_words_are_refused_in_a_line(machine, counted, run, words):
    """What cannot be understood changes nothing and is answered with the usage, without a traceback."""
    before = machine.files()
    shown = run(counted, f"%footfall {words}")
    assert shown.startswith("UsageError: ")
    assert "Traceback" not in shown
    assert machine.files() == before


def test_help_is_there_in_both_ways(counted, run):
    """%footfall help and %footfall? show the words that it knows."""
    for source in ("%footfall help", "%footfall?"):
        assert "the exact bytes that would be sent now" in run(counted, source)


@pytest.mark.parametrize("word", ["", "stats"])
def test_in_a_notebook_it_is_a_table(counted, word):
    """The rich display holds the same words as the plain one, escaped, and no script."""
    result = counted.run_cell(f"%footfall {word}", store_history=True).result
    assert "<table>" in result._repr_html_()
    data, _ = counted.display_formatter.format(result)
    words = re.sub(r"<style>.*?</style>", "", data["text/html"], flags=re.DOTALL)
    text = html.unescape(re.sub(r"<[^>]+>", " ", words))
    assert text.split() == data["text/plain"].split()
    assert "<script" not in data["text/html"]


def test_what_is_shown_is_escaped(shell, machine, undecided):
    """An operator's name cannot bring markup into a notebook."""
    from footfall_jupyter import _display

    shown = _display.Shown("", ["<b>x</b>", _display.Table([("<i>", "&amp;")])])
    assert "<b>" not in shown._repr_html_()
    assert "&lt;i&gt;" in shown._repr_html_()
    assert "&amp;amp;" in shown._repr_html_()


def test_a_folder_that_cannot_be_read_is_told(machine, counted, run):
    """What keeps an answer from being stored is said in a line."""
    machine_file = machine.folder()
    run(counted, "%footfall off")
    for path in machine_file.iterdir():
        path.unlink()
    machine_file.rmdir()
    machine_file.write_text("")
    shown = run(counted, "%footfall local")
    assert shown.startswith("UsageError: ")
