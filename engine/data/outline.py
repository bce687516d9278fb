"""Outline of data: how a source is read, in few words and without its samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.base import Dataset
from engine.data.samples import Array, Data, Skipped, Task


@dataclass(frozen=True)
class Outline:
    """Way in which a source of data is read.

    Attributes:
        rows: number of samples. parts: how many of them are in each part of the files; empty where there is one.
        target: names of the columns to predict; without a name, "class" or "target", numbered where there are several.
        inputs: names of the inputs after coding; "x1", "x2", ... where they have none, empty for pictures.
        classes: their names; empty for regression.
        skipped: what of the source was left out.
        reading: phrases on how the files are read, and what becomes of their columns.
        remarks: sentences on anything that is not as usual, with what can be done.
    """

    rows: int
    parts: tuple[tuple[str, int], ...]
    task: Task
    target: tuple[str, ...]
    inputs: tuple[str, ...]
    classes: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    reading: tuple[str, ...]
    remarks: tuple[str, ...]


def outline(dataset: Dataset, data: Data) -> Outline:
    """Outline of a data set whose samples are read. Raises DataError."""
    shape = data.shown.shape[1:]
    counted = tuple(f"x{place}" for place in range(1, shape[0] + 1)) if len(shape) == 1 else ()
    return Outline(
        rows=len(data),
        parts=_parts(data.beside.get(dataset.split_column)),
        task=data.task,
        target=_targets(data),
        inputs=data.features or counted,
        classes=data.classes,
        skipped=data.skipped,
        reading=dataset.reading(),
        remarks=(*data.notes, *dataset.remarks()),
    )


def _parts(column: Array | None) -> tuple[tuple[str, int], ...]:
    """Parts named in a column, in the order in which they come first, with the number of their samples."""
    if column is None:
        return ()
    names, first, counts = np.unique(column, return_index=True, return_counts=True)
    return tuple((str(names[place]), int(counts[place])) for place in np.argsort(first))


def _targets(data: Data) -> tuple[str, ...]:
    columns = data.columns
    if columns is not None and columns.coding is not None:
        return tuple(column.name for column in columns.coding.targets)
    if columns is not None and columns.target_name:
        return (columns.target_name,)
    count = data.signature.targets
    if count > 1:
        return tuple(f"target {place}" for place in range(1, count + 1))
    return ("class" if data.task == "classification" else "target",)
