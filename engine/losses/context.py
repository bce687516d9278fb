"""Arrays a loss is bound to, and weighted sums over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.types import Array, MaybeArray


@dataclass(frozen=True)
class LossContext:
    """The arrays a loss works on; all of shape (*output shape, N).

    Attributes:
        output: what the network says. target: what it should say.
        logits: what went into the last layer, if the loss is fused with it, else None.
        gradient: where dL/dlogits (fused) or dL/doutput goes; None if it is not wanted.
        weights: how much each sample counts, (N,), 1 on average; None if all count alike. Losses heed them through
            `total` and `dot`; the gradient is weighted for them.
    """

    output: Array
    target: Array
    logits: MaybeArray
    gradient: MaybeArray
    weights: MaybeArray = None

    @property
    def samples(self) -> int:
        return int(self.output.shape[-1])

    @property
    def total(self) -> Callable[[Array], float]:
        """A function for the sum of all numbers of an array (..., N), each times the weight of its sample."""
        weights = self.weights
        if weights is None:
            return lambda array: float(array.sum())
        return lambda array: float(np.add.reduce(array.reshape(-1, len(weights)), axis=0).dot(weights))

    @property
    def dot(self) -> Callable[[Array, Array], float]:
        """The same for the products of two arrays."""
        total = self.total
        if self.weights is None:
            return lambda left, right: float(np.vdot(left, right))
        return lambda left, right: total(left * right)
