"""One environment a peer, with the same Click in each; made once and kept until what goes into it changes."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import headers
from headers import CLICK, PEERS, Peer

SCRIPT = "import sys\nfrom hello_app import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
_PLACES = re.compile(r"(?:https?|file)://\S+|(?<![\w.])/[\w.+@-]+(?:/[\w.+@-]*)+")
REASON_LENGTH = 300


class NotInstallableError(Exception):
    """Why a peer cannot be measured here, in words for the page."""


@dataclass(frozen=True)
class Places:
    """Where environments and programs are made, and where built wheels are."""

    root: Path
    dist: Path

    def venv(self, peer: Peer) -> Path:
        """The peer's environment."""
        return self.root / "venvs" / (peer.venv or peer.name)

    def python(self, peer: Peer) -> Path:
        """Its interpreter."""
        return self.venv(peer) / "bin" / "python"

    def app(self, peer: Peer, *, delivery: bool = False) -> Path:
        """The folder of its program, outside the environment, which two peers can share."""
        return self.root / "apps" / (peer.name + ("-delivery" if delivery and peer.delivery_app else ""))


@dataclass(frozen=True)
class Installed:
    """A peer that is ready to run."""

    peer: Peer
    places: Places
    versions: tuple[str, ...]  # of all distributions in its environment, as ``name==version``

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.places.python(self.peer))

    def hello(self, *, delivery: bool = False) -> str:
        """Its program."""
        return str(self.places.app(self.peer, delivery=delivery) / "hello")

    @property
    def version(self) -> str:
        """Of what is compared: the first distribution that the header asks for; empty for what is written by hand."""
        wanted = "footfall-click" if self.peer.wheels else re.split(r"[=<>!~\[ ]", (*self.peer.requires, "")[0])[0]
        normal = re.sub(r"[-_.]+", "-", wanted).lower()
        found = (line.partition("==") for line in self.versions)
        return next((version for name, _, version in found if re.sub(r"[-_.]+", "-", name).lower() == normal), "")


def install(peer: Peer, places: Places) -> Installed:
    """Make the peer's environment and programs.

    Raises:
        NotInstallableError: when its requirements cannot be had for this Python, or a patch does not fit.
    """
    wheels = [_wheel(places.dist, folder) for folder in peer.wheels]
    venv, recipe = places.venv(peer), _recipe(peer, wheels)
    stamp = venv / "recipe.json"
    if not stamp.is_file() or json.loads(stamp.read_text(encoding="utf-8"))["recipe"] != recipe:
        shutil.rmtree(venv, ignore_errors=True)
        versions = _build(peer, venv, [*map(str, wheels)])
        stamp.write_text(json.dumps({"recipe": recipe, "versions": versions}, indent=1), encoding="utf-8")
    _install_program(peer, places, peer.program, delivery=False)
    if peer.delivery_app:
        _install_program(peer, places, PEERS / peer.delivery_app, delivery=True)
    return Installed(peer, places, tuple(json.loads(stamp.read_text(encoding="utf-8"))["versions"]))


def _wheel(dist: Path, folder: str) -> Path:
    name = "footfall" if folder == "core" else f"footfall_{folder.removesuffix('-plugin')}"
    found = sorted(dist.glob(f"{name}-*.whl"))
    if len(found) != 1:
        raise NotInstallableError(f"no single {name} wheel in {dist.name}/: `python -m nox -s build` makes it")
    return found[0]


def _recipe(peer: Peer, wheels: list[Path]) -> list[object]:
    sums = [hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels]
    patches = [dict(patch) for patch in peer.patches]
    return [sys.version, CLICK, [*peer.requires], [*peer.pip_args], [*peer.uv_args], patches, sums]


def _build(peer: Peer, venv: Path, wheels: list[str]) -> list[str]:
    """Fill the environment; what is in it now."""
    python = str(venv / "bin" / "python")
    requirements = [CLICK, *wheels, *peer.requires]
    if uv := shutil.which("uv"):
        _call([uv, "venv", "--quiet", "--python", sys.executable, str(venv)])
        pip, more = [uv, "pip"], [*peer.uv_args]
        chosen = ["--python", python]
        _call([*pip, "install", "--quiet", *chosen, *requirements, *more])
        frozen = _call([*pip, "freeze", *chosen])
    elif importlib.util.find_spec("pip"):
        _call([sys.executable, "-m", "venv", "--without-pip", str(venv)])
        pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "--quiet"]
        _call([*pip, "install", *requirements, *peer.pip_args])
        frozen = _call([*pip, "freeze"])
    else:
        raise SystemExit("environments are made by uv or pip; this one has neither")
    site = next(venv.glob("lib/python3*/site-packages"))
    for patch in peer.patches:
        _patch(site / patch["file"], patch["old"], patch["new"])
    _call([python, "-m", "compileall", "-q", str(site)], is_strict=False)  # some ship files for other Pythons
    return [re.sub(r" @ .*/[^/-]+-([^/-]+)-[^/]*\.whl\S*$", r"==\1", line) for line in frozen.split("\n") if line]


def _patch(path: Path, old: str, new: str) -> None:
    """Point a hard-coded host at the loopback; patches are for nothing else."""
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise NotInstallableError(f"{path.name} has no line to point at the loopback")
    path.unlink()  # an installer may have linked it to its cache, which is everybody's
    path.write_text(text.replace(old, new), encoding="utf-8")


def _call(command: list[str], *, is_strict: bool = True) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode and is_strict:
        raise NotInstallableError(reason_of(done.stderr or done.stdout))
    return done.stdout


def reason_of(output: str) -> str:
    """The line of an installer's or program's complaint that says most, without addresses and paths of this machine."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    said = [line for line in lines if re.match(r"(?i)error:|cause:|×|╰|\S*(error|exception)\b", line)] or lines
    text = _PLACES.sub("…", " ".join(said[-2:]) if said else "it says nothing")
    return text if len(text) <= REASON_LENGTH else text[: REASON_LENGTH - 1] + "…"


def _install_program(peer: Peer, places: Places, source: Path, *, delivery: bool) -> None:
    folder = places.app(peer, delivery=delivery)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(source, folder / "hello_app.py")
    shutil.copy(PEERS / "_common.py", folder / "hello_common.py")
    for name in peer.files:
        shutil.copy(PEERS / name, folder / name)
    (folder / "hello").write_text(SCRIPT, encoding="utf-8")
    _call([str(places.python(peer)), "-m", "compileall", "-q", str(folder)])


def install_all(peers: list[Peer], places: Places) -> tuple[list[Installed], dict[str, str]]:
    """What is ready, and why each of the others is not, by name.

    Raises:
        SystemExit: when bare Click, which all are compared with, is not.
    """
    ready, missing = [], {}
    for peer in peers:
        print(f"  environment: {peer.name}", file=sys.stderr, flush=True)
        try:
            ready.append(install(peer, places))
        except NotInstallableError as error:
            missing[peer.name] = str(error)
    if headers.BARE in missing:
        raise SystemExit(f"bare Click cannot be installed: {missing[headers.BARE]}")
    return ready, missing
