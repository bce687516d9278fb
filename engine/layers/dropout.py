"""Dropout and noise layers, against overfitting."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.layers.base import Category, Layer
from engine.mathematics import Step
from engine.types import Array, Shape


class Dropout(Layer):
    """Dropout: zero random activations while training, and scale up the rest.

    Srivastava et al. 2014, in the inverted form: kept activations are divided by the fraction that is kept. In
    inference the layer does nothing.
    """

    category: ClassVar[Category] = "Regularisation"
    title: ClassVar[str] = "Dropout"
    help: ClassVar[str] = "Sets a random fraction of the values to 0 at each training step."
    formula: ClassVar[str] = "y = x · m / (1 − p), m ∈ {0, 1}"
    use: ClassVar[str] = "When the training loss falls but the validation loss rises."
    icon: ClassVar[str] = "dropout"
    elementwise: ClassVar[bool] = True
    in_place: ClassVar[bool] = True
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True

    type: Literal["Dropout"] = "Dropout"
    rate: float = Field(0.25, ge=0, lt=1, title="Rate", description="Fraction of the values set to 0.")

    def output_shape(self, *inputs: Shape) -> Shape:
        return inputs[0]

    def passes_through(self, *, training: bool) -> bool:
        return not training or self.rate == 0

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        keep = 1 - self.rate

        def output(x: Array, mask: Array) -> Array:
            return x * mask / keep

        def input_gradient(mask: Array, dy: Array) -> Array:
            return dy * mask / keep

        def same(x: Array) -> Array:
            return x

        def same_gradient(dy: Array) -> Array:
            return dy

        if not training:
            gradient = r"\frac{\partial E}{\partial x} = \frac{\partial E}{\partial y}"
            return (
                Step("y", "forward", "y = x", "In use, the layer passes everything on.", same),
                Step("dx", "input", gradient, "So does it with the gradient.", same_gradient),
            )
        return (
            Step(
                "y",
                "forward",
                r"y = x \odot \frac{m}{1 - p}",
                "Sets the values to 0 that the random mask leaves out, and enlarges the others to make up for it.",
                output,
            ),
            Step(
                "dx",
                "input",
                r"\frac{\partial E}{\partial x} = \frac{\partial E}{\partial y} \odot \frac{m}{1 - p}",
                "What was left out gets no gradient.",
                input_gradient,
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        rng, keep = context.rng, 1 - self.rate
        draws = np.empty(x.shape, np.float32)
        mask = context.buffer(*x.shape)

        def forward() -> None:
            rng.random(out=draws, dtype=np.float32)
            np.less(draws, keep, out=mask)
            np.divide(mask, keep, out=mask)
            np.multiply(x, mask, out=y)

        def backward() -> None:
            if dx is not None:
                np.multiply(dy, mask, out=dx)

        return forward, backward

    def summary(self) -> str:
        return f"{self.rate:.0%} off"
