"""Convolution of pictures, as the field means it: cross-correlation."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.errors import Remedy, ShapeError
from engine.initializers import InitializerName
from engine.layers.base import Array, Category, Layer, Operation, ParameterSpec, Shape, Site, expect_image
from engine.layers.shape import Reshape
from engine.layers.windows import Pair, Window, show_pair, window

Size = (
    Annotated[int, Field(ge=1, le=64)] | tuple[Annotated[int, Field(ge=1, le=64)], Annotated[int, Field(ge=1, le=64)]]
)


class Conv2D(Layer):
    """Slides small kernels over a picture: (C, H, W) -> (filters, H', W').

    Parameters: `weight` (filters, C / groups, kernel height, kernel width) and, by the kind of bias, `bias`
    (filters,) or (filters, H', W').
    """

    category: ClassVar[Category] = "Convolution"
    title: ClassVar[str] = "Conv2D"
    help: ClassVar[str] = "Slides small kernels over the picture. Each kernel answers where it finds its pattern."
    formula: ClassVar[str] = "yᶠ = bᶠ + Σᵢ xᵢ ⋆ Wᶠᵢ"
    use: ClassVar[str] = "For pictures: finds edges, strokes and shapes wherever they are, with few parameters."
    icon: ClassVar[str] = "conv2d"
    resizes_by: ClassVar[str | None] = "filters"

    type: Literal["Conv2D"] = "Conv2D"
    filters: int = Field(
        8, ge=1, le=4096, title="Filters", description="How many kernels, so how many pictures come out."
    )
    kernel_size: Size = Field(3, title="Kernel size", description="Height and width of a kernel: 3, or 3, 5.")
    stride: Size = Field(1, title="Stride", description="Step from one position to the next, in pixels.")
    padding: Literal["valid", "same", "full"] | Annotated[int, Field(ge=0, le=64)] = Field(
        "valid",
        title="Padding",
        description="Zeros around the picture: none, to keep the size, all overlaps, or a number.",
    )
    dilation: Size = Field(1, title="Dilation", description="Distance between the pixels a kernel looks at.")
    groups: int = Field(
        1,
        ge=1,
        le=4096,
        title="Groups",
        description="Splits channels and filters into groups that do not see each other.",
    )
    bias: Literal["per_filter", "per_position", "none"] = Field(
        "per_filter", title="Bias", description="One constant per filter, one per output pixel, or none."
    )
    weight_init: InitializerName = Field(
        "auto", title="First kernels", description="How the kernels start; auto looks at what follows."
    )
    bias_init: InitializerName = Field("zeros", title="First biases", description="How the biases start.")

    def _window(self, shape: Shape) -> tuple[int, Window]:
        channels, height, width = expect_image(self, shape, lambda target: Reshape(shape=target))
        for name, count in (("channels come in", channels), ("filters go out", self.filters)):
            if count % self.groups:
                fitting = math.gcd(channels, self.filters, self.groups)
                raise ShapeError(
                    f"{self.groups} groups need a multiple of {self.groups} channels and filters, but {count} {name}. "
                    f"Choose groups that divide both {channels} and {self.filters}.",
                    remedy=Remedy(f"Set groups to {fitting}", change={"groups": fitting}),
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

    def bind(self, site: Site) -> tuple[Operation, Operation]:
        x, y, dx, dy = site.input, site.output, site.input_gradient, site.output_gradient
        channels, sliding = self._window(x.shape[:3])
        samples = x.shape[3]
        rows, columns = sliding.rows, sliding.columns
        weight = site.parameters["weight"]

        # The picture with its zeros around; the zeros are written once, here.
        padded = site.buffer(channels, rows.padded, columns.padded, samples) if sliding.padded else x
        interior = sliding.interior(padded)
        # All that each kernel meets, one column per output pixel: the convolution is then one matrix product.
        patches = site.buffer(channels, rows.kernel, columns.kernel, *sliding.output, samples)
        gather = [(patches[:, i, j], padded[:, r, c]) for i, j, r, c in sliding.offsets()]
        patch_matrix, kernel_matrix, y_matrix = (self._grouped(array) for array in (patches, weight, y))
        bias = self._bias(site.parameters)

        def forward() -> None:
            if padded is not x:
                np.copyto(interior, x)
            for column, pixels in gather:
                np.copyto(column, pixels)
            np.matmul(kernel_matrix, patch_matrix, out=y_matrix)
            if bias is not None:
                np.add(y, bias, out=y)

        if dy is None:
            return forward, forward
        dy_matrix = self._grouped(dy)
        d_kernel_matrix = self._grouped(site.gradients["weight"])
        patch_matrix_t, kernel_matrix_t = patch_matrix.swapaxes(-1, -2), kernel_matrix.swapaxes(-1, -2)
        d_bias = site.gradients.get("bias")
        ones = np.ones(math.prod(dy.shape[1:]) if self.bias == "per_filter" else samples, dy.dtype)
        dy_by_bias = dy.reshape(-1, ones.size)
        d_padded = np.empty_like(padded) if sliding.padded and dx is not None else dx
        scatter: list[tuple[Array, Array]] = []
        d_interior = dx
        if d_padded is not None:
            scatter = [(d_padded[:, r, c], patches[:, i, j]) for i, j, r, c in sliding.offsets()]
            d_interior = sliding.interior(d_padded)

        def backward() -> None:
            np.matmul(dy_matrix, patch_matrix_t, out=d_kernel_matrix)
            if d_bias is not None:
                np.dot(dy_by_bias, ones, out=d_bias.reshape(-1))
            if dx is None or d_padded is None:
                return
            # The patches have served; their place takes the gradients of the patches.
            np.matmul(kernel_matrix_t, dy_matrix, out=patch_matrix)
            d_padded.fill(0)
            for pixels, column in scatter:
                np.add(pixels, column, out=pixels)
            if d_padded is not dx:
                np.copyto(dx, d_interior)

        return forward, backward

    def _grouped(self, array: Array) -> Array:
        """Seen as (rows, columns), or as (groups, rows, columns): rows are what the kernel or the patch counts."""
        channels_first = array.shape[0]
        if array.ndim == 6:  # patches (C, kh, kw, oh, ow, N): the kernel's elements are rows
            rows = math.prod(array.shape[:3])
        else:
            rows = channels_first
        matrix = array.reshape(rows, -1)
        return matrix if self.groups == 1 else matrix.reshape(self.groups, rows // self.groups, -1)

    def _bias(self, parameters: object) -> Array | None:
        bias: Array | None = parameters.get("bias")  # type: ignore[attr-defined]
        if bias is None:
            return None
        return bias[:, None, None, None] if self.bias == "per_filter" else bias[..., None]

    def summary(self) -> str:
        parts = [f"{self.filters} @ {show_pair(self.kernel_size)}"]
        if self.stride != 1:
            parts.append(f"stride {show_pair(self.stride) if isinstance(self.stride, tuple) else self.stride}")
        if self.padding != "valid":
            parts.append(str(self.padding) if isinstance(self.padding, str) else f"padding {self.padding}")
        return ", ".join(parts)


__all__ = ["Conv2D", "Pair"]
