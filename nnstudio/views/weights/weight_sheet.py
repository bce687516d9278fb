"""Drawable arrays of a block's parameters. Knows a layer only by the shapes of its arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.types import Shape
from nnstudio.ui.number_table import NumberTable
from nnstudio.views.plotting import short

Array = NDArray[Any]

# Sides of the largest matrix that is drawn number by number.
MOST_CELLS = 400
# More filters, and channels of each, are not looked at one by one: the first are drawn.
MOST_FILTERS, MOST_CHANNELS = 64, 32


@dataclass(frozen=True)
class Sheet:
    """Parameters arranged for drawing.

    Attributes:
        kernels: (filters, channels, height, width), or None if this is a matrix.
        matrix: (rows, columns), or None if these are kernels.
        bias: (filters or rows, height, width), (.., 1, 1) for a number each; None without one.
        rows, columns: names of a matrix's rows and columns, or their numbers from 1.
        unit: the name of the first axis ("filter", "unit").
    """

    kernels: Array | None = None
    matrix: Array | None = None
    bias: Array | None = None
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    unit: str = "unit"

    @property
    def reach(self) -> float:
        """Largest finite magnitude, where the diverging scale ends."""
        parts = [array for array in (self.kernels, self.matrix, self.bias) if array is not None]
        return max((magnitude(array) for array in parts), default=0.0)

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest weight."""
        weights = self.kernels if self.kernels is not None else self.matrix
        if weights is None or weights.size == 0:
            return 0.0, 0.0
        return float(weights.min()), float(weights.max())

    def describe(self, image: str, row: int, column: int) -> str:
        """Position, counted from 1, and value of a pixel of the image "weight" or "bias"; "" if there is none."""
        if self.kernels is not None:
            return self._describe_kernel(self.kernels, image, row, column)
        if self.matrix is not None:
            return self._describe_cell(self.matrix, image, row, column)
        return ""

    def _describe_kernel(self, kernels: Array, image: str, row: int, column: int) -> str:
        if image == "bias" and self.bias is not None:
            index, row = divmod(row, self.bias.shape[1])
            if index >= len(self.bias) or column >= self.bias.shape[2]:
                return ""
            where = f"row {row + 1}, column {column + 1}, " if self.bias[0].size > 1 else ""
            return f"{self.unit} {index + 1}, {where}bias: {short(float(self.bias[index, row, column]))}"
        _, channels, height, width = kernels.shape
        index, row = divmod(row, height)
        channel, column = divmod(column, width)
        if image != "weight" or index >= len(kernels) or channel >= channels:
            return ""
        which = f"channel {channel + 1}, " if channels > 1 else ""
        value = short(float(kernels[index, channel, row, column]))
        return f"{self.unit} {index + 1}, {which}row {row + 1}, column {column + 1}: {value}"

    def _describe_cell(self, matrix: Array, image: str, row: int, column: int) -> str:
        rows, columns = (block_size(size) for size in matrix.shape)
        r, c = row * rows, column * columns
        if not image or r >= matrix.shape[0] or c >= matrix.shape[1]:
            return ""
        unit = _span(self.rows, r, min(r + rows, matrix.shape[0]) - 1)
        name = unit if not unit[0].isdigit() else f"{self.unit} {unit}"
        if image == "bias":
            return "" if self.bias is None else f"{name}, bias: {short(_strongest(self.bias[r : r + rows]))}"
        value = short(_strongest(matrix[r : r + rows, c : c + columns]))
        largest = "" if rows == columns == 1 else "strongest "
        return f"{name}, input {_span(self.columns, c, min(c + columns, matrix.shape[1]) - 1)}: {largest}{value}"


def _span(names: tuple[str, ...], first: int, last: int) -> str:
    return names[first] if first == last else f"{names[first]} to {names[last]}"


def _strongest(values: Array) -> float:
    flat = values.ravel()
    return float(flat[np.abs(flat).argmax()])


