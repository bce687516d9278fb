"""Taps of a window: the input pixels and weights behind one output pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

# Index into an array of parameters, as between square brackets.
Index = tuple[int | slice, ...]


@dataclass(frozen=True)
class AxisTaps:
    """Taps along one axis, in the order of the input.

    Attributes:
        size: length of the input along this axis.
        pixels: indices of the input's pixels, ascending; those below 0 or from `size` on are padding.
        elements: index of the kernel's element over each of them.
    """

    size: int
    pixels: tuple[int, ...]
    elements: tuple[int, ...]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """True for each pixel of the input, False for padding."""
        pixels = np.asarray(self.pixels, np.intp)
        return (pixels >= 0) & (pixels < self.size)


@dataclass(frozen=True)
class Taps:
    """Input pixels and weights from which one output pixel is computed.

    Every pixel of `rows` x `columns` is read in each channel of `channels`.

    Attributes:
        combine: the sum of the products with the kernel, or of the pixels where there is none; the largest pixel; or
            the mean of those that are not padding.
        weight: index of the kernel within the layer's weights; the result is (channels, kernel height, kernel width).
            None for layers without weights.
        bias: index of the number within the layer's biases; None without.
    """

    rows: AxisTaps
    columns: AxisTaps
    channels: range
    combine: Literal["sum", "max", "mean"]
    weight: Index | None = None
    bias: Index | None = None

    @property
    def inside(self) -> NDArray[np.bool_]:
        """True where a tap reads a pixel, False where it reads padding: (rows, columns)."""
        inside: NDArray[np.bool_] = np.logical_and.outer(self.rows.inside, self.columns.inside)
        return inside
