"""Scores of classes: what the outputs of a network say of each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.errors import DataError
from engine.types import Array


def class_shares(outputs: ArrayLike, threshold: float = 0.5) -> Array:
    """Shares of the classes in each output, (N, classes) float64, from 0 to 1.

    Outputs (N, classes) are divided by their sum, negative ones counting as 0. A single output (N, 1) is a yes or a
    no: how far it has come from 0 to 1, with one half at the `threshold`. Where a network gives probabilities, these
    are the shares. Raises DataError.
    """
    values = _rows(outputs)
    if values.shape[1] == 1:
        yes = np.clip(values[:, 0] + 0.5 - threshold, 0.0, 1.0)
        return np.stack([1 - yes, yes], axis=1)
    positive = np.maximum(values, 0.0)
    total = positive.sum(axis=1, keepdims=True)
    shares: Array = positive / np.where(total == 0, 1.0, total)
    return shares


def class_scores(outputs: ArrayLike, label: int, threshold: float = 0.5) -> Array:
    """Scores of one class against the rest, (N,) float64: the larger, the more it is this class.

    That is its output. A single output (N, 1) speaks for class 1; for class 0 it is mirrored at the `threshold`, so
    that a probability p becomes 1 - p. Raises DataError.
    """
    values = _rows(outputs)
    count = max(values.shape[1], 2)
    if not 0 <= label < count:
        raise DataError(f"there is no class {label}; these outputs tell classes 0 to {count - 1} apart")
    if values.shape[1] == 1:
        yes: Array = values[:, 0]
        return yes if label == 1 else 2 * threshold - yes
    column: Array = values[:, label]
    return column


def is_of_class(targets: ArrayLike, label: int) -> Array:
    """Truth of "is of this class", (N,) bool, for labels (N,) or, where several may hold, rows of 0 and 1 (N, classes).

    Raises DataError.
    """
    array = np.asarray(targets)
    if array.ndim == 1 and array.dtype.kind in "iub":
        own: Array = array.astype(np.intp) == label
        return own
    if array.ndim != 2 or not np.isin(array, (0, 1)).all():
        raise DataError("true classes are labels, (N,), or rows of 0 and 1, (N, classes)")
    if not 0 <= label < array.shape[1]:
        raise DataError(f"there is no class {label}; the targets have {array.shape[1]}")
    truth: Array = array[:, label] == 1
    return truth


def _rows(outputs: ArrayLike) -> Array:
    values = np.asarray(outputs)
    if values.ndim != 2 or values.shape[1] == 0 or values.dtype.kind not in "iuf":
        raise DataError(f"outputs are numbers of shape (N, classes) or (N, 1), found shape {values.shape}")
    return values.astype(np.float64)
