"""Arrays a loss is bound to, and weighted sums over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.types import Array, MaybeArray


@dataclass(frozen=True)
class LossContext:
    """Arrays that a bound loss reads and writes, all (*output shape, N).

    Attributes:
        output: the network's output. target: the target.
        logits: input of the last layer, if the loss is fused with it, else None.
        gradient: where dL/dlogits (fused) or dL/doutput goes; None if it is not wanted.
        weights: weight of each sample, (N,), 1 on average; None if all are equal. Losses apply them through `total` and
            `dot`; the gradient is weighted for them.
    """

    output: Array
    target: Array
    logits: MaybeArray
    gradient: MaybeArray
    weights: MaybeArray = None

    @property
    def samples(self) -> int:
        """Number of samples in the batch."""
        return int(self.output.shape[-1])

    @property
    def total(self) -> Callable[[Array], float]:
        """Make the function that sums an array (..., N), weighted by sample."""
        weights = self.weights
        if weights is None:
            return lambda array: float(array.sum())
        return lambda array: float(np.add.reduce(array.reshape(-1, len(weights)), axis=0).dot(weights))

    @property
    def dot(self) -> Callable[[Array, Array], float]:
        """Make the function that sums the product of two arrays, weighted by sample."""
        total = self.total
        if self.weights is None:
            return lambda left, right: float(np.vdot(left, right))
        return lambda left, right: total(left * right)
