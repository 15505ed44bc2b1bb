import os
import re
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

try:
    import tomllib
except ImportError:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
DIST = ROOT / os.environ.get("FOOTFALL_DIST", "dist")  # as in noxfile.py
FOLDERS = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
PROJECTS = {folder.name: tomllib.loads((folder / "pyproject.toml").read_text())["project"] for folder in FOLDERS}
VERSIONS = {project["name"]: project["version"] for project in PROJECTS.values()}
IMPORTS = {name: project["name"].replace("-", "_") for name, project in PROJECTS.items()}

each_package = pytest.mark.parametrize("name", PROJECTS)


def built(name, suffix):
    """Return the path of a package's built file; one that is missing was not built by `nox -s build`."""
    project = PROJECTS[name]
    return DIST / f"{project['name'].replace('-', '_')}-{project['version']}{suffix}"


def wheel_files(name):
    """Return a wheel's files as a mapping of path to bytes."""
    with zipfile.ZipFile(built(name, "-py3-none-any.whl")) as wheel:
        return {path: wheel.read(path) for path in wheel.namelist()}


def wheel_metadata(name):
    """Return the METADATA of a package's wheel as an email message."""
    return message_from_bytes(next(text for path, text in wheel_files(name).items() if path.endswith("/METADATA")))


def test_there_are_five_packages():
    """The workspace holds exactly the five distributions that the design names."""
    names = {"footfall", "footfall-click", "footfall-collector", "footfall-jupyter", "footfall-typer"}
    assert set(VERSIONS) == names


@each_package
def test_wheel_carries_type_marker_and_licence(name):
    """A wheel holds py.typed in its package and the licence in its metadata, and nothing beside these two folders."""
    files = wheel_files(name)
    assert f"{IMPORTS[name]}/py.typed" in files
    licences = [text for path, text in files.items() if path.endswith(".dist-info/licenses/LICENSE")]
    assert licences == [(ROOT / "LICENSE").read_bytes()]
    assert {path.split("/")[0].partition("-")[0] for path in files} == {IMPORTS[name]}


@each_package
def test_wheel_holds_every_source_file(name):
    """What lies under a package's source folder, templates and SQL included, is in its wheel, and nothing else is."""
    source = ROOT / "packages" / name / "src"
    written = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    written = {path for path in written if "__pycache__" not in path}
    assert {path for path in wheel_files(name) if ".dist-info/" not in path} == written


@each_package
def test_sdist_can_be_tested(name):
    """A source distribution carries the package's tests, changelog, README and licence beside its source."""
    with tarfile.open(built(name, ".tar.gz")) as sdist:
        paths = {path.partition("/")[2] for path in sdist.getnames()}
    assert {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", f"src/{IMPORTS[name]}/__init__.py"} <= paths
    assert any(path.startswith("tests/test_") for path in paths)


@each_package
def test_wheel_metadata_is_the_projects(name):
    """A wheel's name, version, README and required Python are those of its own pyproject.toml."""
    metadata, project = wheel_metadata(name), PROJECTS[name]
    assert metadata["Name"] == project["name"]
    assert metadata["Version"] == project["version"]
    assert metadata["Requires-Python"] == project["requires-python"]
    assert metadata.get_payload().strip().startswith(f"# {project['name']}")


@each_package
def test_changelog_tells_the_version(name):
    """The newest entry of a package's changelog is the package's version."""
    headings = re.findall(r"^## (\S+)", (ROOT / "packages" / name / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert headings[0] == PROJECTS[name]["version"]


@each_package
def test_classifiers_agree_with_required_python(name):
    """The Pythons of the classifiers are 3.10 to 3.14 without a gap; requires-python admits these and none older."""
    pattern = re.compile(r"Programming Language :: Python :: (3\.\d+)$")
    named = [match[1] for match in map(pattern.match, PROJECTS[name]["classifiers"]) if match]
    assert named == [f"3.{minor}" for minor in range(10, 15)]
    required = SpecifierSet(PROJECTS[name]["requires-python"])
    assert all(version in required for version in named)
    assert "3.9" not in required


@each_package
def test_no_dependency_names_a_place(name):
    """No requirement is a direct reference to a file, repository or index, so any index or mirror can serve it."""
    metadata = wheel_metadata(name)
    assert [line for line in metadata.get_all("Requires-Dist") if Requirement(line).url] == []


@each_package
def test_packages_of_the_workspace_fit_together(name):
    """What a package requires of another package here is met by that package's present version."""
    wanted = map(Requirement, PROJECTS[name]["dependencies"])
    misfits = [str(each) for each in wanted if each.name in VERSIONS and VERSIONS[each.name] not in each.specifier]
    assert misfits == []


@each_package
def test_import_name_follows_from_the_distribution(name):
    """The one folder under src is the distribution's name with underscores."""
    assert [path.name for path in (ROOT / "packages" / name / "src").iterdir()] == [IMPORTS[name]]


def test_workspace_itself_is_not_published():
    """The root is no package: uv does not build it, and an index would refuse it."""
    root = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert root["tool"]["uv"]["package"] is False
    assert "Private :: Do Not Upload" in root["project"]["classifiers"]
    assert "build-system" not in root
