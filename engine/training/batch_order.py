"""Order of the samples in an epoch, and its division into mini-batches.

Usually all batches but the last are full. Where a layer mixes the samples of a batch, a small last batch does harm: its
mean and variance, taken over a few samples, count as much in running statistics as those of a full batch, and what it
teaches the other layers is computed with them. There the samples are spread evenly over as many batches: 33 samples by
32 are 17 and 16.
"""

from __future__ import annotations

import numpy as np

from engine.types import Array


def batches(samples: int, most: int, *, even: bool = False) -> int:
    """Number of mini-batches of at most `most` samples.

    If they are even, none holds a single sample unless `most` is 1: five samples by two are three and two.
    """
    count = -(-samples // most)
    return min(count, max(samples // 2, 1)) if even and most > 1 else count


def batch_sizes(samples: int, most: int, *, even: bool = False) -> tuple[int, ...]:
    """Distinct sizes of these mini-batches, the larger one first."""
    if most >= samples:
        return (samples,)
    if even:
        whole, rest = divmod(samples, batches(samples, most, even=True))
        return (whole + 1, whole) if rest else (whole,)
    return (most, samples % most) if samples % most else (most,)


class Walk:
    """Order of the samples in an epoch, and the position in it.

    Attributes:
        shuffle: the next epoch gets a new order. even: mini-batches are of about the same size.
        order: the indices of all samples, (N,). position: how many of them are done.
        rng: the source of orders.
    """

    def __init__(self, seed: int, shuffle: bool, *, even: bool = False) -> None:
        self.shuffle, self.even = shuffle, even
        self.rng = np.random.default_rng([seed, 1])
        self.order: Array = np.empty(0, np.intp)
        self.position = 0

    @property
    def progress(self) -> float:
        """Fraction of the samples that are done."""
        return self.position / len(self.order) if len(self.order) else 0.0

    def begin(self, samples: int) -> None:
        """Begin an epoch of so many samples."""
        self.order = self.rng.permutation(samples) if self.shuffle else np.arange(samples)
        self.position = 0

    def batch(self, most: int) -> Array:
        """Indices of the next samples: at most `most`, or three if one would be left over.

        It depends only on the position, so that a run resumed in the middle of an epoch, or with another batch size,
        spreads the rest evenly.
        """
        start = self.position
        if not self.even:
            return self.order[start : start + most]
        left = len(self.order) - start
        if left == 1 < most:
            # It was left alone by batches of another size: the sample before it keeps it company.
            return self.order[-2:]
        size = -(-left // batches(left, most, even=True))
        return self.order[start : start + size]

    def advance(self, samples: int) -> bool:
        """Advance by a batch of so many. Returns True if it was the last one."""
        self.position = min(self.position + samples, len(self.order))
        return self.position == len(self.order)
