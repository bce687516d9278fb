"""Dropout and noise layers, against overfitting."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.layers.base import Category, Layer
from engine.types import Shape


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
