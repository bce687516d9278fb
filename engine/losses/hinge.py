"""Hinge loss, for a maximum margin."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import numpy as np

from engine.losses.base import Loss
from engine.losses.context import LossContext
from engine.mathematics import Step, loss_steps
from engine.targets import Sides, Targets, Task
from engine.types import Array


class Hinge(Loss):
    """Hinge loss: mean(max(0, 1 - s y)) (Cortes and Vapnik 1995).

    s is 1 where the target is 1, and -1 where it is 0 or -1.
    """

    title: ClassVar[str] = "Hinge"
    help: ClassVar[str] = "Maximum margin: no loss once an output is on the right side by 1 (end without Sigmoid)."
    formula: ClassVar[str] = "L = mean max(0, 1 − s·y),  s = ±1"
    tasks: ClassVar[tuple[Task, ...]] = ("classification",)
    threshold: ClassVar[float] = 0.0
    aims: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    targets: ClassVar[Targets] = Sides()

    type: Literal["hinge"] = "hinge"

    def mathematics(self) -> tuple[Step, ...]:
        def sides(t: Array) -> Array:
            return np.where(t > 0, 1, -1)

        def value(y: Array, sides: Array) -> float:
            return np.mean(np.maximum(0, 1 - sides * y))

        def gradient(y: Array, sides: Array) -> Array:
            return np.where(sides * y < 1, -sides, 0) / y.size

        return (
            Step("sides", "loss", r"s = \pm 1", "The side on which each output should lie.", sides),
            *loss_steps(
                value,
                r"E = \frac{1}{n} \sum_i \max(0, 1 - s_i y_i)",
                "No loss once an output lies on its side by 1.",
                gradient,
                r"\frac{1}{n} \begin{cases} -s & s y < 1 \\ 0 & s y \ge 1 \end{cases}",
                "Outputs that do not lie on their side by 1 are pulled there, all with the same force.",
            ),
        )

    def bind(self, context: LossContext) -> Callable[[], float]:
        output, target, gradient = context.output, context.target, context.gradient
        sides, margin = np.empty(output.shape, output.dtype), np.empty(output.shape, output.dtype)
        size, total = max(output.size, 1), context.total

        def measure() -> float:
            np.greater(target, 0, sides)
            np.multiply(sides, 2, sides)
            np.subtract(sides, 1, sides)
            np.multiply(sides, output, margin)
            np.subtract(1, margin, margin)
            np.maximum(margin, 0, out=margin)
            if gradient is not None:
                np.greater(margin, 0, gradient)
                np.multiply(gradient, sides, gradient)
                np.multiply(gradient, -1 / size, gradient)
            return total(margin) / size

        return measure
