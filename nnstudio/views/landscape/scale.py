"""Scale of a landscape's losses: linear or logarithmic, with the places that have none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from nnstudio.training.contours import Bounds, Contour, contours, log_levels, round_levels

Array = NDArray[Any]

# On a log scale, losses below this share of the largest are drawn like it.
_LEAST = 1e-12
# Contours, about.
_LEVELS = 8


@dataclass(frozen=True)
class LossScale:
    """Scale from the lowest to the highest finite loss.

    Attributes:
        low, high: the ends; decimal logarithms where `log`. log: the scale is logarithmic.
    """

    low: float
    high: float
    log: bool

    @classmethod
    def of(cls, losses: Array, *, log: bool) -> Self:
        """Scale of losses of any shape. It is linear where none is above zero."""
        known = losses[np.isfinite(losses)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        if log and high > 0:
            least = float(known.min(where=known > high * _LEAST, initial=high))
            low, high = math.log10(least), math.log10(high)
            return cls(low - 0.05, high + 0.05, log=True) if high - low < 1e-6 else cls(low, high, log=True)
        flat = high - low <= 1e-9 * max(abs(low), abs(high), 1e-9)
        return cls(low - 0.5, high + 0.5, log=False) if flat else cls(low, high, log=False)

    @property
    def middle(self) -> float:
        """Value in the middle of the scale."""
        return (self.low + self.high) / 2

    @property
    def reach(self) -> float:
        """Distance from the middle to either end."""
        return (self.high - self.low) / 2

    def values(self, losses: Array) -> Array:
        """Losses as values on the scale, those below its lower end at that end; NaN where there is no finite loss."""
        finite = np.isfinite(losses)
        values: Array = np.where(finite, losses, math.nan)
        if not self.log:
            return values
        lowest = 10.0**self.low
        return np.log10(np.where(finite, np.maximum(values, lowest), math.nan))

    def contours(self, losses: Array, bounds: Bounds) -> tuple[Contour, ...]:
        """Contours at round losses, evenly spread on the scale."""
        if not self.log:
            return contours(losses, bounds, round_levels(self.low, self.high, about=_LEVELS))
        levels = log_levels(10.0**self.low, 10.0**self.high, about=_LEVELS)
        found = contours(self.values(losses), bounds, tuple(map(math.log10, levels)))
        named = {math.log10(level): level for level in levels}
        return tuple(Contour(named[line.level], line.segments) for line in found)
