"""Move the pixels of many pictures at once: by whole pixels, or with values between pixels."""

from __future__ import annotations

import numpy as np

from engine.data.samples import Array
from engine.data.steps.augmentation.base import Outside


def shifted(pictures: Array, down: Array, right: Array, outside: Outside) -> Array:
    """Shift pictures (n, channels, height, width) by whole pixels, (n,) each."""
    height, width = pictures.shape[2:]
    rows = np.arange(height) - down[:, None]
    columns = np.arange(width) - right[:, None]
    near = rows.clip(0, height - 1)[:, None, :, None], columns.clip(0, width - 1)[:, None, None, :]
    found: Array = np.ascontiguousarray(pictures).reshape(-1).take(_index(pictures, *near), mode="clip")
    if outside == "zero":
        found *= ((rows >= 0) & (rows < height))[:, None, :, None]
        found *= ((columns >= 0) & (columns < width))[:, None, None, :]
    return found


def turned(pictures: Array, matrices: Array, outside: Outside) -> Array:
    """Map pictures linearly about their middle.

    Pixel (y, x) of the result, counted from the middle, is that at `matrices[k] @ (y, x)` of picture k: (n, 2, 2), the
    inverses of the maps.
    """
    height, width = pictures.shape[2:]
    matrices = matrices.astype(np.float32)
    down = np.arange(height, dtype=np.float32) - (height - 1) / 2
    right = np.arange(width, dtype=np.float32) - (width - 1) / 2
    # (n, height, width), from a column and a row of each.
    rows = matrices[:, :1, :1] * down[:, None] + matrices[:, :1, 1:] * right + np.float32((height - 1) / 2)
    columns = matrices[:, 1:, :1] * down[:, None] + matrices[:, 1:, 1:] * right + np.float32((width - 1) / 2)
    return between(pictures, rows, columns, outside)


def between(pictures: Array, rows: Array, columns: Array, outside: Outside) -> Array:
    """Pixels of pictures (n, channels, height, width) at places (n, height, width) between them, bilinearly."""
    height, width = pictures.shape[2:]
    # A border, of zeros or of the edge, so that each place has a neighbour below and to the right.
    edges = ((0, 0), (0, 0), (1, 2), (1, 2))
    bordered = np.pad(pictures, edges) if outside == "zero" else np.pad(pictures, edges, "edge")
    rows, columns = _within(rows, height, outside), _within(columns, width, outside)
    top, left = rows.astype(np.int32), columns.astype(np.int32)
    rows -= top
    columns -= left
    low, far = rows[:, None], columns[:, None]
    index = _index(bordered, top[:, None], left[:, None])
    upper = _mixed(bordered, index, far)
    index += width + 3
    lower = _mixed(bordered, index, far)
    lower -= upper
    lower *= low
    upper += lower
    return upper


def _within(places: Array, size: int, outside: Outside) -> Array:
    """Places along an axis as those of a picture with a border, at which all that lie beyond end."""
    if outside == "zero":
        return (places + np.float32(1)).clip(0, size + 1)
    return places.clip(0, size - 1) + np.float32(1)


def _mixed(pictures: Array, index: Array, far: Array) -> Array:
    """Pixels at flat places and their neighbours to the right, mixed by how `far` it is to these."""
    flat = pictures.reshape(-1)
    here: Array = flat.take(index, mode="clip")
    there = flat.take(index + 1, mode="clip")
    there -= here
    there *= far
    here += there
    return here


def _index(pictures: Array, rows: Array, columns: Array) -> Array:
    """Flat places of pixels that broadcast against (n, 1, height, width), in each channel alike."""
    count, channels, height, width = pictures.shape
    planes = np.arange(count * channels).reshape(count, channels, 1, 1) * (height * width)
    index: Array = planes + (rows * width + columns)
    return index
