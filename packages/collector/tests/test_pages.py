"""The dashboard's pages."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
from parts import TODAY, activity, command, notebook
from population import simulate

import footfall
from footfall import wire
from footfall_collector import dashboard, figures
from footfall_collector.charts import Chart
from footfall_collector.keys import Key


class Page(HTMLParser):
    """What a page holds: words outside tags, the attributes of its tags; fails for tags that are not closed."""

    VOID = ("meta", "link", "img", "br", "line", "rect")

    def __init__(self, text):
        super().__init__()
        self.words, self.tags, self.open = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Note a tag that has no end."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        """Every end has its start."""
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        """Note words."""
        self.words.append(data.strip())

    @property
    def text(self):
        """All words."""
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture
def filled(make_site):
    """A site with seven weeks of a population, and its truth."""
    parts, truth = simulate(5, 90, date(2026, 10, 5), 48)
    site = make_site()
    site.count(parts)
    return site, truth


def test_a_project_page_shows_the_week(filled):
    """The page says which week it shows, its installs, the one before, and every panel's figures."""
    site, truth = filled
    page = Page(site.get("/projects/mytool").text)
    this, before = len(truth.actives["2026-W47"]), len(truth.actives["2026-W46"])
    assert "Week 2026-W47 , 2026-11-16 to 2026-11-22" in page.text
    assert "still running" in page.text
    assert f"{this} active installs in the week" in page.text
    assert f"{this - before:+,}".replace("-", "−") in page.text
    for heading in (
        "Retention",
        "Commands",
        "Outcomes",
        "Durations",
        "Flags",
        "Errors",
        "Versions",
        "Pythons",
        "Systems",
    ):
        assert heading in page.text
    for name, installs, runs, _ in site.chart("commands")["rows"]:
        assert f"{name} {installs:,} {runs:,}" in page.text
    assert "Groups of which fewer than 5 installs sent are hidden" in page.text


PANELS = ("Sessions by frontend", "Cells by outcome", "How long sessions were", "Cells in a session")
PANELS += ("How long cells took", "Errors of cells", "Magics", "Modules imported")


def test_the_notebooks_part_shows_the_week(filled):
    """A project with commands and notebooks shows both, and key numbers and rows of sessions are those of the truth."""
    site, truth = filled
    text = Page(site.get("/projects/mytool?week=2026-W46").text).text
    this, n = truth.sessions.installs["2026-W46", "sessions", ""], truth.sessions.n["2026-W46", "sessions", ""]
    assert f"{len(this)} installs with a notebook session" in text
    assert f"{n} notebook sessions in the week" in text
    assert all(heading in text for heading in (*PANELS, "Outcomes by command", "Notebooks", "Environment"))
    for chart in ("sessions", "cell-errors", "magics", "modules"):
        for word, installs, count in site.chart(chart, week="2026-W46")["rows"]:
            assert f"{word} {installs:,} {count:,}" in text
    for chart in ("session-durations", "session-sizes", "cell-durations"):
        for word, installs, count in site.chart(chart, week="2026-W46")["rows"]:
            assert f"{word} {count:,} {installs:,}" in text
    ((_, _, cells, failed),) = site.chart("notebooks", week="2026-W46")["rows"]
    assert f"{cells:,} cells run in the week" in text
    assert f"{failed / cells:.1%} of the cells did not end well {failed:,} cells" in text


def test_a_project_without_notebooks_has_no_such_part(site):
    """Where no session was ever reported, the page says nothing of notebooks."""
    site.count([activity() for _ in range(6)] + [command([("fetch", "ok", 1)]) for _ in range(6)])
    text = Page(site.get("/projects/mytool").text).text
    assert not [heading for heading in (*PANELS, "Notebooks", "notebook session", "Environment") if heading in text]
    assert "Outcomes by command" in text


