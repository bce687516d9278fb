"""Sliding-window geometry shared by convolution and pooling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from engine.errors import Fix, ShapeError
from engine.layers.base import Layer
from engine.receptive_field import Reach
from engine.types import Array, show_shape
from engine.window_taps import AxisTaps

Padding = Literal["valid", "same", "full"]
Pair = int | tuple[int, int]


def pair(value: Pair) -> tuple[int, int]:
    """Size as (height, width), from one number or two."""
    return (value, value) if isinstance(value, int) else value


def show_pair(value: Pair) -> str:
    """Text of a pair: "3x3"."""
    height, width = pair(value)
    return f"{height}x{width}"


@dataclass(frozen=True)
class Axis:
    """Sliding window along one axis: sizes, stride, dilation and padding in pixels."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def extent(self) -> int:
        """Pixels from the first to the last that a window touches."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def padded(self) -> int:
        """Length of the padded axis."""
        return self.before + self.size + self.after

    @property
    def output(self) -> int:
        """Number of window positions."""
        return (self.padded - self.extent) // self.stride + 1

    @property
    def covered(self) -> int:
        """Pixels from the first of the first window to the last of the last."""
        return (self.output - 1) * self.stride + self.extent

    @property
    def left_over(self) -> int:
        """Pixels at the end that no window reaches.

        Gaps between windows that do not touch, and added zeros, do not count.
        """
        left = max(self.padded - self.covered - self.after, 0)
        return left if left > self.stride - self.extent else 0

    @property
    def overlap(self) -> int:
        """Largest number of following windows that share a pixel with one."""
        return max(-(-self.extent // self.stride) - 1, 0)

    def taken(self, offset: int) -> slice:
        """Pixels of the padded axis under the kernel's element `offset`, one per output."""
        start = offset * self.dilation
        return slice(start, start + (self.output - 1) * self.stride + 1, self.stride)

    def under(self, position: int) -> AxisTaps:
        """Pixels under the window at a position, and the kernel's element over each."""
        start = position * self.stride - self.before
        pixels = tuple(start + element * self.dilation for element in range(self.kernel))
        return AxisTaps(self.size, pixels, tuple(range(self.kernel)))

    def meeting(self, pixel: int) -> AxisTaps:
        """Window positions that touch a pixel, and the kernel's element that does: `under` turned round."""
        met = [
            (divmod(pixel + self.before - element * self.dilation, self.stride), element)
            for element in reversed(range(self.kernel))
        ]
        touching = [(position, element) for (position, rest), element in met if rest == 0]
        return AxisTaps(
            self.output, tuple(position for position, _ in touching), tuple(element for _, element in touching)
        )


def axis(size: int, kernel: int, stride: int, dilation: int, padding: Padding | int) -> Axis:
    """Make the sliding window along one axis.

    "valid" adds no zeros, "full" allows every overlap, "same" makes ceil(size / stride) outputs with the odd zero at
    the end, a number adds as many zeros on both sides (Dumoulin and Visin 2016, sections 2 and 4).
    """
    extent = (kernel - 1) * dilation + 1
    match padding:
        case "valid":
            before = after = 0
        case "full":
            before = after = extent - 1
        case "same":
            total = max((-(-size // stride) - 1) * stride + extent - size, 0)
            before, after = total // 2, total - total // 2
        case number:
            before = after = number
    return Axis(size, kernel, stride, dilation, before, after)


@dataclass(frozen=True)
class Window:
    """Sliding window over images of (height, width)."""

    rows: Axis
    columns: Axis

    @property
    def output(self) -> tuple[int, int]:
        """Output size (height, width)."""
        return self.rows.output, self.columns.output

    @property
    def reach(self) -> Reach:
        """Receptive field of one position."""
        return Reach((self.rows.extent, self.columns.extent), (self.rows.stride, self.columns.stride))

    @property
    def left_over(self) -> tuple[int, int]:
        """Rows and columns at the end that no window reaches."""
        return self.rows.left_over, self.columns.left_over

    @property
    def padded(self) -> bool:
        """Size (height, width) of the padded image."""
        return any(axis.before or axis.after for axis in (self.rows, self.columns))

    @property
    def apart(self) -> bool:
        """True if no two windows share a pixel."""
        return all(axis.stride >= axis.extent or axis.output == 1 for axis in (self.rows, self.columns))

    @property
    def leaves_gaps(self) -> bool:
        """True if some pixels of the padded image may lie under no window."""
        axes = (self.rows, self.columns)
        return any(axis.dilation > 1 or axis.stride > axis.kernel or axis.covered < axis.padded for axis in axes)

    def interior(self, array: Array) -> Array:
        """View of a padded (C, H, W, N) array without its padding."""
        rows, columns = self.rows, self.columns
        return array[:, rows.before : rows.before + rows.size, columns.before : columns.before + columns.size]

    def offsets(self) -> Iterator[tuple[int, int, slice, slice]]:
        """Every element of the kernel, with the rows and columns under it."""
        for i in range(self.rows.kernel):
            for j in range(self.columns.kernel):
                yield i, j, self.rows.taken(i), self.columns.taken(j)


def window(
    layer: Layer,
    picture: tuple[int, int],
    kernel: Pair,
    field: str,
    stride: Pair,
    padding: Padding | int,
    dilation: Pair = 1,
) -> Window:
    """Make the window over an image.

    Raises ShapeError, naming the layer's `field`, if the window is larger than the image.
    """
    axes = [axis(*sizes, padding) for sizes in zip(picture, pair(kernel), pair(stride), pair(dilation), strict=True)]
    if any(each.padded < each.extent for each in axes):
        extent = "x".join(str(each.extent) for each in axes)
        height, width = (max(1, min(each.kernel, (each.padded - 1) // each.dilation + 1)) for each in axes)
        smaller: Pair = height if height == width else (height, width)
        raise ShapeError(
            f"{layer.type_name()} needs at least {extent} pixels, but its input has only {show_shape(picture)}. "
            f"Make {field.replace('_', ' ')} smaller, add padding, or remove a pooling layer before it.",
            fix=Fix(f"Set {field.replace('_', ' ')} to {show_pair(smaller)}", change={field: smaller}),
        )
    return Window(axes[0], axes[1])
