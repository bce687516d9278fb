"""Hinge loss, for a maximum margin."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import numpy as np

from engine.losses.base import Loss, Task
from engine.losses.context import LossContext
from engine.targets import Sides, Targets


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
