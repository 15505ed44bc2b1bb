"""Faults in event sinks: what another service is told, and what it counts twice."""

from __future__ import annotations

from mutant import CORE, Mutant

_POSTHOG = CORE + "test_posthog.py::"
_PHONEHOME = CORE + "test_phonehome.py::"
_SINKS = CORE + "test_sinks.py::"

OF_SINKS = (
    Mutant(
        "PostHog keeps the address",
        (38,),
        "footfall.sinks.posthog",
        '"$ip": "0.0.0.0",',
        '"$ip": None,',
        _POSTHOG + "test_it_learns_no_address_no_country_no_hour",
    ),
    Mutant(
        "PostHog looks up the country",
        (38,),
        "footfall.sinks.posthog",
        '    "$geoip_disable": True,',
        "   ",
        _POSTHOG + "test_it_learns_no_address_no_country_no_hour",
    ),
    Mutant(
        "PostHog is told when the batch is sent",
        (38,),
        "footfall.sinks.posthog",
        '"historical_migration": False, "batch"',
        '"sent_at": f"{part[\'day\']}T00:00:00Z", "historical_migration": False, "batch"',
        _POSTHOG + "test_it_learns_no_address_no_country_no_hour",
    ),
    Mutant(
        "events have another uuid at each try",
        (48,),
        "footfall.sinks.posthog",
        'f"{key} {number}"',
        'f"{key} {number} {id(object())} {periods.__name__}" + __import__("os").urandom(8).hex()',
        _POSTHOG + "test_a_lost_answer_counts_once",
    ),
    Mutant(
        "the number stays the same",
        (45,),
        "footfall.sinks.posthog",
        'periods.week_of(part["day"])',
        '"2026-W47"',
        _POSTHOG + "test_the_number_changes_each_week",
    ),
    Mutant(
        "the number is the same for all places",
        (45,),
        "footfall.sinks.posthog",
        "window_id(secret(), self._endpoint,",
        'window_id(secret(), "",',
        _POSTHOG + "test_two_projects_and_two_places_have_other_numbers",
    ),
    Mutant(
        "a secret is made for the user's own eyes",
        (45,),
        "footfall._preview",
        'if client.decide().mode != "on" or client.today < _rules.first_sending(client):',
        "if client.today < _rules.first_sending(client):",
        _SINKS + "test_local_mode_makes_no_secret",
    ),
    Mutant(
        "preview shows parts, and a sink posts something else",
        (43,),
        "footfall._preview",
        "(bodies_of(way, body, secret) if way else [body])",
        "[body]",
        _POSTHOG + "test_preview_is_what_is_sent",
    ),
    Mutant(
        "log shows parts, and a sink was posted something else",
        (43,),
        "footfall.overview",
        "if posted is None else",
        "if True else",
        _POSTHOG + "test_preview_is_what_is_sent",
    ),
    Mutant(
        "any 2xx is taken for a yes",
        (55,),
        "footfall.sinks",
        "        if status == 200:",
        "        if 200 <= status < 300:",
        _POSTHOG + "test_only_200_is_success",
    ),
    Mutant(
        "a server's wish to wait is not heard",
        (55,),
        "footfall.sinks",
        "int(after) if is_number else",
        "0 if is_number else",
        _POSTHOG + "test_retry_after_is_heard",
    ),
    Mutant(
        "calls that were taken are sent again",
        (58,),
        "footfall._sending",
        "[len(outbox.posted(path) or ()) :]",
        "",
        _PHONEHOME + "test_what_was_taken_is_not_sent_again",
    ),
    Mutant(
        "as many calls as there were runs",
        (54,),
        "footfall.sinks.phonehome",
        "CALLS_MAX = 100",
        "CALLS_MAX = 100_000",
        _PHONEHOME + "test_calls_are_bounded",
    ),
    Mutant(
        "a file is written to through a link",
        (53,),
        "footfall.sinks.file",
        'getattr(os, "O_NOFOLLOW", 0)',
        "0",
        _SINKS + "test_nothing_else_is_written_to",
    ),
    Mutant(
        "the question promises that there is no identifier",
        (8,),
        "footfall._question",
        "_NEVER_BUT[is_tight] if has_number(client.endpoint) else _NEVER",
        "_NEVER",
        CORE + "test_question.py::test_nothing_is_promised_that_is_not_so",
    ),
    Mutant(
        "the question does not tell of the number",
        (8,),
        "footfall._question",
        'if has_number(client.endpoint) else ""\n    return f"To:',
        'if False else ""\n    return f"To:',
        CORE + "test_question.py::test_nothing_is_promised_that_is_not_so",
    ),
    Mutant(
        "another machine is spoken to in the clear",
        (50,),
        "footfall.sinks",
        "if is_loopback(host) else",
        'if "localhost" in host or is_loopback(host) else',
        CORE + "test_endpoints.py::test_only_this_machine_is_spoken_to_in_the_clear",
    ),
)
