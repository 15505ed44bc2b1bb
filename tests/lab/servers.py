"""A Jupyter server of an account of its own: a process, its kernels, and the folders that all of them may write to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
SECONDS_MAX = 90.0  # for what must happen, never for how fast it does
TOKEN = "a-token-of-the-tests"
_SETTINGS = {  # what a person may set in JupyterLab: no questions to a network, and every cell is in the page
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
_OPTIONS = (
    "--no-browser",
    "--allow-root",
    "--expose-app-in-browser",  # for the theme of a picture
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port_retries=0",
    "--ServerApp.terminals_enabled=False",
    f"--IdentityProvider.token={TOKEN}",
    "--LabApp.extension_manager=readonly",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)


class Server:
    """``jupyter lab`` with the notebooks of one person.

    Args:
        place: an empty folder.
        address: the collector's.
        application: module that is run; ``jupyterlab`` or ``notebook``.
    """

    def __init__(self, place: Path, address: str, application: str = "jupyterlab") -> None:
        self.place = place
        self.address = address
        self.application = application
        self.footfall = place / "footfall"
        for name in ("home", "notebooks", "runtime", "config", "data", "ipython", "settings", "tmp"):
            (place / name).mkdir(parents=True)
        for name, settings in _SETTINGS.items():
            path = place / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(settings), encoding="utf-8")
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.port = int(listening.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def environ(self) -> dict[str, str]:
        """What the server, its kernels and what they start are given."""
        place = self.place
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROGRAMS),
            "HOME": str(place / "home"),
            "TMPDIR": str(place / "tmp"),
            "IPYTHONDIR": str(place / "ipython"),
            "JUPYTER_PREFER_ENV_PATH": "1",
            "JUPYTER_CONFIG_DIR": str(place / "config"),
            "JUPYTER_DATA_DIR": str(place / "data"),
            "JUPYTER_RUNTIME_DIR": str(place / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(place / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(place / "tmp"),
            "FOOTFALL_HOME": str(self.footfall),
            "FOOTFALL_ENDPOINT": self.address,
        }

    def write(self, name: str, *cells: str) -> None:
        """Write a notebook with these cells."""
        made = [
            {
                "cell_type": "code",
                "id": f"cell-{at}",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": text,
            }
            for at, text in enumerate(cells)
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        (self.place / "notebooks" / name).write_text(json.dumps(notebook), encoding="utf-8")

    def start(self, **more: str) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", self.application, *_OPTIONS, f"--ServerApp.port={self.port}"]
        command += [f"--ServerApp.root_dir={self.place / 'notebooks'}"]
        with (self.place / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env={**self.environ(), **more},
                cwd=self.place,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, "the server does not answer")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.place / "server.log").read_text(encoding="utf-8")
        try:
            with urllib.request.urlopen(f"{self.url}/api/status?token={TOKEN}", timeout=5):
                return True
        except OSError:
            return False

    def kernels(self) -> dict[str, int]:
        """Process ids of the kernels that live, by the id that the server knows them by."""
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            except OSError:
                continue  # it has ended meanwhile
            if "ipykernel_launcher" in words:
                connection = Path(words[words.index("-f") + 1])
                if connection.parent == self.place / "runtime":
                    found[connection.stem] = int(process.name)
        return found

    def stop(self) -> None:
        """End it, its kernels too."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(SECONDS_MAX)
            finally:
                for process in self.kernels().values():
                    os.kill(process, signal.SIGKILL)
                self._process.kill()
                self._process.wait()

    def footfall_program(self, *words: str) -> str:
        """Run the ``footfall`` program as the person would in a terminal; what it says."""
        command = [sys.executable, "-m", "footfall.cli", *words]
        done = subprocess.run(
            command, env=self.environ(), capture_output=True, text=True, timeout=SECONDS_MAX, check=True
        )
        return done.stdout


def wait_until(holds: Callable[[], object], otherwise: str) -> None:
    """Until ``holds()`` does.

    Raises:
        AssertionError: when it never does.
    """
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)
