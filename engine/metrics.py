"""Metrics: what people read, beside the loss. Each is a sum over samples and a count, so that batches add up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.layers.base import Array

# (output, target, threshold) -> sum over the batch; output and target are (*output shape, N), threshold a scalar array.
Metric = Callable[[Array, Array, Array], float]


def accuracy(output: Array, target: Array, threshold: Array) -> float:
    """Number of samples whose class is right: the largest output, or a single output on the right side."""
    if output.shape[0] == 1:
        right = (output > threshold) == (target > threshold)
    else:
        right = output.argmax(axis=0) == target.argmax(axis=0)
    return float(np.count_nonzero(right)) * output.shape[-1] / max(right.size, 1)


def mae(output: Array, target: Array, threshold: Array) -> float:
    """Sum over samples of the mean absolute error of a sample's outputs."""
    distance = output - target
    np.absolute(distance, out=distance)
    return float(np.add.reduce(distance, axis=None)) * output.shape[-1] / max(output.size, 1)


METRICS: dict[str, Metric] = {"accuracy": accuracy, "mae": mae}


def fitting(y: Array) -> tuple[str, ...]:
    """The metrics that suit targets `y`: accuracy for classes (labels, 0 and 1, one-hot), else mae."""
    if y.dtype.kind in "iub" or bool(np.isin(y, (0, 1)).all()):
        return ("accuracy",)
    return ("mae",)
