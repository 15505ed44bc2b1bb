"""The TOML files that toml-cli's command lines work on: the same town, good documents and broken ones."""

from __future__ import annotations

from pathlib import Path

_TOWN = """\
[town]
name = "Millford"
founded = 1897
height = 12
harbour = true
streets = ["Mill Lane", "Harbour", "Station Road"]
"""
_CAFES = """\
# Who serves coffee
[cafes.crossing]
name = "Crossing"
seats = 24

[cafes.doorstep]
name = "Doorstep"
seats = 12
"""
_PROJECT = '[project]\nname = "town-guide"\nversion = "1.0"\n'
_DOCUMENTS = {
    "config.toml": _TOWN,  # the one that is read where none is named
    "cafes.toml": _CAFES,
    "pyproject.toml": _PROJECT,
    "empty.toml": "",
    "spaces.toml": 'town name = "Millford"\n',
    "twice.toml": _TOWN + 'harbour = "a second time"\n',
    "broken.toml": "[town]\nname = Millford\n",
    "cut.toml": '[town]\nname = "Mill',
}


def make_documents(folder: Path) -> None:
    """Write the documents into ``folder``, one that is not UTF-8, and a folder that is none."""
    (folder / "notes").mkdir(parents=True)
    for name, text in _DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "latin1.toml").write_bytes('name = "Café"\n'.encode("latin-1"))
