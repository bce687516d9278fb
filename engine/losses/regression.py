"""Regression losses: mean squared error, mean absolute error and Huber."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.losses.base import Loss
from engine.losses.context import LossContext
from engine.mathematics import Step, loss_steps
from engine.targets import Task
from engine.types import Array


class MeanSquaredError(Loss):
    """Mean of (y - t)^2 over all outputs and samples."""

    title: ClassVar[str] = "Mean squared error"
    help: ClassVar[str] = "Mean of the squared differences between output and target."
    formula: ClassVar[str] = "L = mean (y − t)²"

    type: Literal["mse"] = "mse"

    @classmethod
    def is_usual(cls, task: Task, classes: int) -> bool:
        return task == "regression"

    def mathematics(self) -> tuple[Step, ...]:
        def value(y: Array, t: Array) -> float:
            return np.mean((y - t) ** 2)

        def gradient(y: Array, t: Array) -> Array:
            return 2 * (y - t) / y.size

        return loss_steps(
            value,
            r"E = \frac{1}{n} \sum_i (y_i - t_i)^2",
            "The mean of the squared differences between output and target.",
            gradient,
            r"\frac{2}{n} (y - t)",
            "Twice the difference, divided by the number of outputs: far-off outputs are pulled hardest.",
        )

    def bind(self, context: LossContext) -> Callable[[], float]:
        output, target, gradient = context.output, context.target, context.gradient
        distance = np.empty(output.shape, output.dtype)
        flat = distance.reshape(-1)
        size = max(output.size, 1)
        factor = np.array(2 / size, output.dtype)
        flat_by, dot, weighted = flat.dot, context.dot, context.weights is not None

        def measure() -> float:
            np.subtract(output, target, distance)
            if gradient is not None:
                np.multiply(distance, factor, gradient)
            return (dot(distance, distance) if weighted else float(flat_by(flat))) / size

        return measure


class MeanAbsoluteError(Loss):
    """Mean of |y - t| over all outputs and samples."""

    title: ClassVar[str] = "Mean absolute error"
    short: ClassVar[str] = "Absolute error"
    help: ClassVar[str] = (
        "Mean of the absolute differences between output and target; outliers weigh less than squared."
    )
    formula: ClassVar[str] = "L = mean |y − t|"

    type: Literal["mae"] = "mae"

    def mathematics(self) -> tuple[Step, ...]:
        def value(y: Array, t: Array) -> float:
            return np.mean(np.abs(y - t))

        def gradient(y: Array, t: Array) -> Array:
            return np.sign(y - t) / y.size

        return loss_steps(
            value,
            r"E = \frac{1}{n} \sum_i |y_i - t_i|",
            "The mean of the absolute differences between output and target.",
            gradient,
            r"\frac{1}{n} \operatorname{sign}(y - t)",
            "Only the side on which an output lies counts, not how far off it is.",
        )

    def bind(self, context: LossContext) -> Callable[[], float]:
        output, target, gradient = context.output, context.target, context.gradient
        distance = np.empty(output.shape, output.dtype)
        size, total = max(output.size, 1), context.total

        def measure() -> float:
            np.subtract(output, target, distance)
            if gradient is not None:
                np.sign(distance, gradient)
                np.divide(gradient, size, gradient)
            np.absolute(distance, distance)
            return total(distance) / size

        return measure


class Huber(Loss):
    """Huber loss: (y - t)^2 / 2 where |y - t| <= delta, else linear (Huber 1964).

    The linear part is delta (|y - t| - delta / 2).
    """

    title: ClassVar[str] = "Huber"
    help: ClassVar[str] = (
        "Squared for small differences and linear for large ones, so that outliers do not pull too hard."
    )
    formula: ClassVar[str] = "L = mean r²/2 for |r| ≤ δ, else δ(|r| − δ/2),  r = y − t"

    type: Literal["huber"] = "huber"
    delta: float = Field(1.0, gt=0, le=1000, title="Delta", description="Difference from which on the loss is linear.")

    def mathematics(self) -> tuple[Step, ...]:
        delta = self.delta

        def value(y: Array, t: Array) -> float:
            r = np.abs(y - t)
            return np.mean(np.where(r <= delta, r**2 / 2, delta * (r - delta / 2)))

        def gradient(y: Array, t: Array) -> Array:
            return np.clip(y - t, -delta, delta) / y.size

        return loss_steps(
            value,
            r"E = \frac{1}{n} \sum_i \begin{cases} r_i^2 / 2 & |r_i| \le \delta \\ \delta (|r_i| - \delta / 2) & "
            r"|r_i| > \delta \end{cases}, \quad r = y - t",
            "Squared for small differences, linear for large ones.",
            gradient,
            r"\frac{1}{n} \min(\max(y - t, -\delta), \delta)",
            "The difference, cut off at delta: outliers do not pull too hard.",
        )

    def bind(self, context: LossContext) -> Callable[[], float]:
        output, target, gradient = context.output, context.target, context.gradient
        distance, near = np.empty(output.shape, output.dtype), np.empty(output.shape, output.dtype)
        size, total = max(output.size, 1), context.total
        delta, share = np.array(self.delta, output.dtype), np.array(1 / size, output.dtype)

        def measure() -> float:
            np.subtract(output, target, distance)
            # With n for r cut off at +-delta, the loss is n r - n^2 / 2 on both sides, and its gradient is n.
            np.clip(distance, -delta, delta, out=near)
            if gradient is not None:
                np.multiply(near, share, gradient)
            np.multiply(distance, near, distance)
            np.multiply(near, near, near)
            return (total(distance) - total(near) / 2) / size

        return measure
