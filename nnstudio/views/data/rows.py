"""Rows of all parts of the data, with order and filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Data
from engine.data.describe import input_names, target_names, target_values
from nnstudio.document.probe import Part, SampleRef
from nnstudio.training.data_facts import parts_of
from nnstudio.training.sample_text import exact, input_text
from nnstudio.training.split import Split

Array = NDArray[Any]


# Parts as words of a sentence.
PART_WORDS: dict[Part, str] = {"train": "training", "validation": "validation", "test": "test"}


@dataclass(frozen=True)
class Choice:
    """Choice of rows: those of one part, of one class, in the order of one column.

    Attributes:
        part: None for all. label: a class; None for all. column: None for the order of the parts.
        falling: the largest first. Gaps always come last.
    """

    part: Part | None = None
    label: int | None = None
    column: int | None = None
    falling: bool = False


class SampleRows:
    """Samples of all parts, one below the other, and columns: inputs, then targets.

    Attributes:
        inputs: names of the inputs. targets: names of the targets.
        total: number of rows.
    """

    def __init__(self, split: Split) -> None:
        self.parts = parts_of(split)
        self.first = self.parts[0][1]
        self.inputs, self.targets = input_names(self.first), target_names(self.first)
        self._flat = [data.shown.reshape(len(data), -1) for _, data in self.parts]
        self._starts = np.cumsum([0, *(len(data) for _, data in self.parts)])
        self.total = int(self._starts[-1])

    @property
    def columns(self) -> int:
        """Number of inputs and targets."""
        return len(self.inputs) + len(self.targets)

    def place(self, row: int) -> tuple[int, int]:
        """Number of the part of a row, and the index in it."""
        part = 0
        while row >= self._starts[part + 1]:
            part += 1
        return part, int(row - self._starts[part])

    def ref(self, row: int) -> SampleRef:
        """Sample of a row."""
        part, index = self.place(row)
        return SampleRef(self.parts[part][0], index)

    def row_of(self, ref: SampleRef) -> int | None:
        """Row of a sample; None if there is no such sample."""
        for number, (part, data) in enumerate(self.parts):
            if part == ref.part and 0 <= ref.index < len(data):
                return int(self._starts[number]) + ref.index
        return None

    def value(self, row: int, column: int) -> float:
        """Number of an input or target; for a class its label."""
        part, index = self.place(row)
        if column < len(self.inputs):
            return float(self._flat[part][index, column])
        data = self.parts[part][1]
        target: float = data.y[index] if data.classes else target_values(data)[index, column - len(self.inputs)]
        return target

    def text(self, row: int, column: int) -> str:
        """Input or target as text; "" for a gap."""
        value = self.value(row, column)
        if column >= len(self.inputs) and self.first.classes:
            return class_name(self.first, int(value))
        if value != value:
            return ""
        return input_text(self.first, column, value) if column < len(self.inputs) else exact(value)

    def cells(self, row: int) -> list[object]:
        """All cells of a row with all digits: inputs, then targets; None for a gap."""
        part, index = self.place(row)
        data = self.parts[part][1]
        values: list[object] = [None if value != value else value for value in self._flat[part][index]]
        if data.classes:
            return [*values, class_name(data, int(data.y[index]))]
        return [*values, *target_values(data)[index]]

    def column(self, column: int) -> Array:
        """Numbers of one column, (total,): a copy."""
        if column < len(self.inputs):
            return np.concatenate([flat[:, column] for flat in self._flat])
        if self.first.classes:
            return self.labels()
        return np.concatenate([target_values(data)[:, column - len(self.inputs)] for _, data in self.parts])

    def some(self, rows: Array, column: int) -> Array:
        """Numbers of one column for some rows, (n,)."""
        found: Array = np.zeros(
            len(rows), np.int64 if column >= len(self.inputs) and self.first.classes else np.float64
        )
        for number, (flat, (_, data)) in enumerate(zip(self._flat, self.parts, strict=True)):
            mine = (rows >= self._starts[number]) & (rows < self._starts[number + 1])
            indices = rows[mine] - self._starts[number]
            if column < len(self.inputs):
                found[mine] = flat[indices, column]
            else:
                target = column - len(self.inputs)
                found[mine] = data.y[indices] if data.classes else target_values(data)[indices, target]
        return found

    def labels(self) -> Array:
        """Classes of all rows, (total,): a copy."""
        return np.concatenate([data.y for _, data in self.parts])

    def order(self, choice: Choice) -> Array | None:
        """Rows that are chosen, in their order; None for all as they are.

        Slow for many rows: not for the GUI thread.
        """
        rows: Array | None = None
        if choice.part is not None:
            number = next((n for n, (part, _) in enumerate(self.parts) if part == choice.part), None)
            rows = np.arange(0) if number is None else np.arange(self._starts[number], self._starts[number + 1])
        if choice.label is not None and self.first.classes:
            mine = self.labels() == choice.label
            rows = np.flatnonzero(mine) if rows is None else rows[mine[rows]]
        if choice.column is None:
            return rows
        keys = self.column(choice.column)
        keys = keys if rows is None else keys[rows]
        found = np.argsort(keys, kind="stable")
        if choice.falling:
            there = len(keys) - int(np.count_nonzero(np.isnan(keys)))
            # Equal ones stay in the order of the samples.
            found = np.concatenate([np.argsort(-keys.astype(np.float64), kind="stable")[:there], found[there:]])
        return found if rows is None else rows[found]


def class_name(data: Data, label: int) -> str:
    """Name of a class by its label."""
    return data.classes[label] if 0 <= label < len(data.classes) else str(label)
