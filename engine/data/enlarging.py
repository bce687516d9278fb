"""Enlarge images, so that small ones can stand in for larger ones."""

from __future__ import annotations

import numpy as np

from engine.data.samples import Array


def enlarged(pictures: Array, size: int, rim: int) -> Array:
    """Square images enlarged to `size` pixels a side, in a black border of `rim` pixels.

    (N, C, n, n) -> (N, C, size + 2 rim, size + 2 rim), float32. Interpolation is bilinear between the centres of
    pixels, and constant beyond the outermost ones.
    """
    mix = _mix(pictures.shape[-1], size)
    inner = (mix @ pictures.astype(np.float32)) @ mix.T
    return np.pad(inner, ((0, 0), (0, 0), (rim, rim), (rim, rim)))


def _mix(count: int, size: int) -> Array:
    """Interpolation matrix (size, count) from `count` pixels in a row to `size`; rows sum to one."""
    centres = np.clip((np.arange(size) + 0.5) * count / size - 0.5, 0, count - 1)
    weights: Array = np.maximum(0, 1 - np.abs(centres[:, None] - np.arange(count)))
    return weights.astype(np.float32)
