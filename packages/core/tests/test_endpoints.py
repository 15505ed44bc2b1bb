"""Addresses of event sinks: which can be used, what an author is told of others, and how texts for people name them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from footfall import Client, PlanError, _places, _spawn, is_safe, overview
from footfall._consent import Answer
from footfall.sinks import origin

pytestmark = pytest.mark.privacy

GOOD = [
    "posthog://us.i.posthog.com/phc_KEY",
    "posthog://127.0.0.1:8000/phc_KEY",
    "posthog://[::1]:8000/phc_KEY",
    "posthog://localhost/abc-DEF_1",
    "phonehome://api.phonehome.dev/datarootsio/cheek",
    "phonehome://127.0.0.1:8888/o/r.py",
    "file:/var/log/mytool/usage.jsonl",
    "file:/C:/ProgramData/mytool/usage.jsonl",
    "console:",
]
BAD = [
    "posthog://us.i.posthog.com",
    "posthog://us.i.posthog.com/",
    "posthog://us.i.posthog.com/phc_KEY/more",
    "posthog:///phc_KEY",
    "posthog:us.i.posthog.com/phc_KEY",
    "posthog://us.i.posthog.com/phx_KEY",
    "posthog://us.i.posthog.com/" + "k" * 65,
    "posthog://user@us.i.posthog.com/phc_KEY",
    "posthog://us.i.posthog.com:port/phc_KEY",
    "posthog://us.i.posthog.com:/phc_KEY",
    "posthog://us.i.posthog.com/phc_KEY?x=1",
    "posthog://[::2]/phc_KEY",
    "posthog://.evil.example/phc_KEY",
    "phonehome://api.phonehome.dev/datarootsio",
    "phonehome://api.phonehome.dev/../cheek",
    "phonehome://api.phonehome.dev/datarootsio/cheek/count",
    "file:relative.jsonl",
    "file:///var/log/usage.jsonl",
    "file:/var/../etc/passwd",
    "file:/var//usage.jsonl",
    "file:/var/a b.jsonl",
    'file:/var/"x',
    "file:/var/ä",
    "file:/",
    "file:",
    "file:/" + "x" * 240,
    "console:x",
    "console://",
    "console",
    "kafka://host/topic",
]


@pytest.mark.parametrize("endpoint", GOOD)
def test_sinks_that_can_be_used(endpoint):
    """A well-formed address of a sink is taken as it stands."""
    assert Client("mytool", version="1.0", endpoint=endpoint, environ={}).endpoint == endpoint


@pytest.mark.statement(50)
@pytest.mark.parametrize("endpoint", BAD)
def test_sinks_that_cannot_be_used(endpoint):
    """Any other address is an error of its author's at once, and off where an operator has set it."""
    with pytest.raises(PlanError, match=r"expected|secret"):
        Client("mytool", version="1.0", endpoint=endpoint, environ={})
    if is_safe(endpoint.rstrip("/")):
        return  # a slash at the end of an operator's is no matter
    client = Client("mytool", version="1.0", endpoint=None, environ={"FOOTFALL_ENDPOINT": endpoint}, home="/nowhere")
    assert (client.decide().mode, client.decide().rule) == ("off", 1)
    assert "FOOTFALL_ENDPOINT" in client.decide().reason


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ("posthog://us.i.posthog.com/phx_KEY", "phx_ is a person's own and secret"),
        ("posthog://us.i.posthog.com", "posthog://us.i.posthog.com/phc_KEY is expected"),
        ("phonehome://x", "phonehome://api.phonehome.dev/organisation/repository"),
        ("file:x", "file:/absolute/path.jsonl is expected"),
        ("console:x", "console: is expected"),
        ("ftp://x", "https:// is expected"),
    ],
)
def test_an_author_is_told_what_is_expected(endpoint, told):
    """The error names the form of the sink that was meant, and that a personal key would be given away."""
    with pytest.raises(PlanError, match=told):
        Client("mytool", version="1.0", endpoint=endpoint, environ={})


@example("posthog://a/phc_KEY")
@example("file:/a")
@given(
    st.builds(
        "{}{}".format,
        st.sampled_from(["posthog:", "posthog://", "phonehome://", "file:", "console:"]),
        st.text(st.characters(codec="utf-8"), max_size=12) | st.text("a/.:@[]~+ \"\\'\n\t", max_size=12),
    )
)
def test_an_address_is_one_plain_word(endpoint):
    """What is taken survives an answer's file and a plan's first line, and cannot climb out of its path."""
    if not is_safe(endpoint):
        return
    answer = Answer(f"on 2026-11-18 1 {endpoint} 25\n")
    assert (answer.broken, answer.endpoint) == ("", endpoint)
    assert endpoint.isascii()
    assert not {"..", "."} & set(endpoint.split("/"))
    assert not set('"\\ \n') & set(endpoint)


@pytest.mark.parametrize("endpoint", GOOD)
def test_a_plan_that_is_stored_is_known_by_its_first_line(new_install, endpoint):
    """The plan of a tool with a sink is written once, not at each sender's start, and read back with its address."""
    install = new_install(endpoint=endpoint)
    install.sender()
    first = (install.folder / "plan.json").stat().st_mtime_ns
    _spawn.write_plan(install.client)
    assert (install.folder / "plan.json").stat().st_mtime_ns == first
    assert install.sender().client.endpoint == endpoint


@pytest.mark.statement(50)
@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("us.i.posthog.com/phc_KEY", "https://us.i.posthog.com"),
        ("posthog.example:8443/k", "https://posthog.example:8443"),
        ("localhost.evil.example/k", "https://localhost.evil.example"),
        ("127.0.0.1:8000/k", "http://127.0.0.1:8000"),
        ("localhost/k", "http://localhost"),
        ("[::1]:8000/k", "http://[::1]:8000"),
    ],
)
def test_only_this_machine_is_spoken_to_in_the_clear(address, url):
    """A sink's server is spoken to over TLS, unless it is on this machine."""
    assert origin(address) == url


@pytest.mark.parametrize(
    ("endpoint", "place"),
    [
        ("https://usage.example.org/x", "usage.example.org"),
        ("posthog://us.i.posthog.com/phc_KEY", "PostHog at us.i.posthog.com"),
        ("phonehome://api.phonehome.dev/o/r", "phonehome at api.phonehome.dev"),
        ("file:/var/log/usage.jsonl", "the file /var/log/usage.jsonl"),
        ("console:", "your own screen"),
        ("", ""),
    ],
)
def test_places_in_words(endpoint, place):
    """Texts for people say what is at an address and where that is."""
    assert _places.place_of(endpoint) == place


def test_status_and_overview_tell_of_the_number(new_install):
    """Where a number for the user is sent, status says so; elsewhere there is none to tell of."""
    install = new_install(endpoint="posthog://us.i.posthog.com/phc_KEY")
    assert overview.goes_to(install.client) == "PostHog at us.i.posthog.com"
    assert overview.identifier(install.client) == "a number for you that changes each week"
    line = "  goes to    posthog://us.i.posthog.com/phc_KEY, with a number for you that changes each week"
    assert line in overview.status(install.client).lines()
    other = new_install(endpoint="https://usage.example.org").client
    assert (overview.goes_to(other), overview.identifier(other)) == ("https://usage.example.org", "")
