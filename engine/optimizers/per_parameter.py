"""Optimisers that divide each step by the usual size of the gradient: RMSprop, Adagrad, Adam, AdamW."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.mathematics import Step
from engine.optimizers.base import Optimizer, Run
from engine.types import Array


class RMSprop(Optimizer):
    """Gradients divided by a running root mean square (Tieleman and Hinton 2012)."""

    title: ClassVar[str] = "RMSprop"
    help: ClassVar[str] = (
        "Divides each step by a running mean of the gradient's size, so that all weights move at a similar pace."
    )
    formula: ClassVar[str] = "s ← ρs + (1−ρ)g²,  w ← w − ηg / (√s + ε)"
    fastest: ClassVar[float] = 0.1

    type: Literal["RMSprop"] = "RMSprop"
    rho: float = Field(0.99, ge=0, lt=1, title="Rho", description="Decay of the running mean of squared gradients.")
    epsilon: float = Field(
        1e-8, gt=0, le=1, title="Epsilon", description="Added to the variance, so that nothing is divided by 0."
    )

    def mathematics(self) -> tuple[Step, ...]:
        rho, epsilon = self.rho, self.epsilon

        def square(square: Array, g: Array) -> Array:
            return rho * square + (1 - rho) * g**2

        def moved(w: Array, g: Array, square: Array, learning_rate: float) -> Array:
            return w - learning_rate * g / (np.sqrt(square) + epsilon)

        return (
            Step(
                "square",
                "update",
                r"s \leftarrow \rho s + (1 - \rho) \, g^2",
                "A running mean of the squared gradients.",
                square,
            ),
            Step(
                "w",
                "update",
                r"w \leftarrow w - \eta \, \frac{g}{\sqrt{s} + \varepsilon}",
                "The gradient, divided by its usual size: all weights move at a similar pace.",
                moved,
            ),
        )

    def bind(self, run: Run) -> Callable[[], None]:
        g, add = run.gradients, run.adder()
        square, rho, epsilon = run.slot("square"), run.number(self.rho), run.number(self.epsilon)
        rest = run.number(1 - self.rho)
        work = np.empty_like(g)

        def step() -> None:
            run.steps += 1
            np.multiply(g, g, work)
            np.multiply(work, rest, work)
            np.multiply(square, rho, square)
            np.add(square, work, square)
            np.sqrt(square, work)
            np.add(work, epsilon, work)
            np.divide(g, work, work)
            add(work, -run.learning_rate)

        return step


class Adagrad(Optimizer):
    """Gradients divided by the root of their summed squares (Duchi et al. 2011)."""

    title: ClassVar[str] = "Adagrad"
    help: ClassVar[str] = (
        "Divides each step by all past gradients: rarely updated weights take larger steps, and all steps shrink."
    )
    formula: ClassVar[str] = "s ← s + g²,  w ← w − ηg / (√s + ε)"

    type: Literal["Adagrad"] = "Adagrad"
    epsilon: float = Field(
        1e-10, gt=0, le=1, title="Epsilon", description="Added to the variance, so that nothing is divided by 0."
    )

    def mathematics(self) -> tuple[Step, ...]:
        epsilon = self.epsilon

        def total(total: Array, g: Array) -> Array:
            return total + g**2

        def moved(w: Array, g: Array, total: Array, learning_rate: float) -> Array:
            return w - learning_rate * g / (np.sqrt(total) + epsilon)

        return (
            Step("total", "update", r"s \leftarrow s + g^2", "The sum of all squared gradients so far.", total),
            Step(
                "w",
                "update",
                r"w \leftarrow w - \eta \, \frac{g}{\sqrt{s} + \varepsilon}",
                "Weights that were moved much take ever smaller steps.",
                moved,
            ),
        )

    def bind(self, run: Run) -> Callable[[], None]:
        g, add = run.gradients, run.adder()
        total, epsilon = run.slot("total"), run.number(self.epsilon)
        work = np.empty_like(g)

        def step() -> None:
            run.steps += 1
            np.multiply(g, g, work)
            np.add(total, work, total)
            np.sqrt(total, work)
            np.add(work, epsilon, work)
            np.divide(g, work, work)
            add(work, -run.learning_rate)

        return step


class _Adam(Optimizer):
    """Base of Adam and AdamW."""

    vectors: ClassVar[int] = 3
    fastest: ClassVar[float] = 0.1

    learning_rate: float = Field(
        0.001, gt=0, le=100, title="Learning rate", description="Size of a step. May be changed while training."
    )
    beta1: float = Field(0.9, ge=0, lt=1, title="Beta 1", description="Decay of the running mean of gradients.")
    beta2: float = Field(
        0.999, ge=0, lt=1, title="Beta 2", description="Decay of the running mean of squared gradients."
    )
    epsilon: float = Field(
        1e-8, gt=0, le=1, title="Epsilon", description="Added to the variance, so that nothing is divided by 0."
    )

    def mathematics(self) -> tuple[Step, ...]:
        beta1, beta2, epsilon = self.beta1, self.beta2, self.epsilon

        def first(first: Array, g: Array) -> Array:
            return beta1 * first + (1 - beta1) * g

        def second(second: Array, g: Array) -> Array:
            return beta2 * second + (1 - beta2) * g**2

        def moved(w: Array, first: Array, second: Array, learning_rate: float, step: float) -> Array:
            mean, square = first / (1 - beta1**step), second / (1 - beta2**step)
            return w - learning_rate * mean / (np.sqrt(square) + epsilon)

        return (
            Step(
                "first",
                "update",
                r"m \leftarrow \beta_1 m + (1 - \beta_1) \, g",
                "A running mean of the gradients.",
                first,
            ),
            Step(
                "second",
                "update",
                r"s \leftarrow \beta_2 s + (1 - \beta_2) \, g^2",
                "A running mean of their squares.",
                second,
            ),
            Step(
                "w",
                "update",
                r"w \leftarrow w - \eta \, \frac{\hat{m}}{\sqrt{\hat{s}} + \varepsilon}, \quad "
                r"\hat{m} = \frac{m}{1 - \beta_1^t}, \ \hat{s} = \frac{s}{1 - \beta_2^t}",
                "The mean gradient, divided by its usual size; both are enlarged at first, since they begin at 0.",
                moved,
            ),
        )

    def continues(self, other: Optimizer) -> bool:
        return isinstance(other, _Adam)

    def adopt(self, run: Run, other: Optimizer) -> None:
        # The means go on, so their sums must change.
        if isinstance(other, _Adam):
            run.slot("first")[...] *= (1 - other.beta1) / (1 - self.beta1)
            run.slot("second")[...] *= (1 - other.beta2) / (1 - self.beta2)

    def memory(self, run: Run) -> dict[str, Array]:
        # Means instead of the sums that are kept.
        return {"first": run.slot("first") * (1 - self.beta1), "second": run.slot("second") * (1 - self.beta2)}

    def bind(self, run: Run) -> Callable[[], None]:
        g, add = run.gradients, run.adder()
        # Sums instead of means: m / (1 - beta1) and s / (1 - beta2). Each saves a pass over all parameters, and what is
        # missing goes, with the corrections for the start, into two scalars.
        first, second = run.slot("first"), run.slot("second")
        decay1, decay2, hair = (run.number(value) for value in (self.beta1, self.beta2, 0))
        work = np.empty_like(g)

        def step() -> None:
            run.steps += 1
            np.multiply(first, decay1, first)
            np.add(first, g, first)
            np.multiply(second, decay2, second)
            np.multiply(g, g, work)
            np.add(second, work, second)
            share1 = (1 - self.beta1) / (1 - self.beta1**run.steps)
            root2 = math.sqrt((1 - self.beta2) / (1 - self.beta2**run.steps))
            hair[...] = self.epsilon / root2
            np.sqrt(second, work)
            np.add(work, hair, work)
            np.divide(first, work, work)
            add(work, -run.learning_rate * share1 / root2)

        return step


class Adam(_Adam):
    """Momentum and RMSprop combined, with bias correction (Kingma and Ba 2015, algorithm 1)."""

    title: ClassVar[str] = "Adam"
    help: ClassVar[str] = "Adapts the step size of every weight to its recent gradients; a good first choice."
    formula: ClassVar[str] = "m ← β₁m + (1−β₁)g,  s ← β₂s + (1−β₂)g²,  w ← w − η m/(1−β₁ᵗ) / (√(s/(1−β₂ᵗ)) + ε)"

    type: Literal["Adam"] = "Adam"


class AdamW(_Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019)."""

    title: ClassVar[str] = "AdamW"
    help: ClassVar[str] = "Adam with decoupled weight decay, against overfitting."
    formula: ClassVar[str] = "w ← w − ηλw, then as Adam"

    type: Literal["AdamW"] = "AdamW"
    weight_decay: float = Field(
        0.01,
        ge=0,
        le=10,
        title="Weight decay",
        description="Strength of the weight decay: λ.",
        json_schema_extra={"step": 0.01},
    )

    def mathematics(self) -> tuple[Step, ...]:
        weight_decay = self.weight_decay

        def decayed(w: Array, learning_rate: float) -> Array:
            return w - learning_rate * weight_decay * w

        decay = Step("w", "update", r"w \leftarrow w - \eta \lambda w", "All weights shrink by a small share.", decayed)
        return (decay, *super().mathematics())

    def bind(self, run: Run) -> Callable[[], None]:
        move, w, kept = super().bind(run), run.parameters, run.number(1)

        def step() -> None:
            kept[...] = 1 - run.learning_rate * self.weight_decay
            np.multiply(w, kept, w)
            move()

        return step
