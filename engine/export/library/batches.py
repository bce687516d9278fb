"""Mini-batches in their order, and rates that follow a loss.

Both are the same as in training here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]


def batches(order: Array, most: int) -> Iterator[Array]:
    """Mini-batches of at most `most` samples, the last one with what is left."""
    for start in range(0, len(order), most):
        yield order[start : start + most]


def even_batches(order: Array, most: int) -> Iterator[Array]:
    """Mini-batches of about the same size, none of a single sample: BatchNorm learns nothing from one."""
    start = 0
    while start < len(order):
        left = len(order) - start
        count = -(-left // most)
        if most > 1:
            count = min(count, max(left // 2, 1))
        size = -(-left // count)
        yield order[start : start + size]
        start += size


def anneal(start: float, end: float, share: float) -> float:
    """From start to end along half a cosine."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def one_cycle(time: int, total: int, rising: float, start: float, end: float) -> float:
    """Up to the full rate and down again (Smith and Topin 2018)."""
    last, peak = total - 1, max(rising * total - 1, 0.0)
    if time < peak:
        return anneal(start, 1.0, time / peak)
    return anneal(1.0, end, min((time - peak) / (last - peak), 1.0) if last > peak else 1.0)


class Plateau:
    """Factor on the learning rate that is cut when a loss stops falling."""

    def __init__(self, patience: int, gamma: float, min_delta: float, minimum: float) -> None:
        self.patience, self.gamma, self.min_delta, self.minimum = patience, gamma, min_delta, minimum
        self.level, self.best, self.waited = 1.0, math.inf, 0

    def after_epoch(self, loss: float) -> None:
        """Record an epoch's loss."""
        better = loss < self.best - self.min_delta
        self.best, self.waited = (loss, 0) if better else (self.best, self.waited + 1)
        if self.waited >= self.patience:
            self.waited, self.level = 0, max(self.level * self.gamma, self.minimum)
