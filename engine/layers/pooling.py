"""Pooling layers: reduce each window of a channel to one number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.layers.base import Category, Layer, expect_image
from engine.layers.convolution import Size
from engine.layers.shape import Reshape
from engine.mathematics import Step
from engine.receptive_field import Reach
from engine.sliding_window import Window, show_pair, window
from engine.types import Array, Shape
from engine.window_taps import AxisTaps, Taps


class _Pool2D(Layer):
    """Base of pooling layers: (C, H, W) -> (C, H', W').

    Class attributes:
        combine: how the pixels of a window become one number.
    """

    category: ClassVar[Category] = "Pooling"
    combine: ClassVar[Literal["max", "mean"]]

    pool_size: Size = Field(2, title="Pool size", description="Height and width of the window: 2, or 2, 3.")
    stride: Size | None = Field(
        None,
        title="Stride",
        description="Step between windows; empty means the pool size.",
        json_schema_extra={"none": "the pool size"},
    )
    padding: Literal["valid", "same"] = Field(
        "valid", title="Padding", description="valid drops windows that are not full, same keeps them."
    )

    def _window(self, shape: Shape) -> Window:
        _, height, width = expect_image(self, shape, lambda target: Reshape(shape=target))
        stride = self.pool_size if self.stride is None else self.stride
        return window(self, (height, width), self.pool_size, "pool_size", stride, self.padding)

    def output_shape(self, *inputs: Shape) -> Shape:
        sliding = self._window(inputs[0])
        return (inputs[0][0], *sliding.output)

    def reach(self, *inputs: Shape) -> Reach | None:
        return self._window(inputs[0]).reach

    def taps(self, place: tuple[int, int, int], *inputs: Shape) -> Taps | None:
        sliding, (channel, row, column) = self._window(inputs[0]), place
        return Taps(sliding.rows.under(row), sliding.columns.under(column), range(channel, channel + 1), self.combine)

    def left_over(self, *inputs: Shape) -> tuple[int, int]:
        return self._window(inputs[0]).left_over

    def summary(self) -> str:
        return show_pair(self.pool_size)


class MaxPool2D(_Pool2D):
    """Maximum of each window: (C, H, W) -> (C, H', W')."""

    title: ClassVar[str] = "MaxPool2D"
    help: ClassVar[str] = "Takes the largest value of each window."
    formula: ClassVar[str] = "y = max of the window"
    use: ClassVar[str] = "After a convolution: makes feature maps smaller and small shifts harmless."
    icon: ClassVar[str] = "maxpool2d"
    combine: ClassVar[Literal["max", "mean"]] = "max"
    reads_output: ClassVar[bool] = True
    by_channel: ClassVar[bool] = True

    type: Literal["MaxPool2D"] = "MaxPool2D"

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        sliding = self._window(inputs[0])
        rows, columns = sliding.rows, sliding.columns

        def windows(x: Array) -> Array:
            return _windows(x, sliding, -np.inf)

        def output(windows: Array) -> Array:
            return windows.max(axis=(3, 4))

        def input_gradient(windows: Array, dy: Array) -> Array:
            padded = np.zeros((len(dy), rows.padded, columns.padded), dy.dtype)
            for c, h, w in np.ndindex(dy.shape):
                i, j = divmod(int(windows[c, h, w].argmax()), columns.kernel)
                padded[c, h * rows.stride + i, w * columns.stride + j] += dy[c, h, w]
            return padded[:, rows.before :, columns.before :][:, : rows.size, : columns.size]

        return (
            _cut(windows),
            Step(
                "y",
                "forward",
                r"y_{c,h,w} = \max_{i,j} X_{c,h,w,i,j}",
                "Takes the largest value of each window.",
                output,
            ),
            Step(
                "dx",
                "input",
                r"\frac{\partial E}{\partial x_{c,k,l}} = \sum_{h,w:\ x_{c,k,l} = y_{c,h,w}} "
                r"\frac{\partial E}{\partial y_{c,h,w}}",
                "The gradient goes to the pixel that won, the first of equal ones; all others get nothing.",
                input_gradient,
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        sliding = self._window(x.shape[:3])
        padded = x
        if sliding.padded:
            padded = context.buffer(x.shape[0], sliding.rows.padded, sliding.columns.padded, x.shape[3])
            padded.fill(-np.inf)
        interior = sliding.interior(padded)
        first, *others = [padded[:, r, c] for _, _, r, c in sliding.offsets()]

        def forward() -> None:
            if padded is not x:
                np.copyto(interior, x)
            np.copyto(y, first)
            for pixels in others:
                np.maximum(y, pixels, out=y)

        if dy is None or dx is None:
            return forward, _nothing
        d_padded = np.empty_like(padded) if sliding.padded else dx
        d_interior = sliding.interior(d_padded)
        d_first, *d_others = [d_padded[:, r, c] for _, _, r, c in sliding.offsets()]
        chosen, open_ = np.empty(y.shape, bool), np.empty(y.shape, bool)
        apart, leaves_gaps = sliding.apart, sliding.leaves_gaps
        share = context.buffer(*y.shape)

        def backward() -> None:
            # The gradient goes to the first of several equal largest numbers, and to that one alone.
            if not apart or leaves_gaps:
                d_padded.fill(0)
            np.equal(first, y, out=chosen)
            np.multiply(dy, chosen, out=d_first)
            np.logical_not(chosen, out=open_)
            for pixels, d_pixels in zip(others, d_others, strict=True):
                np.equal(pixels, y, out=chosen)
                np.logical_and(chosen, open_, out=chosen)
                np.logical_xor(open_, chosen, out=open_)
                if apart:
                    np.multiply(dy, chosen, out=d_pixels)
                else:
                    np.multiply(dy, chosen, out=share)
                    np.add(d_pixels, share, out=d_pixels)
            if d_padded is not dx:
                np.copyto(dx, d_interior)

        return forward, backward


class AvgPool2D(_Pool2D):
    """Mean of each window: (C, H, W) -> (C, H', W'). Padding does not count."""

    title: ClassVar[str] = "AvgPool2D"
    help: ClassVar[str] = "Takes the mean of each window."
    formula: ClassVar[str] = "y = mean of the window"
    use: ClassVar[str] = "A smoother way than MaxPool2D to make feature maps smaller."
    icon: ClassVar[str] = "avgpool2d"
    combine: ClassVar[Literal["max", "mean"]] = "mean"
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True
    by_channel: ClassVar[bool] = True

    type: Literal["AvgPool2D"] = "AvgPool2D"

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        sliding = self._window(inputs[0])
        rows, columns = sliding.rows, sliding.columns
        counts = 1 / _shares(sliding)

        def windows(x: Array) -> Array:
            return _windows(x, sliding, 0)

        def output(windows: Array) -> Array:
            return windows.sum(axis=(3, 4)) / counts

        def input_gradient(dy: Array) -> Array:
            padded = np.zeros((len(dy), rows.padded, columns.padded), dy.dtype)
            for i, j in np.ndindex(rows.kernel, columns.kernel):
                padded[:, rows.taken(i), columns.taken(j)] += dy / counts
            return padded[:, rows.before :, columns.before :][:, : rows.size, : columns.size]

        return (
            _cut(windows),
            Step(
                "y",
                "forward",
                r"y_{c,h,w} = \frac{1}{n_{h,w}} \sum_{i,j} X_{c,h,w,i,j}",
                "Takes the mean of each window; padding does not count.",
                output,
            ),
            Step(
                "dx",
                "input",
                r"\frac{\partial E}{\partial x_{c,k,l}} = \sum_{h,w \ni k,l} \frac{1}{n_{h,w}} "
                r"\frac{\partial E}{\partial y_{c,h,w}}",
                "All pixels of a window share its gradient evenly.",
                input_gradient,
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        sliding = self._window(x.shape[:3])
        padded = x
        if sliding.padded:
            padded = context.buffer(x.shape[0], sliding.rows.padded, sliding.columns.padded, x.shape[3])
        interior = sliding.interior(padded)
        first, *others = [padded[:, r, c] for _, _, r, c in sliding.offsets()]
        share = _shares(sliding).astype(y.dtype)[None, :, :, None]

        def forward() -> None:
            if padded is not x:
                np.copyto(interior, x)
            np.copyto(y, first)
            for pixels in others:
                np.add(y, pixels, out=y)
            np.multiply(y, share, out=y)

        if dy is None or dx is None:
            return forward, _nothing
        d_padded = np.empty_like(padded) if sliding.padded else dx
        d_interior = sliding.interior(d_padded)
        targets = [d_padded[:, r, c] for _, _, r, c in sliding.offsets()]
        apart, leaves_gaps = sliding.apart, sliding.leaves_gaps
        shared = context.buffer(*y.shape)

        def backward() -> None:
            np.multiply(dy, share, out=shared)
            if not apart or leaves_gaps:
                d_padded.fill(0)
            for d_pixels in targets:
                if apart:
                    np.copyto(d_pixels, shared)
                else:
                    np.add(d_pixels, shared, out=d_pixels)
            if d_padded is not dx:
                np.copyto(dx, d_interior)

        return forward, backward


class GlobalAvgPool2D(Layer):
    """Mean of each channel: (C, H, W) -> (C,)."""

    category: ClassVar[Category] = "Pooling"
    title: ClassVar[str] = "GlobalAvgPool2D"
    help: ClassVar[str] = "Averages each channel to one value."
    formula: ClassVar[str] = "y꜀ = mean of channel c"
    use: ClassVar[str] = "After the last convolution, instead of Flatten and a large Dense."
    icon: ClassVar[str] = "globalavgpool2d"
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True
    by_channel: ClassVar[bool] = True

    type: Literal["GlobalAvgPool2D"] = "GlobalAvgPool2D"

    def output_shape(self, *inputs: Shape) -> Shape:
        channels, _, _ = expect_image(self, inputs[0], lambda target: Reshape(shape=target))
        return (channels,)

    def reach(self, *inputs: Shape) -> Reach | None:
        return None

    def taps(self, place: tuple[int, int, int], *inputs: Shape) -> Taps | None:
        _, *sizes = expect_image(self, inputs[0], lambda target: Reshape(shape=target))
        rows, columns = (AxisTaps(size, tuple(range(size)), tuple(range(size))) for size in sizes)
        return Taps(rows, columns, range(place[0], place[0] + 1), "mean")

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        _, height, width = inputs[0]

        def output(x: Array) -> Array:
            return x.mean(axis=(1, 2))

        def input_gradient(dy: Array) -> Array:
            return np.ones((1, height, width)) * dy[:, None, None] / (height * width)

        return (
            Step(
                "y", "forward", r"y_c = \frac{1}{H W} \sum_{h,w} x_{c,h,w}", "Takes the mean of each channel.", output
            ),
            Step(
                "dx",
                "input",
                r"\frac{\partial E}{\partial x_{c,h,w}} = \frac{1}{H W} \frac{\partial E}{\partial y_c}",
                "All pixels of a channel share its gradient evenly.",
                input_gradient,
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        share = 1 / math.prod(x.shape[1:3])
        spread = context.buffer(*y.shape)

        def forward() -> None:
            np.add.reduce(x, axis=(1, 2), out=y)
            np.multiply(y, share, out=y)

        def backward() -> None:
            if dx is not None:
                np.multiply(dy, share, out=spread)
                np.copyto(dx, spread[:, None, None])

        return forward, backward


def _windows(x: Array, sliding: Window, fill: float) -> Array:
    """Windows of every channel, padded with a number: (C, H', W', kernel height, kernel width)."""
    rows, columns = sliding.rows, sliding.columns
    border = ((0, 0), (rows.before, rows.after), (columns.before, columns.after))
    padded = np.pad(x, border, constant_values=fill)
    every = np.lib.stride_tricks.sliding_window_view(padded, (rows.kernel, columns.kernel), axis=(1, 2))
    windows: Array = every[:, :: rows.stride, :: columns.stride]
    return windows


def _cut(windows: Callable[[Array], Array]) -> Step:
    """The first step of both kinds of pooling."""
    return Step(
        "windows",
        "forward",
        r"X_{c,h,w} = \left( x_{c,\, s h + i,\, s w + j} \right)_{i,j}",
        "Cuts one window out of each channel for every position of the output.",
        windows,
    )


def _shares(sliding: Window) -> np.ndarray:
    """One over the number of real pixels under the window, per position: (H', W')."""
    inside = np.zeros((1, sliding.rows.padded, sliding.columns.padded))
    sliding.interior(inside)[...] = 1
    counts = np.sum([inside[0, r, c] for _, _, r, c in sliding.offsets()], axis=0)
    return np.asarray(1 / np.maximum(counts, 1)).reshape(math.prod(sliding.output[:1]), -1)


def _nothing() -> None:
    """Backward of a layer whose input needs no gradient."""
