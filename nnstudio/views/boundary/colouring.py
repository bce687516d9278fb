"""Colours of a plane: classes by hue, confidence by shade; numbers on the diverging scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.training.contours import rounded_up
from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import blend

Array = NDArray[Any]

# How strongly a class's colour covers the canvas, undecided and certain. Never fully: the points stay visible.
_WEAK, _STRONG = 0.1, 0.72
_SHADES = 64


class ClassShades:
    """Colours of some classes in the present theme, at all shades."""

    def __init__(self, classes: int) -> None:
        self._classes = max(classes, 2)
        colours = theme().colours
        canvas = np.array(blend(colours.canvas, colours.canvas, 1).getRgb(), float)
        full = np.array([class_colour(colours, index).getRgb() for index in range(self._classes)], float)
        strength = np.linspace(_WEAK, _STRONG, _SHADES)[None, :, None]
        shades = full[:, None] * strength + canvas * (1 - strength)
        self._table = np.rint(shades).astype(np.uint8).reshape(-1, 4)

    def rgba(self, winner: Array, confidence: Array) -> NDArray[np.uint8]:
        """Colours (*shape, 4) of classes, at the shades of their confidence."""
        shade = (confidence * (_SHADES - 1) + 0.5).astype(np.intp)
        return self._table[(winner % self._classes) * _SHADES + shade]


def scale_of(targets: Array) -> tuple[float, float]:
    """Centre and reach of the scale for targets (N,), so that colours mean the same all through training."""
    low, high = float(targets.min()), float(targets.max())
    if low < 0 < high:
        return 0.0, max(-low, high)
    centre = (low + high) / 2
    return centre, (high - low) / 2 or abs(centre) or 1.0


def scale_of_values(values: Array, bounded: tuple[float, float] | None) -> tuple[float, float]:
    """Centre and reach of the scale for values over a plane.

    `bounded` are the ends between which they lie by their nature; without, zero is the centre and the reach a round
    number, so that the scale keeps still while they change.
    """
    if bounded is not None:
        low, high = bounded
        return ((low + high) / 2, (high - low) / 2) if low >= 0 else (0.0, max(-low, high))
    size = np.abs(values)
    largest = float(np.max(size, where=np.isfinite(size), initial=0.0))
    return 0.0, rounded_up(largest) if largest > 0 else 1.0
