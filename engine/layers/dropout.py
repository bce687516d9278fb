"""Layers that keep a network from learning its data by heart."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.layers.base import Category, Layer
from engine.types import Shape


class Dropout(Layer):
    """While training, sets a random share of the numbers to zero and scales up the rest; otherwise does nothing.

    Srivastava et al. 2014, in the inverted form: kept numbers are divided by the share that is kept.
    """

    category: ClassVar[Category] = "Regularisation"
    title: ClassVar[str] = "Dropout"
    help: ClassVar[str] = "Sets a random share of the values to 0 while training, another one at each step."
    formula: ClassVar[str] = "y = x · m / (1 − p), m ∈ {0, 1}"
    use: ClassVar[str] = "When the training loss falls but the validation loss rises."
    icon: ClassVar[str] = "dropout"
    elementwise: ClassVar[bool] = True
    in_place: ClassVar[bool] = True
    linear: ClassVar[bool] = True
    odd: ClassVar[bool] = True

    type: Literal["Dropout"] = "Dropout"
    rate: float = Field(0.25, ge=0, lt=1, title="Rate", description="Share of the values that is set to 0.")

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
