"""Colours of a plane: classes by hue, confidence by shade."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.ui.colours import class_colour
from nnstudio.ui.theme import theme
from nnstudio.views.plotting import blend

Array = NDArray[Any]

# How strongly a class's colour covers the canvas, undecided and certain. Never fully: the points stay visible.
_WEAK, _STRONG = 0.1, 0.72
_SHADES = 64
# Outputs beyond this are as good as infinite; differences of larger ones would overflow.
_FAR = 1e30


def classify(values: Array, threshold: float) -> tuple[Array, Array]:
    """Class and confidence, 0 to 1, of outputs (K, ...).

    Several outputs: the class with the largest, and its margin over the second. One output: the side of the threshold
    on which it lies, and its distance, in halves of the distance between the two targets. With probabilities both are
    the margin of the likelier class over the other.
    """
    values = np.clip(np.nan_to_num(values, nan=threshold), -_FAR, _FAR)
    if len(values) == 1:
        distance = values[0] - threshold
        return (distance > 0).astype(np.intp), np.minimum(np.abs(distance) / (1 - threshold), 1.0)
    winner = values.argmax(axis=0)
    two = np.partition(values, len(values) - 2, axis=0)[-2:]
    return winner, np.clip(two[1] - two[0], 0.0, 1.0)


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
