"""Optimisers: update the flat parameter vector in place from its gradient."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.backends.numpy.gradient_factors import Factors, written
from engine.declared import Declared, one_of
from engine.mathematics import Step
from engine.types import Array

OPTIMIZERS: dict[str, type[Optimizer]] = {}


class Run:
    """Running optimiser: its vectors, learning rate and state.

    Attributes:
        parameters, gradients: the flat vectors, (P,).
        learning_rate: may be changed between two steps.
        steps: number of steps made.
        slots: the optimiser's state by name (momentum, ...), each (P,).
        factors: factors of the gradients that are not written to `gradients`; empty except for optimisers that
            `descend`.
    """

    def __init__(self, parameters: Array, gradients: Array, learning_rate: float) -> None:
        self.parameters, self.gradients = parameters, gradients
        self.steps = 0
        self.slots: dict[str, Array] = {}
        self.learning_rate = learning_rate
        self.factors: Sequence[Factors] = ()

    def number(self, value: float) -> Array:
        """Scalar for ufuncs, of the parameters' type."""
        return np.array(value, self.parameters.dtype)

    def adder(self) -> Callable[[Array, float], Any]:
        """Make add(x, a), which adds a * x to the parameters in one pass (BLAS axpy)."""
        w, size, axpy = self.parameters, self.parameters.size, _axpy(self.parameters.dtype)
        return (lambda x, a: axpy(x, w, size, a)) if size else lambda x, a: None

    def descend(self) -> Callable[[float], Any]:
        """Make descend(a), which adds a times the gradients to the parameters."""
        g, add = self.gradients, self.adder()
        if not self.factors:
            return lambda a: add(g, a)
        axpy = _axpy(g.dtype)
        parts = [(g[part], self.parameters[part], part.stop - part.start) for part in written(g, self.factors)]
        products = [each.add for each in self.factors]

        def step(a: float) -> None:
            for gradients, values, size in parts:
                axpy(gradients, values, size, a)
            for product in products:
                product(a)

        return step

    def slot(self, name: str) -> Array:
        """Vector (P,) that is kept from step to step, initially zero."""
        return self.slots.setdefault(name, np.zeros_like(self.parameters))


def _axpy(dtype: np.dtype) -> Callable[..., Any]:
    # Late: SciPy's linear algebra takes as long to import as all of the engine.
    from scipy.linalg.blas import daxpy, saxpy

    axpy: Callable[..., Any] = daxpy if dtype == np.float64 else saxpy
    return axpy


class Optimizer(Declared):
    """Base of all optimisers."""

    formula: ClassVar[str] = ""
    # How many vectors as long as the parameters `bind` makes, at most.
    vectors: ClassVar[int] = 2
    # A learning rate above which it seldom learns anything.
    fastest: ClassVar[float] = math.inf

    type: str
    learning_rate: float = Field(
        0.01, gt=0, le=100, title="Learning rate", description="Size of a step. May be changed while training."
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        default = cls.model_fields["type"].default
        if default == cls.__name__:
            OPTIMIZERS[default] = cls

    @property
    def descends(self) -> bool:
        """True if a step only adds a multiple of the gradients, so they may stay factored."""
        return False

    def continues(self, other: Optimizer) -> bool:
        """True if it can go on with the state of the other optimiser."""
        return type(self) is type(other)

    def adopt(self, run: Run, other: Optimizer) -> None:
        """Take over the state of a run from an optimiser that it `continues`."""

    def start(self, parameters: Array, gradients: Array) -> tuple[Run, Callable[[], None]]:
        """Start a run on these vectors, (P,); returns its state and its step function."""
        run = Run(parameters, gradients, self.learning_rate)
        return run, self.bind(run)

    def mathematics(self) -> tuple[Step, ...]:
        """Update as readable steps, from parameters "w", gradients "g" and "learning_rate" to the new "w".

        What is kept from one update to the next begins as zeros, under the names of the steps that renew it; "step"
        counts updates from 1.
        """
        raise NotImplementedError(f"{type(self).__name__} declares no mathematics")

    def bind(self, run: Run) -> Callable[[], None]:
        """Make the step function. It reads `run.learning_rate` anew each time."""
        raise NotImplementedError(f"{type(self).__name__} declares no step")


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


if TYPE_CHECKING:
    AnyOptimizer = Optimizer
else:
    AnyOptimizer = one_of(OPTIMIZERS)
