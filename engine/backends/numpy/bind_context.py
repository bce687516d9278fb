"""Arrays and operations that a plan gives to a layer's `bind`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.backends.numpy.gradient_factors import Factors
from engine.types import Array, MaybeArray


@dataclass
class BindContext:
    """Arrays that a bound layer reads and writes, with the batch axis last.

    Attributes:
        inputs: one array per incoming wire.
        extended: per input, the same array as a matrix (numbers of a sample, N) with a row of ones below it, for
            layers that add a bias; None where there is no such row.
        output: where forward writes.
        input_gradients: where backward writes dL/dinput, per input; None where nobody needs it.
        output_gradient: dL/doutput, filled before backward is called; None in a plan without gradients.
        parameters: the layer's parameters by short name ("weight").
        gradients: where backward writes dL/dparameter (overwriting); empty in a plan without gradients, and in a
            frozen layer, whose backward only computes input gradients.
        state: the layer's state by short name; forward may change it while training.
        training: True while training (Dropout drops, BatchNorm uses the batch's statistics).
        rng: source of randomness.
        factors: where a layer may leave the gradient of a matrix as its factors, instead of writing it; None where all
            gradients must be written.
        divided: set by a layer that calls `threads.run` or whose products are too small to be shared out by BLAS.
    """

    inputs: tuple[Array, ...]
    output: Array
    input_gradients: tuple[MaybeArray, ...]
    output_gradient: MaybeArray
    parameters: Mapping[str, Array]
    gradients: Mapping[str, Array]
    state: Mapping[str, Array]
    training: bool
    rng: np.random.Generator
    extended: tuple[MaybeArray, ...] = (None,)
    factors: list[Factors] | None = None
    divided: bool = False
    allocated: list[Array] = field(default_factory=list)

    @property
    def input(self) -> Array:
        """Input array of a layer with one input."""
        return self.inputs[0]

    @property
    def input_gradient(self) -> MaybeArray:
        """Input gradient of a layer with one input; None where nobody needs it."""
        return self.input_gradients[0]

    def buffer(self, *shape: int, dtype: Any = None) -> Array:
        """New array that lives as long as the plan, of the network's type by default."""
        array = np.zeros(shape, dtype or self.output.dtype)
        self.allocated.append(array)
        return array

    def channels(self, part: slice) -> BindContext:
        """Context for a slice of the first axis of all arrays."""

        def cut(arrays: Mapping[str, Array]) -> dict[str, Array]:
            return {name: array[part] for name, array in arrays.items()}

        return replace(
            self,
            inputs=tuple(array[part] for array in self.inputs),
            output=self.output[part],
            input_gradients=tuple(None if array is None else array[part] for array in self.input_gradients),
            output_gradient=None if self.output_gradient is None else self.output_gradient[part],
            extended=(None,) * len(self.inputs),
            parameters=cut(self.parameters),
            gradients=cut(self.gradients),
            state=cut(self.state),
            factors=None,
            allocated=[],
        )

    def number(self, value: float) -> Array:
        """Scalar for ufuncs; on small arrays, converting a float at every call costs more."""
        return np.array(value, self.output.dtype)
