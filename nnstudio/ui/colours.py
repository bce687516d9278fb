"""Colours of the light and the dark theme, by meaning.

A colour has one meaning, or a sign beside it. Classes use the eight colours of Okabe and Ito (2008). How well the
network does, as curves over training and in tables, has a colour of its own; what validation data tell is drawn in the
colour of text, and with hollow squares. Orange to blue is the scale from negative to positive, and a bar with its
numbers always stands beside it; the two differ in lightness as well as in hue, so that they stay apart for colour-blind
people and in print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

# How much of a category's colour is behind the icon of a block.
BAND = 0.18


@dataclass(frozen=True)
class Colours:
    """Colours of one theme, as #rrggbb."""

    name: str
    window: str  # behind panels
    panel: str  # panels, docks, fields
    canvas: str
    canvas_dot: str
    block: str  # body of a block
    border: str
    text: str
    muted: str  # secondary text; still at least 4.5:1 on window, panel and block
    accent: str  # selection, focus, the play button
    accent_text: str  # on accent
    error: str
    error_fill: str  # body of a block with a problem
    warning: str
    warning_fill: str  # ground of what tells that the views show the past
    positive: str
    neutral: str  # zero on the diverging scale
    negative: str
    measure: str  # how well the network does: curves over training, shares in tables
    categories: Mapping[str, str]  # a layer's category to its colour
    classes: tuple[str, ...]  # class 0 is drawn in the first, ...


# After Okabe and Ito, as light or dark as it takes to be seen on the panels of each theme.
_LIGHT_CLASSES = (
    "#d9790f",
    "#1f639c",
    "#009e73",
    "#cc79a7",
    "#a39600",
    "#3d9bd4",
    "#a6461a",
    "#8468c4",
    "#6e7781",
    "#2f8f8f",
)
_DARK_CLASSES = (
    "#e08214",
    "#2b7bba",
    "#009e73",
    "#cc79a7",
    "#b8a800",
    "#56b4e9",
    "#b8562a",
    "#8468c4",
    "#6e7781",
    "#2f8f8f",
)

LIGHT = Colours(
    name="light",
    window="#f3f4f6",
    panel="#ffffff",
    canvas="#fafbfc",
    canvas_dot="#d9dde3",
    block="#ffffff",
    border="#cfd4dc",
    text="#1c2430",
    muted="#596474",
    accent="#1f6fb2",
    accent_text="#ffffff",
    error="#b3261e",
    error_fill="#fdecea",
    warning="#8a5a00",
    warning_fill="#fff3d6",
    positive="#2b7bba",
    neutral="#f2f2f2",
    negative="#d9790f",
    measure="#0b7f88",
    categories={
        "Core": "#2b6cb0",
        "Convolution": "#6b46c1",
        "Pooling": "#0f766e",
        "Shape": "#5b6472",
        "Regularisation": "#a23b72",
        "Activation": "#b45309",
        "Merge": "#3f6212",
    },
    classes=_LIGHT_CLASSES,
)

DARK = Colours(
    name="dark",
    window="#181b20",
    panel="#20242b",
    canvas="#1b1f25",
    canvas_dot="#333a45",
    block="#272c35",
    border="#3d4552",
    text="#e6e9ee",
    muted="#a3adbb",
    accent="#58a6e8",
    accent_text="#0d1520",
    error="#ff8a80",
    error_fill="#3b2224",
    warning="#f0b429",
    warning_fill="#3d3115",
    positive="#58a6e8",
    neutral="#2b3038",
    negative="#f2994a",
    measure="#3fc4c9",
    categories={
        "Core": "#63a4e6",
        "Convolution": "#a78bfa",
        "Pooling": "#2dd4bf",
        "Shape": "#9aa5b4",
        "Regularisation": "#ec7fb5",
        "Activation": "#fbbf24",
        "Merge": "#a3d160",
    },
    classes=_DARK_CLASSES,
)


@cache
def diverging(name: str, entries: int = 256) -> NDArray[np.uint8]:
    """Diverging colour map (entries, 3), uint8, of the theme of that name.

    It runs from negative over neutral to positive.
    """
    colours = LIGHT if name == "light" else DARK
    ends = [_rgb(colours.negative), _rgb(colours.neutral), _rgb(colours.positive)]
    positions = np.linspace(0, 2, entries)
    channels = [np.interp(positions, (0, 1, 2), [end[channel] for end in ends]) for channel in range(3)]
    return np.stack(channels, axis=1).astype(np.uint8)


def class_colour(colours: Colours, index: int) -> QColor:
    """Colour of class `index`; repeats after ten."""
    return QColor(colours.classes[index % len(colours.classes)])


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(one: str, other: str, share: float) -> str:
    """A colour between two, with this share of the other."""
    channels = [round(a + (b - a) * share) for a, b in zip(_rgb(one), _rgb(other), strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*channels)


def hover_fill(colours: Colours) -> str:
    """Fill of a widget under the mouse."""
    return _mix(colours.panel, colours.accent, 0.1)


def chosen_fill(colours: Colours) -> str:
    """Fill of a selected list entry that keeps its own text colours."""
    return _mix(colours.panel, colours.accent, 0.18)


def band_fill(colours: Colours, tint: str, *, wrong: bool = False) -> str:
    """Fill behind a block's icon, given the colour of its category."""
    return _mix(colours.error_fill if wrong else colours.block, tint, BAND)


def field_border(colours: Colours) -> str:
    """Border of fields and buttons, by which alone they are seen."""
    return _mix(colours.border, colours.muted, 0.65)
