"""Projection of many numbers a sample on a plane: principal components."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def principal_plane(values: Array, fitted: int) -> tuple[Array, tuple[float, float]]:
    """Places (N, 2) of rows (N, D), D >= 2, along the first two principal components of the first `fitted` rows.

    Returns the places and the fractions of the fitted rows' variance along the two (Pearson 1901; Hotelling 1933).
    A component's sign is such that its number of largest size is positive, so that equal rows give equal places.
    """
    centred = values.astype(np.float64) - values[:fitted].mean(axis=0, dtype=np.float64)
    fit = centred[:fitted]
    # The smaller of the two products has the same eigenvalues other than zero.
    wide = fit.shape[1] > fitted
    squares, vectors = np.linalg.eigh(fit @ fit.T if wide else fit.T @ fit)
    squares, vectors = np.maximum(squares[:-3:-1], 0), vectors[:, :-3:-1]
    components = np.zeros((fit.shape[1], 2))
    total = float(np.square(fit).sum())
    for index in range(vectors.shape[1]):
        # What is left of rounding has no direction.
        if squares[index] > 1e-12 * total:
            component = fit.T @ vectors[:, index] / np.sqrt(squares[index]) if wide else vectors[:, index]
            components[:, index] = component * (1 if component[np.abs(component).argmax()] > 0 else -1)
    shares = [float(square / total) if total > 0 else 0.0 for square in squares]
    return centred @ components, (shares[0], shares[1] if len(shares) > 1 else 0.0)
