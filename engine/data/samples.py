"""Samples and targets, their signature, and the plain train/validation split."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from engine.data.stored_samples import Samples, StoredSamples, chosen
from engine.data.tables.coding import TableCoding
from engine.errors import DataError
from engine.targets import Task as LearningTask

Task = Literal["classification", "regression"]
Array = NDArray[Any]

# Numbers that differ by so little next to their size lose a thousandth of it, or more, in 32 bits.
_CLOSE = 1e-4

LARGEST_NUMBER = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Signature:
    """Shape, task and classes of data, known without loading them.

    `source_shape` is the shape of a sample in the source, where steps make others of it; else empty. `targets` counts
    the numbers to predict (0 for classes). `largest` is the size of the largest input, and the targets of a regression
    lie in `target_range`; None where that is not known. `target` names the column of a table that is to be predicted.
    `multi_label` tells that there are several targets, all of them 0 or 1.
    """

    input_shape: tuple[int, ...]
    task: Task
    classes: tuple[str, ...]
    targets: int
    samples: int
    largest: float | None = field(default=None, compare=False)
    target_range: tuple[float, float] | None = field(default=None, compare=False)
    target: str = ""
    source_shape: tuple[int, ...] = ()
    multi_label: bool = False

    @property
    def learns(self) -> LearningTask:
        """Task as losses and metrics know it: several targets of 0 and 1 are answers of yes or no."""
        return "multi_label" if self.multi_label else self.task

    @property
    def shown_shape(self) -> tuple[int, ...]:
        """Shape of a sample in the source, as the user knows it."""
        return self.source_shape or self.input_shape


class Columns(BaseModel):
    """Columns of a table, in the order of its file.

    `names` are all of them; `target` is the index of the target, where there is one: the first, if there are several.
    `named` is False where the file has no header line, so that the names only count the columns. `coding` tells how
    they are coded as inputs, and which are the targets; None for tables of plain numbers, as older versions read them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    names: tuple[Annotated[str, Field(max_length=10_000)], ...] = Field(max_length=1 << 20, fail_fast=True)
    target: int | None = Field(None, ge=0)
    named: bool = True
    coding: TableCoding | None = None

    @property
    def target_name(self) -> str:
        """Name of the target's column, of several divided by commas; "" where there is none."""
        if self.coding is not None and len(self.coding.targets) > 1:
            return ", ".join(column.name for column in self.coding.targets)
        return "" if self.target is None else self.names[self.target]


class Skipped(NamedTuple):
    """Part of a source that was left out: its name, and the reason as the end of a sentence."""

    name: str
    reason: str