def test_a_project_with_notebooks_only_has_no_panels_of_commands(site):
    """Where sessions were reported and commands never were, no panel of commands is there, nor their key number."""
    site.count(
        [activity() for _ in range(6)] + [notebook(sessions=[("", 1)], frontends=[("lab", 1)]) for _ in range(6)]
    )
    text = Page(site.get("/projects/mytool").text).text
    assert all(heading in text for heading in PANELS)
    assert "6 notebook sessions in the week" in text
    assert not [word for word in ("Commands", "command", "Flags", "runs of") if word in text]
    site.count([command([("fetch", "ok", 1)])])
    assert "Outcomes by command" in Page(site.get("/projects/mytool").text).text


def test_notebooks_of_a_week_of_few_installs_show_no_figure(site):
    """With four installs that had sessions, and in a week without any, the part is there and tells nothing."""
    lists = {"cells": [("ok", 77)], "magics": [("perl", 77)], "cell_durations": [("<0.1s", 77)]}
    site.count([activity() for _ in range(9)])
    site.count([notebook(sessions=[("", 91)], frontends=[("lab", 91)], **lists) for _ in range(4)])
    for week in ("2026-W47", "2026-W46"):
        text = Page(site.get(f"/projects/mytool?week={week}").text).text.replace("\u2009", " ")
        assert "< 5 notebook sessions in the week" in text
        assert "< 5 of the cells did not end well" in text
        assert not [word for word in ("lab", "perl", "77", "308", "91", "364") if word in text]


def test_hidden_outcomes_of_cells_are_a_piece_of_their_bar(site):
    """The bar of the week's cells is as long as all of them, and those that cannot be told are no failures."""
    site.count([activity() for _ in range(66)])
    site.count([notebook(sessions=[("", 1)], cells=[("ok", 10)]) for _ in range(60)])
    site.count([notebook(sessions=[("", 1)], cells=[("error", 9), ("exit", 1)]) for _ in range(4)])
    text = Page(site.get("/projects/mytool").text).text
    assert "hidden: 40 (6%)" in text
    assert "6.2% of the cells did not end well 40 cells" in text
    site.count([notebook(sessions=[("", 1)], cells=[("killed", 1)]) for _ in range(60)])
    assert "hidden of the cells did not end well" not in Page(site.get("/projects/mytool").text).text


def test_long_lists_end_where_the_page_would_gape(site):
    """Of many magics the page shows those of the most installs, and says how many more the CSV has."""
    magics = wire.MAGICS[:20]
    site.count([activity() for _ in range(30)])
    site.count([notebook(sessions=[("", 1)], magics=[(m, 1) for m in magics[: at + 1]]) for at in range(30)])
    text = Page(site.get("/projects/mytool").text).text
    assert "5 more are in the CSV" in text
    assert f"magic installs cells {magics[0]} 30 30 {magics[1]} 29 29" in text
    assert len(site.chart("magics")["rows"]) == 20


def test_weeks_can_be_walked(filled):
    """The week picker lists all weeks with reports, and leads to the one before and after."""
    site, _ = filled
    page = Page(site.get("/projects/mytool?week=2026-W44").text)
    options = [attributes["value"] for tag, attributes in page.tags if tag == "option"]
    assert options == [f"2026-W{number}" for number in range(47, 40, -1)]
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a" and "rel" in attributes]
    assert links == ["?week=2026-W43", "?week=2026-W45"]
    assert "still running" not in page.text


def test_every_page_is_well_formed_and_needs_nothing_else(filled):
    """No script, no style in the markup, nothing from elsewhere; and headers that forbid it."""
    site, _ = filled
    for path in ("/", "/projects/mytool", "/projects/mytool?week=2020-W01", "/nowhere"):
        answer = site.get(path)
        page = Page(answer.text)
        assert not [tag for tag, _ in page.tags if tag in ("script", "style", "iframe")]
        assert not [value for _, attributes in page.tags for name, value in attributes.items() if name == "style"]
        links = [a.get("href") or a.get("src") for _, a in page.tags if "href" in a or "src" in a]
        assert all(link.startswith(("/", "?")) for link in links)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")


