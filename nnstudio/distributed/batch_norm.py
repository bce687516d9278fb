"""Batch normalisation over the samples of all processes.

PyTorch's own SyncBatchNorm works on GPUs alone, and counts every sample alike; here some may only fill up a share.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class _Sum(torch.autograd.Function):
    """Sum of a tensor over all processes; so is its gradient."""

    @staticmethod
    def forward(context: Any, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone()
        dist.all_reduce(total)
        return total


class Counted:
    """Samples of the share under way that count.

    Attributes:
        weights: 1 for each that does, 0 for the others, (n,), on the device.
    """

    weights: Tensor


def synchronise(module: nn.Module, counted: Counted) -> bool:
    """Let all batch normalisation within a module take its mean and variance over all processes.

    Returns True if there is any.
    """
    found = [part for part in module.modules() if isinstance(part, _BatchNorm)]
    for part in found:
        # Its tensors lie within the network's flat ones, so that another module could not take its place.
        part.forward = partial(_forward, part, counted)
    return bool(found)


def _forward(norm: _BatchNorm, counted: Counted, x: Tensor) -> Tensor:
    """Output (n, channels, ...) of a normalisation; as PyTorch computes it where it uses what it remembers."""
    if not norm.training:
        return type(norm).forward(norm, x)
    shape = (1, -1, *(1,) * (x.ndim - 2))
    axes = [axis for axis in range(x.ndim) if axis != 1]
    weights = counted.weights.view(-1, *(1,) * (x.ndim - 1)).to(x.dtype)
    counts = weights.expand(-1, 1, *x.shape[2:]).sum().reshape(1)
    sums: Tensor = _Sum.apply(torch.cat([(x * weights).sum(axes), counts]))
    count = sums[-1]
    mean = sums[:-1] / count
    # In two steps: the difference of two large sums would cost digits.
    centred = x - mean.view(shape)
    variance: Tensor = _Sum.apply((centred.square() * weights).sum(axes)) / count
    _remember(norm, mean.detach(), variance.detach() * count / (count - 1).clamp(min=1))
    scaled = centred * torch.rsqrt(variance + norm.eps).view(shape)
    return scaled if norm.weight is None else scaled * norm.weight.view(shape) + norm.bias.view(shape)


def _remember(norm: _BatchNorm, mean: Tensor, variance: Tensor) -> None:
    with torch.no_grad():
        for kept, new in ((norm.running_mean, mean), (norm.running_var, variance)):
            kept.lerp_(new.to(kept.dtype), norm.momentum)
