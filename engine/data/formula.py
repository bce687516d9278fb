"""Data from a formula that a person types: heights over the plane, or classes by conditions."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar, Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from engine.data.base import Dataset
from engine.data.expression import MOST_LENGTH, ExpressionError, parse
from engine.data.samples import LARGEST_NUMBER, Array, Data, Signature
from engine.errors import DataError

# Where the formula has no value, places are drawn again, so many times.
_ROUNDS: Final = 8
_FARTHEST: Final = 1e6


def _bound(default: float, title: str, help: str) -> float:
    made: float = Field(
        default,
        ge=-_FARTHEST,
        le=_FARTHEST,
        allow_inf_nan=False,
        title=title,
        description=help,
        json_schema_extra={"step": 0.5},
    )
    return made


class Formula(Dataset):
    """Samples of a formula in x and y, at places drawn at random from a rectangle.

    Where the formula has no value (1/x at 0, log of a negative number), other places are drawn.
    """

    title: ClassVar[str] = "Formula"
    help: ClassVar[str] = (
        "A formula in x and y, or r and theta: a height, or classes by conditions. It may use sin, cos, exp, log, "
        "sqrt, abs, min, max, floor, mod, and, or, not, if(x > 0, 1, 2) and more."
    )
    icon: ClassVar[str] = "formula"
    seeded: ClassVar[bool] = True
    own: ClassVar[Literal["", "typed", "painted"]] = "typed"

    type: Literal["Formula"] = "Formula"
    formula: str = Field(
        "sin(3*x) * y",
        max_length=MOST_LENGTH,
        title="Formula",
        description="A height, such as sin(x) * y, or a condition, such as x*x + y*y < 0.5. More conditions after "
        "semicolons make more classes; the first that holds counts.",
        json_schema_extra={"kind": "formula"},
    )
    samples: int = Field(400, ge=2, le=100_000, title="Samples", description="Number of points.")
    noise: float = Field(
        0.0,
        ge=0,
        le=2,
        title="Noise",
        description="Standard deviation of the heights, or of the points of classes about their place.",
        json_schema_extra={"step": 0.02},
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Seed",
        description="Another seed gives other points.",
        json_schema_extra={"kind": "seed"},
    )
    x_from: float = _bound(-1.0, "x from", "Left edge of the rectangle from which the points are drawn.")
    x_to: float = _bound(1.0, "x to", "Right edge of the rectangle.")
    y_from: float = _bound(-1.0, "y from", "Lower edge of the rectangle.")
    y_to: float = _bound(1.0, "y to", "Upper edge of the rectangle.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        try:
            parse(self.formula)
        except ExpressionError as error:
            raise ValueError(error.message) from None
        for axis, low, high in (("x", self.x_from, self.x_to), ("y", self.y_from, self.y_to)):
            if not low < high:
                raise ValueError(f"{axis} goes from {low:g} to {high:g}; the first must be less than the second")
        return self

    def signature(self) -> Signature:
        return _made(self).signature

    def load(self) -> Data:
        """Compute the samples. Raises DataError where the formula has a value almost nowhere."""
        return _made(self)


# A signature is asked for at every edit, and of large data it takes as long as computing all of them.
@lru_cache(4)
def _made(dataset: Formula) -> Data:
    expression = parse(dataset.formula)
    rng = np.random.default_rng(dataset.seed)
    low, high = (dataset.x_from, dataset.y_from), (dataset.x_to, dataset.y_to)
    places, values = np.empty((0, 2)), np.empty(0)
    for _ in range(_ROUNDS):
        drawn = rng.uniform(low, high, (dataset.samples, 2))
        found = expression.compute(drawn[:, 0], drawn[:, 1])
        good = np.abs(found) <= LARGEST_NUMBER  # False for NaN too
        places, values = np.concatenate([places, drawn[good]]), np.concatenate([values, found[good]])
        if len(values) >= dataset.samples:
            break
    else:
        share, (x, y) = len(values) / (_ROUNDS * dataset.samples), drawn[~good][0]
        raise DataError(
            f"the formula has a value at {share:.0%} of the places drawn, and none at x = {x:.3g}, y = {y:.3g}, for "
            "example; choose a rectangle where it has one"
        )
    places, values = places[: dataset.samples], values[: dataset.samples]
    noise = rng.normal(0, 1, places.shape) * dataset.noise
    if not expression.classes:
        heights = values[:, None] + noise[:, :1]
        return Data(_single(places), _single(heights), "regression", (), ("x", "y"))
    labels, names = values.astype(np.int64), tuple(map(str, range(expression.classes)))
    absent = [name for label, name in enumerate(names) if not (labels == label).any()]
    notes = (
        (f"There is no point of class {', '.join(absent)}; change the conditions or the rectangle",) if absent else ()
    )
    return Data(_single(places + noise), labels, "classification", names, ("x", "y"), notes=notes)


def _single(numbers: Array) -> Array:
    return np.ascontiguousarray(numbers, np.float32)
