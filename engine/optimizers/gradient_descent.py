"""Stochastic gradient descent, with momentum and Nesterov's variant."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.mathematics import Step
from engine.optimizers.base import Optimizer, Run
from engine.types import Array


class SGD(Optimizer):
    """Stochastic gradient descent, optionally with momentum (Sutskever et al. 2013).

    Momentum and Nesterov's variant are as in PyTorch.
    """

    title: ClassVar[str] = "SGD"
    help: ClassVar[str] = "Stochastic gradient descent: steps against the gradient, with momentum if wanted."
    formula: ClassVar[str] = "v ← μv + g,  w ← w − ηv"

    type: Literal["SGD"] = "SGD"
    learning_rate: float = Field(
        0.1, gt=0, le=100, title="Learning rate", description="Size of a step. May be changed while training."
    )
    momentum: float = Field(
        0.0, ge=0, lt=1, title="Momentum", description="Fraction of the previous step that is kept."
    )
    nesterov: bool = Field(
        False, title="Nesterov", description="Nesterov momentum: takes the gradient ahead, along the previous step."
    )

    def mathematics(self) -> tuple[Step, ...]:
        momentum = self.momentum

        def plain(w: Array, g: Array, learning_rate: float) -> Array:
            return w - learning_rate * g

        def velocity(velocity: Array, g: Array) -> Array:
            return momentum * velocity + g

        def moved(w: Array, velocity: Array, learning_rate: float) -> Array:
            return w - learning_rate * velocity

        def ahead(w: Array, g: Array, velocity: Array, learning_rate: float) -> Array:
            return w - learning_rate * (g + momentum * velocity)

        if not momentum:
            down = "Goes a step against the gradient: downhill."
            return (Step("w", "update", r"w \leftarrow w - \eta \, g", down, plain),)
        speed = Step(
            "velocity",
            "update",
            r"v \leftarrow \mu v + g",
            "Keeps a part of the last step, so that steps in one direction add up.",
            velocity,
        )
        if self.nesterov:
            further = "Goes along the gradient and once more along the speed, as if the gradient had been taken ahead."
            return speed, Step("w", "update", r"w \leftarrow w - \eta \, (g + \mu v)", further, ahead)
        return speed, Step("w", "update", r"w \leftarrow w - \eta \, v", "Goes a step against the speed.", moved)

    @property
    def descends(self) -> bool:
        return self.momentum == 0

    def adopt(self, run: Run, other: Optimizer) -> None:
        if self.momentum == 0:
            # Else momentum that is switched on once more would begin with a speed of long ago.
            run.slots.clear()

    def bind(self, run: Run) -> Callable[[], None]:
        if self.momentum == 0:
            descend = run.descend()

            def plain() -> None:
                run.steps += 1
                descend(-run.learning_rate)

            return plain

        g, add = run.gradients, run.adder()

        velocity, momentum, nesterov = run.slot("velocity"), run.number(self.momentum), self.nesterov

        def step() -> None:
            run.steps += 1
            np.multiply(velocity, momentum, velocity)
            np.add(velocity, g, velocity)
            if nesterov:
                add(g, -run.learning_rate)
                add(velocity, -run.learning_rate * self.momentum)
            else:
                add(velocity, -run.learning_rate)

        return step
