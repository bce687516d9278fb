"""Column statistics of data: range, gaps, mean, standard deviation, histogram."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.data.samples import Columns, Data
from engine.data.stored_samples import Samples

Array = NDArray[Any]
Kind = Literal["number", "whole number", "0 or 1", "constant", "class", "empty"]

# Bins of a histogram. Rows are read in blocks of so many values: 8 MB of float64, and no single call holds others up.
BINS = 24
_BLOCK = 1 << 20
# Classes that a line of text names.
_MOST_NAMED = 6


@dataclass(frozen=True)
class ColumnSummary:
    """Statistics of one column, in the units of the data's source.

    Attributes:
        name: of the input or target. role: which of the two it is.
        kind: numbers as they were found; "class" for the labels of a classification.
        values: how many are there. gaps: how many are missing.
        minimum, maximum, mean: NaN without values, and for classes.
        deviation: the standard deviation over all values (divided by N), as standardisation uses it.
        counts: how many values lie in each of `BINS` equal bins from minimum to maximum; for classes, in each class.
        classes: names of the classes; empty for numbers.
    """

    name: str
    role: Literal["input", "target"]
    kind: Kind
    values: int
    gaps: int
    minimum: float = math.nan
    maximum: float = math.nan
    mean: float = math.nan
    deviation: float = math.nan
    counts: tuple[int, ...] = ()
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataSummary:
    """Statistics of data: the number of samples, and all columns, inputs first."""

    samples: int
    columns: tuple[ColumnSummary, ...]

    def lines(self) -> Iterator[str]:
        """Lines of a text table, with a header."""
        head = ("column", "role", "kind", "values", "gaps", "min", "max", "mean", "sd")
        rows = [head, *(_cells(column) for column in self.columns)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
        for row in rows:
            texts = (
                cell.ljust(width) if place < 3 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            yield "  ".join(texts).rstrip()
        for column in self.columns:
            if column.classes:
                pairs = list(zip(column.classes, column.counts, strict=True))
                named = ", ".join(f"{name:.60} {count:,}" for name, count in pairs[:_MOST_NAMED])
                more = f" and {len(pairs) - _MOST_NAMED} more" if len(pairs) > _MOST_NAMED else ""
                yield f"classes: {named}{more}"


def describe_data(*parts: Data, bins: int = BINS) -> DataSummary:
    """Column statistics of data, which may be in several parts such as training and validation.

    Images have one column a pixel, named by row and column. Reads block by block: 1,000,000 samples of 20 inputs take
    about a second and a few MB.
    """
    first = parts[0]
    names = input_names(first)
    columns = list(_describe(names, "input", [part.shown.reshape(len(part), -1) for part in parts], bins))
    if first.task == "classification":
        counts = sum(np.bincount(part.y, minlength=len(first.classes)) for part in parts)
        told = tuple(int(count) for count in np.asarray(counts))
        columns.append(
            ColumnSummary(target_names(first)[0], "target", "class", sum(told), 0, counts=told, classes=first.classes)
        )
    else:
        columns += _describe(target_names(first), "target", [target_values(part) for part in parts], bins)
    return DataSummary(sum(map(len, parts)), tuple(columns))


def input_names(data: Data) -> tuple[str, ...]:
    """Names of the inputs in the source, numbered where they have none; those of images give row and column, from 1."""
    shape = data.shown.shape[1:]
    if data.shown_features:
        return data.shown_features
    if len(shape) not in (2, 3):
        return tuple(f"x{index + 1}" for index in range(math.prod(shape)))
    channels = [f"channel {index + 1} " for index in range(shape[0])] if len(shape) == 3 and shape[0] > 1 else [""]
    pixels = [f"row {row + 1} column {column + 1}" for row in range(shape[-2]) for column in range(shape[-1])]
    return tuple(channel + pixel for channel in channels for pixel in pixels)


def target_names(data: Data) -> tuple[str, ...]:
    """Names of the targets: those of the table's columns, else "class" or "target", numbered if there are several."""
    if data.task == "classification":
        return ((data.columns.target_name if data.columns is not None else "") or "class",)
    return named_targets(data.columns, data.y.shape[1])


