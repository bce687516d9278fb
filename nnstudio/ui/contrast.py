"""Contrast ratios of colours, and the pairs the theme uses together.

The contrast ratio is that of WCAG 2.1 (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio): from 1 (none) to 21 (black on
white). Text needs 4.5, drawings and lines that carry a meaning need 3.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nnstudio.ui.colours import Colours, band_fill, chosen_fill, field_border, hover_fill

TEXT, GRAPHICS = 4.5, 3.0


@dataclass(frozen=True)
class Pair:
    """Foreground and background colour, with the contrast ratio needed. `use` says where the pair occurs."""

    use: str
    front: str
    back: str
    least: float


def luminance(colour: str) -> float:
    """Relative luminance of an #rrggbb, from 0 (black) to 1 (white)."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Contrast ratio of two colours, in either order."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def pairs(colours: Colours) -> Iterator[Pair]:
    """All pairs of a theme's colours that are used on screen."""
    surfaces = {
        "panels": colours.panel,
        "the window": colours.window,
        "the canvas": colours.canvas,
        "blocks": colours.block,
    }
    for place, back in surfaces.items():
        yield Pair(f"text on {place}", colours.text, back, TEXT)
        yield Pair(f"secondary text on {place}", colours.muted, back, TEXT)
        yield Pair(f"error text on {place}", colours.error, back, TEXT)
        yield Pair(f"warnings on {place}", colours.warning, back, TEXT)
        yield Pair(f"links, selection and focus on {place}", colours.accent, back, GRAPHICS)
    rows = {"a chosen row": chosen_fill(colours), "a row under the mouse": hover_fill(colours)}
    for place, back in {**rows, "a block with a problem": colours.error_fill}.items():
        yield Pair(f"text on {place}", colours.text, back, TEXT)
        yield Pair(f"secondary text on {place}", colours.muted, back, TEXT)
    yield Pair("text of buttons, selected rows", colours.accent_text, colours.accent, TEXT)
    yield Pair("notes on blocks", colours.accent, colours.block, TEXT)
    yield Pair("frame of a block with a problem", colours.error, colours.canvas, GRAPHICS)
    yield Pair("icon of a block with a problem", colours.error, band_fill(colours, colours.error, wrong=True), GRAPHICS)
    yield Pair("wires, ticks, switched-off blocks", colours.muted, colours.canvas, GRAPHICS)
    for place, back in {"panels": colours.panel, "the window": colours.window}.items():
        yield Pair(f"frames of fields on {place}", field_border(colours), back, GRAPHICS)
    for category, tint in {**colours.categories, "ends of the network": colours.muted}.items():
        yield Pair(f"icon in the palette: {category}", tint, colours.panel, GRAPHICS)
        yield Pair(f"icon of a chosen row: {category}", tint, chosen_fill(colours), GRAPHICS)
        yield Pair(f"icon of a block: {category}", tint, band_fill(colours, tint), GRAPHICS)
        yield Pair(f"icon of a block from afar: {category}", colours.block, tint, GRAPHICS)
        yield Pair(f"block from afar: {category}", tint, colours.canvas, GRAPHICS)
    for name in ("positive", "negative"):
        yield Pair(f"the {name} end of the diverging scale", getattr(colours, name), colours.canvas, GRAPHICS)
    for name, colour in {"training": colours.measure, "validation": colours.text}.items():
        yield Pair(f"curve of the {name} data", colour, colours.canvas, GRAPHICS)
        yield Pair(f"its mark in the legend: {name}", colour, colours.panel, GRAPHICS)
    yield Pair("frames of right answers in a table", colours.text, colours.canvas, GRAPHICS)
    for index, colour in enumerate(colours.classes):
        yield Pair(f"samples of class {index}", colour, colours.panel, GRAPHICS)
