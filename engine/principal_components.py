"""Principal components: the directions in which many rows of numbers differ most."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def principal_components(rows: Array) -> tuple[Array, tuple[float, float]]:
    """First two principal components of rows (N, D), and their shares of the variance (Pearson 1901; Hotelling 1933).

    They are the leading right singular vectors of the centred rows, (2, D), orthonormal, each with its number of
    largest size positive, so that equal rows give equal components; zero where the rows have no such extent. Computed
    in 64 bits from the smaller of the two products of the rows, which has the same eigenvalues other than zero.
    """
    centred = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
    wide = centred.shape[1] > len(centred)
    squares, vectors = np.linalg.eigh(centred @ centred.T if wide else centred.T @ centred)
    squares, vectors = np.maximum(squares[:-3:-1], 0), vectors[:, :-3:-1]
    components = np.zeros((2, centred.shape[1]))
    shares = [0.0, 0.0]
    total = float(np.square(centred).sum())
    for index, square in enumerate(squares.tolist()):
        shares[index] = square / total if total > 0 else 0.0
        # What is left of rounding has no direction.
        if square > 1e-12 * total:
            found = centred.T @ vectors[:, index] if wide else vectors[:, index]
            found /= np.linalg.norm(found)
            components[index] = found * (1 if found[np.abs(found).argmax()] > 0 else -1)
    return components, (shares[0], shares[1])


def principal_plane(values: Array, fitted: int) -> tuple[Array, tuple[float, float]]:
    """Places (N, 2) of rows (N, D), D >= 2, along the first two principal components of the first `fitted` rows.

    Returns the places and the fractions of the fitted rows' variance along the two; see `principal_components`.
    """
    components, shares = principal_components(values[:fitted])
    centred = values.astype(np.float64) - values[:fitted].mean(axis=0, dtype=np.float64)
    return centred @ components.T, shares
