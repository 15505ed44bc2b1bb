"""A reader of TELEMETRY.md: it knows Markdown's tables and code marks, and nothing of how the page is written."""

from __future__ import annotations

import re

_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


def words_in(page: str) -> set[str]:
    """All words in code marks below the heading of the words, from its first table on."""
    return {_plain(span[1]) for span in _SPAN.findall(_table_of(page))}


def names_in(page: str) -> set[str]:
    """All words there in plain text, in which names of fields and lists are."""
    return set(re.findall(r"[a-z_]+(?:\.[a-z_]+)?", _SPAN.sub(" ", _table_of(page))))


def digest_in(page: str) -> str:
    """The digest that the page tells at its top."""
    (found,) = re.findall(r"\| Digest of the words below \| `([0-9a-f]{12})` ", page)
    return str(found)


def _table_of(page: str) -> str:
    _, _, table = page.partition("\n## Every word that can leave\n")
    return table.partition("\n### ")[2]


def _plain(span: str) -> str:
    text = span.replace("\\|", "|")
    return text[1:-1] if text[:1] == text[-1:] == " " and text.strip() else text
