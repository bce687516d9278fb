"""Correlations between the columns of data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.describe import input_names, row_blocks, target_names, target_values
from engine.data.samples import Data

Array = NDArray[Any]


@dataclass(frozen=True)
class Correlations:
    """Pearson correlation coefficients between all pairs of columns.

    Attributes:
        names: of the columns: inputs, then targets. A class counts as a column of 1 for its samples and 0 for others.
        inputs: how many of the columns are inputs.
        values: (columns, columns), from -1 to 1; NaN for a constant column, or a pair without common values.
    """

    names: tuple[str, ...]
    inputs: int
    values: Array


def correlations(*parts: Data) -> Correlations:
    """Correlations of data in one or several parts. Gaps leave out a sample from their own pairs only.

    Formula: sum of (x - mean x)(y - mean y), over the square root of the product of both sums of squares, each over
    the samples that have both (Pearson 1895).
    """
    first = parts[0]
    names = [*input_names(first), *_target_columns(first)]
    width = len(names)
    tables = [np.concatenate([part.shown.reshape(len(part), -1)[:1], _targets(part, slice(0, 1))], 1) for part in parts]
    # Numbers around 0 lose no digits in the sums below; the first sample is near enough for a shift.
    shift = np.nan_to_num(tables[0][0].astype(np.float64))
    count, total = np.zeros((width, width)), np.zeros((width, width))
    squares, products = np.zeros((width, width)), np.zeros((width, width))
    gaps = False
    for part in parts:
        start = 0
        for block in row_blocks(part.shown.reshape(len(part), -1)):
            rows = slice(start, start + len(block))
            start += len(block)
            table = np.concatenate([block, _targets(part, rows)], axis=1).astype(np.float64) - shift
            there = ~np.isnan(table)
            if gaps or not there.all():
                gaps = True
                mask, filled = there.astype(np.float64), np.where(there, table, 0.0)
                count += mask.T @ mask
                total += filled.T @ mask
                squares += (filled**2).T @ mask
                products += filled.T @ filled
            else:
                count += len(table)
                total += table.sum(axis=0)[:, None]
                squares += (table**2).sum(axis=0)[:, None]
                products += table.T @ table
    with np.errstate(divide="ignore", invalid="ignore"):
        # Of each pair, the sums of one column are over the samples that have the other as well.
        joint = products - total * total.T / count
        spread = np.maximum(squares - total**2 / count, 0.0)
        # What is left of rounding is no spread.
        spread = np.where(spread <= 1e-12 * squares, 0.0, spread)
        found = joint / np.sqrt(spread * spread.T)
    found[~np.isfinite(found)] = np.nan
    return Correlations(tuple(names), len(input_names(first)), np.clip(found, -1.0, 1.0))


def _target_columns(data: Data) -> tuple[str, ...]:
    """Names of the target's columns. Two classes are one column, since one tells the other."""
    if data.task == "regression":
        return target_names(data)
    (target,) = target_names(data)
    shown = data.classes[1:] if len(data.classes) == 2 else data.classes
    return tuple(f"{target} = {name}" for name in shown)


def _targets(data: Data, rows: slice) -> Array:
    """Target's columns of some samples, (n, columns)."""
    if data.task == "regression":
        return target_values(data)[rows]
    labels = np.arange(1 if len(data.classes) == 2 else 0, len(data.classes))
    found: Array = (data.y[rows, None] == labels).astype(np.float64)
    return found
