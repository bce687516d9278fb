"""Landscape as a surface: losses as heights, the run's path upon it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from nnstudio.training.contours import Bounds
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.boundary.surface_box import axis_of, log_axis_of
from nnstudio.views.boundary.surface_canvas import Fittings, SurfaceCanvas
from nnstudio.views.boundary.surface_raster import HEIGHT
from nnstudio.views.landscape.progress import LandscapePicture
from nnstudio.views.landscape.scale import LossScale

Array = NDArray[Any]


def show_relief(
    canvas: SurfaceCanvas,
    picture: LandscapePicture,
    scale: LossScale,
    names: tuple[str, str],
    path: Array,
    spot: tuple[float, float] | None,
    *,
    anew: bool,
) -> None:
    """Show losses as heights on a canvas; the surface itself only with `anew`.

    `path` are places (N, 2) of the run, the present one last, of which those beside the picture are left out.
    """
    heights = lifted(picture.losses, scale)
    (x0, y0, x1, y1), values = picture.bounds, scale.values(picture.losses)
    height_axis = log_axis_of if scale.log else axis_of
    axes = (axis_of(names[0], x0, x1), axis_of(names[1], y0, y1), height_axis("loss", scale.low, scale.high))
    end = None if spot is None else _on_surface(np.array([spot]), heights, picture.bounds)
    fittings = Fittings(
        axes,
        path=_on_surface(path, heights, picture.bounds),
        probe=None if end is None or not len(end) else (float(end[0, 0]), float(end[0, 1]), float(end[0, 2])),
    )
    if not anew:
        canvas.show_fittings(fittings)
        return
    rgba = diverging_rgba(values, scale.middle, scale.reach)
    hole = QColor(theme().colours.error)
    rgba[~np.isfinite(picture.losses)] = (hole.red(), hole.green(), hole.blue(), 255)
    canvas.show_surface(heights, rgba, fittings)


def lifted(losses: Array, scale: LossScale) -> Array:
    """Losses as heights in the box; those that are not finite are at its ceiling."""
    share = (scale.values(losses) - scale.low) / (scale.high - scale.low)
    raised: Array = (np.clip(np.nan_to_num(share, nan=1.0), 0.0, 1.0) - 0.5) * HEIGHT
    return raised


def _on_surface(places: Array, heights: Array, bounds: Bounds) -> Array:
    """Places (N, 2) of the plane as places (N, 3) on the surface, between its points by interpolation."""
    x0, y0, x1, y1 = bounds
    shares = (places - (x0, y0)) / (x1 - x0, y1 - y0)
    shares = shares[((shares >= 0) & (shares <= 1)).all(axis=1)]
    last = len(heights) - 1
    at = shares * last
    low = np.minimum(at.astype(np.intp), last - 1)
    (column, row), (right, up) = low.T, (at - low).T
    bottom = heights[row, column] * (1 - right) + heights[row, column + 1] * right
    top = heights[row + 1, column] * (1 - right) + heights[row + 1, column + 1] * right
    return np.column_stack([shares - 0.5, bottom * (1 - up) + top * up])
