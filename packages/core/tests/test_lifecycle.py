"""Installed and upgraded: told by what the sender remembers, and by no number of the install's."""

import pytest

from footfall import EventType, Plan, Version, overview
from footfall.spool_reader import UPGRADED

PLAN = Plan([EventType(UPGRADED, {"from": Version(), "to": Version()}, why="how fast releases are taken up")])


@pytest.fixture
def install(new_install):
    """An install whose author wants to know of upgrades."""
    return new_install(plan=PLAN)


def upgrades(install):
    """Upgrades that the collector was told of: the day, from and to."""
    found = []
    for part in install.collector.of(UPGRADED):
        words = {row["field"]: row["value"] for row in part["rows"]}
        found.append((part["day"], words["from"], words["to"], part["n"]))
    return found


def use(install, *versions):
    """A day's run of each version in turn, each day sent."""
    for version in versions:
        install.client.version = version
        install.run()
        install.send()
        install.clock.forward()


def test_an_install_is_told_once_as_new(install):
    """That a tool was installed is the part ``activity`` with ``new``: once, with its first report, and never again."""
    use(install, "1.4.2", "1.4.2", "1.5.0")
    assert [part["new"] for part in install.collector.of("activity")] == [True, False, False]


def test_an_upgrade_is_told_once(install):
    """From the newest release seen before to the one that a day begins with, on that day, once."""
    use(install, "1.4.2", "1.4.2", "1.5.0", "1.5.0", "1.10.0")
    assert upgrades(install) == [("2026-11-20", "1.4.2", "1.5.0", 1), ("2026-11-22", "1.5.0", "1.10.0", 1)]


def test_versions_that_are_used_side_by_side_are_one_upgrade(install):
    """Who has two versions and uses them in turn has upgraded once; to go back is no upgrade."""
    use(install, "1.4.2", "1.5.0", "1.4.2", "1.5.0", "1.4.2")
    assert upgrades(install) == [("2026-11-19", "1.4.2", "1.5.0", 1)]


@pytest.mark.statement(39)
@pytest.mark.privacy
def test_what_is_no_release_is_no_upgrade(install):
    """Statement 39: a local build's version is not told, nor remembered as a release."""
    use(install, "1.4.2", "1.5.0.dev3", "1.5.0+jane", "1.5.0")
    assert upgrades(install) == [("2026-11-21", "1.4.2", "1.5.0", 1)]
    assert b"jane" not in b"".join(install.collector.bodies)


def test_an_author_who_does_not_ask_is_not_told(new_install):
    """Without the event in the plan nothing of it leaves."""
    install = new_install(plan=Plan([EventType("cache.hit")]))
    use(install, "1.4.2", "1.5.0")
    assert upgrades(install) == []


@pytest.mark.statement(20)
@pytest.mark.privacy
def test_off_forgets_the_release(install):
    """Statement 20: after off and on nothing is known of what was used before."""
    use(install, "1.4.2")
    overview.off(install.client)
    overview.on(install.client)
    use(install, "1.5.0")
    assert upgrades(install) == []


def test_an_upgrade_arrives_also_when_its_answer_is_lost(install):
    """A part whose confirmation is lost is sent again with its key: one upgrade, counted once."""
    use(install, "1.4.2")
    install.client.version = "1.5.0"
    install.run()
    install.collector.answers = ["lost answer"] * 3
    for _ in range(4):
        install.send()
        install.clock.forward()
        install.run()
    assert upgrades(install) == [("2026-11-19", "1.4.2", "1.5.0", 1)]


def test_a_state_of_an_earlier_footfall_is_read(install):
    """A state file without a release is one that has seen none yet: no upgrade is made up."""
    use(install, "1.4.2")
    path = install.folder / "state.json"
    text = path.read_text()
    assert '"release": "1.4.2"' in text
    path.write_text(text.replace(',\n "release": "1.4.2"', ""))
    use(install, "1.5.0", "1.6.0")
    assert upgrades(install) == [("2026-11-20", "1.5.0", "1.6.0", 1)]
