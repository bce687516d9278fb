"""Read the network's outputs off a grid, in words and as table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Data
from nnstudio.training.requests.grid import GridPicture
from nnstudio.ui.number_table import NumberTable
from nnstudio.views.plotting import short

Array = NDArray[Any]


def names_of(data: Data) -> tuple[str, str]:
    """Names of the two inputs."""
    return (data.features[0], data.features[1]) if len(data.features) == 2 else ("x₁", "x₂")


def class_of(data: Data, label: int) -> str:
    """Name of a class, or its number where it has none."""
    return f"class {data.classes[label] if label < len(data.classes) else label}"


def outputs_at(picture: GridPicture, x: float, y: float) -> Array | None:
    """Outputs (K,) at the nearest point of the grid; None outside of it."""
    x0, y0, x1, y1 = picture.bounds
    rows, columns = picture.values.shape[1:]
    row, column = round((y - y0) / (y1 - y0) * (rows - 1)), round((x - x0) / (x1 - x0) * (columns - 1))
    return picture.values[:, row, column] if 0 <= row < rows and 0 <= column < columns else None


def tell_place(data: Data, x: float, y: float) -> str:
    """Text of a place in the plane, in the data's own units."""
    return ", ".join(f"{name} {short(value, 3)}" for name, value in zip(names_of(data), (x, y), strict=True))


def tell_target(data: Data, index: int, output: int) -> str:
    """Text of a sample's target; of several numbers, that of one output."""
    if data.task == "classification":
        return class_of(data, int(data.y[index]))
    return f"target {short(float(data.y[index, output]))}"


def tell_class(data: Data, outputs: Array, winner: int, confidence: float) -> str:
    """Text of a predicted class, its confidence, and its output."""
    output = float(outputs[winner] if len(outputs) > 1 else outputs[0])
    return f"Predicted {class_of(data, winner)}\nconfidence {confidence:.0%}, output {short(output, 3)}"


def table_of(picture: GridPicture, data: Data) -> NumberTable:
    """Table of the grid: a row for each point, with its place and all outputs."""
    outputs, classes = len(picture.values), data.classes
    named = classes if len(classes) == outputs else tuple(map(str, range(outputs)))
    header = ("output",) if outputs == 1 else tuple(f"output {name}" for name in named)

    def rows() -> Iterable[Sequence[object]]:
        x0, y0, x1, y1 = picture.bounds
        height, width = picture.values.shape[1:]
        places = np.linspace(x0, x1, width).tolist()
        for line, y in enumerate(np.linspace(y0, y1, height).tolist()):
            for place, x in enumerate(places):
                yield (x, y, *picture.values[:, line, place])

    return NumberTable((*names_of(data), *header), rows)