def magnitude(array: Array) -> float:
    """Largest finite |value|; 0 if there is none."""
    if array.size == 0:
        return 0.0
    largest = max(float(array.max()), -float(array.min()))
    if math.isfinite(largest):
        return largest
    finite = array[np.isfinite(array)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def sheet_of(
    parameters: Mapping[str, Array], picture: Shape | None = None, features: tuple[str, ...] = ()
) -> Sheet | None:
    """Sheet of a block's parameters; None if it has none.

    The array with the most axes leads: four are kernels, two a matrix (inputs, units), drawn with a row per unit. With
    `picture`, the (channels, height, width) of the block's input, each unit's row becomes images. `features` names the
    inputs, if there are as many. Several arrays of one axis, such as scale and shift, become the rows of a matrix.
    """
    arrays = {name: np.atleast_1d(array) for name, array in parameters.items() if array.size}
    if not arrays:
        return None
    lead = max(arrays, key=lambda name: arrays[name].ndim)
    weights = arrays[lead]
    if weights.ndim == 1:
        names = tuple(name for name, array in arrays.items() if array.size == weights.size)
        return Sheet(matrix=np.stack([arrays[name] for name in names]), rows=names, columns=_numbers(weights.size))
    rest = [array for name, array in arrays.items() if name != lead]
    if weights.ndim == 2:
        bias = _bias(rest, weights.shape[1])
        if picture is not None and len(picture) == 3 and math.prod(picture) == weights.shape[0]:
            return Sheet(kernels=weights.T.reshape(-1, *picture), bias=bias)
        inputs, units = weights.shape
        columns = features if len(features) == inputs else _numbers(inputs)
        return Sheet(matrix=weights.T, bias=bias, rows=_numbers(units), columns=columns)
    if weights.ndim == 3:
        weights = weights[:, None]
    kernels = weights.reshape(weights.shape[0], -1, *weights.shape[-2:])
    return Sheet(kernels=kernels, bias=_bias(rest, len(kernels)), unit="filter")


def table_of(sheet: Sheet) -> NumberTable:
    """Table of a sheet: a line for each row of a matrix, or of each kernel."""
    bias = sheet.bias
    if sheet.matrix is not None:
        matrix, names = sheet.matrix, sheet.rows
        columns = (f"input {name}" if name.isdigit() else name for name in sheet.columns)

        def lines() -> Iterable[Sequence[object]]:
            for index, row in enumerate(matrix):
                yield (names[index], *row, *(() if bias is None else bias[index].ravel()))

        return NumberTable((sheet.unit, *columns, *(() if bias is None else ("bias",))), lines)
    assert sheet.kernels is not None
    kernels = sheet.kernels
    filters, channels, height, width = kernels.shape
    header = (sheet.unit, "channel", "row", *(f"column {column + 1}" for column in range(width)))

    def rows() -> Iterable[Sequence[object]]:
        for index in range(filters):
            for channel, row in np.ndindex(channels, height):
                yield (index + 1, channel + 1, row + 1, *kernels[index, channel, row])
            for row, numbers in enumerate(() if bias is None else bias[index]):
                yield (index + 1, "bias", row + 1, *numbers)

    return NumberTable(header, rows)


def _bias(arrays: list[Array], size: int) -> Array | None:
    """The first array with an entry per filter or unit, as pictures."""
    for array in arrays:
        if array.shape[0] == size and array.ndim in (1, 3):
            return array.reshape(size, *(array.shape[1:] or (1, 1)))
    return None


def _numbers(count: int) -> tuple[str, ...]:
    """Numbers of units or inputs for people, from 1 as in all views."""
    return tuple(map(str, range(1, count + 1)))


def block_size(size: int, most: int = MOST_CELLS) -> int:
    """Number of neighbours in one drawn cell along a side of this size."""
    return -(-size // most)


def thin(array: Array, most: int = MOST_CELLS) -> Array:
    """Matrix reduced for drawing to at most `most` along each side.

    Each number stands for a block of neighbours and is the one with the largest magnitude, so that no extreme value is
    lost.
    """
    rows, columns = (block_size(size, most) for size in array.shape)
    if rows == columns == 1:
        return array
    high, low = array[::rows, ::columns].copy(), array[::rows, ::columns].copy()
    for row in range(rows):
        for column in range(columns):
            part = array[row::rows, column::columns]
            there = (slice(part.shape[0]), slice(part.shape[1]))
            np.maximum(high[there], part, out=high[there])
            np.minimum(low[there], part, out=low[there])
    return np.where(high >= -low, high, low)


def images_of(sheet: Sheet) -> dict[str, Array]:
    """Arrays of a sheet to draw, as images (rows, columns) called "weight" and "bias"; of many kernels, the first."""
    bias = sheet.bias
    if sheet.kernels is not None:
        images = {"weight": atlas(sheet.kernels[:MOST_FILTERS, :MOST_CHANNELS])}
        return images if bias is None else images | {"bias": bias[:MOST_FILTERS].reshape(-1, bias.shape[-1])}
    images = {} if sheet.matrix is None else {"weight": thin(sheet.matrix)}
    return images if bias is None else images | {"bias": thin(bias.reshape(-1, 1))}


def atlas(kernels: Array) -> Array:
    """Images (filters, channels, height, width) side by side: (filters * height, channels * width)."""
    filters, channels, height, width = kernels.shape
    return kernels.transpose(0, 2, 1, 3).reshape(filters * height, channels * width)
