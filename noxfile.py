"""The only runner: `python -m nox -l` lists the sessions, `python -m nox -s tests` is the README's test command.

Sessions run our code from wheels, which the `build` session makes once per nox run, never from `src`. Those that
run on several Pythons carry the version in their name: `python -m nox -s "tests(core-3.12)"`.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["tests"]

ROOT = Path(__file__).parent
DIST = ROOT / os.environ.get("FOOTFALL_DIST", "dist")  # of its own for each nox that runs beside another

# A package's folder, and the folders of the packages whose wheels go beside its own.
PACKAGES = {
    "core": [],
    "click-plugin": ["core"],
    "typer-plugin": ["core", "click-plugin"],
    "jupyter-ext": ["core"],
    "collector": ["core"],
}
PROJECTS = {folder: nox.project.load_toml(ROOT / "packages" / folder / "pyproject.toml") for folder in PACKAGES}
TEST_FOLDERS = ["tests", *(f"packages/{folder}/tests" for folder in PACKAGES)]
FAST = "not (e2e or slow)"
XDIST = "pytest-xdist>=3.6"
SEVERAL = ("-n", "auto", "--maxprocesses", "4", "--dist", "worksteal")  # tests at a time: many wait for processes
PRIVACY = "(privacy or statement)"  # docs/privacy.md lists the tests that are marked with a statement's number

# Users run installed, compiled wheels; so do we, whatever the machine says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["UV_COMPILE_BYTECODE"] = "1"


@functools.cache
def interpreter(version: str) -> str | None:
    """Return the path of a Python that starts, for a version like "3.12"; None where this machine has none.

    nox itself looks on PATH only, where pyenv puts no more than shims, which start for selected versions alone.
    """
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    paths = [*map(str, pyenv.glob(f"versions/{version}.*/bin/python{version}")), shutil.which(f"python{version}")]
    return next((path for path in paths if path and starts(path)), None)


def starts(path: str) -> bool:
    """Tell whether this interpreter runs an empty program."""
    return subprocess.run([path, "-c", ""], check=False, capture_output=True).returncode == 0


def pythons(folder: str) -> list[str]:
    """Return the versions that a package's classifiers name and this machine has, oldest first."""
    return list(filter(interpreter, nox.project.python_versions(PROJECTS[folder])))


def tested_on(folder: str) -> list[str]:
    """Return those on which a package is tested: core on all; what stands on core on the oldest and the newest."""
    found = pythons(folder)
    return found if folder == "core" else sorted({found[0], found[-1]}, key=found.index)


OLDEST, NEWEST = pythons("core")[0], pythons("core")[-1]


def wheel(folder: str) -> str:
    """Return the path of the wheel that the `build` session made of a package."""
    project = PROJECTS[folder]["project"]
    return str(DIST / f"{project['name'].replace('-', '_')}-{project['version']}-py3-none-any.whl")


def install(session: nox.Session, *folders: str, extra: tuple[str, ...] = ()) -> None:
    """Install wheels of packages with all that they and their tests need, and `extra` requirements.

    Wheels go in first, by path and by force: neither an index nor a reused environment can put another build there.
    """
    needed = sorted({name for folder in folders for name in (folder, *PACKAGES[folder])})
    session.install("--no-index", "--no-deps", "--force-reinstall", *map(wheel, needed))
    tests = {line for folder in folders for line in nox.project.dependency_groups(PROJECTS[folder], "test")}
    session.install(*(PROJECTS[folder]["project"]["name"] for folder in needed), *sorted(tests), *extra)


def third_party(folder: str) -> list[Requirement]:
    """Return what a package requires from outside this workspace, extras included."""
    project = PROJECTS[folder]["project"]
    lines = [project["dependencies"], *project.get("optional-dependencies", {}).values()]
    return [wanted for wanted in map(Requirement, chain(*lines)) if not wanted.name.startswith("footfall")]


def lowest(wanted: Requirement) -> str:
    """Return the requirement pinned to its lower bound, like "httpx==0.26"."""
    bound = next(spec.version for spec in wanted.specifier if spec.operator == ">=")
    return f"{wanted.name}=={bound}" + (f"; {wanted.marker}" if wanted.marker else "")


BROWSED = ("jupyterlab", "playwright")  # tests/lab: a server, and what drives the system's chromium
INSTRUMENTED = ("sqlite-utils", "toml-cli")  # programs of other people's, which the examples count

# The oldest Typer bounds its Click from below only; the oldest IPython goes with a kernel of its day.
OF_ITS_TIME = {"typer-plugin": ("click<8.2",), "jupyter-ext": ("ipykernel==6.9.0",)}

