"""2D convolution, computed as cross-correlation, as is usual in deep learning."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy import conv_rows, threads
from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.im2col import Part, PatchBlock
from engine.backends.numpy.operations import Operation
from engine.errors import Fix, ShapeError
from engine.initializers import InitializerName
from engine.layers.base import Category, Layer, ParameterSpec, expect_image
from engine.layers.shape import Reshape
from engine.mathematics import Step
from engine.receptive_field import Reach
from engine.sliding_window import Pair, Window, show_pair, window
from engine.types import Array, MaybeArray, Shape
from engine.window_taps import Index, Taps

Size = (
    Annotated[int, Field(ge=1, le=64)] | tuple[Annotated[int, Field(ge=1, le=64)], Annotated[int, Field(ge=1, le=64)]]
)


# The output is computed in blocks of whole lines, so that the patches of one stay in the processor's cache: numbers.
BLOCK = 1 << 17
# Patches of all blocks together up to this size are kept from forward to backward; larger ones are gathered again.
KEPT = 1 << 22


class Conv2D(Layer):
    """2D convolution with small learned kernels: (C, H, W) -> (filters, H', W').

    Parameters: `weight` (filters, C / groups, kernel height, kernel width) and, by the kind of bias, `bias`
    (filters,) or (filters, H', W').
    """

    category: ClassVar[Category] = "Convolution"
    title: ClassVar[str] = "Conv2D"
    help: ClassVar[str] = "Slides small kernels over the image. Each filter responds where it finds its pattern."
    formula: ClassVar[str] = "yᶠ = bᶠ + Σᵢ xᵢ ⋆ Wᶠᵢ"
    use: ClassVar[str] = "For images: finds edges, strokes and shapes wherever they are, with few parameters."
    icon: ClassVar[str] = "conv2d"
    resizes_by: ClassVar[str | None] = "filters"
    weight_axes: ClassVar[tuple[int, int] | None] = (1, 0)
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True

    type: Literal["Conv2D"] = "Conv2D"
    filters: int = Field(8, ge=1, le=4096, title="Filters", description="Number of filters, and so of output channels.")
    kernel_size: Size = Field(3, title="Kernel size", description="Height and width of the kernel: 3, or 3, 5.")
    stride: Size = Field(1, title="Stride", description="Step between neighbouring positions, in pixels.")
    padding: Literal["valid", "same", "full"] | Annotated[int, Field(ge=0, le=64)] = Field(
        "valid",
        title="Padding",
        description="Zeros around the image: valid adds none, same keeps the size, full all overlaps; or a number.",
    )
    dilation: Size = Field(1, title="Dilation", description="Spacing of the pixels that a kernel looks at.")
    groups: int = Field(
        1,
        ge=1,
        le=4096,
        title="Groups",
        description="Splits channels and filters into groups that are not connected.",
    )
    bias: Literal["per_filter", "per_position", "none"] = Field(
        "per_filter", title="Bias", description="One bias per filter, one per output position, or none."
    )
    weight_init: InitializerName = Field(
        "auto",
        title="Weight initialiser",
        description="Distribution of the initial kernels; auto chooses it by the activation that follows.",
    )
    bias_init: InitializerName = Field(
        "zeros", title="Bias initialiser", description="Distribution of the initial biases."
    )

    def _window(self, shape: Shape) -> tuple[int, Window]:
        channels, height, width = expect_image(self, shape, lambda target: Reshape(shape=target))
        for name, count in (("channels", channels), ("filters", self.filters)):
            if count % self.groups:
                fitting = math.gcd(channels, self.filters, self.groups)
                raise ShapeError(
                    f"{self.groups} groups must divide the channels and the filters, but there are {count} {name}. "
                    f"Choose groups that divide both {channels} and {self.filters}.",
                    fix=Fix(f"Set groups to {fitting}", change={"groups": fitting}),
                )
        return channels, window(
            self, (height, width), self.kernel_size, "kernel_size", self.stride, self.padding, self.dilation
        )

    def output_shape(self, *inputs: Shape) -> Shape:
        _, sliding = self._window(inputs[0])
        return (self.filters, *sliding.output)

    def parameter_specs(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        channels, sliding = self._window(inputs[0])
        kernel = (sliding.rows.kernel, sliding.columns.kernel)
        fan_in = channels // self.groups * math.prod(kernel)
        fan_out = self.filters // self.groups * math.prod(kernel)
        shape = (self.filters, channels // self.groups, *kernel)
        specs = {"weight": ParameterSpec(shape, self.weight_init, fan_in, fan_out)}
        if self.bias == "per_filter":
            specs["bias"] = ParameterSpec((self.filters,), self.bias_init, fan_in, fan_out)
        elif self.bias == "per_position":
            specs["bias"] = ParameterSpec((self.filters, *sliding.output), self.bias_init, fan_in, fan_out)
        return specs

    def multiply_adds(self, *inputs: Shape) -> int:
        channels, sliding = self._window(inputs[0])
        kernel = sliding.rows.kernel * sliding.columns.kernel
        return self.filters * (channels // self.groups) * kernel * math.prod(sliding.output)

    def reach(self, *inputs: Shape) -> Reach | None:
        return self._window(inputs[0])[1].reach

    def taps(self, place: tuple[int, int, int], *inputs: Shape) -> Taps | None:
        channels, sliding = self._window(inputs[0])
        kernel, row, column = place
        deep = channels // self.groups
        first = kernel // (self.filters // self.groups) * deep
        biases: dict[str, Index | None] = {"per_filter": (kernel,), "per_position": place, "none": None}
        return Taps(
            sliding.rows.under(row),
            sliding.columns.under(column),
            range(first, first + deep),
            "sum",
            weight=(kernel,),
            bias=biases[self.bias],
        )

    def left_over(self, *inputs: Shape) -> tuple[int, int]:
        return self._window(inputs[0])[1].left_over

    def work(self, *inputs: Shape) -> int:
        channels, sliding = self._window(inputs[0])
        high, wide = sliding.rows, sliding.columns
        # Patches that do not fit a cache are made block by block, and a block is at least one line of the output.
        line = (channels * high.kernel * wide.kernel + self.groups) * wide.output
        seam = channels * (high.overlap * high.stride + high.extent) * wide.padded
        return 2 * channels * high.padded * wide.padded + threads.PARTS * line + (threads.PARTS - 1) * seam

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        channels, sliding = self._window(inputs[0])
        rows, columns = sliding.rows, sliding.columns
        members, siblings = channels // self.groups, self.filters // self.groups
        border = ((0, 0), (rows.before, rows.after), (columns.before, columns.after))

        def seen_by(filter_: int) -> slice:
            """Channels that a filter looks at: all of them, unless there are groups."""
            return slice(filter_ // siblings * members, (filter_ // siblings + 1) * members)

        def windows(x: Array) -> Array:
            padded = np.pad(x, border)
            every = np.lib.stride_tricks.sliding_window_view(padded, (rows.extent, columns.extent), axis=(1, 2))
            return every[:, :: rows.stride, :: columns.stride, :: rows.dilation, :: columns.dilation]

        def correlation(windows: Array, weight: Array) -> Array:
            maps = [np.einsum("chwij,cij->hw", windows[seen_by(f)], weight[f]) for f in range(len(weight))]
            return np.stack(maps)

        def output(correlation: Array, bias: Array) -> Array:
            return correlation + (bias[:, None, None] if bias.ndim == 1 else bias)

        def weight_gradient(windows: Array, dy: Array) -> Array:
            return np.stack([np.einsum("chwij,hw->cij", windows[seen_by(f)], dy[f]) for f in range(len(dy))])

        def bias_gradient(dy: Array, bias: Array) -> Array:
            return dy.sum(axis=(1, 2)) if bias.ndim == 1 else dy

        def input_gradient(weight: Array, dy: Array) -> Array:
            padded = np.zeros((channels, rows.padded, columns.padded), dy.dtype)
            for f, i, j in np.ndindex(len(weight), rows.kernel, columns.kernel):
                padded[seen_by(f), rows.taken(i), columns.taken(j)] += weight[f][:, i, j, None, None] * dy[f]
            return padded[:, rows.before :, columns.before :][:, : rows.size, : columns.size]

        forward = [
            Step(
                "windows",
                "forward",
                r"X_{c,h,w} = \left( x_{c,\, s h + i,\, s w + j} \right)_{i,j}",
                "Cuts one window out of each channel, with its padding, for every position of the output.",
                windows,
            ),
            Step(
                "correlation" if self.bias != "none" else "y",
                "forward",
                r"y_f = \sum_c x_c \star K_{f,c}",
                "Each number is the sum of the products of a window with the kernel, over all channels: a correlation.",
                correlation,
            ),
        ]
        gradients = [
            Step(
                "d_weight",
                "parameter",
                r"\frac{\partial E}{\partial K_{f,c}} = x_c \star \frac{\partial E}{\partial y_f}",
                "The input correlated with the gradient: each weight met one pixel of every window.",
                weight_gradient,
            )
        ]
        if self.bias != "none":
            forward.append(Step("y", "forward", r"y_f = b_f + \sum_c x_c \star K_{f,c}", "Adds the bias.", output))
            per_filter = r"\frac{\partial E}{\partial b_f} = \sum_{h,w} \frac{\partial E}{\partial y_{f,h,w}}"
            gradients.append(
                Step(
                    "d_bias",
                    "parameter",
                    per_filter
                    if self.bias == "per_filter"
                    else r"\frac{\partial E}{\partial b} = \frac{\partial E}{\partial y}",
                    "The gradients of all numbers that the bias was added to.",
                    bias_gradient,
                )
            )
        back = Step(
            "dx",
            "input",
            r"\frac{\partial E}{\partial x_c} = \sum_{f=1}^{d} \frac{\partial E}{\partial y_f} "
            r"\underset{\text{full}}{\ast} K_{f,c}",
            "The full convolution of the gradient with each kernel, summed over the filters: every "
            "pixel collects what it "
            "gave to each window. A stride spreads the gradient's numbers apart first.",
            input_gradient,
        )
        return (*forward, *gradients, back)

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x = context.input
        channels, sliding = self._window(x.shape[:3])
        if conv_rows.suits(sliding, channels, self.groups, x.dtype):
            large = self.multiply_adds(x.shape[:3]) * x.shape[3] >= threads.DIVIDED
            return conv_rows.bind(
                context, sliding, self._spread(context), min(threads.PARTS, sliding.rows.output) if large else 1
            )
        return self._bind_patches(context, channels, sliding)

    def _bind_patches(self, context: BindContext, channels: int, sliding: Window) -> tuple[Operation, Operation]:
        """The operations where patches are gathered, which takes any window and any number of groups."""
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        groups = self.groups
        elements = channels // groups * sliding.rows.kernel * sliding.columns.kernel
        weight = context.parameters["weight"].reshape(groups, -1, elements)
        bias: MaybeArray = context.parameters.get("bias")

        # One bias per filter is one more element of the kernel, which always meets a one: it costs no pass of its own.
        joins = self.bias == "per_filter"
        kernel = context.buffer(*weight.shape[:2], elements + 1) if joins else weight

        # The picture with its zeros around; the zeros are written once, here.
        padded = (
            context.buffer(channels, sliding.rows.padded, sliding.columns.padded, x.shape[3]) if sliding.padded else x
        )
        interior = sliding.interior(padded)
        parts = self._parts(context, sliding, padded, kernel.shape[2])
        forwards = [part.forward(kernel) for part in parts]
        context.divided = len(parts) > 1

        def forward() -> None:
            if padded is not x:
                np.copyto(interior, x)
            if joins:
                kernel[..., :-1] = weight
                kernel[..., -1] = bias.reshape(groups, -1)
            threads.run(forwards)
            if self.bias == "per_position":
                np.add(y, bias[..., None], out=y)

        if dy is None:
            return forward, forward
        d_weight: MaybeArray = context.gradients["weight"].reshape(weight.shape) if context.gradients else None
        d_bias: MaybeArray = context.gradients.get("bias")
        ones = np.ones(y.shape[3], y.dtype)
        d_padded = np.empty_like(padded) if sliding.padded and dx is not None else dx
        d_interior = sliding.interior(d_padded) if d_padded is not None else dx
        backwards = [
            part.backward(weight, dy, d_padded, sliding, first=part is parts[0], learns=d_weight is not None)
            for part in parts
        ]
        d_kernel: MaybeArray = parts[0].d_kernel

        def backward() -> None:
            if d_padded is not None:
                d_padded.fill(0)
            threads.run(backwards)
            for part in parts:
                part.join(d_kernel, d_padded)
            if d_weight is not None:
                d_weight[...] = d_kernel[:, :elements].swapaxes(1, 2)
            if joins and d_bias is not None:
                d_bias.reshape(groups, -1)[...] = d_kernel[:, -1]
            elif d_bias is not None:
                np.dot(dy.reshape(d_bias.size, ones.size), ones, out=d_bias.reshape(-1))
            if dx is not None and d_padded is not dx:
                np.copyto(dx, d_interior)

        return forward, backward

    def _spread(self, context: BindContext) -> MaybeArray:
        """The biases, shaped to be added to an output (F, H', W', N); None if there are none."""
        bias = context.parameters.get("bias")
        if bias is None:
            return None
        return bias[:, None, None, None] if self.bias == "per_filter" else bias[..., None]

    def _parts(self, context: BindContext, sliding: Window, padded: Array, elements: int) -> list[Part]:
        """Cuts the output into parts, and those into blocks of whole lines.

        `elements` counts those of a kernel, with the bias. What is cut never depends on the machine, so results do
        not either.
        """
        height, width = sliding.output
        line = width * context.output.shape[3]
        size = self.groups * elements * line
        lines = max(1, min(height, BLOCK // max(size, 1)))
        keep = size * height <= KEPT
        tops = range(0, height, lines)
        number = min(threads.PARTS, len(tops)) if self.filters * size * height >= self.groups * threads.DIVIDED else 1
        parts = []
        for own in np.array_split(tops, number):
            buffers = [context.buffer(self.groups, elements, lines * line) for _ in (own if keep else own[:1])]
            blocks = []
            for index, top in enumerate(own.tolist()):
                bottom = min(top + lines, height)
                patches = buffers[index if keep else 0][..., : (bottom - top) * line]
                blocks.append(PatchBlock(sliding, padded, context.output, patches, top, bottom, not keep))
            parts.append(Part(blocks))
        return parts

    def summary(self) -> str:
        parts = [f"{self.filters} @ {show_pair(self.kernel_size)}"]
        if self.stride != 1:
            parts.append(f"stride {show_pair(self.stride) if isinstance(self.stride, tuple) else self.stride}")
        if self.padding != "valid":
            parts.append(str(self.padding) if isinstance(self.padding, str) else f"padding {self.padding}")
        return ", ".join(parts)


__all__ = ["Conv2D", "Pair"]
