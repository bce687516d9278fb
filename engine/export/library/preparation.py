"""Steps of the preparation in plain NumPy.

They take the numbers that were measured on the training part.
"""

from __future__ import annotations

from itertools import combinations, combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def fill_gaps(x: Array, fill: Array) -> Array:
    """Gaps, which are NaN, filled with a number for each input."""
    return np.where(np.isnan(x), fill.astype(x.dtype).reshape(x.shape[1:]), x)


def scale(x: Array, shift: Array, spread: Array, shape: tuple[int, ...]) -> Array:
    """Inputs shifted and divided, each by its own numbers or all by the same."""
    return (x - shift.reshape(shape)) / spread.reshape(shape)


def point_features(x: Array, chosen: list[str], frequency: float) -> Array:
    """Functions of the two coordinates of a point."""
    a, b = x[:, 0].astype(np.float64), x[:, 1].astype(np.float64)
    known = {
        "x": a,
        "y": b,
        "x_squared": a * a,
        "y_squared": b * b,
        "product": a * b,
        "sin_x": np.sin(frequency * a),
        "sin_y": np.sin(frequency * b),
    }
    return np.stack([known[name] for name in chosen], axis=1)


def polynomial_features(x: Array, degree: int, interactions_only: bool) -> Array:
    """Inputs and all their products up to a degree."""
    choose = combinations if interactions_only else combinations_with_replacement
    x = x.astype(np.float64)
    products = [factors for count in range(1, degree + 1) for factors in choose(range(x.shape[1]), count)]
    return np.stack([x[:, list(factors)].prod(axis=1) for factors in products], axis=1)
