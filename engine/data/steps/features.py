"""Engineered features: functions of the inputs that the network gets instead of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, combinations_with_replacement
from math import comb
from typing import ClassVar, Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from engine.data.samples import Array, Signature
from engine.data.steps.base import Names, Numbers, Transform
from engine.errors import SpecError
from engine.types import Shape, show_shape

# More would fill the memory of a laptop before a network sees them.
_MOST: Final = 10_000


def _made(signature: Signature, count: int) -> Signature:
    """Signature with so many flat inputs. How large they are is not known before they are made."""
    return replace(signature, input_shape=(count,), source_shape=signature.shown_shape, largest=None)


def _named(names: Names, count: int) -> Names:
    """Names of so many inputs, where they have none of their own."""
    return names if len(names) == count else tuple(f"x{_subscript(index + 1)}" for index in range(count))


def _subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


_POWERS: Final = {1: "", 2: "²", 3: "³", 4: "⁴", 5: "⁵"}


class PointFeatures(Transform):
    """Features of points in the plane, as TensorFlow Playground offers them."""

    title: ClassVar[str] = "Features of a point"
    help: ClassVar[str] = (
        "For two inputs: the network gets the chosen functions of them. With x² and y², one unit separates circles; "
        "with xy, it learns XOR."
    )
    icon: ClassVar[str] = "plane"

    type: Literal["PointFeatures"] = "PointFeatures"
    x: bool = Field(True, title="x₁", description="The first input itself.")
    y: bool = Field(True, title="x₂", description="The second input itself.")
    x_squared: bool = Field(False, title="x₁²", description="The square of the first input.")
    y_squared: bool = Field(False, title="x₂²", description="The square of the second input.")
    product: bool = Field(False, title="x₁ x₂", description="The product of the two inputs.")
    sin_x: bool = Field(False, title="sin x₁", description="The sine of the first input, times the frequency.")
    sin_y: bool = Field(False, title="sin x₂", description="The sine of the second input, times the frequency.")
    frequency: float = Field(
        1.0,
        gt=0,
        le=1000,
        title="Frequency",
        description="The sines are of frequency times input; points from -1 to 1 need about 6 for two whole waves.",
        json_schema_extra={"step": 0.5},
    )

    @model_validator(mode="after")
    def _check_any(self) -> Self:
        if not self._chosen:
            raise ValueError("at least one feature must be chosen")
        return self

    @property
    def _chosen(self) -> tuple[str, ...]:
        return tuple(name for name in _FUNCTIONS if getattr(self, name))

    @property
    def summary(self) -> str:
        return ", ".join(type(self).model_fields[name].title or name for name in self._chosen)

    def check(self, signature: Signature) -> None:
        if signature.input_shape != (2,):
            raise SpecError(
                f"Features of a point: they are made of two inputs, found {show_shape(signature.input_shape)}; "
                "take the step out, or use polynomial features"
            )

    def changed(self, signature: Signature) -> Signature:
        self.check(signature)
        return _made(signature, len(self._chosen))

    def lengths(self, shape: Shape, targets: int) -> dict[str, int]:
        return {}

    def inputs(self, x: Array, numbers: Numbers) -> Array:
        first, second = x[:, 0].astype(np.float64), x[:, 1].astype(np.float64)
        return np.stack([_FUNCTIONS[name](first, second, self.frequency) for name in self._chosen], axis=1)

    def features(self, names: Names) -> Names:
        one, two = _named(names, 2)
        factor = "" if self.frequency == 1 else f"{self.frequency:g} "
        words = {
            "x": one,
            "y": two,
            "x_squared": f"{one}²",
            "y_squared": f"{two}²",
            "product": f"{one} {two}",
            "sin_x": f"sin {factor}{one}",
            "sin_y": f"sin {factor}{two}",
        }
        return tuple(words[name] for name in self._chosen)


_FUNCTIONS: Final[dict[str, Callable[[Array, Array, float], Array]]] = {
    "x": lambda x, y, _: x,
    "y": lambda x, y, _: y,
    "x_squared": lambda x, y, _: x * x,
    "y_squared": lambda x, y, _: y * y,
    "product": lambda x, y, _: x * y,
    "sin_x": lambda x, y, frequency: np.sin(frequency * x),
    "sin_y": lambda x, y, frequency: np.sin(frequency * y),
}


class PolynomialFeatures(Transform):
    """Products of the inputs up to a degree, without the constant (as scikit-learn's PolynomialFeatures)."""

    title: ClassVar[str] = "Polynomial features"
    help: ClassVar[str] = (
        "The inputs, and all products of them up to a degree. A linear network then fits curves and interactions. "
        "Scale the inputs before, or the products get very large."
    )
    icon: ClassVar[str] = "multiply"

    type: Literal["PolynomialFeatures"] = "PolynomialFeatures"
    degree: int = Field(2, ge=2, le=5, title="Degree", description="Most factors of a product.")
    interactions_only: bool = Field(
        False, title="Interactions only", description="Leaves out squares and higher powers of one input."
    )

    @property
    def summary(self) -> str:
        return f"degree {self.degree}" + (", interactions only" if self.interactions_only else "")

    def check(self, signature: Signature) -> None:
        shape = signature.input_shape
        if len(shape) != 1:
            raise SpecError(
                f"Polynomial features: they are made of plain inputs, found pictures {show_shape(shape)}; "
                "take the step out"
            )
        if self._count(shape[0]) > _MOST:
            raise SpecError(
                f"Polynomial features: {shape[0]} inputs have {self._count(shape[0]):,} products up to degree "
                f"{self.degree}, at most {_MOST:,} are possible; lower the degree"
            )

    def changed(self, signature: Signature) -> Signature:
        self.check(signature)
        return _made(signature, self._count(signature.input_shape[0]))

    def inputs(self, x: Array, numbers: Numbers) -> Array:
        columns = x.astype(np.float64)
        made = np.empty((len(x), self._count(x.shape[1])))
        place: dict[tuple[int, ...], int] = {}
        for index, factors in enumerate(self._products(x.shape[1])):
            if len(factors) == 1:
                made[:, index] = columns[:, factors[0]]
            else:
                # Without its last factor it is a product that was made before.
                np.multiply(made[:, place[factors[:-1]]], columns[:, factors[-1]], out=made[:, index])
            place[factors] = index
        return made

    def features(self, names: Names) -> Names:
        if not names:
            return ()
        return tuple(
            " ".join(f"{names[index]}{_POWERS[factors.count(index)]}" for index in dict.fromkeys(factors))
            for factors in self._products(len(names))
        )

    def _products(self, inputs: int) -> Iterator[tuple[int, ...]]:
        """Factors of each product, by index, those of the fewest factors first."""
        choose = combinations if self.interactions_only else combinations_with_replacement
        for degree in range(1, self.degree + 1):
            yield from choose(range(inputs), degree)

    def _count(self, inputs: int) -> int:
        if self.interactions_only:
            return sum(comb(inputs, degree) for degree in range(1, self.degree + 1))
        return comb(inputs + self.degree, self.degree) - 1
