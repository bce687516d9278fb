"""Weight gradients kept as the two factors of their matrix product.

The gradient of a weight matrix is a product, x dyᵀ. Where all that is to be done with it is to add a multiple of it to
the weights, BLAS does that without ever writing it down, which spares three passes over as many numbers as there are
weights: with single samples, that is most of a step.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

from engine.backends.numpy import blas
from engine.types import Array

_KINDS: dict[str, type[ctypes.c_float] | type[ctypes.c_double]] = {"f": ctypes.c_float, "d": ctypes.c_double}


class Factors:
    """Gradient of a parameter matrix, as left @ right.

    Args:
        values, gradient: (m, n), the parameters and where their gradient would stand; views of the flat vectors.
        left, right: (m, N) and (N, n), filled by every backward pass.
    """

    def __init__(self, values: Array, gradient: Array, left: Array, right: Array) -> None:
        self.gradient, self._left, self._right = gradient, left, right
        self._numbers = _flat(left), _flat(right)
        self._scale = _KINDS[values.dtype.char](0)
        self._calls = [blas.product(left, right, values, add=True, scale=self._scale)]

    def write(self) -> None:
        """Write the gradient into the gradient vector."""
        self._left.dot(self._right, self.gradient)

    def square(self) -> float:
        """Upper bound of the gradient's sum of squares (Cauchy and Schwarz).

        It is not finite if the gradient is not. It has the gradient's type, so that it is infinite where that sum would
        be.
        """
        left, right = self._numbers
        return float(left.dot(left) * right.dot(right))

    def add(self, scale: float) -> None:
        """Add a multiple of the gradient to the parameters."""
        self._scale.value = scale
        blas.run(self._calls, self.gradient.dtype, together=False)

    def place(self, gradients: Array) -> slice:
        """Slice of the flat vector that the gradient would fill."""
        start = (self.gradient.ctypes.data - gradients.ctypes.data) // gradients.itemsize
        return slice(start, start + self.gradient.size)


def _flat(matrix: Array) -> Array:
    """The numbers of a matrix in the order in which they lie in memory, as a view."""
    straight = matrix if matrix.flags.c_contiguous else matrix.T
    if not straight.flags.c_contiguous:
        raise ValueError(f"a factor must be contiguous, found strides {matrix.strides}")
    return straight.reshape(-1)


def written(gradients: Array, factors: Sequence[Factors]) -> list[slice]:
    """Slices of the flat gradient vector that backward does write, in order."""
    start, parts = 0, []
    for place in sorted((each.place(gradients) for each in factors), key=lambda place: place.start):
        parts.append(slice(start, place.start))
        start = place.stop
    parts.append(slice(start, gradients.size))
    return [part for part in parts if part.start < part.stop]


def squares(gradients: Array, factors: Sequence[Factors]) -> Callable[[], float]:
    """Make the function for the sum of squares of all gradients, or an upper bound.

    Its result is not finite if one of them is not.
    """
    if not factors:
        dot = gradients.dot
        return lambda: dot(gradients)
    parts = [gradients[part] for part in written(gradients, factors)]

    def total() -> float:
        return sum(float(part.dot(part)) for part in parts) + sum(each.square() for each in factors)

    return total
