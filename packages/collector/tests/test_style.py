"""Colours of the style sheet, light and dark: what they say can be seen."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

CSS = (files("footfall_collector") / "static" / "style.css").read_text("utf-8")
ROOTS = [dict(re.findall(r"--([\w-]+): ([^;]+);", root)) for root in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)]
THEMES = {"light": ROOTS[0], "dark": {**ROOTS[0], **ROOTS[1]}}
TEXT, SHAPES = 4.5, 3  # WCAG 2.2, AA: 1.4.3 and 1.4.11


def rgb(colour):
    """A colour ``#rgb`` or ``#rrggbb`` as three numbers."""
    digits = colour.removeprefix("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    return [int(digits[at : at + 2], 16) for at in (0, 2, 4)]


def luminance(colour):
    """Relative luminance, as WCAG defines it."""
    parts = [value / 255 for value in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """Contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def heat_cells(theme):
    """Background and text of each shade of the retention table."""
    panel, heat = rgb(theme["panel"]), [int(value) for value in theme["heat"].split()]
    rule = r"\.h-\d+ \{ background: rgb\(var\(--heat\) / ([.\d]+)\);(?: color: var\(--(\w+)\);)? \}"
    for alpha, colour in re.findall(rule, CSS):
        share = float(alpha)
        mixed = [share * above + (1 - share) * below for above, below in zip(heat, panel, strict=True)]
        yield mixed, rgb(theme[colour or "ink"])


@pytest.mark.parametrize("name", THEMES)
def test_text_can_be_read(name):
    """Text has a contrast of 4.5 on page, panel and each shade of the retention table."""
    theme = THEMES[name]
    cells = list(heat_cells(theme))
    assert len(cells) == 11
    cells += [
        (rgb(theme[below]), rgb(theme[text])) for below in ("page", "panel") for text in ("ink", "soft", "accent")
    ]
    assert min(contrast(*cell) for cell in cells) >= TEXT


@pytest.mark.parametrize("name", THEMES)
def test_shapes_can_be_seen(name):
    """Bars, outcomes, and the line around what is divided, have a contrast of 3 on the panel."""
    theme = THEMES[name]
    outline = re.search(r"\.split, \.legend svg \{ outline: 1px solid var\(--(\w+)\)", CSS)[1]
    for colour in ("value", "part", "o0", "o1", "o2", "o3", "o4", "o5", outline):
        assert contrast(rgb(theme[colour]), rgb(theme["panel"])) >= SHAPES, colour
