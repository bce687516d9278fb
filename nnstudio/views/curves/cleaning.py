"""Curves made ready to be drawn: cleaned, and smoothed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnstudio.training.checkpoint import Curve

Array = NDArray[Any]

# What a weight must be to still count in a smoothed value.
_FORGOTTEN = 1e-9
# Beyond this, sums and ranges would overflow.
_HUGE = 1e100


def smooth(y: Array, beta: float) -> Array:
    """Exponential moving average with bias correction (Kingma and Ba 2015, section 3): (n,) -> (n,).

    m_i = (sum over k <= i of beta^(i - k) y_k) / (sum over k <= i of beta^(i - k)). Values that are not finite are left
    out of both sums and stay gaps. The sums are doubled in reach until older values no longer count: n log n, no loop
    over values.
    """
    finite = np.isfinite(y)
    sums = np.stack([np.where(finite, y, 0.0), finite.astype(float)])
    reach, weight = 1, beta
    while reach < y.size and weight > _FORGOTTEN:
        sums[:, reach:] += weight * sums[:, :-reach].copy()
        reach, weight = reach * 2, weight * weight
    means: Array = np.divide(sums[0], sums[1], out=np.full(y.shape, np.nan), where=finite)
    return means


def clean(curve: Curve | None) -> tuple[Array, Array]:
    """Arrays of a curve, cut to equal length; non-finite or huge values become gaps."""
    if curve is None:
        return np.empty(0), np.empty(0)
    x, y = np.asarray(curve.x, float).ravel(), np.asarray(curve.y, float).ravel()
    size = min(x.size, y.size)
    x, y = x[:size], y[:size]
    known = np.isfinite(x)
    return x[known], np.where(np.abs(y[known]) < _HUGE, y[known], np.nan)
