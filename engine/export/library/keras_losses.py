"""Losses with the operations of Keras: each gives the loss of every sample, (N,), from targets and outputs."""

from __future__ import annotations

from typing import Any

from keras import ops


def mean_of_each(values: Any) -> Any:
    """Mean of the numbers of each sample, (N,)."""
    return ops.mean(ops.reshape(values, (ops.shape(values)[0], -1)), axis=1)


def mse(t: Any, y: Any) -> Any:
    """Mean squared error."""
    return mean_of_each(ops.square(y - t))


def mae(t: Any, y: Any) -> Any:
    """Mean absolute error."""
    return mean_of_each(ops.abs(y - t))


def huber(t: Any, y: Any, delta: float) -> Any:
    """Squared for small differences and linear for large ones."""
    r = ops.abs(y - t)
    return mean_of_each(ops.where(r <= delta, ops.square(r) / 2, delta * (r - delta / 2)))


def hinge(t: Any, y: Any) -> Any:
    """Maximum margin: no loss once an output is on the right side by 1."""
    return mean_of_each(ops.relu(1 - ops.where(t > 0, 1.0, -1.0) * y))


def binary_cross_entropy(t: Any, y: Any) -> Any:
    """Negative log-likelihood of yes or no, from probabilities."""
    p = ops.clip(y, 1.2e-7, 1 - 1.2e-7)
    return mean_of_each(-(t * ops.log(p) + (1 - t) * ops.log(1 - p)))


def binary_cross_entropy_from_logits(t: Any, z: Any) -> Any:
    """The same from what goes into the last Sigmoid, where no digit is lost."""
    return mean_of_each(ops.maximum(z, 0.0) - z * t + ops.log1p(ops.exp(-ops.abs(z))))


def smoothed(t: Any, smoothing: float) -> Any:
    """Targets with a share that is spread evenly over all classes."""
    return (1 - smoothing) * t + smoothing / ops.shape(t)[1]


def categorical_cross_entropy(t: Any, y: Any, smoothing: float = 0.0) -> Any:
    """Negative log-likelihood of the right class, from probabilities."""
    log = ops.log(ops.clip(y, 1.2e-38, 1.0))
    return mean_of_each(-ops.sum(smoothed(t, smoothing) * log, axis=1))


def categorical_cross_entropy_from_logits(t: Any, z: Any, smoothing: float = 0.0) -> Any:
    """The same from what goes into the last Softmax, where no digit is lost."""
    return mean_of_each(-ops.sum(smoothed(t, smoothing) * ops.log_softmax(z, axis=1), axis=1))
