"""Window picture: one output pixel, with the images around it. Pure data; draws nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.layers.base import Layer
from engine.types import Shape
from engine.window_arithmetic import Place, WindowResult, compute, largest_window, margins
from engine.window_taps import Taps
from nnstudio.views.plotting import short

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class WindowPicture:
    """A layer with its input and output for one sample, and the output pixel that is looked at.

    Rows, columns and channels are counted from 0 here, and from 1 in texts.

    Attributes:
        name: name of the block.
        layer: the layer; it slides a window.
        x: input (C, H, W). parameters: by short name. y: output (C', H', W'), or (C',) of a global pooling.
        unit: output channel. row, column: the output pixel. channel: the input channel whose numbers are shown; one
            that the output channel does not read is replaced by the nearest that it reads.
    """

    name: str
    layer: Layer
    x: Array
    parameters: Mapping[str, Array]
    y: Array
    unit: int = 0
    row: int = 0
    column: int = 0
    channel: int = 0

    def moved(self, unit: int, row: int, column: int, channel: int) -> WindowPicture:
        """The same layer with another pixel under the lens; places beyond the ends are taken back to them."""
        units, rows, columns = self.output.shape
        places = (min(max(place, 0), size - 1) for place, size in ((unit, units), (row, rows), (column, columns)))
        unit, row, column = places
        return replace(self, unit=unit, row=row, column=column, channel=channel)

    @cached_property
    def output(self) -> Array:
        """Output as images (C', H', W')."""
        return self.y if self.y.ndim == 3 else self.y[:, None, None]

    @property
    def shape(self) -> Shape:
        """Shape of the input."""
        return self.x.shape

    @cached_property
    def taps(self) -> Taps:
        """Pixels and weights behind the pixel."""
        taps = self.layer.taps((self.unit, self.row, self.column), self.shape)
        assert taps is not None
        return taps

    @cached_property
    def result(self) -> WindowResult:
        """The pixel, computed."""
        return compute(self.taps, self.x, self.parameters)

    @cached_property
    def margins(self) -> tuple[Place, Place]:
        """Padding around the input that windows read: (rows, columns) before and after."""
        return margins(self.layer, self.shape)

    @property
    def read(self) -> int:
        """Index of the shown input channel among those that are read."""
        return min(max(self.channel, self.taps.channels.start), self.taps.channels.stop - 1) - self.taps.channels.start

    @property
    def shown_channel(self) -> int:
        """Input channel on show."""
        return self.taps.channels[self.read]

    @cached_property
    def image(self) -> Array:
        """Input channel on show, (H, W)."""
        image: Array = self.x[self.shown_channel]
        return image

    @cached_property
    def padded(self) -> Array:
        """Input channel on show within its padding, which is 0."""
        (above, left), (below, right) = self.margins
        return np.pad(self.image, ((above, below), (left, right)))

    @cached_property
    def whole_kernel(self) -> Array | None:
        """Kernel for the channel on show, (height, width); None without weights."""
        return None if self.taps.weight is None else self.parameters["weight"][self.taps.weight][self.read]

    @property
    def largest_window(self) -> Place:
        """Most rows and columns of pixels in the window, wherever it stands."""
        return _largest_window(self.layer, self.shape)

    @property
    def turned(self) -> bool:
        """True if the window reads the kernel's elements in another order, or never all of them."""
        kernel = self.whole_kernel
        if kernel is None:
            return False
        axes = (self.taps.rows.elements, self.taps.columns.elements)
        return kernel.shape != self.largest_window or any(list(axis) != sorted(axis) for axis in axes)

    @property
    def winner(self) -> Place | None:
        """Row and column of the largest pixel within the window, as indices into the patch."""
        winner = self.result.winner
        return None if winner is None else winner[1:]

    @property
    def pixel_text(self) -> str:
        """Text of the place of the output pixel."""
        if self.y.ndim == 1:
            return f"channel {self.unit + 1}"
        unit = f"map {self.unit + 1}, " if len(self.y) > 1 else ""
        return f"{unit}row {self.row + 1}, column {self.column + 1}"

    def equation(self) -> str:
        """Arithmetic of the pixel in a line: sums of the channels, bias, total."""
        result, taps = self.result, self.taps
        total = short(result.total)
        if taps.combine == "max":
            return f"largest of {count(result.count, 'pixel')} = {total}"
        if taps.combine == "mean":
            return f"{short(float(result.sums.sum()))} ÷ {count(result.count, 'pixel')} = {total}"
        if taps.weight is None:
            return f"copied: {total}" if result.count else f"padding: {total}"
        terms = [short(value) for value in result.sums[:_TERMS].tolist()]
        if len(result.sums) > _TERMS:
            terms.append(
                f"{count(len(result.sums) - _TERMS, 'more channel')} {short(float(result.sums[_TERMS:].sum()))}"
            )
        if result.bias is not None:
            terms.append(f"bias {short(result.bias)}")
        return f"{' + '.join(f'({term})' if term[0] == '−' else term for term in terms)} = {total}"


@lru_cache(64)
def _largest_window(layer: Layer, shape: Shape) -> Place:
    return largest_window(layer, shape)


# Channels whose sums are written out in a line of text.
_TERMS = 4


def count(number: int, noun: str) -> str:
    """Number with its noun: "1 pixel", "3 pixels"."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
