"""Errors of predicted numbers: R², mean absolute and root mean square error, residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import DataError
from engine.types import Array


@dataclass(frozen=True, eq=False)
class Errors:
    """Errors of the predictions of one target, in its units.

    Attributes:
        residuals: true value less prediction, (N,).
        mae: mean absolute error. rmse: root mean square error. bias: mean residual.
        r2: coefficient of determination, 1 - (squared residuals) / (squared distances from the mean of the true
            values); where these are all the same, 1 if all predictions are exact, else 0, as in scikit-learn.
            All are not a number without samples, and R² is below two.
    """

    residuals: Array
    mae: float
    rmse: float
    bias: float
    r2: float


def errors_of(true: ArrayLike, predicted: ArrayLike) -> Errors:
    """Errors of predictions (N,) of true values (N,). Raises DataError if they do not fit together."""
    actual, said = np.asarray(true, np.float64), np.asarray(predicted, np.float64)
    if actual.ndim != 1 or actual.shape != said.shape:
        raise DataError(f"found true values of shape {actual.shape} and predictions of shape {said.shape}")
    residuals = actual - said
    if not len(residuals):
        return Errors(residuals, *[float("nan")] * 4)
    squares = np.square(residuals)
    return Errors(
        residuals,
        mae=float(np.abs(residuals).mean()),
        rmse=float(np.sqrt(squares.mean())),
        bias=float(residuals.mean()),
        r2=_determination(actual, float(squares.sum())),
    )


def _determination(actual: Array, squares: float) -> float:
    if len(actual) < 2:
        return float("nan")
    spread = float(np.square(actual - actual.mean()).sum())
    if spread == 0:
        return 1.0 if squares == 0 else 0.0
    return 1 - squares / spread
