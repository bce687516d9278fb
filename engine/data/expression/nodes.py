"""Tree of a formula; each node computes itself over arrays of places.

All values are float64. A condition is 1 where it holds, 0 where it does not, and NaN where what it compares has no
value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar, Final

import numpy as np

from engine.data.expression.functions import FUNCTIONS, VARIABLES
from engine.types import Array

Operation = Callable[[Array, Array], Array]

ARITHMETIC: Final[dict[str, Operation]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.mod,
    "**": np.power,
}
COMPARISONS: Final[dict[str, Operation]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


class Node(ABC):
    """Part of a formula: a number, or a `condition`, which holds or does not."""

    condition: ClassVar[bool] = False

    @abstractmethod
    def compute(self, x: Array, y: Array) -> Array:
        """Values at places x and y, all (N,) float64."""


class _Condition(Node):
    condition = True


@dataclass(frozen=True)
class Number(Node):
    """Number as it was typed."""

    value: float

    def compute(self, x: Array, y: Array) -> Array:
        return np.full_like(x, self.value)


@dataclass(frozen=True)
class Variable(Node):
    """Coordinate, or a constant."""

    name: str

    def compute(self, x: Array, y: Array) -> Array:
        return VARIABLES[self.name](x, y)


@dataclass(frozen=True)
class Call(Node):
    """Function of some arguments."""

    name: str
    arguments: tuple[Node, ...]

    def compute(self, x: Array, y: Array) -> Array:
        return FUNCTIONS[self.name].compute(*(argument.compute(x, y) for argument in self.arguments))


@dataclass(frozen=True)
class Negative(Node):
    """Number with the other sign."""

    of: Node

    def compute(self, x: Array, y: Array) -> Array:
        return np.negative(self.of.compute(x, y))


@dataclass(frozen=True)
class Chain(Node):
    """Numbers joined by signs, from left to right: a sum, a product, or one power."""

    first: Node
    rest: tuple[tuple[str, Node], ...]

    def compute(self, x: Array, y: Array) -> Array:
        value = self.first.compute(x, y)
        for sign, node in self.rest:
            value = ARITHMETIC[sign](value, node.compute(x, y))
        return value


@dataclass(frozen=True)
class Comparison(_Condition):
    """Comparison; of several in a row, such as 0 < x < 1, all must hold."""

    first: Node
    rest: tuple[tuple[str, Node], ...]

    def compute(self, x: Array, y: Array) -> Array:
        left, holds = self.first.compute(x, y), np.ones_like(x)
        for sign, node in self.rest:
            right = node.compute(x, y)
            pair = np.where(np.isnan(left) | np.isnan(right), np.nan, COMPARISONS[sign](left, right))
            holds, left = np.minimum(holds, pair), right
        return holds


@dataclass(frozen=True)
class All(_Condition):
    """Conditions that must all hold."""

    parts: tuple[Node, ...]

    def compute(self, x: Array, y: Array) -> Array:
        return reduce(np.minimum, [part.compute(x, y) for part in self.parts])


@dataclass(frozen=True)
class AnyOf(_Condition):
    """Conditions of which at least one must hold."""

    parts: tuple[Node, ...]

    def compute(self, x: Array, y: Array) -> Array:
        return reduce(np.maximum, [part.compute(x, y) for part in self.parts])


@dataclass(frozen=True)
class Not(_Condition):
    """Condition that must not hold."""

    of: Node

    def compute(self, x: Array, y: Array) -> Array:
        return 1 - self.of.compute(x, y)
