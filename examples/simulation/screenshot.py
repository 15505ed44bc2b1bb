"""A picture of the dashboard, where this machine has a Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SECONDS_MAX = 60.0
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--window-size=1280,3600",
)  # fmt: skip


def take_screenshot(url: str, path: Path) -> str:
    """Write a picture of the page at ``url`` to ``path``; gives what there is to say about it."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        return "no screenshot: there is no Chromium here"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [browser, *_SWITCHES, f"--user-data-dir={profile}", f"--screenshot={path}", url]
        try:
            environ = {**os.environ, "TMPDIR": profile}  # where it leaves things, too
            subprocess.run(command, check=True, capture_output=True, env=environ, timeout=SECONDS_MAX)
        except (OSError, subprocess.SubprocessError) as error:
            return f"no screenshot: {error}"
    return f"screenshot: {path}"
