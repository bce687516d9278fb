"""Resizing layers: enlarge images without parameters."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.layers.base import Category, Layer, expect_image
from engine.layers.shape import Reshape
from engine.mathematics import Step
from engine.receptive_field import Reach
from engine.sliding_window import pair, show_pair
from engine.types import Array, Shape
from engine.window_taps import AxisTaps, Taps

Factor = (
    Annotated[int, Field(ge=1, le=16)] | tuple[Annotated[int, Field(ge=1, le=16)], Annotated[int, Field(ge=1, le=16)]]
)
Margin = (
    Annotated[int, Field(ge=0, le=64)] | tuple[Annotated[int, Field(ge=0, le=64)], Annotated[int, Field(ge=0, le=64)]]
)


class Upsample2D(Layer):
    """Nearest-neighbour upsampling: (C, H, W) -> (C, H * factor, W * factor)."""

    category: ClassVar[Category] = "Convolution"
    title: ClassVar[str] = "Upsample2D"
    help: ClassVar[str] = "Enlarges images by repeating every pixel (nearest neighbour)."
    formula: ClassVar[str] = "y꜀ᵢⱼ = x꜀,ᵢ/ₛ,ⱼ/ₛ"
    use: ClassVar[str] = "Before a convolution, in decoders and generators."
    icon: ClassVar[str] = "upsample2d"
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True
    by_channel: ClassVar[bool] = True

    type: Literal["Upsample2D"] = "Upsample2D"
    size: Factor = Field(2, title="Size", description="Factor in height and width: 2, or 2, 3.")

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = expect_image(self, inputs[0], lambda target: Reshape(shape=target))
        down, across = pair(self.size)
        return (channels, height * down, width * across)

    def reach(self, *inputs: Shape) -> Reach | None:
        down, across = pair(self.size)
        return Reach(step=(1 / down, 1 / across))

    def taps(self, place: tuple[int, int, int], *inputs: Shape) -> Taps | None:
        channel, row, column = place
        down, across = pair(self.size)
        return _copied(channel, row // down, column // across, inputs[0])

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        down, across = pair(self.size)

        def output(x: Array) -> Array:
            return x.repeat(down, axis=1).repeat(across, axis=2)

        def input_gradient(dy: Array) -> Array:
            channels, height, width = dy.shape
            return dy.reshape(channels, height // down, down, width // across, across).sum(axis=(2, 4))

        return (
            Step(
                "y",
                "forward",
                r"y_{c,h,w} = x_{c,\, \lfloor h / s \rfloor,\, \lfloor w / s \rfloor}",
                "Repeats every pixel.",
                output,
            ),
            Step(
                "dx",
                "input",
                r"\frac{\partial E}{\partial x_{c,k,l}} = \sum_{i,j < s} \frac{\partial E}{\partial "
                r"y_{c,\, s k + i,\, s l + j}}",
                "A pixel collects the gradients of all its copies.",
                input_gradient,
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        down, across = pair(self.size)
        corners = [(i, j) for i in range(down) for j in range(across)]
        copies = [y[:, i::down, j::across] for i, j in corners]

        def forward() -> None:
            for copy in copies:
                np.copyto(copy, x)

        if dx is None or dy is None:
            return forward, forward
        first, *others = [dy[:, i::down, j::across] for i, j in corners]

        def backward() -> None:
            np.copyto(dx, first)
            for part in others:
                np.add(dx, part, out=dx)

        return forward, backward

    def summary(self) -> str:
        return f"by {show_pair(self.size)}"


class ZeroPad2D(Layer):
    """Zero padding around the image: (C, H, W) -> (C, H + 2 p, W + 2 q)."""

    category: ClassVar[Category] = "Convolution"
    title: ClassVar[str] = "ZeroPad2D"
    help: ClassVar[str] = "Adds a border of zeros around every image."
    formula: ClassVar[str] = "(C, H, W) → (C, H + 2p, W + 2q)"
    use: ClassVar[str] = "Where a layer needs a larger image than it gets."
    icon: ClassVar[str] = "zeropad2d"
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True
    by_channel: ClassVar[bool] = True

    type: Literal["ZeroPad2D"] = "ZeroPad2D"
    padding: Margin = Field(1, title="Padding", description="Rows above and below, columns left and right: 1, or 1, 2.")

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, height, width = expect_image(self, inputs[0], lambda target: Reshape(shape=target))
        vertical, horizontal = pair(self.padding)
        return (channels, height + 2 * vertical, width + 2 * horizontal)

    def taps(self, place: tuple[int, int, int], *inputs: Shape) -> Taps | None:
        channel, row, column = place
        top, left = pair(self.padding)
        return _copied(channel, row - top, column - left, inputs[0])

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        top, left = pair(self.padding)

        def output(x: Array) -> Array:
            return np.pad(x, ((0, 0), (top, top), (left, left)))

        def input_gradient(dy: Array) -> Array:
            return dy[:, top : dy.shape[1] - top, left : dy.shape[2] - left]

        return (
            Step(
                "y",
                "forward",
                r"y_{c,\, h + p,\, w + q} = x_{c,h,w}",
                "Adds a border of zeros around the image.",
                output,
            ),
            Step(
                "dx",
                "input",
                r"\frac{\partial E}{\partial x_{c,h,w}} = \frac{\partial E}{\partial y_{c,\, h + p,\, w + q}}",
                "The border's gradient is cut off: it was made of no pixel.",
                input_gradient,
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        top, left = pair(self.padding)
        inside = (slice(None), slice(top, top + x.shape[1]), slice(left, left + x.shape[2]))
        interior = y[inside]

        def forward() -> None:
            # All of it: a layer behind may have written over the border.
            y.fill(0)
            np.copyto(interior, x)

        def backward() -> None:
            if dx is not None:
                np.copyto(dx, dy[inside])

        return forward, backward

    def summary(self) -> str:
        return f"by {show_pair(self.padding)}"


def _copied(channel: int, row: int, column: int, shape: Shape) -> Taps:
    """Taps of an output pixel that is one pixel of the input (C, H, W), or padding."""
    _, height, width = shape
    return Taps(AxisTaps(height, (row,), (0,)), AxisTaps(width, (column,), (0,)), range(channel, channel + 1), "sum")
