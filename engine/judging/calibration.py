"""Calibration: whether predicted probabilities come true as often as they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import DataError
from engine.types import Array

# By how much probabilities may be off through rounding, single ones and sums.
_SLACK, _SUM_SLACK = 1e-6, 1e-3


@dataclass(frozen=True, eq=False)
class Calibration:
    """Reliability diagram: predicted probabilities in bins of equal width, against how often they came true.

    Attributes:
        edges: ends of the bins from 0 to 1, (bins + 1,). A bin holds its upper end.
        counts: samples in each bin, (bins,).
        confidence: mean predicted probability in each, (bins,); not a number in an empty one.
        frequency: fraction that came true in each, (bins,); not a number in an empty one.
    """

    edges: Array
    counts: Array
    confidence: Array
    frequency: Array

    @property
    def expected_error(self) -> float:
        """Expected calibration error: mean distance of the two over samples (Naeini et al. 2015; Guo et al. 2017)."""
        filled = self.counts > 0
        distance = np.abs(self.confidence - self.frequency)[filled]
        return float(distance @ self.counts[filled]) / max(int(self.counts.sum()), 1)


def calibrate(truth: ArrayLike, predicted: ArrayLike, bins: int = 10) -> Calibration:
    """Calibration of predicted probabilities (N,), of which `truth` (N,) says what came true. Raises DataError."""
    came, chances = np.asarray(truth), np.asarray(predicted, np.float64)
    if came.ndim != 1 or came.shape != chances.shape or came.dtype.kind not in "biu":
        raise DataError(f"found truth of shape {came.shape} and probabilities of shape {chances.shape}; both are (N,)")
    if not ((chances >= 0) & (chances <= 1)).all():
        raise DataError("probabilities lie from 0 to 1")
    edges = np.linspace(0, 1, bins + 1)
    places = np.searchsorted(edges[1:-1], chances)
    counts = np.bincount(places, minlength=bins)
    with np.errstate(invalid="ignore"):
        sums = (np.bincount(places, values, bins) for values in (chances, came.astype(np.float64)))
        confidence, frequency = (total / counts for total in sums)
    return Calibration(edges, counts, confidence, frequency)


def brier_score(labels: ArrayLike, predicted: ArrayLike) -> float:
    """Brier score (1950) of probabilities (N, classes) for true labels (N,): mean squared distance from 0 and 1.

    Summed over the classes, from 0 to 2; of two classes only one counts, so it goes from 0 to 1, as in scikit-learn.
    0 is best. Not a number without samples. Raises DataError.
    """
    true, chances = np.asarray(labels), np.asarray(predicted, np.float64)
    if true.ndim != 1 or true.dtype.kind not in "iu" or chances.ndim != 2 or len(true) != len(chances):
        raise DataError(f"found labels of shape {true.shape} and probabilities of shape {chances.shape}")
    count = chances.shape[1]
    if len(true) == 0:
        return float("nan")
    if true.min() < 0 or true.max() >= count:
        raise DataError(f"found labels from {true.min()} to {true.max()} for {count} classes")
    distance = chances.copy()
    distance[np.arange(len(true)), true] -= 1
    return float(np.square(distance).sum() / len(true) / (2 if count == 2 else 1))


def probabilities(outputs: ArrayLike) -> Array:
    """Probabilities of the classes, (N, classes) float64, of outputs that are such; a single one is that of class 1.

    Raises DataError if outputs lie outside 0 to 1, or those of several classes do not sum to 1.
    """
    values = np.asarray(outputs, np.float64)
    if values.ndim != 2:
        raise DataError(f"outputs have the shape (N, classes) or (N, 1), found {values.shape}")
    if not len(values):
        return values if values.shape[1] > 1 else np.zeros((0, 2))
    low, high = float(values.min()), float(values.max())
    if not (low >= -_SLACK and high <= 1 + _SLACK):
        raise DataError(
            f"The outputs go from {low:.3g} to {high:.3g}, so they are no probabilities. "
            "End the network with Sigmoid or Softmax to see how far they can be trusted"
        )
    values = np.clip(values, 0.0, 1.0)
    if values.shape[1] == 1:
        return np.concatenate([1 - values, values], axis=1)
    if np.abs(values.sum(axis=1) - 1).max() > _SUM_SLACK:
        raise DataError(
            "The outputs of a sample do not sum to 1, so they are no probabilities. "
            "End the network with Softmax to see how far they can be trusted"
        )
    return values
