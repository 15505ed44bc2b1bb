"""What each of the eleven consent rules says here, and what a user can do about the one that decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from footfall import Client, _consent, switch_of
from footfall._consent import ON_WORDS, Decision, decide, read_answer
from footfall._question import say

NOTHING = "-"
_SOURCES = {
    1: "what is stored",
    2: "administrator",
    3: "DO_NOT_TRACK",
    4: "off switches",
    5: "the program",
    6: "your no",
    7: "installation",
    8: "kind of use",
    9: "on switch",
    10: "your yes",
    11: "otherwise",
}


@dataclass(frozen=True)
class Rule:
    """What a rule says.

    Attributes:
        number: 1 to 11, highest first.
        source: who or what speaks by it, in a word or two.
        says: the mode and why (``off: DO_NOT_TRACK is set``), or ``-`` when it says nothing here.
        decides: whether it is the one that decided.
    """

    number: int
    source: str
    says: str
    decides: bool


def rules(client: Client) -> list[Rule]:
    """All eleven, highest first; files and environment are read anew."""
    decided = client.decide().rule
    facts = _facts(client)
    return [Rule(number, source, _say(number, client, facts), number == decided) for number, source in _SOURCES.items()]


def _facts(client: Client) -> dict[str, Any]:
    """The facts by the rule that they are for."""
    tool, machine, admin = map(
        read_answer, (client.folder + "/consent", client.home + "/consent", _consent.admin_file(client.environ))
    )
    own = switch_of(client.project)
    environ = {name: client.environ.get(name, "") for name in ("DO_NOT_TRACK", "FOOTFALL", own)}
    covered = tool.covers(client)
    yes = {"tool": tool.word, "machine": machine.word, "covered": covered}
    return {
        "1": {"broken": tool.broken or machine.broken},
        "2": {"admin": "unclear" if admin.broken else admin.word, "distributor": _consent.DISTRIBUTOR_MODE},
        "3": {"environ": {"DO_NOT_TRACK": environ.pop("DO_NOT_TRACK")}},
        "4": {"environ": environ},
        "5": {"lowered": _consent.lowered_for(client)},
        "6": {"tool": tool.word, "machine": machine.word},
        "7": {"source": _consent.source_of(client)},
        "8": {"restricted": _consent.restriction(client.environ)},
        "9": {"environ": {own: environ[own]}, "tool": "", "shared": client.kind == "notebook"},
        "10": yes,
        "11": {**yes, "environ": {own: environ[own]}, "shared": client.kind == "notebook"},
    }


def _say(number: int, client: Client, facts: Mapping[str, Any]) -> str:
    """What a rule says, asked with its own facts and a yes: a rule that is not the one to answer says nothing."""
    now = client.decide()
    if number == now.rule:
        return f"{now.mode}: {now.reason}"
    alone = {"environ": {}, "tool": "on", **facts[str(number)]}
    found = decide(project=client.project, **alone)
    is_on_purpose = facts["9"]["environ"][switch_of(client.project)].strip().lower() in ON_WORDS
    if number == 9 and is_on_purpose and client.kind == "notebook":
        return "lifts rule 8"
    if number == 5 and found.mode == "on" and not client.endpoint:
        return "local: there is no collector to send to"
    lifted = ", lifted by rule 9" if number == 8 and is_on_purpose else ""
    return f"{found.mode}: {found.reason}{lifted}" if found.rule == number else NOTHING


def table(found: list[Rule], width: int) -> Iterator[str]:
    """The rules as lines of at most ``width`` columns; an arrow points at the one that decided."""
    import textwrap

    room = max(width - 24, 14)
    yield f"  {'rule':>4}  {'source':14}  says"
    for rule in found:
        for number, line in enumerate(textwrap.wrap(rule.says, room) or [""]):
            start = f"{'>' if rule.decides else ' '} {rule.number:4}  {rule.source:14}" if not number else " " * 22
            yield f"{start}  {line}"


def way_out(decision: Decision, client: Client) -> str:
    """What changes that nothing is recorded or sent, in words; empty where it is on, or a program decided."""
    own = switch_of(client.project)
    yes = f"`{say(client, 'on')}`"
    ways = {
        1: f"answer again: {yes}, or off; for all tools `footfall on`, or off",
        2: _way_of_others(client),
        3: "unset DO_NOT_TRACK; then your own answer counts",
        4: f"unset {decision.reason.split(' ')[0]}; then your own answer counts",
        6: _way_back(client, yes),
        7: "only released versions are counted",
        8: f"set {own}=1 in the environment to have it counted here too",
        10: _way_back(client, yes) if client.endpoint else "",
        11: f"say {yes}, local or off",
    }
    if decision.mode == "on" or decision.rule not in ways:
        return ""
    if decision.rule == 1 and not client.home:
        return "set FOOTFALL_HOME to a folder that you may write to"
    if decision.rule == 1 and client.has_wrong_endpoint:
        return "unset FOOTFALL_ENDPOINT, or correct it"
    return ways[decision.rule]


def _way_of_others(client: Client) -> str:
    admin = read_answer(_consent.admin_file(client.environ))
    if _consent.DISTRIBUTOR_MODE and not (admin.word or admin.broken):
        return "only those who packaged this copy of Footfall can"
    return f"an administrator can, in {_consent.admin_file(client.environ)}"


def _way_back(client: Client, yes: str) -> str:
    """From a no, or from local, to a yes: first the answer for all tools goes, then the tool's own is another."""
    tool, machine = (read_answer(f"{folder}/consent").word for folder in (client.folder, client.home))
    if machine not in ("off", "local"):
        return f"{yes} takes it back"
    return "`footfall on` takes it back" if tool in ("on", "notice") else f"first `footfall on`, then {yes}"


def first_sending(client: Client) -> str:
    """UTC day before which nothing is sent to who was shown a notice, ``YYYY-MM-DD``; empty where that is no matter."""
    from footfall import periods
    from footfall._sending import NOTICE_DAYS

    answer = read_answer(client.folder + "/consent")
    return periods.shift(answer.day, NOTICE_DAYS) if answer.word == "notice" else ""


def told(decision: Decision, client: Client) -> Decision:
    """The decision with its reason in full: for a notice, when it was shown and when sending begins."""
    if (decision.mode, decision.rule) != ("on", 10) or not first_sending(client):
        return decision
    shown = read_answer(client.folder + "/consent").day
    reason = f"you were shown the notice on {shown}; nothing is sent before {first_sending(client)}"
    return Decision(decision.mode, decision.rule, reason)
