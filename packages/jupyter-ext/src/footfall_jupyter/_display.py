"""What ``%footfall`` shows: text in a terminal, a small table in a notebook."""

from __future__ import annotations

from typing import NamedTuple

_STYLE = """
.footfall { font-size: var(--jp-content-font-size1, 14px); line-height: 1.45; color: inherit; }
.footfall p { margin: 0 0 .35em; }
.footfall table { border-collapse: collapse; margin: 0 0 .5em; }
.footfall td { text-align: left; vertical-align: top; padding: .12em 1.1em .12em 0; border: 0; }
.footfall td:last-child { overflow-wrap: anywhere; }
.footfall td:first-child { opacity: .7; white-space: nowrap; }
.footfall pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 .35em; padding: 0; font-size: .9em; }
"""


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
        cells = (f"<tr><td>{_escape(name)}</td><td>{_escape(text)}</td></tr>" for name, text in self.rows)
        return f"<table>{''.join(cells)}</table>"


class Shown:
    """Something to be displayed: blocks of text and tables, under a title or none."""

    def __init__(self, title: str, blocks: list[str | Table]) -> None:
        self._blocks = [title, *blocks] if title else blocks

    def __repr__(self) -> str:
        """As a terminal shows it."""
        lines = (block.lines if isinstance(block, Table) else [block] for block in self._blocks)
        return "\n".join(line for block in lines for line in block)

    def _repr_html_(self) -> str:
        """As a notebook shows it; colours and sizes are the notebook's."""
        blocks = "".join(block.html if isinstance(block, Table) else _paragraph(block) for block in self._blocks)
        return f'<style>{_STYLE}</style><div class="footfall">{blocks}</div>'


def _paragraph(text: str) -> str:
    is_code = text.startswith("{") or "\n" in text
    return f"<pre>{_escape(text)}</pre>" if is_code else f"<p>{_escape(text)}</p>"


def _escape(text: str) -> str:
    from html import escape  # a large import, and nobody may ever look

    return escape(text)