@dataclass(frozen=True)
class Data:
    """Samples and targets.

    Attributes:
        x: (N, *input_shape), float32; float64 as long as they are in the units of a source that is as exact. Those that
            are too large for the memory stay in their files (see `StoredSamples`).
        y: class labels (N,), int64, for classification; (N, targets), float32, for regression, or float64 as x.
        classes: names of the classes; empty for regression.
        features: names of the inputs, where they have any.
        source_features: names of the inputs in the source, where steps made others of them; else empty.
        columns: those of the table from which the samples come, if they come from one.
        source: x in the units of the source, where x was converted; else None. It may have another shape than x.
        source_y: y in the units of the source, where the targets of a regression were converted; else None.
        fill: rule by which gaps of each input are filled, "" for none: "mean", "median", "most_frequent", or "level
            ..." for the columns of one category, which are filled together. Gaps are NaN in x until then. () where
            there can be none.
        beside: columns of the source that are neither inputs nor targets, by name, (N,) each: numbers or words.
        notes: sentences on how the samples were read.
        keys: numbers of the samples, (N,), by which each keeps its part of the split while others come and go; None
            where all samples are there from the first.
        skipped: what of the source was left out.

    Raises DataError if they do not fit together or are not finite.
    """

    x: Samples
    y: Array
    task: Task
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    columns: Columns | None = None
    source: Samples | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    source_y: Array | None = field(default=None, repr=False)
    source_features: tuple[str, ...] = ()
    fill: tuple[str, ...] = ()
    beside: Mapping[str, Array] = field(default_factory=dict, repr=False)
    keys: Array | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.x.ndim < 2:
            raise DataError(f"samples need at least two axes (samples, features), found shape {self.x.shape}")
        if len(self.x) != len(self.y):
            raise DataError(f"found {len(self.x)} samples but {len(self.y)} targets; there must be one for each")
        for name, array in (("samples", self.x), ("targets", self.y)):
            if isinstance(array, StoredSamples):
                continue  # it is known of them, or seen when they are taken
            wrong = _not_finite(array, self.fill if name == "samples" else ())
            if wrong is not None:
                row = int(np.argwhere(wrong)[0][0])
                raise DataError(
                    f"the {name} hold NaN or infinity (or numbers above {LARGEST_NUMBER:.1g}), first in sample {row}; "
                    "remove or replace them"
                )

    def __len__(self) -> int:
        return len(self.x)

    @property
    def shown(self) -> Samples:
        """Inputs in the units of the source, (N, *input_shape), as the user knows them."""
        return self.x if self.source is None else self.source

    @property
    def shown_features(self) -> tuple[str, ...]:
        """Names of the inputs in the source, where they have any: those of `shown`."""
        return self.source_features or self.features

    @property
    def shown_y(self) -> Array:
        """Labels (N,), or targets (N, targets) in the units of the source."""
        return self.y if self.source_y is None else self.source_y

    @cached_property
    def signature(self) -> Signature:
        """Signature of these data. Its ranges take a look at all numbers, once."""
        largest = largest_of(self.x)
        numbers = self.task == "regression"
        return Signature(
            self.x.shape[1:],
            self.task,
            self.classes,
            int(self.y.shape[1]) if numbers else 0,
            len(self),
            largest,
            (float(self.y.min()), float(self.y.max())) if numbers and self.y.size else None,
            self.columns.target_name if self.columns is not None else "",
            self.source.shape[1:] if self.source is not None and self.source.shape != self.x.shape else (),
            self.multi_label,
        )

    @cached_property
    def multi_label(self) -> bool:
        """True if there are several targets, all of them 0 or 1: answers of yes or no, each on its own."""
        several = self.task == "regression" and self.y.shape[1] > 1
        return several and bool(((self.y == 0) | (self.y == 1)).all())

    def take(self, indices: Array) -> Self:
        """Samples of these indices, in this order."""
        source_y, keys = (None if each is None else each.take(indices, 0) for each in (self.source_y, self.keys))
        return replace(
            self,
            x=chosen(self.x, indices),
            y=self.y.take(indices, 0),
            source=None if self.source is None else chosen(self.source, indices),
            source_y=source_y,
            beside={name: values.take(indices, 0) for name, values in self.beside.items()},
            keys=keys,
        )


def largest_of(x: Samples) -> float | None:
    """Size of the largest number; None if there is none, or it is not known of samples on disk that were scaled.

    Gaps, which are NaN, have no size.
    """
    if not x.size:
        return None
    if isinstance(x, StoredSamples):
        return x.largest
    high, low = float(x.max()), float(x.min())
    if math.isnan(high):
        high, low = float(np.fmax.reduce(x, axis=None)), float(np.fmin.reduce(x, axis=None))
    return None if math.isnan(high) else max(high, -low)


def _not_finite(array: Array, fill: tuple[str, ...]) -> Array | None:
    """Places of the numbers that are not finite, and no gaps that are to be filled; None if there are none."""
    finite = np.isfinite(array)
    if finite.all():
        return None
    wrong = ~finite
    if any(fill):
        wrong &= ~(np.isnan(array) & np.array([bool(rule) for rule in fill]))
    return wrong if wrong.any() else None


