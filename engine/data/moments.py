"""Mean and spread of columns, gathered block by block."""

from __future__ import annotations

import numpy as np

from engine.types import Array


class Moments:
    """Ends, mean and squared deviations of columns over all blocks that were added, float64.

    Two sets of n and m rows are joined as M = M_n + M_m + d^2 n m / (n + m), d being the distance of their means (Chan,
    Golub and LeVeque 1979), which loses no digits where the mean is large next to the spread.

    Attributes:
        rows: how many were added. low, high, mean: (columns,). squares: sum of (x - mean)^2, (columns,).
    """

    def __init__(self) -> None:
        self.rows = 0
        self.low = self.high = self.mean = self.squares = np.zeros(0)

    def add(self, block: Array) -> None:
        """Add rows (n, columns)."""
        # In 64 bits: the square of a large number has no place in 32.
        rows, count = block.astype(np.float64), len(block)
        low, high, mean = rows.min(axis=0), rows.max(axis=0), rows.mean(axis=0)
        rows -= mean
        squares = np.einsum("nc,nc->c", rows, rows)
        self._join(count, low, high, mean, squares)

    def join(self, other: Moments) -> None:
        """Add all rows of another."""
        if other.rows:
            self._join(other.rows, other.low, other.high, other.mean, other.squares)

    def _join(self, count: int, low: Array, high: Array, mean: Array, squares: Array) -> None:
        if not self.rows:
            self.rows, self.low, self.high, self.mean, self.squares = count, low, high, mean, squares
            return
        total, away = self.rows + count, mean - self.mean
        self.low, self.high = np.minimum(self.low, low), np.maximum(self.high, high)
        self.squares = self.squares + squares + away**2 * (self.rows * count / total)
        self.mean = self.mean + away * (count / total)
        self.rows = total

    @property
    def deviation(self) -> Array:
        """Standard deviation over all rows (divided by their number)."""
        return np.asarray(np.sqrt(self.squares / max(self.rows, 1)))
