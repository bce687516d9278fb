"""Arithmetic of a window: how one output pixel follows from its input pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.errors import SpecError
from engine.layers.base import Layer
from engine.types import Array, MaybeArray, Shape
from engine.window_taps import Taps

# Row and column of an output pixel, or of an input pixel, which may lie in the padding.
Place = tuple[int, int]


@dataclass(frozen=True, eq=False)
class WindowResult:
    """One output pixel with all that it is computed from, in float64.

    Attributes:
        taps: the pixels and weights that are read.
        patch: the pixels, (channels, rows, columns) of the taps; padding is 0.
        kernel: the weight over each pixel, shaped like `patch`; None for layers without weights.
        products: pixel times weight, shaped like `patch`; the patch itself without weights.
        sums: sum of the products of each channel, (channels,).
        bias: the number that is added; None without.
        winner: channel, row and column of the largest pixel, as indices into `patch`, the first of several; None
            where no maximum is taken, or all is padding.
        total: the output pixel.
    """

    taps: Taps
    patch: Array
    kernel: MaybeArray
    products: Array
    sums: Array
    bias: float | None
    winner: tuple[int, int, int] | None
    total: float

    @property
    def count(self) -> int:
        """Number of pixels in each channel that are not padding."""
        return int(self.taps.inside.sum())


def compute(taps: Taps, x: Array, parameters: Mapping[str, Array]) -> WindowResult:
    """Compute one output pixel from an input (C, H, W) and the layer's parameters by short name ("weight", "bias")."""
    inside = taps.inside
    rows = np.clip(np.asarray(taps.rows.pixels, np.intp), 0, max(taps.rows.size - 1, 0))
    columns = np.clip(np.asarray(taps.columns.pixels, np.intp), 0, max(taps.columns.size - 1, 0))
    channels = np.asarray(taps.channels, np.intp)
    patch = np.where(inside, x[np.ix_(channels, rows, columns)], 0).astype(np.float64)
    kernel: MaybeArray = None
    if taps.weight is not None:
        whole = parameters["weight"][taps.weight]
        kernel = whole[np.ix_(range(len(whole)), taps.rows.elements, taps.columns.elements)].astype(np.float64)
    bias = None if taps.bias is None else float(parameters["bias"][taps.bias])
    with np.errstate(over="ignore", invalid="ignore"):
        products = patch if kernel is None else patch * kernel
        sums = products.sum(axis=(1, 2))
        winner = _largest(patch, inside) if taps.combine == "max" else None
        if taps.combine == "max":
            total = -np.inf if winner is None else float(patch[winner])
        elif taps.combine == "mean":
            total = float(sums.sum()) / max(len(channels) * int(inside.sum()), 1)
        else:
            total = float(sums.sum()) + (bias or 0.0)
    return WindowResult(taps, patch, kernel, products, sums, bias, winner, total)


def largest_window(layer: Layer, shape: Shape) -> Place:
    """Most rows and columns of taps, padding included, that an output pixel has. `shape` is the input's (C, H, W).

    Pixels of a transposed convolution differ in it. (0, 0) for layers without a window.
    """
    _, *size = layer.output_shape(shape)
    height, width = size or (1, 1)
    down = [layer.taps((0, row, 0), shape) for row in range(height)]
    across = [layer.taps((0, 0, column), shape) for column in range(width)]
    return (
        max((len(taps.rows.pixels) for taps in down if taps is not None), default=0),
        max((len(taps.columns.pixels) for taps in across if taps is not None), default=0),
    )


def compute_all(layer: Layer, x: Array, parameters: Mapping[str, Array]) -> Array:
    """Output of a sliding layer for one input (C, H, W), pixel by pixel: for small images, to compare and to learn.

    The result is float64, shaped as the layer's output.
    """
    shape = layer.output_shape(x.shape)
    channels, height, width = shape if len(shape) == 3 else (*shape, 1, 1)
    made = np.empty((channels, height, width))
    for place in np.ndindex(channels, height, width):
        taps = layer.taps(place, x.shape)
        if taps is None:
            raise SpecError(f"{layer.type_name()} slides no window. Choose a convolution or a pooling layer.")
        made[place] = compute(taps, x, parameters).total
    return made.reshape(shape)


def _largest(patch: Array, inside: Array) -> tuple[int, int, int] | None:
    """The first of the largest pixels that are not padding. NaN is larger than all, as in `np.maximum`."""
    if not inside.any():
        return None
    channel, row, column = np.unravel_index(int(np.where(inside, patch, -np.inf).argmax()), patch.shape)
    if not inside[row, column]:
        # Every pixel is minus infinity, like padding.
        row, column = np.argwhere(inside)[0]
    return int(channel), int(row), int(column)


def slides(layer: Layer, shape: Shape) -> bool:
    """True if the layer computes each output pixel from a window of its input of this shape (C, H, W)."""
    return layer.taps((0, 0, 0), shape) is not None


def margins(layer: Layer, shape: Shape) -> tuple[Place, Place]:
    """Rows and columns of padding that some window reads: before the input (rows, columns), and after it.

    `shape` is the input's (C, H, W). Zero for layers without a window.
    """
    channels, *size = layer.output_shape(shape)
    height, width = size or (1, 1)
    first = layer.taps((0, 0, 0), shape)
    last = layer.taps((channels - 1, height - 1, width - 1), shape)
    if first is None or last is None:
        return (0, 0), (0, 0)
    before = [max([0, *(-pixel for pixel in axis.pixels)]) for axis in (first.rows, first.columns)]
    after = [max([0, *(pixel - axis.size + 1 for pixel in axis.pixels)]) for axis in (last.rows, last.columns)]
    return (before[0], before[1]), (after[0], after[1])
