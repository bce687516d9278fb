"""Images of bytes as numbers from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.data.preparation import Preparation
from engine.data.samples import Array


def pixel_scale(dtype: np.dtype[Any], axes: int, known: Preparation | None = None) -> Callable[[Array], Array] | None:
    """Function that scales the bytes of images (N, height, width, ...), number by number, to float32 from 0 to 1.

    None for anything else, which is taken as it is. A network that is `known` to have seen larger numbers in training
    gets the bytes as they are.
    """
    if dtype != np.uint8 or axes < 3 or (known is not None and known.largest > 1):
        return None
    return lambda x: np.divide(x, np.float32(255), dtype=np.float32)


def pixels(x: Array, known: Preparation | None = None) -> Array:
    """Images of bytes (N, height, width, ...) as float32 from 0 to 1; anything else as it is (see `pixel_scale`)."""
    scale = pixel_scale(x.dtype, x.ndim, known)
    return x if scale is None else scale(x)