def test_every_table_has_a_row_of_headers(filled):
    """Whoever hears a table hears what its columns are."""
    site, _ = filled
    text = site.get("/projects/mytool").text
    tables = re.findall(r"<table.*?</table>", text, re.DOTALL)
    assert len(tables) > 15
    for table in tables:
        head = re.search(r"<thead><tr>(.*?)</tr></thead>", table, re.DOTALL)
        assert head, table[:200]
        row = re.search(r"<tbody>.*?<tr>(.*?)</tr>", table, re.DOTALL)[1]
        assert len(re.findall(r"<t[hd]\b", head[1])) == len(re.findall(r"<t[hd]\b", row))


def test_all_links_of_a_page_lead_somewhere(filled):
    """Style, picture, files and weeks that a page names are there."""
    site, _ = filled
    page = Page(site.get("/projects/mytool").text)
    links = {a.get("href") or a.get("src") for _, a in page.tags if "href" in a or "src" in a}
    assert len(links) > 30
    for link in links:
        assert site.get(f"/projects/mytool{link}" if link.startswith("?") else link).status_code == 200, link


def test_an_empty_project_says_how_to_begin(site):
    """Without a report, the page shows a client that points here."""
    page = Page(site.get("/projects/mytool").text)
    assert 'footfall.Client("mytool", version="1.0", endpoint="https://collector")' in page.text
    assert "no reports yet" in Page(site.get("/").text).text


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("usage.example.org", "https://usage.example.org"),
        ("localhost:8080", "http://localhost:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost.example.org", "https://localhost.example.org"),
    ],
)
def test_the_address_for_clients_is_one_that_they_take(site, host, endpoint):
    """Behind a proxy that ends TLS the page says https, as clients take http on loopback only."""
    page = site.get("/projects/mytool", headers={"host": host}).text
    assert f'endpoint="{endpoint}"' in unescape(page)
    assert footfall.Client("mytool", version="1.0", endpoint=endpoint).endpoint == endpoint


@pytest.mark.parametrize("host", ["[", "x:y", 'a"<b>', "usage.example.org:99999", ""])
def test_a_host_that_is_none_is_no_fault(site, host):
    """Whatever a request says that its host is, the page is well formed, or refused as a bad request."""
    answer = site.get("/projects/mytool", headers={"host": host})
    assert answer.status_code in (200, 400)
    assert "<b>" not in answer.text


def test_a_week_of_few_installs_shows_no_figure(site):
    """With four installs there are figures nowhere on the page, and it says so."""
    site.count([activity() for _ in range(4)] + [command([("fetch", "ok", 77)]) for _ in range(4)])
    page = Page(site.get("/projects/mytool").text)
    assert "fetch" not in page.text
    assert "77" not in page.text
    assert "308" not in page.text
    assert "Fewer than 5 installs sent" in page.text
    assert "Fewer than 5 installs told a plan's digest: only programs that ship their plan do." in page.text
    assert "< 5" in page.text.replace("\u2009", " ")


def test_days_to_come_are_not_shown(site):
    """The days of the week that are still to come are on no chart; today is."""
    site.count([activity() for _ in range(5)])
    text = site.get("/projects/mytool").text
    assert f"<title>{site.today}: " in text
    assert f"<title>{site.today + timedelta(days=1)}: " not in text


def test_a_month_to_come_is_not_shown(site):
    """In the last week of a month, which ends in the next one, the page tells of the month that has begun."""
    site.today = date(2026, 11, 30)
    site.count([activity(site.today, first_in_month=True) for _ in range(7)])
    text = Page(site.get("/projects/mytool").text).text
    assert "7 active installs in 2026-11" in text
    assert "2026-12" not in text.replace(f"{site.today + timedelta(days=6)}", "")


def test_what_is_hidden_is_not_called_few(site):
    """Of eight installs seven that ran a command, and were new, are hidden to cover one: the page says no "fewer"."""
    site.count([activity(new=True, age="0") for _ in range(7)] + [activity()])
    flags = [{"command": "fetch", "flag": "--all", "n": 1, "first_in_week": True}]
    site.count([command([("fetch", "ok", 1)], flags=flags) for _ in range(7)] + [command([("report", "ok", 1)])])
    text = Page(site.get("/projects/mytool").text).text.replace("\u2009", " ")
    assert "8 active installs in the week" in text
    assert "hidden of them new" in text
    assert "none shown runs of the commands shown" in text
    assert "where a small one could be worked out. They are 8 of 8 installs" in text
    assert (
        text.count("Fewer than 5 installs sent, or it would tell of what is hidden elsewhere: nothing is shown.") == 4
    )


