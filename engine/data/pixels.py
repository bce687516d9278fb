"""Images of bytes as numbers from 0 to 1."""

from __future__ import annotations

import numpy as np

from engine.data.preparation import Preparation
from engine.data.samples import Array


def pixels(x: Array, known: Preparation | None = None) -> Array:
    """Images of bytes (N, height, width, ...) as float32 from 0 to 1; anything else as it is.

    A network that is `known` to have seen larger numbers in training gets the bytes as they are.
    """
    if x.dtype != np.uint8 or x.ndim < 3 or (known is not None and known.largest > 1):
        return x
    scaled: Array = np.divide(x, np.float32(255), dtype=np.float32)
    return scaled
