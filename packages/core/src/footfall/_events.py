"""Writing an author's own events to the spool, as the plan admits them. Warm: only programs with such events use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from footfall import _spool
from footfall._lines import NUMBER_MAX
from footfall.errors import PlanError

if TYPE_CHECKING:
    from footfall import Client

WORDS_A_LINE = 100  # of one event's field


def record(client: Client, event: str, fields: Mapping[str, object], mode: str) -> None:
    """Write one event; plugins may add fields or drop it, and the plan has the last word."""
    given = fields.keys()
    if client.plugins:
        from footfall import _plugins  # brings pluggy

        fields = {**_plugins.extra_fields(client.plugins, event), **fields}
        if not _plugins.keeps(client.plugins, event, fields):
            return
    admitted = client.plan.admit(event, fields, client.today) if client.plan else None
    if admitted is None:
        explain(client, f"{event!r} is not recorded: the plan has no such event, or it is over")
        return
    if not given <= admitted.keys():
        explain(client, f"{event}: the plan does not declare {', '.join(map(repr, given - admitted.keys()))}")
    words = (f"{name}={value}" for name, value in admitted.items())
    _spool.write(client, "R", client.today, event, "1", *words, mode=mode)


def explain(client: Client, text: str) -> None:
    """Tell an author who asks by ``FOOTFALL_DEBUG=1`` what is not recorded."""
    with client.guard():
        raise PlanError(text)


def record_counts(client: Client, counts: Mapping[tuple[str, str], int], day: str, mode: str) -> None:
    """Write how often each event happened on ``day``, by event and the word of its one field (empty: it has none).

    They are the plan's own words already.
    """
    calls: dict[str, list[str]] = {}
    declared = client.plan.events if client.plan else {}
    for (event, word), n in counts.items():
        if event in declared and declared[event].expired(client.today):
            continue
        if word:
            calls.setdefault(event, []).append(f"{word}={min(n, NUMBER_MAX)}")
        else:
            _spool.write(client, "R", day, event, str(min(n, NUMBER_MAX)), mode=mode)
    for event, told in calls.items():
        for at in range(0, len(told), WORDS_A_LINE):
            _spool.write(client, "N", day, event, "function", *told[at : at + WORDS_A_LINE], mode=mode)
