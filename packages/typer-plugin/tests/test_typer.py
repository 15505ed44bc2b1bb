import subprocess
import sys
from importlib.metadata import version

import pytest

import footfall_typer


def test_import_loads_nothing_but_itself():
    """Importing the package in a fresh interpreter adds its own module to those loaded and no other."""
    program = "import sys; old = set(sys.modules); import footfall_typer; print(*sorted(set(sys.modules) - old))"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["footfall_typer"]


def test_version_is_that_of_the_distribution():
    """``__version__`` is what the installed distribution's metadata says."""
    assert footfall_typer.__version__ == version("footfall-typer")


def test_other_names_are_refused():
    """A name that the module does not have is an ordinary AttributeError that tells the name."""
    with pytest.raises(AttributeError, match="instrument"):
        _ = footfall_typer.instrument
