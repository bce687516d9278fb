"""Sums of products behind numbers of the lens, term by term."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Values = Mapping[str, Array]
Place = tuple[int, ...]


@dataclass(frozen=True)
class Factor:
    """Factor of a product: a number and its name, such as x₁.

    Attributes:
        reach: largest number of the array it is in, which says how many digits are shown; 0 if it is shown exactly.
    """

    name: str
    value: float
    reach: float = 0.0


@dataclass(frozen=True)
class Term:
    """Product of factors, added or subtracted."""

    factors: tuple[Factor, ...]
    sign: int = 1

    @property
    def value(self) -> float:
        """Its value, with the sign."""
        return self.sign * math.prod(factor.value for factor in self.factors)

    @property
    def name(self) -> str:
        """Its factors by name: "x₁ · W₁₂"."""
        return " · ".join(factor.name for factor in self.factors)

    def numbers(self, text: Callable[[float], str]) -> str:
        """Its factors as numbers, negative ones in brackets: "0.5 · (−1.2)"."""
        words = [text(factor.value) for factor in self.factors]
        return " · ".join(
            f"({word})" if factor.value < 0 else word for factor, word in zip(self.factors, words, strict=True)
        )


# Terms of one number of a result. Places are counted from 0.
Terms = Callable[[Values, Place], Iterator[Term]]


def _factor(name: str, array: Array, *place: int) -> Factor:
    size = float(np.max(np.abs(array), initial=0.0))
    return Factor(name + subscript(place), float(array[place]), size)


def subscript(place: Place) -> str:
    """Indices of a number, counted from 1, as they are written below its name: "₁₂"."""
    digits = [str(index + 1) for index in place]
    # Without commas between larger numbers, 1 and 12 would read like 11 and 2.
    between = "," if any(len(each) > 1 for each in digits) else ""
    return between.join(digits).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _dense_output(values: Values, place: Place) -> Iterator[Term]:
    x, weight = values["x"], values["weight"]
    for row in range(len(x)):
        yield Term((_factor("x", x, row), _factor("W", weight, row, place[0])))
    if "bias" in values:
        yield Term((_factor("b", values["bias"], place[0]),))


def _dense_weight(values: Values, place: Place) -> Iterator[Term]:
    yield Term((_factor("x", values["x"], place[0]), _factor("∂E/∂y", values["dy"], place[1])))


def _dense_bias(values: Values, place: Place) -> Iterator[Term]:
    yield Term((_factor("∂E/∂y", values["dy"], place[0]),))


def _dense_input(values: Values, place: Place) -> Iterator[Term]:
    weight, dy = values["weight"], values["dy"]
    for unit in range(len(dy)):
        yield Term((_factor("W", weight, place[0], unit), _factor("∂E/∂y", dy, unit)))


def _convolution_output(values: Values, place: Place) -> Iterator[Term]:
    windows, weight = values["windows"], values["weight"]
    filter_, row, column = place
    # With groups, a filter sees some of the channels only.
    deep = weight.shape[1]
    first = filter_ // max(len(weight) * deep // len(windows), 1) * deep
    for channel, i, j in np.ndindex(*weight.shape[1:]):
        pixel = windows[first + channel, row, column]
        yield Term(
            (
                replace(_factor("x", pixel, i, j), reach=float(np.max(np.abs(windows)))),
                _factor("K", weight, filter_, channel, i, j),
            )
        )
    bias = values.get("bias")
    if bias is not None:
        yield Term((_factor("b", bias, *(place if bias.ndim == 3 else place[:1])),))


def _convolution_weight(values: Values, place: Place) -> Iterator[Term]:
    windows, dy = values["windows"], values["dy"]
    filter_, channel, i, j = place
    deep = values["weight"].shape[1]
    first = filter_ // max(len(dy) * deep // len(windows), 1) * deep
    seen = windows[first + channel, :, :, i, j]
    for row, column in np.ndindex(*seen.shape):
        yield Term((_factor("x", seen, row, column), _factor("∂E/∂y", dy, filter_, row, column)))


def _convolution_bias(values: Values, place: Place) -> Iterator[Term]:
    dy = values["dy"]
    if len(place) == 3:
        yield Term((_factor("∂E/∂y", dy, *place),))
        return
    for row, column in np.ndindex(*dy.shape[1:]):
        yield Term((_factor("∂E/∂y", dy, place[0], row, column),))


def _sigmoid_input(values: Values, place: Place) -> Iterator[Term]:
    y = _factor("y", values["y"], *place)
    rest = replace(y, name=f"(1 − {y.name})", value=1 - y.value)
    yield Term((_factor("∂E/∂y", values["dy"], *place), y, rest))


def _tanh_input(values: Values, place: Place) -> Iterator[Term]:
    y = _factor("y", values["y"], *place)
    yield Term(
        (_factor("∂E/∂y", values["dy"], *place), replace(y, name=f"(1 − {y.name}²)", value=1 - y.value * y.value))
    )


# By the type of the layer, and the name of the step.
_SUMS: Mapping[tuple[str, str], Terms] = {
    ("Dense", "product"): _dense_output,
    ("Dense", "y"): _dense_output,
    ("Dense", "d_weight"): _dense_weight,
    ("Dense", "d_bias"): _dense_bias,
    ("Dense", "dx"): _dense_input,
    ("Conv2D", "correlation"): _convolution_output,
    ("Conv2D", "y"): _convolution_output,
    ("Conv2D", "d_weight"): _convolution_weight,
    ("Conv2D", "d_bias"): _convolution_bias,
    ("Sigmoid", "dx"): _sigmoid_input,
    ("Tanh", "dx"): _tanh_input,
}


def terms_of(kind: str, step: str, values: Values, place: Place) -> tuple[Term, ...]:
    """Terms of one number of a step's result; empty where the step is no sum of products.

    The bias has no part in the products alone.
    """
    terms = _SUMS.get((kind, step))
    if terms is None:
        return ()
    if step in ("product", "correlation"):
        values = {name: array for name, array in values.items() if name != "bias"}
    return tuple(terms(values, place))


def descent_terms(parameter: str, rate: float, values: Values, place: Place) -> tuple[Term, ...]:
    """Terms of a parameter after one step of plain gradient descent: w − η · ∂E/∂w."""
    name = {"weight": "W", "bias": "b"}.get(parameter, parameter)
    gradient = _factor(f"∂E/∂{name}", values[f"d_{parameter}"], *place)
    return (Term((_factor(name, values[parameter], *place),)), Term((Factor("η", rate), gradient), -1))
