"""Optimisers: update the flat parameter vector in place from its gradient."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from engine.backends.numpy.gradient_factors import Factors, written
from engine.declared import Declared
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

    def memory(self, run: Run) -> dict[str, Array]:
        """State of a run by the names of the mathematics, (P,) each; not to be written to."""
        return dict(run.slots)

    def bind(self, run: Run) -> Callable[[], None]:
        """Make the step function. It reads `run.learning_rate` anew each time."""
        raise NotImplementedError(f"{type(self).__name__} declares no step")
