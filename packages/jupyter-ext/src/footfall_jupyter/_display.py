"""What ``%footfall`` shows: text in a terminal; a heading, a small table and the bytes themselves in a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

# Colours, fonts and sizes are the notebook's, in light and in dark. The class stands three times in each rule that
# notebooks have one for, too: JupyterLab would set tables to the right, in stripes, and lines of bytes without a gap.
_STYLE = """
.footfall { line-height: 1.45; max-width: 60em; }
.footfall.footfall.footfall p { margin: 0 0 .4em; }
.footfall.footfall.footfall table { border-collapse: collapse; margin: 0 0 .4em; font-size: inherit; }
.footfall.footfall.footfall tr { background: none; }
.footfall.footfall.footfall td { text-align: left; vertical-align: top; padding: .1em 1.2em .1em 0; border: 0; }
.footfall.footfall.footfall td:first-child { white-space: nowrap; }
.footfall span { opacity: .75; }
.footfall.footfall.footfall td:last-child { overflow-wrap: anywhere; }
.footfall.footfall.footfall pre { white-space: pre-wrap; overflow-wrap: anywhere; background: none; font-size: .9em;
  margin: 0 0 .6em; padding: 0 0 0 .7em; border: 0; border-left: 2px solid rgba(128, 128, 128, .5); }
"""


class Title(NamedTuple):
    """What stands above all else."""

    text: str

    @property
    def lines(self) -> list[str]:
        """As a terminal shows it."""
        return [self.text]

    @property
    def html(self) -> str:
        """As a notebook shows it."""
        return f"<p><strong>{_escape(self.text)}</strong></p>"


class Exact(NamedTuple):
    """A text of which each character and each line's end counts."""

    text: str

    @property
    def lines(self) -> list[str]:
        """As a terminal shows it."""
        return [self.text]

    @property
    def html(self) -> str:
        """As a notebook shows it."""
        return f"<pre>{_escape(self.text)}</pre>"


class Table(NamedTuple):
    """Rows of two texts: a name, and what it is."""

    rows: list[tuple[str, str]]

    @property
    def lines(self) -> list[str]:
        """As a terminal shows it."""
        width = max(len(name) for name, _ in self.rows)
        return [f"  {name:{width}}  {text}" for name, text in self.rows]

    @property
    def html(self) -> str:
        """As a notebook shows it."""
        cells = (f"<tr><td>{_name(name)}</td><td>{_escape(text)}</td></tr>" for name, text in self.rows)
        return f"<table>{''.join(cells)}</table>"


def _name(name: str) -> str:
    """A row's name: something to be typed, or what the row is about."""
    tag = "code" if name.startswith("%") else "span"
    return f"<{tag}>{_escape(name)}</{tag}>"


Block = str | Title | Exact | Table  # a plain text is a paragraph


class Shown:
    """Something to be displayed, block below block, under a title or none."""

    def __init__(self, title: str, blocks: Iterable[Block]) -> None:
        self._blocks = [Title(title), *blocks] if title else [*blocks]

    def __repr__(self) -> str:
        """As a terminal shows it."""
        lines = ([block] if isinstance(block, str) else block.lines for block in self._blocks)
        return "\n".join(line for block in lines for line in block)

    def _repr_html_(self) -> str:
        """As a notebook shows it."""
        blocks = (f"<p>{_escape(block)}</p>" if isinstance(block, str) else block.html for block in self._blocks)
        return f'<style>{_STYLE}</style><div class="footfall">{"".join(blocks)}</div>'


def _escape(text: str) -> str:
    from html import escape  # a large import, and nobody may ever look

    return escape(text)
