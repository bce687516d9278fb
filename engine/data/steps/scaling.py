"""Scaling of inputs and of the targets of a regression.

Both are affine, (x - shift) / spread; the methods differ in what they measure (as StandardScaler, MinMaxScaler and
RobustScaler of scikit-learn do).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Final, Literal, get_args

import numpy as np
from pydantic import Field

from engine.data.moments import Moments
from engine.data.samples import Array, Data, Signature
from engine.data.sharing import own_blocks, shared
from engine.data.steps.base import Numbers, Transform
from engine.data.stored_samples import Samples, StoredSamples
from engine.errors import DataError, SpecError
from engine.types import Shape

Method = Literal["standard", "min_max", "robust"]
Per = Literal["input", "channel", "all"]
Columns = Callable[[Array], Array]

_METHOD_HELP: Final = (
    "Standard: mean 0 and standard deviation 1. Min-max: from 0 to 1. Robust: median 0 and interquartile range 1, "
    "which a few extreme values do not move."
)
_WORDS: Final = {"standard": "standard", "min_max": "min-max", "robust": "robust"}
assert set(_WORDS) == set(get_args(Method))
_PICTURE_AXES: Final = 3
# Numbers that are measured at a time.
_AT_ONCE: Final = 1 << 21
# Between these lie most numbers of mean 0 and standard deviation 1; the exact ends are known when they are read.
_USUAL: Final = (-2.0, 2.0)


def measure(x: Samples, method: Method, columns: Columns = lambda block: block) -> tuple[Array, Array]:
    """Shift and spread of each column, float64. A constant column gets the spread 1.

    Samples are read block by block, so that it is the same, bit for bit, wherever they are.

    Args:
        columns: the numbers that share a scale, as columns (n, columns), of some of the samples.

    Raises DataError for the quartiles of samples that stay on disk, which would have to be sorted.
    """
    moments = Moments()
    for part in shared(lambda: _moments(x, columns)) if isinstance(x, StoredSamples) else [_moments(x, columns)]:
        moments.join(part)
    if method == "min_max":
        shift, spread = moments.low, moments.high - moments.low
    elif method == "standard":
        shift, spread = moments.mean, moments.deviation
    elif isinstance(x, StoredSamples):
        raise DataError(
            "Scale inputs: the robust method sorts all numbers, and these samples stay on disk; choose standard or "
            "min-max, or use fewer samples"
        )
    else:
        shift, spread = _quartiles(columns(x))
    # Rounding can give a constant column a mean beside its value, and a spread that is not quite 0.
    constant = moments.low == moments.high
    return np.where(constant, moments.low, shift), np.where(constant | (spread == 0), 1.0, spread)


def _moments(x: Samples, columns: Columns) -> Moments:
    moments = Moments()
    for block in own_blocks(x):
        moments.add(columns(block))
    return moments


def _quartiles(columns: Array) -> tuple[Array, Array]:
    """Median and interquartile range of each column of (N, columns)."""
    # A few columns at a time, each in a row of its own: in 64 bits, all of them would take much memory, and long.
    width = max(_AT_ONCE // max(len(columns), 1), 1)
    found = []
    for at in range(0, columns.shape[1], width):
        rows = np.ascontiguousarray(columns[:, at : at + width].T, np.float64)
        found.append(np.percentile(rows, (25, 50, 75), axis=1, overwrite_input=True))
    lower, median, upper = np.concatenate(found, axis=1)
    return median, upper - lower


def _kept(shift: Array, spread: Array) -> Numbers:
    return {"shift": tuple(shift.tolist()), "spread": tuple(spread.tolist())}


class ScaleInputs(Transform):
    """Scales the inputs, each by itself or all alike."""

    title: ClassVar[str] = "Scale inputs"
    help: ClassVar[str] = (
        "Brings inputs of different units to the same size, measured on the training part. Networks learn from inputs "
        "of about -1 to 1 best."
    )
    icon: ClassVar[str] = "scale"
    elementwise: ClassVar[bool] = True

    type: Literal["ScaleInputs"] = "ScaleInputs"
    method: Method = Field("standard", title="Method", description=_METHOD_HELP)
    per: Per = Field(
        "input",
        title="Measured",
        description="Input: every column or pixel for itself. Channel: every colour of a picture. All: one scale for "
        "all inputs.",
    )

    @property
    def summary(self) -> str:
        return f"{_WORDS[self.method]}, {'one scale' if self.per == 'all' else f'per {self.per}'}"

    def check(self, signature: Signature) -> None:
        self._axis(signature.input_shape)

    def changed(self, signature: Signature) -> Signature:
        self.check(signature)
        # How far a few samples reach beyond the middle is not known before they are read; it is not far.
        return replace(signature, largest=None)

    def fit(self, train: Data) -> Numbers:
        return _kept(*measure(train.x, self.method, self._columns))

    def lengths(self, shape: Shape, targets: int) -> dict[str, int]:
        count = math.prod(self._axis(shape))
        return {"shift": count, "spread": count}

    def inputs(self, x: Array, numbers: Numbers) -> Array:
        shape = self._axis(x.shape[1:])
        shift, spread = (np.reshape(numbers[name], shape) for name in ("shift", "spread"))
        scaled: Array = (x - shift) / spread
        return scaled

    def _axis(self, shape: Shape) -> Shape:
        """Shape of what is measured, which broadcasts against a sample. Raises SpecError."""
        if self.per == "input":
            return shape
        if self.per == "all":
            return (1,) * len(shape)
        if len(shape) != _PICTURE_AXES:
            raise SpecError(
                f"Scale inputs: channels are those of pictures, found {len(shape) and math.prod(shape)} plain inputs; "
                "measure each input instead"
            )
        return (shape[0], 1, 1)

    def _columns(self, x: Array) -> Array:
        """The numbers that share a scale, as columns."""
        if self.per == "input":
            return x.reshape(len(x), -1)
        if self.per == "all":
            return x.reshape(-1, 1)
        return np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


class ScaleTargets(Transform):
    """Scales the targets of a regression; predictions are converted back."""

    title: ClassVar[str] = "Scale targets"
    help: ClassVar[str] = (
        "Regression: the network learns targets of about -1 to 1, and predictions and errors are converted back to the "
        "units of the data. Without it, prices of 300,000 take thousands of epochs."
    )
    icon: ClassVar[str] = "scale"
    elementwise: ClassVar[bool] = True

    type: Literal["ScaleTargets"] = "ScaleTargets"
    method: Method = Field("standard", title="Method", description=_METHOD_HELP)

    @property
    def summary(self) -> str:
        return _WORDS[self.method]

    def check(self, signature: Signature) -> None:
        if signature.task != "regression":
            raise SpecError("Scale targets: these data have classes, and only numbers can be scaled; take the step out")

    def changed(self, signature: Signature) -> Signature:
        self.check(signature)
        return replace(signature, target_range=(0.0, 1.0) if self.method == "min_max" else _USUAL, multi_label=False)

    def fit(self, train: Data) -> Numbers:
        return _kept(*measure(train.y, self.method))

    def lengths(self, shape: Shape, targets: int) -> dict[str, int]:
        return {"shift": targets, "spread": targets}

    def targets(self, y: Array, numbers: Numbers) -> Array:
        scaled: Array = (y - np.array(numbers["shift"])) / np.array(numbers["spread"])
        return scaled

    def outputs(self, y: Array, numbers: Numbers) -> Array:
        back: Array = y * np.array(numbers["spread"]) + np.array(numbers["shift"])
        return back

    def slope(self, targets: int, numbers: Numbers) -> Array:
        return np.array(numbers["spread"])
