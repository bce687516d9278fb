"""Images of values on the theme's diverging scale."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from nnstudio.ui.colours import diverging
from nnstudio.ui.theme import theme

Array = NDArray[Any]

# Odd, so that zero has an entry of its own: exactly the neutral colour.
STEPS = 255
_HALF = STEPS // 2
# Entries of the scale that are one shade on a mark, where finer ones cannot be told apart.
_SHADE = 4


def diverging_rgba(values: Array, centre: float, reach: float) -> NDArray[np.uint8]:
    """Colours (*shape, 4) of values on the theme's diverging scale.

    `centre` is neutral, `centre + reach` the full positive colour. Values beyond the ends are drawn as the ends, NaN as
    the centre.
    """
    return _table()[_entries(values, centre, reach)]


def shades(values: Array, centre: float, reach: float) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Few colours (k, 4) for many values (N,), and the index of each value's own; see `diverging_rgba`.

    A mark is painted once for each colour, which for as many colours as values takes longer than all else.
    """
    steps = np.rint((_entries(values, centre, reach) - _HALF) / _SHADE).astype(np.intp)
    distinct, which = np.unique(steps, return_inverse=True)
    return _table()[np.clip(distinct * _SHADE + _HALF, 0, STEPS - 1)], which


def value_image(values: Array, reach: float, *, centre: float = 0.0, upwards: bool = False) -> QImage:
    """Image of values (H, W) on the theme's diverging scale, one pixel for each; see `diverging_rgba`.

    It owns its pixels. With `upwards`, row 0 is the lowest, as for values over a plane. One image of many thumbnails
    above each other (N * H, W), drawn part by part, is quicker than N images.
    """
    pixels = _packed(theme().colours.name)[_entries(values[::-1] if upwards else values, centre, reach)]
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def reach_of(values: Array) -> float:
    """Largest finite absolute value, at which a scale around zero ends; 1 where all are zero or not finite."""
    size = np.abs(values)
    return float(np.max(size, where=np.isfinite(size), initial=0.0)) or 1.0


def _entries(values: Array, centre: float, reach: float) -> NDArray[np.intp]:
    """Place of each value on the scale, 0 to STEPS - 1."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = (values - centre) * (_HALF / reach if reach > 0 else 0.0)
        np.rint(np.clip(scaled, -_HALF, _HALF, out=scaled), out=scaled)
        # NaN, which no comparison holds for; most images have none.
        if not (scaled == scaled).all():
            scaled[np.isnan(scaled)] = 0.0
    return scaled.astype(np.intp) + _HALF


def _table() -> NDArray[np.uint8]:
    table = np.full((STEPS, 4), 255, np.uint8)
    table[:, :3] = diverging(theme().colours.name, STEPS)
    return table


@cache
def _packed(name: str) -> NDArray[np.uint32]:
    """Colours of the scale, as QImage keeps opaque ones: 0xffRRGGBB."""
    red, green, blue = diverging(name, STEPS).astype(np.uint32).T
    packed: NDArray[np.uint32] = 0xFF000000 | red << 16 | green << 8 | blue
    return packed
