"""Contour lines of values over a grid, by marching squares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Bounds = tuple[float, float, float, float]

# The sides of a cell in the order bottom, right, top, left.
_BOTTOM, _RIGHT, _TOP, _LEFT = range(4)
# By which corners lie above the level, as a sum of 1 (lower left), 2 (lower right), 4 (upper right), 8 (upper left):
# the sides that the line joins. The two cases with opposite corners have two lines; see `_joined`.
_SIDES: dict[int, tuple[int, int]] = {
    1: (_LEFT, _BOTTOM),
    2: (_BOTTOM, _RIGHT),
    3: (_LEFT, _RIGHT),
    4: (_RIGHT, _TOP),
    6: (_BOTTOM, _TOP),
    7: (_LEFT, _TOP),
    8: (_TOP, _LEFT),
    9: (_TOP, _BOTTOM),
    11: (_TOP, _RIGHT),
    12: (_RIGHT, _LEFT),
    13: (_RIGHT, _BOTTOM),
    14: (_BOTTOM, _LEFT),
}
_TABLE = np.full((16, 2), -1, np.intp)
for _case, _pair in _SIDES.items():
    _TABLE[_case] = _pair


@dataclass(frozen=True, eq=False)
class Contour:
    """Contour of one level: unconnected segments, (S, 2, 2) as (segment, end, x and y)."""

    level: float
    segments: Array


def rounded_up(value: float) -> float:
    """The next larger of 1, 2, 5 times a power of ten, for a positive number."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= value * (1 - 1e-9))


def round_levels(low: float, high: float, through: float = 0.0, about: int = 5) -> tuple[float, ...]:
    """Round levels strictly between two values, about so many, in equal steps counted from `through`."""
    if not (math.isfinite(low) and math.isfinite(high)) or high - low <= 1e-6 * max(abs(low), abs(high), 1e-30):
        return ()
    step = rounded_up((high - low) / about)
    first, last = math.floor((low - through) / step) + 1, math.ceil((high - through) / step) - 1
    # Without the digits that the product leaves behind: 0.3, not 0.30000000000000004.
    return tuple(float(f"{through + step * place:.10g}") for place in range(first, last + 1))


def log_levels(low: float, high: float, about: int = 8) -> tuple[float, ...]:
    """Round levels strictly between two positive values, about so many, evenly spread on a log scale."""
    if not (0 < low < high < math.inf):
        return ()
    decades = math.log10(high / low)
    if decades < 1:
        return round_levels(low, high, about=about)
    factors = (1, 2, 5) if 3 * decades <= 2 * about else (1,)
    every = max(1, math.ceil(len(factors) * decades / (2 * about)))
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    levels = (factor * 10.0**exponent for exponent in exponents if exponent % every == 0 for factor in factors)
    return tuple(float(f"{level:.10g}") for level in levels if low < level < high)


def contours(values: Array, bounds: Bounds, levels: tuple[float, ...]) -> tuple[Contour, ...]:
    """Contours of values (rows, columns), rows from y0 up to y1, columns from x0 to x1, for levels that have one.

    Between two points of the grid values are taken as linear, so that the ends of every segment lie on the level by
    interpolation. Cells with a value that is not finite are left out. Where opposite corners lie above the level, the
    mean of the four decides how they are joined.
    """
    if min(values.shape) < 2:
        return ()
    values = values.astype(np.float64)
    usable = None
    if not np.isfinite(values).all():
        finite = np.isfinite(values)
        usable = finite[:-1, :-1] & finite[:-1, 1:] & finite[1:, 1:] & finite[1:, :-1]
    found = ((level, _segments(values, level, usable)) for level in levels)
    return tuple(Contour(level, _placed(places, values.shape, bounds)) for level, places in found if len(places))


def _segments(values: Array, level: float, usable: Array | None) -> Array:
    """The segments of one level, (S, 2, 2), in columns and rows of the grid."""
    above = (values > level).view(np.uint8)
    cases = above[:-1, :-1] + 2 * above[:-1, 1:] + 4 * above[1:, 1:] + 8 * above[1:, :-1]
    crossed = (cases != 0) & (cases != 15)
    if usable is not None:
        crossed &= usable
    rows, columns = np.nonzero(crossed)
    rows, columns, sides = _joined(values, level, rows, columns, cases[rows, columns])
    ends = [_crossing(values, level, rows, columns, sides[:, end]) for end in range(2)]
    return np.stack(ends, axis=1)


def _joined(values: Array, level: float, rows: Array, columns: Array, cases: Array) -> tuple[Array, Array, Array]:
    """Rows and columns of cells, and the two sides that a line joins there; a cell with two lines comes twice."""
    sides = _TABLE[cases]
    opposite = np.flatnonzero((cases == 5) | (cases == 10))
    if not len(opposite):
        return rows, columns, sides
    r, c = rows[opposite], columns[opposite]
    centre = (values[r, c] + values[r, c + 1] + values[r + 1, c + 1] + values[r + 1, c]) / 4 > level
    # Lines that cut off the lower right and the upper left corner, else those that cut off the other two.
    falling = (cases[opposite] == 5) == centre
    first = np.where(falling[:, None], (_BOTTOM, _RIGHT), (_LEFT, _BOTTOM))
    second = np.where(falling[:, None], (_TOP, _LEFT), (_RIGHT, _TOP))
    sides[opposite] = first
    return np.append(rows, r), np.append(columns, c), np.concatenate([sides, second])


def _crossing(values: Array, level: float, rows: Array, columns: Array, sides: Array) -> Array:
    """Where the level is met on one side of each cell, (S, 2), in columns and rows of the grid."""
    along = (sides == _BOTTOM) | (sides == _TOP)
    row, column = rows + (sides == _TOP), columns + (sides == _RIGHT)
    start, end = values[row, column], values[row + ~along, column + along]
    share = (level - start) / (end - start)
    return np.stack([column + np.where(along, share, 0.0), row + np.where(along, 0.0, share)], axis=1)


def _placed(places: Array, shape: tuple[int, ...], bounds: Bounds) -> Array:
    x0, y0, x1, y1 = bounds
    rows, columns = shape
    return places * ((x1 - x0) / (columns - 1), (y1 - y0) / (rows - 1)) + (x0, y0)
