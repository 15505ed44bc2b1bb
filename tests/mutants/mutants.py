"""All mutants: a rule, the line that keeps it, a line that breaks it, and the test that has to notice."""

from __future__ import annotations

from mutant import Mutant
from of_collecting import OF_COLLECTING
from of_consent import OF_CONSENT
from of_off import OF_OFF
from of_sending import OF_SENDING
from of_sinks import OF_SINKS
from of_words import OF_WORDS

__all__ = ["MUTANTS", "Mutant"]

MUTANTS: tuple[Mutant, ...] = (*OF_CONSENT, *OF_OFF, *OF_WORDS, *OF_SENDING, *OF_COLLECTING, *OF_SINKS)
