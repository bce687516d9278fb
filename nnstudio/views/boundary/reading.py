"""Values of a plane in words and as table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Data
from nnstudio.document.probe import UnitRef
from nnstudio.training.plane_values import Aspect, OutputRef, classify
from nnstudio.training.requests.grid import GridPicture
from nnstudio.ui.number_table import NumberTable
from nnstudio.views.plotting import short

Array = NDArray[Any]


def class_of(data: Data, label: int) -> str:
    """Name of a class, or its number where it has none."""
    return f"class {data.classes[label] if label < len(data.classes) else label}"


def nearest_point(picture: GridPicture, x: float, y: float) -> tuple[int, int] | None:
    """Row and column of the nearest point of the grid; None outside of it."""
    x0, y0, x1, y1 = picture.bounds
    rows, columns = picture.values.shape[1:]
    row, column = round((y - y0) / (y1 - y0) * (rows - 1)), round((x - x0) / (x1 - x0) * (columns - 1))
    return (row, column) if 0 <= row < rows and 0 <= column < columns else None


def tell_place(names: tuple[str, str], x: float, y: float) -> str:
    """Text of a place in the plane, in its own coordinates."""
    return ", ".join(f"{name} {short(value, 3)}" for name, value in zip(names, (x, y), strict=True))


def tell_target(data: Data, index: int, output: int) -> str:
    """Text of a sample's target; of several numbers, that of one output."""
    if data.task == "classification":
        return class_of(data, int(data.y[index]))
    return f"target {short(float(data.shown_y[index, output]))}"


def tell_class(data: Data, outputs: Array, winner: int, confidence: float) -> str:
    """Text of a predicted class, its confidence, and its output."""
    output = float(outputs[winner] if len(outputs) > 1 else outputs[0])
    return f"Predicted {class_of(data, winner)}\nconfidence {confidence:.0%}, output {short(output, 3)}"


def tell_values(picture: GridPicture, at: tuple[int, int], data: Data, aspect: Aspect, threshold: float) -> list[str]:
    """Lines on the network's outputs at a point of the grid, the chosen unit first."""
    row, column = at
    outputs = picture.values[:, row, column]
    lines = []
    if isinstance(aspect, UnitRef) and picture.unit is not None and picture.aspect == aspect:
        lines.append(f"{aspect.title}: {short(float(picture.unit[row, column]))}")
    if data.task == "regression":
        index = aspect.index if isinstance(aspect, OutputRef) else 0
        return [*lines, f"Predicted {short(float(outputs[min(index, len(outputs) - 1)]))}"]
    winner, confidence = classify(outputs, threshold)
    lines.append(tell_class(data, outputs, int(winner), float(confidence)))
    if isinstance(aspect, OutputRef) and aspect.index < len(outputs) and aspect.index != winner and len(outputs) > 1:
        lines.append(f"output of {class_of(data, aspect.index)}: {short(float(outputs[aspect.index]), 3)}")
    return lines


def table_of(picture: GridPicture, data: Data, names: tuple[str, str]) -> NumberTable:
    """Table of the grid: a row for each point, with its place, all outputs, and those of the unit if there is one."""
    outputs, classes = len(picture.values), data.classes
    named = classes if len(classes) == outputs else tuple(map(str, range(1, outputs + 1)))
    header = ("output",) if outputs == 1 else tuple(f"output {name}" for name in named)

    def rows() -> Iterable[Sequence[object]]:
        x0, y0, x1, y1 = picture.bounds
        height, width = picture.values.shape[1:]
        places = np.linspace(x0, x1, width).tolist()
        for line, y in enumerate(np.linspace(y0, y1, height).tolist()):
            for place, x in enumerate(places):
                unit = () if picture.unit is None else (picture.unit[line, place],)
                yield (x, y, *picture.values[:, line, place], *unit)

    if picture.unit is not None and isinstance(picture.aspect, UnitRef):
        header = (*header, picture.aspect.title)
    return NumberTable((*names, *header), rows)
