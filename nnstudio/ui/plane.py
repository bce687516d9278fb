"""Visible range of the plane around some points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Features whose ranges differ by more than this get axes of their own.
_ALIKE = 4.0
# A sheet for painting is at least so wide to each side.
_SHEET = 1.2


def bounds_of(x: NDArray[Any], margin: float) -> tuple[float, float, float, float]:
    """Bounds (x0, y0, x1, y1) of a plot around points (N, 2).

    `margin` is a fraction of their width. The area is square in data units, unless the two features differ so much in
    range that one would become a line.
    """
    if len(x) == 0:
        return -1.0, -1.0, 1.0, 1.0
    low, high = x.min(axis=0).astype(float), x.max(axis=0).astype(float)
    spans = np.where(high > low, high - low, 0.0)
    largest = float(spans.max()) or 2.0
    spans = np.where(spans * _ALIKE >= largest, largest, np.where(spans > 0, spans, largest))
    centre, half = (low + high) / 2, spans * (0.5 + margin)
    (x0, y0), (x1, y1) = centre - half, centre + half
    return float(x0), float(y0), float(x1), float(y1)


def sheet_of(x: NDArray[Any], margin: float) -> tuple[float, float, float, float]:
    """Bounds of a plot for painting on points (N, 2): those of an empty sheet, as long as all points lie on it."""
    if len(x) == 0 or float(np.abs(x).max()) <= _SHEET:
        return -_SHEET, -_SHEET, _SHEET, _SHEET
    return bounds_of(x, margin)


def joined(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Bounds (x0, y0, x1, y1) around two others."""
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])
