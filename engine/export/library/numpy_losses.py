"""Losses in plain NumPy: each gives the loss of every sample, (N,), and its gradient at the output."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Result = tuple[Array, Array]


def mean_of_each(values: Array) -> Array:
    """Mean of the numbers of each sample, (N,)."""
    return values.reshape(len(values), -1).mean(axis=1)


def mse(y: Array, t: Array) -> Result:
    """Mean squared error."""
    return mean_of_each((y - t) ** 2), 2 * (y - t) / y[0].size


def mae(y: Array, t: Array) -> Result:
    """Mean absolute error."""
    return mean_of_each(np.abs(y - t)), np.sign(y - t) / y[0].size


def huber(y: Array, t: Array, delta: float) -> Result:
    """Squared for small differences and linear for large ones."""
    r = np.abs(y - t)
    loss = np.where(r <= delta, r**2 / 2, delta * (r - delta / 2))
    return mean_of_each(loss), np.clip(y - t, -delta, delta) / y[0].size


def hinge(y: Array, t: Array) -> Result:
    """Maximum margin: no loss once an output is on the right side by 1."""
    sides = np.where(t > 0, 1, -1).astype(y.dtype)
    loss = np.maximum(0, 1 - sides * y)
    return mean_of_each(loss), np.where(loss > 0, -sides, 0) / y[0].size


def binary_cross_entropy(y: Array, t: Array) -> Result:
    """Negative log-likelihood of yes or no, from probabilities."""
    p = np.clip(y, np.finfo(y.dtype).eps, 1 - np.finfo(y.dtype).eps)
    loss = -(t * np.log(p) + (1 - t) * np.log(1 - p))
    return mean_of_each(loss), (p - t) / (p * (1 - p)) / y[0].size


def binary_cross_entropy_from_logits(z: Array, t: Array) -> Result:
    """The same from what goes into the last Sigmoid, where no digit is lost."""
    loss = np.maximum(z, 0) - z * t + np.log1p(np.exp(-np.abs(z)))
    return mean_of_each(loss), (1 / (1 + np.exp(-z)) - t) / z[0].size


def smoothed(t: Array, smoothing: float) -> Array:
    """Targets with a share that is spread evenly over all classes."""
    return (1 - smoothing) * t + smoothing / t.shape[1]


def categorical_cross_entropy(y: Array, t: Array, smoothing: float = 0.0) -> Result:
    """Negative log-likelihood of the right class, from probabilities."""
    t, p = smoothed(t, smoothing), np.clip(y, np.finfo(y.dtype).tiny, 1)
    return mean_of_each(-(t * np.log(p)).sum(axis=1)), -t / p / y[0, 0].size


def categorical_cross_entropy_from_logits(z: Array, t: Array, smoothing: float = 0.0) -> Result:
    """The same from what goes into the last Softmax, where no digit is lost."""
    t = smoothed(t, smoothing)
    shifted = z - z.max(axis=1, keepdims=True)
    log_sum, mass = np.log(np.exp(shifted).sum(axis=1, keepdims=True)), t.sum(axis=1, keepdims=True)
    loss = (log_sum * mass).sum(axis=1) - (shifted * t).sum(axis=1)
    return mean_of_each(loss), (np.exp(shifted - log_sum) * mass - t) / z[0, 0].size
