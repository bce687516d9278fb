"""Values in a graph that is being imported: what a tensor is in terms of a block's output."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from engine.errors import SpecError, one_line
from engine.types import Array, Shape

Pads = tuple[tuple[int, int], tuple[int, int]]
# Samples of more axes are not looked at for how they were turned.
_MOST_TURNED = 4


class NoBlockError(SpecError):
    """Error for an operator without a counterpart among the blocks; `where` is its place in the file.

    Attributes:
        until: name of the last tensor before it up to which the network can be imported; "" for none.
    """

    def __init__(self, message: str, *, where: str | None = None, until: str = "") -> None:
        # It comes from a file, and may hold anything.
        super().__init__(message, where=None if where is None else one_line(where))
        self.until = until


@dataclass(frozen=True, eq=False)
class Affine:
    """Scale and shift that still wait for a layer to take them, both of the shape of the block's output."""

    scale: Array
    shift: Array

    @property
    def factor(self) -> float | None:
        """The one number that everything is multiplied by; None if there is more to it."""
        first = float(self.scale.flat[0]) if self.scale.size else 1.0
        return first if not self.shift.any() and (self.scale == self.scale.flat[0]).all() else None


@dataclass(frozen=True, eq=False)
class Value:
    """Tensor that follows from the output of a block, sample by sample.

    Attributes:
        source: the block, or "input".
        shape: of the tensor, without the batch axis.
        order: for each of its numbers, the place of it in the block's output; None where it is the same.
        affine: what the numbers are multiplied by and what is added, before they are put into order.
        label: name of the node that gave it another shape.
        adopted: of the input: in the order in which the network takes it, no longer in that of the file.
        pads: zeros before and after the rows and columns, which wait for the convolution that takes them.
    """

    source: str
    shape: Shape
    order: Array | None = None
    affine: Affine | None = None
    label: str = ""
    adopted: bool = False
    pads: Pads | None = None


@dataclass(frozen=True, eq=False)
class Gate:
    """Part of a GELU that is spelt out: `factor` times erf(x / sqrt 2), 1 + that, or x times that, of `base`."""

    base: Value
    stage: str
    factor: float


def reordered(value: Value, axes: tuple[int, ...]) -> tuple[Shape, Array | None]:
    """Shape and order of a value whose axes, without the batch's, were put into this order."""
    shape = tuple(value.shape[axis] for axis in axes)
    count = int(np.prod(value.shape, dtype=np.int64))
    order = np.arange(count) if value.order is None else value.order
    turned = np.ascontiguousarray(order.reshape(value.shape).transpose(axes)).ravel()
    return shape, None if np.array_equal(turned, np.arange(count)) else turned


def axes_in_source(value: Value, shape: Shape) -> tuple[int, ...] | None:
    """Axis of a block's output of this shape, for each axis of a value; None where they are no longer the same axes."""
    own = tuple(range(len(shape)))
    if value.order is None and value.shape == shape:
        return own
    if len(value.shape) != len(shape) or len(shape) > _MOST_TURNED:
        return None
    alike = (axes for axes in permutations(own) if tuple(shape[axis] for axis in axes) == value.shape)
    places = np.arange(np.prod(shape, dtype=np.int64)).reshape(shape)
    order = places.ravel() if value.order is None else value.order
    return next((axes for axes in alike if np.array_equal(places.transpose(axes).ravel(), order)), None)


def turned(value: Value, axes: tuple[int, ...]) -> Value:
    """A value whose axes, without the batch's, are put into this order."""
    shape, order = reordered(value, axes)
    return replace(value, shape=shape, order=order)
