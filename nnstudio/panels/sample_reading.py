"""Samples in words, and as a table of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.data import Data
from engine.data.describe import input_names
from nnstudio.training.sample_text import exact, input_text, target_of
from nnstudio.ui.number_table import NumberTable


def tell_sample(data: Data, index: int, within: tuple[float, float] | None = None) -> str:
    """Describe a sample: its number, its target, and its values if they are few.

    For an image, `within` picks a pixel, in fractions of height and width.
    """
    word = "class" if data.task == "classification" else "target"
    text = f"Sample {index + 1:,}: {word} {target_of(data, index)}"
    sample = data.shown[index]
    if sample.ndim == 1:
        return f"{text}\n" + ", ".join(
            f"{name} {input_text(data, column, value)}"
            for column, (name, value) in enumerate(zip(input_names(data), sample, strict=True))
        )
    if within is None:
        return text
    height, width = sample.shape[-2:]
    row, column = (min(int(share * size), size - 1) for share, size in zip(within, (height, width), strict=True))
    values = ", ".join(exact(value) for value in sample.reshape(-1, height, width)[:, row, column])
    return f"{text}\nrow {row + 1}, column {column + 1}: {values}"


def tell_cell(data: Data, index: int, column: int | None) -> str:
    """One value of a sample in full; its target if `column` is None."""
    if column is None:
        word = "class" if data.task == "classification" else "target"
        return f"Sample {index + 1:,}, {word}: {target_of(data, index)}"
    value = input_text(data, column, data.shown[index].ravel()[column])
    return f"Sample {index + 1:,}, {input_names(data)[column]}: {value}"


def table_of(data: Data, shown: range) -> NumberTable:
    """Table of some samples: number from 1, inputs, and target."""
    if data.task == "classification":
        targets: tuple[str, ...] = ("class",)
    else:
        count = data.y.shape[1]
        targets = ("target",) if count == 1 else tuple(f"target {index + 1}" for index in range(count))

    def rows() -> Iterable[Sequence[object]]:
        for index in shown:
            wanted = (target_of(data, index),) if data.task == "classification" else data.shown_y[index]
            yield (index + 1, *data.shown[index].ravel(), *wanted)

    return NumberTable(("sample", *input_names(data), *targets), rows)
