"""Nested grids of a loss landscape, from coarse to fine."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.training.contours import Bounds

Array = NDArray[Any]

# Points along each side. Every grid has the points of the one before, which are not computed again.
SIDES = (9, 17, 33, 65)


def grid_axes(bounds: Bounds, side: int) -> tuple[Array, Array]:
    """Coordinates (side,) of the columns and of the rows of a grid over bounds (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = bounds
    return np.linspace(x0, x1, side), np.linspace(y0, y1, side)


@lru_cache(maxsize=4)
def new_points(bounds: Bounds, side: int) -> Array:
    """Coordinates (N, 2) of the points that the next coarser grid has not, row by row from y0 up."""
    x, y = grid_axes(bounds, side)
    rows, columns = np.nonzero(_new(side))
    points = np.stack([x[columns], y[rows]], axis=1)
    points.flags.writeable = False
    return points


def refined(coarse: Array | None, side: int, losses: Array) -> Array:
    """Grid (side, side) from the next coarser one, None for the first, and the losses (N,) at its new points."""
    fine = np.zeros((side, side))
    if coarse is not None:
        fine[::2, ::2] = coarse
    fine[_new(side)] = losses
    return fine


@lru_cache(maxsize=len(SIDES))
def _new(side: int) -> Array:
    """Flags (side, side) of the points that the next coarser grid has not."""
    new = np.ones((side, side), bool)
    if side != SIDES[0]:
        new[::2, ::2] = False
    return new
