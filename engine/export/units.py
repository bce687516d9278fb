"""Drawing of a network at the level of its units: places of circles and lines, for SVG and TikZ."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.export.subject import Subject
from engine.graph import INPUT
from engine.types import show_shape

# Distances in points.
ACROSS, DOWN, RADIUS, BOX = 110.0, 34.0, 11.0, 24.0


@dataclass(frozen=True)
class Unit:
    """Middle of the circle of one unit."""

    x: float
    y: float


@dataclass(frozen=True)
class Column:
    """Units of one layer that are drawn, or a box for pictures.

    Attributes:
        name: of the block. label: the shape of its output and its functions.
        x, y: its middle. half: half of its height.
        units: circles; empty for pictures. indices: which units they are.
        left_out: how many units are not drawn, for which three dots stand at the height `dots`.
    """

    name: str
    label: str
    x: float
    y: float
    half: float
    units: tuple[Unit, ...] = ()
    indices: tuple[int, ...] = ()
    left_out: int = 0
    dots: float = 0.0


@dataclass(frozen=True)
class Line:
    """Connection of two units, with its weight over the largest one of its layer, from -1 to 1; 0 without."""

    x1: float
    y1: float
    x2: float
    y2: float
    weight: float


@dataclass(frozen=True)
class Drawing:
    """Columns and lines of a network, in points; y grows downwards from `top`, which is negative."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    width: float
    top: float
    height: float


def draw(subject: Subject, most: int) -> Drawing:
    """Lay out a network: layers that keep a shape and join nothing are one column with what they follow.

    Args:
        most: units of a layer that are drawn.
    """
    network, structure = subject.network, subject.network.structure
    # Functions of single numbers are written beside the units that they belong to.
    column_of: dict[str, str] = {INPUT: INPUT}
    functions: dict[str, list[str]] = {INPUT: []}
    for name, layer in network.layers.items():
        source = structure.sources[name][0]
        if layer.category in ("Activation", "Regularisation") and len(structure.consumers[source]) == 1:
            column_of[name] = column_of[source]
            functions[column_of[source]].append(layer.title)
        else:
            column_of[name] = name
            functions[name] = []
    depth = {INPUT: 0}
    for name in network.layers:
        before = max(depth[column_of[source]] for source in structure.sources[name])
        if column_of[name] == name:
            depth[name] = before + 1
    # Columns side by side stand below one another.
    ends: dict[int, float] = {}
    columns: dict[str, Column] = {}
    for name, place in depth.items():
        top = ends[place] + 2 * DOWN if place in ends else None
        columns[name] = column = _column(subject, name, place * ACROSS, functions[name], most, top)
        ends[place] = column.y + column.half
    lines = [
        line
        for name in network.layers
        if column_of[name] == name
        for source in structure.sources[name]
        for line in _lines(subject, columns[column_of[source]], columns[name])
    ]
    top = min(column.y - column.half for column in columns.values())
    height = max(column.y + column.half for column in columns.values()) - top
    return Drawing(tuple(columns.values()), tuple(lines), max(depth.values()) * ACROSS, top, height)


def _column(subject: Subject, name: str, x: float, functions: list[str], most: int, top: float | None) -> Column:
    """Column of a layer, in the middle or from `top` downwards."""
    shape = subject.network.shapes[name]
    label = " ".join([show_shape(shape), *functions])
    if len(shape) != 1:
        return Column(name, label, x, 0.0 if top is None else top + BOX, BOX)
    count = shape[0]
    kept = list(range(count)) if count <= most else [*range(most - 1), count - 1]
    # The dots stand in a gap before the last unit.
    rows = [float(row) for row in range(len(kept))]
    if count > most:
        rows[-1] += 1
    half = rows[-1] / 2 * DOWN + RADIUS
    y = 0.0 if top is None else top + half
    units = tuple(Unit(x, y - half + RADIUS + row * DOWN) for row in rows)
    dots = y + half - RADIUS - DOWN
    return Column(name, label, x, y, half, units, tuple(kept), count - len(kept), dots)


def _lines(subject: Subject, left: Column, right: Column) -> list[Line]:
    """Lines between two columns: one for every weight of a Dense layer, or one between their middles."""
    network = subject.network
    layer = network.layers[right.name]
    if left.units and right.units and layer.type_name() == "Dense":
        weight = network.arrays[f"{right.name}.weight"]
        largest = float(np.abs(weight).max(initial=0)) or 1.0
        return [
            Line(a.x, a.y, b.x, b.y, float(weight[i, j]) / largest if math.isfinite(largest) else 0.0)
            for a, i in zip(left.units, left.indices, strict=True)
            for b, j in zip(right.units, right.indices, strict=True)
        ]
    if left.units and network.shapes[left.name] == network.shapes[right.name] and layer.type_name() != "Dense":
        return [Line(a.x, a.y, b.x, b.y, 0.0) for a, b in zip(left.units, right.units, strict=True)]
    return [Line(left.x, left.y, right.x, right.y, 0.0)]
