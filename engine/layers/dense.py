"""Fully connected layer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy import blas, threads
from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.gradient_factors import Factors
from engine.backends.numpy.operations import Operation
from engine.initializers import InitializerName
from engine.layers.base import Layer, ParameterSpec, expect_vector
from engine.layers.shape import Flatten
from engine.mathematics import Step
from engine.receptive_field import Reach
from engine.types import Array, MaybeArray, Shape

# Up to so many outputs, calling an operation costs more than the operation.
_SMALL = 4096
# The least rows of a product to be computed on their own.
_ROWS = 64


class Dense(Layer):
    """Fully connected layer: weighted sums of all inputs plus biases, (in,) -> (units,).

    Parameters: `weight` (in, units) and `bias` (units,).
    """

    title: ClassVar[str] = "Dense"
    help: ClassVar[str] = "Fully connected: each unit adds up its weighted inputs and a bias."
    formula: ClassVar[str] = "y = Wᵀx + b"
    use: ClassVar[str] = "The workhorse for flat input, and the last layer of nearly every classifier."
    icon: ClassVar[str] = "dense"
    resizes_by: ClassVar[str | None] = "units"
    weight_axes: ClassVar[tuple[int, int] | None] = (0, 1)
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True

    type: Literal["Dense"] = "Dense"
    units: int = Field(8, ge=1, le=65536, title="Units", description="Number of units, and so of outputs.")
    bias: bool = Field(True, title="Bias", description="Adds a trainable bias to every unit.")
    weight_init: InitializerName = Field(
        "auto",
        title="Weight initialiser",
        description="Distribution of the initial weights; auto chooses it by the activation that follows.",
    )
    bias_init: InitializerName = Field(
        "zeros", title="Bias initialiser", description="Distribution of the initial biases."
    )

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

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        def product(x: Array, weight: Array) -> Array:
            return weight.T @ x

        def output(product: Array, bias: Array) -> Array:
            return product + bias

        def weight_gradient(x: Array, dy: Array) -> Array:
            return np.outer(x, dy)

        def bias_gradient(dy: Array) -> Array:
            return dy

        def input_gradient(weight: Array, dy: Array) -> Array:
            return weight @ dy

        sums = "Each unit adds up its weighted inputs."
        forward = [Step("product" if self.bias else "y", "forward", r"W^\top x", sums, product)]
        gradients = [
            Step(
                "d_weight",
                "parameter",
                r"\frac{\partial E}{\partial W_{ij}} = x_i \frac{\partial E}{\partial y_j}",
                "A weight counts for as much as comes in through it, times what its unit is to blame for.",
                weight_gradient,
            )
        ]
        if self.bias:
            forward.append(Step("y", "forward", r"y = W^\top x + b", "Adds the bias of each unit.", output))
            gradients.append(
                Step(
                    "d_bias",
                    "parameter",
                    r"\frac{\partial E}{\partial b} = \frac{\partial E}{\partial y}",
                    "A bias moves its output one to one, so its gradient is the output's.",
                    bias_gradient,
                )
            )
        back = Step(
            "dx",
            "input",
            r"\frac{\partial E}{\partial x} = W \frac{\partial E}{\partial y}",
            "Each input collects the gradients of all units that it feeds, through the weights before their update.",
            input_gradient,
        )
        return (*forward, *gradients, back)

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        weight: MaybeArray = context.parameters["weight"]
        bias: MaybeArray = context.parameters.get("bias")
        source, matrix = x, weight
        extended, joined = context.extended[0], stacked(weight, bias)
        joins = joined is not None and extended is not None and y.size <= _SMALL
        if joins:
            # The bias is one more row of weights, which always meets a one: it costs no operation of its own.
            source, matrix = extended, joined
        column = None if joins or bias is None else bias[:, None]

        # A large product is cut along its longest side, and the pieces are computed side by side.
        large = self.multiply_adds(x.shape[:1]) * x.shape[1] >= threads.DIVIDED
        context.divided = large

        # The methods of arrays are looked up once, and quicker than NumPy's functions.
        product = _product(matrix.T, source, y, large=large)

        def forward() -> None:
            product()
            if column is not None:
                np.add(y, column, y)

        if dy is None:
            return forward, forward
        if not context.gradients:
            return forward, _product(weight, dy, dx, large=large)
        d_weight, d_bias = context.gradients["weight"], context.gradients.get("bias")
        d_joined = stacked(d_weight, d_bias) if joins else None
        d_matrix, d_rest = (d_weight, d_bias) if d_joined is None else (d_joined, None)
        ones, dy_by = np.ones(dy.shape[1], dy.dtype), dy.dot
        left, right = x if d_joined is None else source, dy.T
        multiply_in: Callable[[], object] | None = None
        if context.factors is not None and _calls_blas(left, d_matrix):
            context.factors.append(Factors(weight if d_joined is None else matrix, d_matrix, left, right))
        else:
            multiply_in = _product(left, right, d_matrix, large=large)
        multiply_back = _product(weight, dy, dx, large=large) if dx is not None else None

        def backward() -> None:
            if multiply_in is not None:
                multiply_in()
            if d_rest is not None:
                dy_by(ones, d_rest)
            if multiply_back is not None:
                multiply_back()

        return forward, backward

    def summary(self) -> str:
        return f"{self.units} unit" + ("s" if self.units != 1 else "")


def _product(a: Array, b: Array, out: Array, *, large: bool) -> Callable[[], object]:
    """The function that computes out = a @ b."""
    if _calls_blas(a, out):
        return partial(blas.run, [blas.product(a, b, out, add=False)], out.dtype, together=False)
    if not large:
        return partial(a.dot, b, out)
    # Slices of a few rows would take as long as more of them.
    parts = threads.slices(len(a), min(threads.PARTS, len(a) // _ROWS))
    # Rows of a transposed matrix are slices that `dot` copies at every call, and `matmul` hands to BLAS as they lie.
    pieces = [partial(np.matmul, a[rows], b, out[rows]) for rows in parts]
    return lambda: threads.run(pieces)


def _calls_blas(a: Array, out: Array) -> bool:
    """True where BLAS's own product is twice as quick as NumPy's: few samples make a large gradient."""
    return out.size > _SMALL and out.size * a.shape[1] <= blas.SMALL and blas.available(out.dtype)


def stacked(weight: Array, bias: Array | None) -> Array | None:
    """View of weights (in, units) with the biases (units,) as one more row.

    None if the two are not adjacent in memory.
    """
    owner = weight.base
    if bias is None or owner is None or owner is not bias.base or not owner.flags.c_contiguous:
        return None
    if bias.ctypes.data - weight.ctypes.data != weight.nbytes:
        return None
    start = (weight.ctypes.data - owner.ctypes.data) // weight.itemsize
    whole: Array = owner.reshape(-1)[start : start + weight.size + bias.size].reshape(-1, bias.size)
    return whole
