"""Activation layers with bounded outputs: Sigmoid, Tanh, Sine, Softmax."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy.bind_context import BindContext
from engine.backends.numpy.operations import Operation
from engine.layers.base import Activation
from engine.mathematics import Step, elementwise
from engine.types import Array, Shape


class Sigmoid(Activation):
    """Logistic sigmoid: 1 / (1 + e^-x), with outputs in (0, 1)."""

    title: ClassVar[str] = "Sigmoid"
    help: ClassVar[str] = "Squeezes every value into the range from 0 to 1."
    formula: ClassVar[str] = "y = 1 / (1 + e⁻ˣ)"
    use: ClassVar[str] = "As the last layer for binary classification, with binary cross-entropy."
    icon: ClassVar[str] = "sigmoid"
    link: ClassVar[str | None] = "sigmoid"
    in_place: ClassVar[bool] = True
    reads_output: ClassVar[bool] = True
    steepness: ClassVar[float] = 0.21
    saturates: ClassVar[bool] = True

    type: Literal["Sigmoid"] = "Sigmoid"

    def output_range(self) -> tuple[float, float]:
        return 0, 1

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        def output(x: Array) -> Array:
            return 1 / (1 + np.exp(-x))

        def input_gradient(y: Array, dy: Array) -> Array:
            return dy * y * (1 - y)

        return elementwise(
            output,
            r"y = \sigma(x) = \frac{1}{1 + e^{-x}}",
            "Squeezes every value into the range from 0 to 1.",
            input_gradient,
            r"y \, (1 - y)",
            "The slope is y (1 - y): steepest in the middle, and nearly 0 at both ends.",
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        slope, one = context.buffer(*y.shape), context.number(1)

        def forward() -> None:
            np.negative(x, y)
            np.exp(y, y)
            np.add(y, one, y)
            np.divide(one, y, y)

        def backward() -> None:
            if dx is not None:
                np.subtract(one, y, slope)
                np.multiply(slope, y, slope)
                np.multiply(dy, slope, dx)

        return forward, backward


class Tanh(Activation):
    """Hyperbolic tangent, with outputs in (-1, 1)."""

    title: ClassVar[str] = "Tanh"
    help: ClassVar[str] = "Squeezes every value into the range from -1 to 1."
    formula: ClassVar[str] = "y = tanh(x)"
    use: ClassVar[str] = "In small networks: smooth, and centred on zero."
    icon: ClassVar[str] = "tanh"
    in_place: ClassVar[bool] = True
    reads_output: ClassVar[bool] = True
    odd: ClassVar[bool] = True
    steepness: ClassVar[float] = 0.68
    saturates: ClassVar[bool] = True

    type: Literal["Tanh"] = "Tanh"

    def output_range(self) -> tuple[float, float]:
        return -1, 1

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        def output(x: Array) -> Array:
            return np.tanh(x)

        def input_gradient(y: Array, dy: Array) -> Array:
            return dy * (1 - y**2)

        return elementwise(
            output,
            r"y = \tanh(x) = \frac{e^x - e^{-x}}{e^x + e^{-x}}",
            "Squeezes every value into the range from -1 to 1.",
            input_gradient,
            r"\left( 1 - y^2 \right)",
            "The slope is 1 - tanh²: 1 in the middle, and nearly 0 at both ends.",
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        slope, one = context.buffer(*y.shape), context.number(1)

        def forward() -> None:
            np.tanh(x, y)

        def backward() -> None:
            if dx is not None:
                np.multiply(y, y, slope)
                np.subtract(one, slope, slope)
                np.multiply(dy, slope, dx)

        return forward, backward


class Sine(Activation):
    """Sine of the input times a frequency (Sitzmann et al. 2020)."""

    title: ClassVar[str] = "Sine"
    help: ClassVar[str] = "A sine wave, for signals that repeat or have fine detail."
    formula: ClassVar[str] = "y = sin(ω·x)"
    use: ClassVar[str] = "For images and signals as functions of their coordinates."
    icon: ClassVar[str] = "sine"
    odd: ClassVar[bool] = True

    type: Literal["Sine"] = "Sine"
    frequency: float = Field(1.0, gt=0, le=100, title="Frequency", description="Angular frequency ω of the wave.")

    def output_range(self) -> tuple[float, float]:
        return -1, 1

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        frequency = self.frequency

        def output(x: Array) -> Array:
            return np.sin(frequency * x)

        def input_gradient(x: Array, dy: Array) -> Array:
            return dy * frequency * np.cos(frequency * x)

        return elementwise(
            output,
            r"y = \sin(\omega x)",
            "The sine of each value times the frequency.",
            input_gradient,
            r"\omega \cos(\omega x)",
            "The slope of a sine is a cosine, and the frequency comes out by the chain rule.",
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        frequency, angle = context.number(self.frequency), context.buffer(*y.shape)

        def forward() -> None:
            np.multiply(x, frequency, angle)
            np.sin(angle, y)

        def backward() -> None:
            if dx is not None:
                np.cos(angle, angle)
                np.multiply(angle, frequency, angle)
                np.multiply(dy, angle, dx)

        return forward, backward

    def summary(self) -> str:
        return f"frequency {self.frequency:g}"


class Softmax(Activation):
    """Softmax over the first axis (classes, or channels): positive outputs that sum to 1."""

    title: ClassVar[str] = "Softmax"
    help: ClassVar[str] = "Turns a vector of values into probabilities that add up to 1."
    formula: ClassVar[str] = "yᵢ = eˣⁱ / Σⱼ eˣʲ"
    use: ClassVar[str] = "As the last layer to classify into one of several classes, with categorical cross-entropy."
    icon: ClassVar[str] = "softmax"
    link: ClassVar[str | None] = "softmax"
    elementwise: ClassVar[bool] = False
    in_place: ClassVar[bool] = True
    reads_output: ClassVar[bool] = True
    by_channel: ClassVar[bool] = False

    type: Literal["Softmax"] = "Softmax"

    def output_range(self) -> tuple[float, float]:
        return 0, 1

    def mathematics(self, *inputs: Shape, training: bool = False) -> tuple[Step, ...]:
        def exponentials(x: Array) -> Array:
            return np.exp(x - x.max(axis=0))

        def output(exponentials: Array) -> Array:
            return exponentials / exponentials.sum(axis=0)

        def input_gradient(y: Array, dy: Array) -> Array:
            return y * (dy - (dy * y).sum(axis=0))

        return (
            Step(
                "exponentials",
                "forward",
                r"e_i = e^{x_i - \max_j x_j}",
                "Makes every value positive. Taking the largest off first changes no ratio, and nothing overflows.",
                exponentials,
            ),
            Step(
                "y", "forward", r"y_i = \frac{e_i}{\sum_j e_j}", "Divides by the sum, so that all add up to 1.", output
            ),
            Step(
                "dx",
                "input",
                r"\frac{\partial E}{\partial x_i} = y_i \frac{\partial E}{\partial y_i} - "
                r"y_i \sum_j \frac{\partial E}{\partial y_j} y_j",
                "Every input moves all outputs, since these add up to 1: the mean of their gradients goes off.",
                input_gradient,
            ),
        )

    def bind(self, context: BindContext) -> tuple[Operation, Operation]:
        x, y, dx, dy = context.input, context.output, context.input_gradient, context.output_gradient
        total = context.buffer(*y.shape[1:])
        weighted = context.buffer(*y.shape)

        def forward() -> None:
            # The largest number is taken off first, so that no exponential overflows.
            np.maximum.reduce(x, axis=0, out=total)
            np.subtract(x, total, y)
            np.exp(y, y)
            np.add.reduce(y, axis=0, out=total)
            np.divide(y, total, y)

        def backward() -> None:
            if dx is not None and dy is not None:
                np.multiply(dy, y, weighted)
                np.add.reduce(weighted, axis=0, out=total)
                np.subtract(dy, total, dx)
                np.multiply(dx, y, dx)

        return forward, backward
