"""The order in which an epoch goes through the samples."""

from __future__ import annotations

import numpy as np

from engine.layers.base import Array


class Walk:
    """An order of samples, and how far it has been gone.

    Attributes:
        shuffle: whether the next epoch gets an order of its own.
        order: the numbers of all samples, (N,). position: how many of them are done.
        rng: what orders are drawn from.
    """

    def __init__(self, seed: int, shuffle: bool) -> None:
        self.shuffle = shuffle
        self.rng = np.random.default_rng([seed, 1])
        self.order: Array = np.empty(0, np.intp)
        self.position = 0

    @property
    def progress(self) -> float:
        """The share of the samples that are done."""
        return self.position / len(self.order) if len(self.order) else 0.0

    def begin(self, samples: int) -> None:
        """A new epoch of so many samples."""
        self.order = self.rng.permutation(samples) if self.shuffle else np.arange(samples)
        self.position = 0
