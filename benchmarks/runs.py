"""Homes in which programs run, and the processes that run and measure them."""

from __future__ import annotations

import ctypes
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from environments import Installed
from tokens import TOKEN

ARGUMENTS = ("greet", "--name", "x", "--shout")
OUTPUT = "HELLO X!\n"
_SET_CHILD_SUBREAPER = 36
Run = dict[str, Any]  # what runner.py answers


class Runner:
    """A ``runner.py`` process."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("runner.py"))]
        pipe, libc = subprocess.PIPE, ctypes.CDLL(None)
        self._process = subprocess.Popen(
            command,
            stdin=pipe,
            stdout=pipe,
            text=True,
            preexec_fn=lambda: libc.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0),  # noqa: PLW1509 - no threads of ours yet
        )

    def ask(self, job: dict[str, Any]) -> Run:
        """One job's result."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer: Run = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it, and all that was left behind in it."""
        self._process.communicate()

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Home:
    """A throw-away HOME, TMPDIR and working directory for one peer."""

    def __init__(self, installed: Installed, url: str, *, delivery: bool = False) -> None:
        self.installed, self.url, self.delivery = installed, url, delivery
        self.folder = Path(tempfile.mkdtemp(prefix="hello-"))
        for name in ("home", "tmp", "cwd"):
            (self.folder / name).mkdir()

    def environ(self, token: str = "", *, kill: bool = False) -> dict[str, str]:
        """What a run is given; nothing of this process's own environment."""
        home = str(self.folder / "home")
        venv = Path(self.installed.python).parent
        made = {"PATH": f"{venv}:/usr/local/bin:/usr/bin:/bin", "HOME": home, "TMPDIR": str(self.folder / "tmp")}
        made |= {"LANG": "C.UTF-8", "HELLO_URL": self.url, "HELLO_TOKEN": token or "tok-none-0000"}
        if kill:
            made["HELLO_KILL"] = "1"
        values = {"{url}": self.url, "{hostport}": self.url.removeprefix("http://"), "{home}": home}
        for name, value in self.installed.peer.env.items():
            for place, meant in values.items():
                value = value.replace(place, meant)  # noqa: PLW2901 - the same text, filled in
            made[name] = value
        return made

    def command(self, *arguments: str) -> list[str]:
        """The command line of a run."""
        return [self.installed.python, self.installed.hello(delivery=self.delivery), *(arguments or ARGUMENTS)]

    def job(
        self,
        *arguments: str,
        token: str = "",
        kill: bool = False,
        timeout: float = 60.0,
        linger: float | None = 20.0,
    ) -> dict[str, Any]:
        """What to ask a runner for one run."""
        self.forget()
        return {
            "argv": self.command(*arguments),
            "env": self.environ(token, kill=kill),
            "cwd": str(self.folder / "cwd"),
            "err": str(self.folder / "stderr"),
            "timeout": timeout,
            "linger": linger,
        }

    def forget(self) -> None:
        """Remove what the peer's header says before each run."""
        for pattern in self.installed.peer.forget:
            for path in (self.folder / "home").glob(pattern):
                path.unlink()

    def complaint(self) -> str:
        """What its runs wrote to standard error."""
        path = self.folder / "stderr"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def tokens_on_disk(self) -> set[str]:
        """Tokens in any file that its runs left."""
        files = [path for name in ("home", "tmp", "cwd") for path in (self.folder / name).rglob("*") if path.is_file()]
        return {token.decode() for path in files for token in TOKEN.findall(path.read_bytes())}

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Home:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
