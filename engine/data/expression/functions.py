"""Variables, constants and functions that a formula may name."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Final

import numpy as np

from engine.types import Array


@dataclass(frozen=True)
class Function:
    """Function of a formula.

    Attributes:
        least, most: how many arguments it takes. told: these arguments in words.
        compute: from arrays (N,) to an array (N,); NaN where it has no value.
    """

    least: int
    most: int
    told: str
    compute: Callable[..., Array]


def _one(compute: Callable[..., Array]) -> Function:
    return Function(1, 1, "one argument", compute)


def _two(compute: Callable[..., Array]) -> Function:
    return Function(2, 2, "two arguments", compute)


def _several(compute: Callable[..., Array]) -> Function:
    return Function(2, 10, "two to ten arguments", lambda *arrays: reduce(compute, arrays))


def _choice(condition: Array, then: Array, otherwise: Array) -> Array:
    return np.where(np.isnan(condition), np.nan, np.where(condition == 1, then, otherwise))


CHOICE: Final = "if"

VARIABLES: Final[dict[str, Callable[[Array, Array], Array]]] = {
    "x": lambda x, y: x,
    "y": lambda x, y: y,
    "r": np.hypot,
    "theta": lambda x, y: np.arctan2(y, x),
    "pi": lambda x, y: np.full_like(x, math.pi),
    "e": lambda x, y: np.full_like(x, math.e),
}

FUNCTIONS: Final[dict[str, Function]] = {
    **{
        name: _one(compute)
        for name, compute in {
            "sin": np.sin,
            "cos": np.cos,
            "tan": np.tan,
            "asin": np.arcsin,
            "acos": np.arccos,
            "atan": np.arctan,
            "sinh": np.sinh,
            "cosh": np.cosh,
            "tanh": np.tanh,
            "exp": np.exp,
            "ln": np.log,
            "log": np.log,
            "log2": np.log2,
            "log10": np.log10,
            "sqrt": np.sqrt,
            "abs": np.abs,
            "sign": np.sign,
            "floor": np.floor,
            "ceil": np.ceil,
            "round": np.rint,
        }.items()
    },
    "atan2": _two(np.arctan2),
    "hypot": _two(np.hypot),
    "mod": _two(np.mod),
    "min": _several(np.minimum),
    "max": _several(np.maximum),
    CHOICE: Function(3, 3, "a condition and two numbers", _choice),
}
