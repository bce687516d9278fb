"""Losses in PyTorch: each gives the loss of every sample, (N,)."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - PyTorch's own habit
from torch import Tensor


def mean_of_each(values: Tensor) -> Tensor:
    """Mean of the numbers of each sample, (N,)."""
    return values.flatten(1).mean(dim=1) if values.dim() > 1 else values


def mse(y: Tensor, t: Tensor) -> Tensor:
    """Mean squared error."""
    return mean_of_each((y - t) ** 2)


def mae(y: Tensor, t: Tensor) -> Tensor:
    """Mean absolute error."""
    return mean_of_each((y - t).abs())


def huber(y: Tensor, t: Tensor, delta: float) -> Tensor:
    """Squared for small differences and linear for large ones."""
    return mean_of_each(F.huber_loss(y, t, reduction="none", delta=delta))


def hinge(y: Tensor, t: Tensor) -> Tensor:
    """Maximum margin: no loss once an output is on the right side by 1."""
    return mean_of_each(F.relu(1 - torch.where(t > 0, 1.0, -1.0) * y))


def binary_cross_entropy(y: Tensor, t: Tensor) -> Tensor:
    """Negative log-likelihood of yes or no, from probabilities."""
    hair = torch.finfo(y.dtype).eps
    return mean_of_each(F.binary_cross_entropy(y.clamp(hair, 1 - hair), t, reduction="none"))


def binary_cross_entropy_from_logits(z: Tensor, t: Tensor) -> Tensor:
    """The same from what goes into the last Sigmoid, where no digit is lost."""
    return mean_of_each(F.binary_cross_entropy_with_logits(z, t, reduction="none"))


def smoothed(t: Tensor, smoothing: float) -> Tensor:
    """Targets with a share that is spread evenly over all classes."""
    return (1 - smoothing) * t + smoothing / t.shape[1]


def categorical_cross_entropy(y: Tensor, t: Tensor, smoothing: float = 0.0) -> Tensor:
    """Negative log-likelihood of the right class, from probabilities."""
    log = y.clamp(torch.finfo(y.dtype).tiny, 1).log()
    return mean_of_each(-(smoothed(t, smoothing) * log).sum(dim=1))


def categorical_cross_entropy_from_logits(z: Tensor, t: Tensor, smoothing: float = 0.0) -> Tensor:
    """The same from what goes into the last Softmax, where no digit is lost."""
    return mean_of_each(-(smoothed(t, smoothing) * F.log_softmax(z, dim=1)).sum(dim=1))
