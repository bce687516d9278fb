"""The fully connected layer."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.initializers import InitializerName
from engine.layers.base import Layer, Operation, ParameterSpec, Shape, Site, expect_vector
from engine.layers.reach import Reach
from engine.layers.shape import Flatten


class Dense(Layer):
    """Every output is a weighted sum of all inputs plus a bias: (in,) -> (units,).

    Parameters: `weight` (in, units) and `bias` (units,).
    """

    title: ClassVar[str] = "Dense"
    help: ClassVar[str] = "Connects every input with every unit. Each unit adds up its weighted inputs and a bias."
    formula: ClassVar[str] = "y = Wᵀx + b"
    use: ClassVar[str] = "The workhorse for rows of numbers, and the last layer of nearly every classifier."
    icon: ClassVar[str] = "dense"
    resizes_by: ClassVar[str | None] = "units"

    type: Literal["Dense"] = "Dense"
    units: int = Field(8, ge=1, le=65536, title="Units", description="How many numbers come out.")
    bias: bool = Field(True, title="Bias", description="Adds a learned constant to every unit.")
    weight_init: InitializerName = Field(
        "auto", title="First weights", description="How the weights start; auto looks at what follows."
    )
    bias_init: InitializerName = Field("zeros", title="First biases", description="How the biases start.")

    def output_shape(self, *inputs: Shape) -> Shape:
        expect_vector(self, inputs[0], Flatten())
        return (self.units,)

    def parameter_specs(self, *inputs: Shape) -> dict[str, ParameterSpec]:
        (size,) = inputs[0]
        specs = {"weight": ParameterSpec((size, self.units), self.weight_init, size, self.units)}
        if self.bias:
            specs["bias"] = ParameterSpec((self.units,), self.bias_init, size, self.units)
        return specs

    def reach(self, *inputs: Shape) -> Reach | None:
        return None

    def multiply_adds(self, *inputs: Shape) -> int:
        return inputs[0][0] * self.units

    def work(self, *inputs: Shape) -> int:
        return 0

    def bind(self, site: Site) -> tuple[Operation, Operation]:
        x, y, dx, dy = site.input, site.output, site.input_gradient, site.output_gradient
        weight = site.parameters["weight"]
        bias = site.parameters["bias"][:, None] if self.bias else None

        # The methods of arrays are looked up once, and quicker than NumPy's functions.
        product = weight.T.dot

        def forward() -> None:
            product(x, y)
            if bias is not None:
                np.add(y, bias, out=y)

        if dy is None:
            return forward, forward
        d_weight = site.gradients["weight"]
        d_bias = site.gradients.get("bias")
        dy_transposed = dy.T
        ones = np.ones(dy.shape[1], dy.dtype)
        x_by, dy_by, weight_by = x.dot, dy.dot, weight.dot

        def backward() -> None:
            x_by(dy_transposed, d_weight)
            if d_bias is not None:
                dy_by(ones, d_bias)
            if dx is not None:
                weight_by(dy, dx)

        return forward, backward

    def summary(self) -> str:
        return f"{self.units} unit" + ("s" if self.units != 1 else "")
