"""Evenly spaced selection of samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def evenly_spaced(total: int, most: int) -> NDArray[Any]:
    """Indices of at most `most` of `total` samples, the first and the last among them, rising."""
    places = np.linspace(0, total - 1, min(most, total)).round().astype(np.intp)
    # No two are equal but for rounding. They are in order: `unique` would sort them, with the interpreter's lock.
    return places[np.diff(places, prepend=-1) > 0]
