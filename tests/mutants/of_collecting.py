"""Faults of the collector: what it takes, keeps, logs and shows."""

from __future__ import annotations

from mutant import COLLECTOR, PRIVACY, Mutant

_INGEST = COLLECTOR + "test_ingest.py::"
_STORE = COLLECTOR + "test_store.py::"
_PROCESS = COLLECTOR + "test_process.py::"
_SAMPLED = COLLECTOR + "test_sampled.py::"
_SUPPRESS = COLLECTOR + "test_suppress.py::"

OF_COLLECTING = (
    Mutant(
        "a fault's log quotes what was sent",
        (57, 58),
        "footfall_collector.ingest",
        '_LOG.error("%s at %s", type(error).__name__, place)',
        '_LOG.error("%s at %s", error, place)',
        _INGEST + "test_a_fault_of_ours_quotes_nothing",
    ),
    Mutant(
        "a refused body is logged",
        (57, 58),
        "footfall_collector.ingest",
        "part = self.admit(await _body(scope, receive), self._clock())",
        "_LOG.warning('%r', body := await _body(scope, receive)); part = self.admit(body, self._clock())",
        _PROCESS + "test_nothing_of_a_refused_report_or_its_sender_is_kept",
    ),
    Mutant(
        "requests are logged",
        (57,),
        "footfall_collector.server",
        "access_log=False,\n            date_header=False,\n            limit_concurrency=CONNECTIONS_MAX,\n"
        "            log_config=None,",
        "date_header=False,\n            limit_concurrency=CONNECTIONS_MAX,",
        PRIVACY + "test_collector.py::test_nothing_of_a_request_is_kept",
    ),
    Mutant(
        "a refusal repeats what was sent",
        (58,),
        "footfall_collector.ingest",
        'raise Refusal(404, "unknown-project")',
        'raise Refusal(404, part["project"])',
        _INGEST + "test_refused_with_a_reason",
    ),
    Mutant(
        "words that no plan has are counted",
        (58,),
        "footfall_collector.ingest",
        "        if None not in reasons:",
        "        if False:",
        _INGEST + "test_refused_with_a_reason",
    ),
    Mutant(
        "days of long ago are taken",
        (58,),
        "footfall_collector.ingest",
        "if (today - day).days > LATE_DAYS:",
        "if False:",
        _INGEST + "test_refused_with_a_reason",
    ),
    Mutant(
        "days to come are taken",
        (58,),
        "footfall_collector.ingest",
        "if (day - today).days > EARLY_DAYS:",
        "if False:",
        _INGEST + "test_refused_with_a_reason",
    ),
    Mutant(
        "bodies of any size are read",
        (58,),
        "footfall_collector.ingest",
        "        if len(body) > wire.MAX_PART_BYTES:\n",
        "        if False:\n",
        _PROCESS + "test_a_body_is_not_read_beyond_its_limit",
    ),
    Mutant(
        "a repeated key counts twice",
        (58,),
        "footfall_collector.transaction",
        "seen = {hashes[at] for at in _seen(connection, hashes)}",
        "seen: set[bytes] = set()",
        _INGEST + "test_a_repeated_key_counts_once",
    ),
    Mutant(
        "keys are kept as they were sent",
        (57,),
        "footfall_collector.transaction",
        'hashlib.sha256(part["key"].encode()).digest()',
        'part["key"].encode()',
        _PROCESS + "test_keys_of_a_part_are_not_kept_as_sent",
    ),
    Mutant(
        "old keys are kept for ever",
        (60,),
        "footfall_collector.transaction",
        "KEY_DAYS = 46",
        "KEY_DAYS = 46_000",
        _STORE + "test_old_keys_are_forgotten_down_to_the_bytes",
    ),
    Mutant(
        "a small group is shown",
        (59,),
        "footfall_collector.suppress",
        "hidden = [cell for cell in ascending if cells[cell] < k]",
        "hidden = [cell for cell in ascending if cells[cell] < k - 1]",
        _SUPPRESS + "test_vectors",
    ),
    Mutant(
        "an estimate lifts a group over k",
        (59,),
        "footfall_collector.suppress",
        "hidden = [cell for cell in ascending if cells[cell] < k]",
        "hidden = [cell for cell in ascending if values[cell] < k]",
        _SAMPLED + "test_which_cells_are_told_is_decided_by_those_that_sent",
    ),
    Mutant(
        "k is asked of an estimate of the week's installs",
        (59,),
        "footfall_collector.actives",
        "return sum(first_in_week for _, _, _, first_in_week, _ in days)",
        "return sum(first_in_week * one_in for _, one_in, _, first_in_week, _ in days)",
        _SAMPLED + "test_few_installs_with_many_commands_tell_nothing",
    ),
    Mutant(
        "a single hidden group can be subtracted out",
        (59,),
        "footfall_collector.suppress",
        "while hidden and shown and sum(cells[cell] for cell in hidden) < k:",
        "while False:",
        _SUPPRESS + "test_vectors",
    ),
    Mutant(
        "everybody on the machine can read the store",
        (57,),
        "footfall_collector.sqlite",
        "os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))",
        "os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o644))",
        _STORE + "test_only_the_owner_can_read_the_store",
    ),
    Mutant(
        "counters are kept for ever",
        (60,),
        "footfall_collector.writer",
        "for name in transaction.PRUNED]",
        "for name in ()]",
        COLLECTOR + "test_retention.py::test_counters_go_down_to_the_bytes",
    ),
    Mutant(
        "a month that has lost its first days is told",
        (60,),
        "footfall_collector.retention",
        '"whole_month": month.isoformat()}',
        '"whole_month": day.isoformat()}',
        COLLECTOR + "test_retention.py::test_a_window_is_whole_or_gone",
    ),
    Mutant(
        "nobody is told that the log still holds what was deleted",
        (60,),
        "footfall_collector.writer",
        "    if not transaction.empty_log(connection):\n",
        "    if transaction.empty_log(connection) is None:\n",
        COLLECTOR + "test_retention.py::test_what_could_not_be_deleted_is_told_and_tried_again",
    ),
    Mutant(
        "a fault ends tidying for good",
        (60,),
        "footfall_collector.app",
        "        log_fault(error)\n        return False",
        "        raise",
        COLLECTOR + "test_retention.py::test_tidying_never_ends",
    ),
    Mutant(
        "prune deletes more than serve does",
        (60,),
        "footfall_collector.sqlite",
        "months < stored and not may_shorten",
        "False",
        COLLECTOR + "test_retention.py::test_prune_keeps_what_serve_keeps",
    ),
)