def single(numbers: Array) -> Array:
    """Contiguous float32 copy; numbers that are too large become infinite, which `Data` rejects."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(numbers, np.float32)


def as_exact_as_needed(numbers: Array) -> Array:
    """Contiguous float32 copy of numbers (N, ...), or float64 where that is needed to tell a column's values apart.

    Time stamps 30 s apart, or coordinates in metres, need it: next to how large they are, they hardly differ.
    """
    if numbers.dtype.kind not in "iuf" or numbers.dtype.itemsize < 4 or numbers.dtype == np.float32 or not numbers.size:
        return single(numbers)
    low, high = numbers.min(axis=0).astype(np.float64), numbers.max(axis=0).astype(np.float64)
    return np.ascontiguousarray(numbers, np.float64) if needs_exact(low, high) else single(numbers)


def needs_exact(low: Array, high: Array) -> bool:
    """True if float32 cannot tell the values of a column apart, by the least and largest number of each."""
    with np.errstate(over="ignore", invalid="ignore"):
        spread, size = high - low, np.maximum(np.abs(low), np.abs(high))
        return bool(((spread > 0) & (spread < _CLOSE * size)).any())


def split(data: Data, validation: float, seed: int) -> tuple[Data, Data | None]:
    """Split data into a shuffled training and validation part, stratified by class.

    `validation` is the fraction kept for validation, from 0 to 0.9; with 0, all samples are for training. At least one
    sample stays on each side. Samples with keys stay on their side whatever others there are (see `lots`).
    """
    if not 0 <= validation <= 0.9:
        raise DataError(f"the validation split must lie between 0 and 0.9, found {validation}")
    wanted = round(len(data) * validation)
    if validation == 0 or len(data) < 2:
        return data, None
    wanted = min(max(wanted, 1), len(data) - 1)
    if data.keys is not None:
        train, held, _ = deal_by_lot(data.keys, validation, 0.0, seed)
        return data.take(train), data.take(held)
    rest, kept = deal(len(data), data.y if data.task == "classification" else None, wanted, (seed, 7))
    return data.take(rest), data.take(kept)


def deal(samples: int, labels: Array | None, wanted: int, seed: Sequence[int]) -> tuple[Array, Array]:
    """Indices of the samples left over, and of `wanted` ones drawn at random; both are shuffled.

    With `labels`, (N,), the drawn ones hold the classes in their shares.
    """
    rng = np.random.default_rng(list(seed))
    order = rng.permutation(samples)
    if labels is not None:
        # Dealing the classes out in turn makes every stretch of the order hold all of them in their shares.
        labels = labels[order]
        place = np.empty(len(order))
        for label in np.unique(labels):
            members = np.flatnonzero(labels == label)
            place[members] = (np.arange(len(members)) + rng.random()) / len(members)
        order = order[np.argsort(place, kind="stable")]
    kept = order[:wanted]
    # A mask, since NumPy's own difference of sets takes seconds for a million samples, and lets nothing else run.
    rest = np.ones(samples, bool)
    rest[kept] = False
    return rng.permutation(np.flatnonzero(rest)), kept


def lots(keys: Array, seed: int) -> Array:
    """Lots from 0 to 1 that samples with keys (N,) draw for the split, (N,) float64.

    Multiples of the golden ratio, modulo 1 and shifted by the seed: among samples with consecutive keys, nearly the
    wanted share lies below any bound (Knuth, The Art of Computer Programming 3, 6.4). Computed with whole numbers, so
    that every machine draws the same.
    """
    shift = int(np.random.default_rng([seed, 7]).integers(1 << 32))
    whole = (keys.astype(np.uint64) * np.uint64(2654435769) + np.uint64(shift)) & np.uint64((1 << 32) - 1)
    return whole.astype(np.float64) / (1 << 32)


def deal_by_lot(keys: Array, validation: float, test: float, seed: int) -> tuple[Array, Array, Array]:
    """Indices of the samples with keys (N,) for training, validation and test, each by its own lot alone.

    So each stays in its part whatever others come and go, except for the one that every part gets at least.
    """
    drawn = lots(keys, seed)
    order = np.argsort(drawn, kind="stable")
    tested, held = (
        max(int(np.count_nonzero((drawn >= low) & (drawn < low + share))), 1) if share else 0
        for low, share in ((0.0, test), (test, validation))
    )
    tested = min(tested, max(len(keys) - 1, 0))
    held = min(held, max(len(keys) - 1 - tested, 0))
    return order[tested + held :], order[tested : tested + held], order[:tested]
