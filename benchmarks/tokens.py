"""Tokens: one in each run's event, so that arrivals are counted whatever a client's wire format is.

Only the standard library: the sink that uses it is a process of its own.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

TOKEN = re.compile(rb"tok-[a-z]+-[0-9]{4}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")


def token(situation: str, number: int) -> str:
    """The token of one run: ``tok-seq-0042``."""
    return f"tok-{situation}-{number:04d}"


def found_in(head: bytes, body: bytes) -> set[str]:
    """All tokens in a request's head or body: as they stand, percent-encoded, in base64, compressed; each once."""
    found = {*TOKEN.findall(head), *TOKEN.findall(unquote_to_bytes(head))}
    for text in _texts(body):
        found.update(TOKEN.findall(text))
        found.update(TOKEN.findall(unquote_to_bytes(text)))
        for run in _BASE64.findall(text):
            found.update(TOKEN.findall(_decoded(run)))
    return {each.decode() for each in found}


def _texts(body: bytes) -> Iterator[bytes]:
    yield body
    for inflate in (gzip.decompress, zlib.decompress):
        try:
            yield inflate(body)
        except (OSError, EOFError, zlib.error):
            continue


def _decoded(run: bytes) -> bytes:
    try:
        return base64.b64decode(run + b"=" * (-len(run) % 4))
    except binascii.Error:
        return b""
