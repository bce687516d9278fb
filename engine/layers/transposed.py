"""Transposed convolution: a convolution's backward pass used as a layer."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.errors import Fix, ShapeError
from engine.initializers import InitializerName
from engine.layers.base import Category, Layer, ParameterSpec, expect_image
from engine.layers.convolution import Size
from engine.layers.shape import Reshape
from engine.mathematics import Step
from engine.receptive_field import Reach
from engine.sliding_window import Axis, Window, pair, show_pair
from engine.types import Array, MaybeArray, Shape, show_shape
from engine.window_taps import Taps


class ConvTranspose2D(Layer):
    """Transposed convolution, which enlarges images: (C, H, W) -> (filters, H', W').

    It inverts the change of shape of a Conv2D with the same settings (Dumoulin and Visin 2016, chapter 4): H' = (H - 1)
    * stride + kernel height - 2 * padding. With padding "same", H' = H * stride.

    Parameters: `weight` (C, filters, kernel height, kernel width) and `bias` (filters,).
    """

    category: ClassVar[Category] = "Convolution"
    title: ClassVar[str] = "ConvTranspose2D"
    help: ClassVar[str] = (
        "Transposed convolution: places a kernel on a larger image for every pixel and adds up overlaps."
    )
    formula: ClassVar[str] = "yᶠ = bᶠ + Σ꜀ x꜀ ⊛ᵀ Wᶠ꜀"
    use: ClassVar[str] = "For trainable upsampling, such as in decoders."
    icon: ClassVar[str] = "convtranspose2d"
    resizes_by: ClassVar[str | None] = "filters"
    weight_axes: ClassVar[tuple[int, int] | None] = (0, 1)
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True

    type: Literal["ConvTranspose2D"] = "ConvTranspose2D"
    filters: int = Field(8, ge=1, le=4096, title="Filters", description="Number of filters, and so of output channels.")
    kernel_size: Size = Field(3, title="Kernel size", description="Height and width of the kernel: 3, or 3, 5.")
    stride: Size = Field(1, title="Stride", description="Step between neighbouring placements, in pixels.")
    padding: Literal["valid", "same"] | Annotated[int, Field(ge=0, le=64)] = Field(
        "valid",
        title="Padding",
        description="Cut off at the border: valid nothing, same all beyond stride times size; or a number of pixels.",
    )
    bias: bool = Field(True, title="Bias", description="Adds a trainable bias to every filter.")
    weight_init: InitializerName = Field(
        "auto",
        title="Weight initialiser",
        description="Distribution of the initial kernels; auto chooses it by the activation that follows.",
    )
    bias_init: InitializerName = Field(
        "zeros", title="Bias initialiser", description="Distribution of the initial biases."
    )

    def _window(self, shape: Shape) -> tuple[int, Window]:
        """Input channels, and the window over the output that meets one input pixel at each of its places."""
        channels, height, width = expect_image(self, shape, lambda target: Reshape(shape=target))
        axes = [
            self._axis(*sizes) for sizes in zip((height, width), pair(self.kernel_size), pair(self.stride), strict=True)
        ]
        if any(axis.size < 1 for axis in axes):
            raise ShapeError(
                f"{self.type_name()} cuts {self.padding} pixels off each side: nothing is left of what it makes of "
                f"{show_shape(shape)}. Make padding smaller.",
                fix=Fix("Set padding to 0", change={"padding": 0}),
            )
        return channels, Window(axes[0], axes[1])

    def _axis(self, count: int, kernel: int, stride: int) -> Axis:
        whole = (count - 1) * stride + kernel
        match self.padding:
            case "valid":
                return Axis(whole, kernel, stride, 1, 0, 0)
            case "same":
                cut = max(whole - count * stride, 0)
                # With a kernel shorter than the stride the last stamps end before the picture does.
                return Axis(count * stride, kernel, stride, 1, cut // 2, cut - cut // 2)
            case number:
                return Axis(whole - 2 * number, kernel, stride, 1, number, number)

    def output_shape(self, *inputs: Shape) -> Shape:
        _, sliding = self._window(inputs[0])
        return (self.filters, sliding.rows.size, sliding.columns.size)

    def parameter_specs(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        channels, sliding = self._window(inputs[0])
        kernel = (sliding.rows.kernel, sliding.columns.kernel)
        fan_in, fan_out = channels * math.prod(kernel), self.filters * math.prod(kernel)
        specs = {"weight": ParameterSpec((channels, self.filters, *kernel), self.weight_init, fan_in, fan_out)}
        if self.bias:
            specs["bias"] = ParameterSpec((self.filters,), self.bias_init, fan_in, fan_out)
        return specs

    def multiply_adds(self, *inputs: Shape) -> int:
        return math.prod(inputs[0]) * self.filters * math.prod(pair(self.kernel_size))

    def reach(self, *inputs: Shape) -> Reach | None:
        # As many stamps as overlap meet at one pixel of the output.
        kernel, stride = pair(self.kernel_size), pair(self.stride)
        return Reach(
            (math.ceil(kernel[0] / stride[0]), math.ceil(kernel[1] / stride[1])), (1 / stride[0], 1 / stride[1])
        )

    def taps(self, place: tuple[int, int, int], *inputs: Shape) -> Taps | None:
        channels, sliding = self._window(inputs[0])
        kernel, row, column = place
        return Taps(
            sliding.rows.meeting(row),
            sliding.columns.meeting(column),
            range(channels),
            "sum",
            weight=(slice(None), kernel),
            bias=(kernel,) if self.bias else None,
        )

    def work(self, *inputs: Shape) -> int:
        _, sliding = self._window(inputs[0])
        stamps = math.prod(pair(self.kernel_size)) * math.prod(inputs[0][1:])
        return self.filters * (stamps + sliding.rows.padded * sliding.columns.padded)

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        channels, sliding = self._window(inputs[0])
        rows, columns = sliding.rows, sliding.columns
        border = ((0, 0), (rows.before, rows.after), (columns.before, columns.after))

        def stamps(x: Array, weight: Array) -> Array:
            whole = np.zeros((weight.shape[1], rows.padded, columns.padded), x.dtype)
            for i, j in np.ndindex(rows.kernel, columns.kernel):
                whole[:, rows.taken(i), columns.taken(j)] += np.tensordot(weight[:, :, i, j], x, axes=(0, 0))
            return whole[:, rows.before :, columns.before :][:, : rows.size, : columns.size]

        def output(stamps: Array, bias: Array) -> Array:
            return stamps + bias[:, None, None]

        def weight_gradient(x: Array, dy: Array) -> Array:
            whole = np.pad(dy, border)
            gradient = np.empty((channels, len(dy), rows.kernel, columns.kernel), dy.dtype)
            for i, j in np.ndindex(rows.kernel, columns.kernel):
                gradient[:, :, i, j] = np.tensordot(x, whole[:, rows.taken(i), columns.taken(j)], axes=((1, 2), (1, 2)))
            return gradient

        def bias_gradient(dy: Array) -> Array:
            return dy.sum(axis=(1, 2))

        def input_gradient(weight: Array, dy: Array) -> Array:
            whole = np.pad(dy, border)
            gradient = np.zeros(inputs[0], dy.dtype)
            for i, j in np.ndindex(rows.kernel, columns.kernel):
                gradient += np.tensordot(weight[:, :, i, j], whole[:, rows.taken(i), columns.taken(j)], axes=(1, 0))
            return gradient

        forward = [
            Step(
                "stamps" if self.bias else "y",
                "forward",
                r"y_{f,\, s h + i,\, s w + j} \mathrel{+}= x_{c,h,w} \, K_{c,f,i,j}",
                "Every pixel stamps its kernel, times its value, on the larger image; where stamps "
                "overlap, they add up.",
                stamps,
            )
        ]
        gradients = [
            Step(
                "d_weight",
                "parameter",
                r"\frac{\partial E}{\partial K_{c,f,i,j}} = \sum_{h,w} x_{c,h,w} \frac{\partial "
                r"E}{\partial y_{f,\, s h + i,\, s w + j}}",
                "Each weight counts for all pixels that were stamped through it.",
                weight_gradient,
            )
        ]
        if self.bias:
            forward.append(Step("y", "forward", r"y_f \mathrel{+}= b_f", "Adds the bias of each filter.", output))
            gradients.append(
                Step(
                    "d_bias",
                    "parameter",
                    r"\frac{\partial E}{\partial b_f} = \sum_{h,w} \frac{\partial E}{\partial y_{f,h,w}}",
                    "The gradients of all numbers that the bias was added to.",
                    bias_gradient,
                )
            )
        back = Step(
            "dx",
            "input",
            r"\frac{\partial E}{\partial x_c} = \sum_f \frac{\partial E}{\partial y_f} \star K_{c,f}",
            "The correlation of the gradient with each kernel: a pixel collects from all places of its stamp.",
            input_gradient,
        )
        return (*forward, *gradients, back)

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        channels, sliding = self._window(x.shape[:3])
        weight = context.parameters["weight"].reshape(channels, -1)
        bias: MaybeArray = context.parameters.get("bias")
        pixels = math.prod(x.shape[1:])
        x_matrix = x.reshape(channels, pixels)
        stamps = context.buffer(self.filters, sliding.rows.kernel, sliding.columns.kernel, *x.shape[1:])
        stamp_matrix = stamps.reshape(weight.shape[1], pixels)
        padded = context.buffer(self.filters, sliding.rows.padded, sliding.columns.padded, x.shape[3])
        interior = sliding.interior(padded)
        places = [(stamps[:, i, j], padded[:, r, c]) for i, j, r, c in sliding.offsets()]

        def forward() -> None:
            np.matmul(weight.T, x_matrix, out=stamp_matrix)
            padded.fill(0)
            for stamp, place in places:
                np.add(place, stamp, out=place)
            if bias is None:
                np.copyto(y, interior)
            else:
                np.add(interior, bias[:, None, None, None], out=y)

        if dy is None:
            return forward, forward
        d_weight: MaybeArray = context.gradients["weight"].reshape(channels, -1) if context.gradients else None
        d_bias: MaybeArray = context.gradients.get("bias")
        dy_matrix = dy.reshape(self.filters, math.prod(dy.shape[1:]))
        ones = np.ones(dy_matrix.shape[1], dy.dtype)
        dx_matrix = None if dx is None else dx.reshape(channels, pixels)

        def backward() -> None:
            # The padded picture has served; its place takes its gradient, and the stamps' place theirs.
            padded.fill(0)
            np.copyto(interior, dy)
            for stamp, place in places:
                np.copyto(stamp, place)
            if d_weight is not None:
                np.matmul(x_matrix, stamp_matrix.T, out=d_weight)
            if d_bias is not None:
                np.dot(dy_matrix, ones, out=d_bias)
            if dx_matrix is not None:
                np.matmul(weight, stamp_matrix, out=dx_matrix)

        return forward, backward

    def summary(self) -> str:
        parts = [f"{self.filters} @ {show_pair(self.kernel_size)}"]
        if self.stride != 1:
            parts.append(f"stride {show_pair(self.stride) if isinstance(self.stride, tuple) else self.stride}")
        return ", ".join(parts)
