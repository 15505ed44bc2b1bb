"""The harness itself: what cannot be looked at is no proof."""

from __future__ import annotations

import pytest
import worlds
from worlds import World

pytestmark = pytest.mark.privacy


@pytest.mark.parametrize(("environ", "ends"), [({"CI": "true"}, pytest.fail.Exception), ({}, pytest.skip.Exception)])
def test_without_strace_nothing_is_proved(tmp_path, monkeypatch, environ, ends):
    """Where strace is missing a test that needs it is skipped at home, and fails in CI."""
    monkeypatch.delenv("CI", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(worlds.shutil, "which", lambda name: None)
    with pytest.raises(ends, match="strace is not installed"):
        World(tmp_path).tracer()