def named_targets(columns: Columns | None, count: int) -> tuple[str, ...]:
    """Names of numbers to predict: those of their columns in a table, else "target", numbered if there are several."""
    coding = columns.coding if columns is not None else None
    if coding is not None and len(coding.targets) == count:
        return tuple(column.name for column in coding.targets)
    if count == 1:
        return ((columns.target_name if columns is not None else "") or "target",)
    return tuple(f"target {index + 1}" for index in range(count))


def target_values(data: Data) -> Array:
    """Numbers to predict, (N, targets), in the units of the source."""
    return data.shown_y


def row_blocks(*parts: Samples) -> Iterator[Array]:
    """Rows of arrays (N, columns), one array after the other, in blocks that fit a small memory."""
    for part in parts:
        step = max(1, _BLOCK // max(part.shape[1], 1))
        for first in range(0, len(part), step):
            yield part[first : first + step]


def _describe(
    names: Sequence[str], role: Literal["input", "target"], parts: Sequence[Samples], bins: int
) -> list[ColumnSummary]:
    """Statistics of the columns of arrays (N, columns): one pass for range and mean, another for the rest."""
    width = parts[0].shape[1]
    low, high = np.full(width, np.inf), np.full(width, -np.inf)
    sums, values, rows = np.zeros(width), np.zeros(width, np.int64), 0
    whole, binary = np.ones(width, bool), np.ones(width, bool)
    for block in row_blocks(*parts):
        block = block.astype(np.float64)
        there = ~np.isnan(block)
        filled = np.where(there, block, 0.0)
        rows += len(block)
        values += there.sum(axis=0)
        sums += filled.sum(axis=0)
        low = np.minimum(low, np.where(there, block, np.inf).min(axis=0))
        high = np.maximum(high, np.where(there, block, -np.inf).max(axis=0))
        whole &= (filled == np.rint(filled)).all(axis=0)
        binary &= ((filled == 0) | (filled == 1)).all(axis=0)
    count = np.maximum(values, 1)
    # Rounding can put the mean of equal numbers beside them.
    mean = np.clip(sums / count, low, high)
    squares, histogram = np.zeros(width), np.zeros(width * bins, np.int64)
    constant = high <= low
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scale = np.where(constant, 0.0, bins / np.where(constant, 1.0, high - low))
    first = np.where(np.isfinite(low), low, 0.0)
    starts = np.arange(width) * bins
    for block in row_blocks(*parts):
        block = block.astype(np.float64)
        there = ~np.isnan(block)
        squares += np.where(there, (block - mean) ** 2, 0.0).sum(axis=0)
        places = np.minimum(np.where(there, (block - first) * scale, 0.0).astype(np.intp), bins - 1)
        histogram += np.bincount((places + starts)[there], minlength=width * bins)
    spread = np.sqrt(squares / count)
    found = []
    for index, name in enumerate(names):
        gaps = rows - int(values[index])
        if not values[index]:
            found.append(ColumnSummary(name, role, "empty", 0, gaps))
            continue
        kind: Kind = "constant" if constant[index] else "0 or 1" if binary[index] else "number"
        if kind == "number" and whole[index]:
            kind = "whole number"
        counts = tuple(histogram[index * bins : (index + 1) * bins].tolist())
        lowest, highest, middle, deviation = (float(array[index]) for array in (low, high, mean, spread))
        found.append(
            ColumnSummary(name, role, kind, int(values[index]), gaps, lowest, highest, middle, deviation, counts)
        )
    return found


def _cells(column: ColumnSummary) -> tuple[str, ...]:
    numbers = (column.minimum, column.maximum, column.mean, column.deviation)
    texts = ("" if math.isnan(number) else f"{number:.6g}" for number in numbers)
    return (column.name, column.role, column.kind, f"{column.values:,}", f"{column.gaps:,}", *texts)