# Each adapter with its framework at the oldest that it takes, and around Typer's move to its own Click. The newest on
# the newest Python is what `tests` runs, but for kernels.
FRAMEWORKS = [
    ("click-plugin", OLDEST, (lowest(third_party("click-plugin")[0]),)),
    ("typer-plugin", OLDEST, (lowest(third_party("typer-plugin")[0]), *OF_ITS_TIME["typer-plugin"])),
    ("typer-plugin", NEWEST, ("typer<0.26",)),
    ("typer-plugin", NEWEST, ("typer==0.26.0",)),
    ("jupyter-ext", OLDEST, (lowest(third_party("jupyter-ext")[0]), *OF_ITS_TIME["jupyter-ext"])),
    ("jupyter-ext", NEWEST, ("ipython<9", "ipykernel<7")),
    ("jupyter-ext", NEWEST, ("ipython", "ipykernel>=7")),
]


@nox.session(reuse_venv=True)
def build(session: nox.Session) -> None:
    """Build each package's sdist, and its wheel from that, into dist/; other sessions run this first."""
    shutil.rmtree(DIST, ignore_errors=True)
    session.install("build", "hatchling")
    for folder in PACKAGES:
        command = ("python", "-m", "build", "--no-isolation", "--outdir", str(DIST), f"packages/{folder}")
        session.run_install(*command, silent=True)


@nox.session(requires=["build"])
@nox.parametrize(
    "python, folder",
    [
        *(nox.param(interpreter(v), name, id=f"{name}-{v}") for name in PACKAGES for v in tested_on(name)),
        nox.param(interpreter(NEWEST), "cross-package", id=f"cross-package-{NEWEST}"),
    ],
)
def tests(session: nox.Session, folder: str) -> None:
    """README's test command: core's tests on each Python, the others' on the oldest and newest, then `tests/`.

    The statements' tests run on the oldest; on the newest they are the session `privacy`.
    """
    if folder == "cross-package":
        install(session, *PACKAGES)
        session.run("pytest", "-m", f"{FAST} and not {PRIVACY}", "tests", *session.posargs)
    else:
        install(session, folder, extra=(XDIST,))
        chosen = FAST if session.python == interpreter(OLDEST) else f"{FAST} and not {PRIVACY}"
        session.run("pytest", *SEVERAL, "-m", chosen, f"packages/{folder}/tests", *session.posargs)


@nox.session(requires=["build"])
@nox.parametrize(
    "python, folder, versions",
    [nox.param(interpreter(v), folder, wanted, id=f"{wanted[0]}-{v}") for folder, v, wanted in FRAMEWORKS],
)
def frameworks(session: nox.Session, folder: str, versions: tuple[str, ...]) -> None:
    """Each adapter's tests with its framework at the oldest supported, and where it changed since."""
    install(session, folder, extra=versions)
    chosen = () if folder == "jupyter-ext" else ("-m", FAST)  # a kernel of each version too
    session.run("pytest", *chosen, f"packages/{folder}/tests", *session.posargs)
    if folder == "typer-plugin" and session.python == interpreter(OLDEST):  # statement 28 on Click; `privacy`: without
        session.run("pytest", "-k", "no_canary", "tests/privacy/test_canaries_typer.py", *session.posargs)


@nox.session(requires=["build"])
@nox.parametrize(
    "folder, versions",
    [
        nox.param("click-plugin", ("click",), id="click"),
        nox.param("click-plugin", ("click==8.1.8",), id="click-8.1"),
        # Not with coverage: the tests that need it start programs as processes, in which nothing is instrumented.
        nox.param("typer-plugin", ("typer",), id="typer"),
    ],
)
def downstream(session: nox.Session, folder: str, versions: tuple[str, ...]) -> None:
    """The framework's own test-suite, bare and with every program instrumented: the same tests pass."""
    install(session, folder, extra=(*versions, "pip"))  # pip fetches the suite; uv's environments have none
    session.run("python", "tests/downstream/run_suite.py", folder.removesuffix("-plugin"), *session.posargs)


@nox.session(requires=["build"])
@nox.parametrize(
    "python, folder",
    [
        nox.param(interpreter(OLDEST), name, id=f"{name}-{OLDEST}")
        for name in PACKAGES
        if third_party(name) and name not in {folder for folder, *_ in FRAMEWORKS}
    ],
)
def minimums(session: nox.Session, folder: str) -> None:
    """Tests with the lowest versions of direct dependencies, on the oldest Python; adapters' are in `frameworks`.

    But for the statements' tests, which `tests` runs on that Python and `privacy` on another.
    """
    install(session, folder, extra=(*map(lowest, third_party(folder)), XDIST))
    session.run("pytest", *SEVERAL, "-m", f"{FAST} and not {PRIVACY}", f"packages/{folder}/tests", *session.posargs)


