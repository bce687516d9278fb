"""Connections between the units of two blocks, and their weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.layers.base import Layer
from engine.types import Shape

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Bundle:
    """Wires between the units on show of two blocks, L of them.

    Attributes:
        source, target: names of the blocks.
        rows, columns: (L,), the unit of the source and of the target at which each wire ends.
        weight: full name of the parameter that lies on the wires; "" where they only pass values on.
        axes: those of the parameter that count inputs and outputs. local: (L,), place of each source unit on the first.
    """

    source: str
    target: str
    rows: Array
    columns: Array
    weight: str = ""
    axes: tuple[int, int] = (0, 1)
    local: Array | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def kernels(self, parameters: Mapping[str, Array]) -> Array:
        """Numbers on each wire, (L, ...): one for a fully connected layer, a kernel for a convolution."""
        array = np.moveaxis(parameters[self.weight], self.axes, (0, 1))
        numbers: Array = array[self.local, self.columns]
        return numbers

    def place(self, wire: int, cell: Sequence[int] = ()) -> tuple[int, ...]:
        """Index into the parameter of a number on a wire; `cell` is its place in the kernel."""
        assert self.local is not None
        rest = iter(cell)
        own = {self.axes[0]: int(self.local[wire]), self.axes[1]: int(self.columns[wire])}
        return tuple(own[axis] if axis in own else next(rest) for axis in range(2 + len(cell)))


def connect(
    ends: tuple[str, str],
    layer: Layer,
    shapes: tuple[Sequence[Shape], Shape],
    place: int,
    units: tuple[Sequence[int], Sequence[int]],
    weight: Array | None,
) -> Bundle:
    """Wires from one input of a block to it.

    Args:
        ends: names of source and target.
        layer: that of the target. shapes: of its inputs, and of its output.
        place: which of its inputs the source is.
        units: those on show of source and target.
        weight: the parameter of that name, if the target has one.
    """
    (source, target), (inputs, output) = ends, shapes
    from_, to = (np.array(shown, np.intp) for shown in units)
    rows, columns = (grid.ravel() for grid in np.meshgrid(from_, to, indexing="ij"))
    if layer.weight_axes is None or weight is None:
        kept = _passes(rows, columns, layer, inputs, output, place)
        return Bundle(source, target, rows[kept], columns[kept])
    inner, outer = layer.weight_axes
    # Groups: a unit of the output sees only the inputs of its own group.
    within = weight.shape[inner]
    groups = inputs[place][0] // within
    kept = rows // within == columns // max(weight.shape[outer] // groups, 1) if groups > 1 else rows >= 0
    rows, columns = rows[kept], columns[kept]
    return Bundle(source, target, rows, columns, f"{target}.weight", layer.weight_axes, rows % within)


def is_one_to_one(layer: Layer, inputs: Sequence[Shape], output: Shape) -> bool:
    """True if each unit of the output follows from the unit of the same number of its only input."""
    return len(inputs) == 1 and inputs[0][:1] == output[:1] and not _mixes(layer, inputs)


def _mixes(layer: Layer, inputs: Sequence[Shape]) -> bool:
    """True if each unit of the output follows from all units of the input."""
    return layer.weight_axes is not None or (not layer.by_channel and layer.reach(*inputs) is None)


def _passes(rows: Array, columns: Array, layer: Layer, inputs: Sequence[Shape], output: Shape, place: int) -> Array:
    """Which pairs of units are connected, where values only pass through or are combined by position."""
    shape = inputs[place]
    if _mixes(layer, inputs):
        return np.ones(len(rows), bool)
    if any(each != output for each in inputs) and sum(each[0] for each in inputs) == output[0] and len(inputs) > 1:
        kept: Array = columns - sum(each[0] for each in inputs[:place]) == rows
        return kept
    if shape[0] == output[0]:
        same: Array = rows == columns
        return same
    # A change of shape alone: numbers keep their order, so that units are connected which share some.
    before, after = math.prod(shape[1:]), math.prod(output[1:])
    shared: Array = (rows * before < (columns + 1) * after) & (columns * after < (rows + 1) * before)
    return shared
