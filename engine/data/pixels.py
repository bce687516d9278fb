"""Images of bytes as numbers from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from engine.data.preparation import Preparation
from engine.data.samples import Array

_BITS: Final = (8, 10, 12, 14, 16)


def pixel_scale(
    dtype: np.dtype[Any], axes: int, known: Preparation | None = None, white: int | None = None
) -> Callable[[Array], Array] | None:
    """Function that scales images (N, height, width, ...), number by number, to float32 from 0 to 1.

    Bytes are scaled by 255, or as all other whole numbers by `white`, where that is given. None for anything else,
    which is taken as it is. A network that is `known` to have seen larger numbers in training gets them as they are.
    """
    white = 255 if dtype == np.uint8 and white is None else white
    if white is None or dtype.kind not in "iu" or axes < 3 or (known is not None and known.largest > 1):
        return None
    return lambda x: np.divide(x, np.float32(white), dtype=np.float32)


def white_of(largest: float) -> int:
    """Largest number of the bits in use, as cameras and scanners have them: 4,095 for numbers up to 3,900."""
    return (1 << next(bits for bits in _BITS if largest < 1 << bits)) - 1


def pixels(x: Array, known: Preparation | None = None, white: int | None = None) -> Array:
    """Images (N, height, width, ...) as float32 from 0 to 1; anything else as it is (see `pixel_scale`)."""
    scale = pixel_scale(x.dtype, x.ndim, known, white)
    return x if scale is None else scale(x)