def test_words_of_a_plan_are_text(make_site):
    """A command's name is never markup."""
    from footfall.vocabulary import Vocabulary

    name = "<script>alert(1)</script>"
    plan = Vocabulary.from_document({"format": 1, "project": "mytool", "commands": {name: []}})
    site = make_site(plans={"mytool": [plan]})
    site.count([activity() for _ in range(6)] + [command([(name, "ok", 1)]) for _ in range(6)])
    text = site.get("/projects/mytool").text
    assert "&lt;script&gt;" in text
    assert "<script" not in text


def test_steps_of_a_scale():
    """Ticks are a 1, 2 or 5 with zeros apart, and at most four steps reach the largest value."""
    assert [figures.nice_step(value) for value in (0, 1, 3, 4, 5, 9, 40, 41, 81, 999)] == [
        1,
        1,
        1,
        1,
        2,
        5,
        10,
        20,
        50,
        500,
    ]
    for largest in range(1, 3_000, 7):
        assert 4 * figures.nice_step(largest) >= largest


def test_bars_are_as_high_as_their_numbers():
    """Heights are in proportion, a hidden window has none, and the newest window has its name below."""
    figure = figures.columns([("2026-W45", 10, 5), ("2026-W46", None, None), ("2026-W47", 20, None)])
    first, hidden, last = figure.bars
    assert last.height == 2 * first.height == 4 * first.part_height > 0
    assert hidden.hidden
    assert hidden.height == 0
    assert last.label == "2026-W47"
    assert figures.columns([("2026-W45", None)]).empty


def test_pieces_of_a_divided_bar():
    """Pieces follow each other and fill the bar."""
    assert figures.shares([1, 2, 1]) == [(0.0, 25.0), (25.0, 50.0), (75.0, 25.0)]
    assert figures.shares([]) == []


def test_what_is_hidden_of_a_command_is_a_piece_of_its_bar(site):
    """The bar of a command whose smaller outcomes are hidden is as long as all its runs."""
    site.count([activity() for _ in range(60)] + [command([("fetch", "ok", 1)]) for _ in range(60)])
    site.count([command([("fetch", outcome, 1)]) for outcome in ("error", "usage", "exit") for _ in range(3)])
    text = Page(site.get("/projects/mytool").text).text
    assert "hidden: 9 (13%)" in text


def test_retention_cells_tell_hidden_from_yet_to_come():
    """A cohort's row has shares, dots for what is hidden, and blanks for weeks that have not come."""
    rows = [("2026-W46", "0", "2026-W46", 20), ("2026-W47", "0", "2026-W47", 10)]
    retention = Chart("retention", {}, ("cohort", "age", "week", "installs"), rows, 0, 30)
    (name, size, cells), (last, _, newest) = dashboard.triangle(retention, "2026-W47")
    assert (name, size, last) == ("2026-W46", 20, "2026-W47")
    assert cells[:3] == [("10", 20, "100%"), ("hidden", None, ""), ("none", None, "")]
    assert newest[:2] == [("10", 10, "100%"), ("none", None, "")]


def test_changes_are_told_only_between_two_numbers():
    """A change has its sign, and there is none against a window that is hidden."""
    assert Key("x", 90, 100, "W1").change == "−10 (−10%)"
    assert Key("x", 1_200, 100, "W1").change == "+1,100 (+1100%)"
    assert Key("x", 90, None, "W1").change == ""
    assert Key("x", None, 100, "W1").change == ""


def test_late_reports_change_a_closed_week(site):
    """A part that comes 40 days late is in the week of its day."""
    day = TODAY - timedelta(40)
    site.count([activity(day) for _ in range(5)])
    assert site.chart("actives-week", **{"from": str(day), "to": str(day)})["rows"][0][1] == 5
    site.post(activity(day))
    assert site.chart("actives-week", **{"from": str(day), "to": str(day)})["rows"][0][1] == 6