@nox.session(requires=["build"])
def e2e(session: nox.Session) -> None:
    """Tests that start real programs, senders and a collector, and the slow ones that the tests session leaves out."""
    install(session, *PACKAGES, extra=(*INSTRUMENTED, *BROWSED, "pyyaml"))
    session.run("pytest", "-m", f"(e2e or slow) and not {PRIVACY}", *TEST_FOLDERS, *session.posargs)


@nox.session(requires=["build"], python=interpreter(NEWEST))
def privacy(session: nox.Session) -> None:
    """The numbered privacy statements, each by its tests, the slow ones too; several at a time, as many wait."""
    install(session, *PACKAGES, extra=(*INSTRUMENTED, XDIST))
    session.run("pytest", *SEVERAL, "-m", PRIVACY, *TEST_FOLDERS, *session.posargs)


@nox.session(requires=["build"])
def mutants(session: nox.Session) -> None:
    """Break each rule on purpose, one line at a time in the installed packages: a test has to fail for each."""
    install(session, *PACKAGES)  # by force, so what a run that was ended left broken is whole again
    session.run("python", "tests/mutants/run_mutants.py", *session.posargs)


@nox.session(requires=["build"])
def coverage(session: nox.Session) -> None:
    """Which lines all tests together run in their own process."""
    install(session, *PACKAGES, extra=("coverage>=7.10", *INSTRUMENTED))
    session.run("coverage", "run", "-m", "pytest", *TEST_FOLDERS, *session.posargs)
    session.run("coverage", "report")


@nox.session(reuse_venv=True)
def lint(session: nox.Session) -> None:
    """Ruff's rules and format, on everything."""
    session.install("ruff>=0.17,<0.18")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session(reuse_venv=True, requires=["build"])
def typing(session: nox.Session) -> None:
    """Mypy, strict, on every package's source, the public API as tests/typing uses it, the examples and benchmarks."""
    # tomli: mypy checks for Python 3.10
    install(session, *PACKAGES, extra=("mypy>=2.4,<2.5", "tomli", *INSTRUMENTED))
    sources = (f"packages/{folder}/src" for folder in PACKAGES)
    session.run("mypy", *sources, "tests/typing", "examples", "benchmarks")


@nox.session(requires=["build"])
def bench(session: nox.Session) -> None:
    """What instrumentation costs, and that every run is delivered once, beside all peers; `-- --peers posthog` for one.

    With all of them it takes about two hours, and writes docs/benchmarks.md and the README's figures.
    """
    # uv: it makes the peers' environments
    extra = ("tomli; python_version < '3.11'", "uv")
    install(session, "click-plugin", "collector", "jupyter-ext", extra=extra)
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session(requires=["build"])
def demo(session: nox.Session) -> None:
    """The main job: real programs counted, reported, shown and checked; `-- --keep` goes on serving the dashboards."""
    install(session, "click-plugin", "typer-plugin", "jupyter-ext", "collector", extra=INSTRUMENTED)
    session.run("python", "examples/demo.py", *session.posargs)


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """Links, file paths and nox sessions named in Markdown files exist, and Python blocks are Python."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("packages/*/*.md")]
    pages += ROOT.glob("benchmarks/**/*.md")
    faults = [f"{page.relative_to(ROOT)}: {fault}" for page in pages for fault in faults_of(page)]
    if faults:
        session.error("\n".join(faults))
    session.log(f"{len(pages)} pages: every link, path, session and Python block is sound")


def faults_of(page: Path) -> list[str]:
    """Return what is wrong in one Markdown page, a line each."""
    if not page.is_file():
        return ["no such page"]
    text = page.read_text(encoding="utf-8")
    if "@@" in text:
        return ["a place that was to be filled in"]
    links = [page.parent / link for link in re.findall(r"\]\((?!\w+:)([^)#\s]+)", text)]
    named = re.findall(r"`((?:packages|docs|examples|benchmarks|tests|\.ci)/[\w./-]+)(?:::(\w+))?`", text)
    paths = [ROOT / path for path, _ in named]
    faults = [f"{path} does not exist" for path in [*links, *paths] if not path.exists()]
    faults += [
        f"no {name} in {path}" for path, name in named if name and f"def {name}(" not in (ROOT / path).read_text()
    ]
    sessions = set(re.findall(r"nox -s ([\w]+)", text))
    faults += [
        f"no session {name}" for name in sorted(sessions) if f"\ndef {name}(session" not in Path(__file__).read_text()
    ]
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        try:
            compile(block, page.name, "exec")
        except SyntaxError as error:
            faults.append(f"Python block: {error}")
    return faults
