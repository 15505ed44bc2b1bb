"""What the author's command ``footfall lint`` does: named checks of a plan, which can be waived for a reason."""

from __future__ import annotations

import argparse
import sys

from footfall import Client, _lint_checks, _program
from footfall._lint_checks import CHECKS, UNUSED, Finding, Subject
from footfall.errors import FootfallError


def lint(options: argparse.Namespace, _client: Client | None) -> int:
    """Print what a program's plan should not have, a line each; 1 if there is any."""
    if options.list_checks:
        for name, check in CHECKS.items():
            sys.stdout.write(f"{name:18} {(check.__doc__ or '').splitlines()[0]}\n")
        return 0
    if options.program is None:
        raise FootfallError("say where the program is, such as mytool.cli:cli")
    if options.installs is not None and options.installs < 1:
        raise FootfallError("--installs takes the number of installs that you expect, 1 or more")
    found = _program.find(options)
    findings = remaining(Subject.of(found, options.installs))
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    if not findings:
        sys.stdout.write(f"{found.words.project}: nothing found ({found.words.summary()})\n")
    return int(bool(findings))


def remaining(subject: Subject) -> list[Finding]:
    """Findings that are not waived, and waivers of what was not found by the checks that ran."""
    findings = [finding for name in CHECKS for finding in _lint_checks.run(name, subject)]
    places = {finding.waiver for finding in findings}
    unused = [
        Finding(UNUSED, waiver, "nothing to waive is found there: take it out of Plan(waive=…)")
        for waiver in sorted(subject.waived.keys() - places)
        if _lint_checks.has_run(waiver.partition(":")[0], subject)
    ]
    return [finding for finding in findings if finding.waiver not in subject.waived] + unused
