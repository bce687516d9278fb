"""Report on classes: precision, recall, F1 and support of each, and their averages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import DataError
from engine.types import Array


@dataclass(frozen=True)
class Averages:
    """Averages of precision, recall and F1 over classes, each from 0 to 1."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, eq=False)
class ClassReport:
    """Report on classes, as scikit-learn's `classification_report` with zero_division=0.

    Attributes:
        precision: fraction of the samples predicted as a class that are of it, (classes,); 0 where none were.
        recall: fraction of the samples of a class that are predicted as such, (classes,); 0 where there are none.
        f1: harmonic mean of the two, (classes,); 0 where both are.
        support: samples of each class, (classes,).
        predicted: samples predicted as each class, (classes,).
        accuracy: fraction of all samples whose class, or each of whose labels, is predicted correctly; 0 without
            samples.
    """

    precision: Array
    recall: Array
    f1: Array
    support: Array
    predicted: Array
    accuracy: float

    @property
    def macro(self) -> Averages:
        """Plain means over the classes that occur, among the true answers or among the predictions."""
        return self._mean((self.support + self.predicted > 0).astype(float))

    @property
    def weighted(self) -> Averages:
        """Means over classes, weighted by support."""
        return self._mean(self.support.astype(float))

    def _mean(self, weights: Array) -> Averages:
        total = float(weights.sum()) or 1.0
        return Averages(*(float(values @ weights) / total for values in (self.precision, self.recall, self.f1)))


def class_report(counts: ArrayLike) -> ClassReport:
    """Report of a confusion matrix (classes, classes), rows the true classes. Raises DataError."""
    matrix = np.asarray(counts)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.dtype.kind not in "iu":
        raise DataError(
            f"a confusion matrix is a square of counts, found an array of shape {matrix.shape}, {matrix.dtype}"
        )
    hits, support, predicted = np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0)
    return _report(hits, support, predicted, float(hits.sum()) / max(int(support.sum()), 1))


def label_report(truth: ArrayLike, predicted: ArrayLike) -> ClassReport:
    """Report of labels of which several may hold at once: both (samples, labels), true or false. Raises DataError."""
    true, said = np.asarray(truth), np.asarray(predicted)
    if true.ndim != 2 or true.shape != said.shape or {true.dtype.kind, said.dtype.kind} != {"b"}:
        raise DataError(
            "labels are two tables of true and false, a row for each sample, found arrays of shape "
            f"{true.shape}, {true.dtype}, and {said.shape}, {said.dtype}"
        )
    accuracy = float((true == said).all(axis=1).mean()) if len(true) else 0.0
    return _report((true & said).sum(axis=0), true.sum(axis=0), said.sum(axis=0), accuracy)


def _report(hits: Array, support: Array, predicted: Array, accuracy: float) -> ClassReport:
    return ClassReport(
        precision=hits / np.maximum(predicted, 1),
        recall=hits / np.maximum(support, 1),
        f1=2 * hits / np.maximum(support + predicted, 1),
        support=support,
        predicted=predicted,
        accuracy=accuracy,
    )
