"""Geometry of the network view: places of units, titles and wires. Draws nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from nnstudio.document.model import shown_name
from nnstudio.views.network.model import Block, Kind, Model

Array = NDArray[Any]

# Side of a thumbnail, in pixels: the least, and the most.
LEAST, MOST = 16, 60
# Side of the thumbnails in a column of few units, where there is room.
_LARGE = 96
# Side for which the number of units is chosen.
_USUAL = 20
# The bar of one number: its width, that where there is little room, and its height.
BAR_WIDTH, NARROW_BAR, _BAR_HEIGHT = 54, 42, 22
# Width that a column should have with its gaps for wide bars, in pixels.
_EASE = 84
# The gap between two units.
_GAP = 4
# Between blocks in a column; around everything.
_BLOCK_GAP, _MARGIN = 10, 6
# Between two columns with weights between them, and without: the least, and the most.
_WIDE_GAP, _NARROW_GAP = (34, 190), (12, 60)


@dataclass(frozen=True)
class Room:
    """Room for the picture, in pixels.

    Attributes:
        width, height: of the widget. line: height of a line of text.
        left, right: widths of the texts beside the inputs and the outputs.
        text: gives the width of a text.
    """

    width: float
    height: float
    line: float
    left: float = 0.0
    right: float = 0.0
    text: Callable[[str], float] = len

    @property
    def most_units(self) -> int:
        """Number of units of a block for which there is room."""
        free = self.height - 2 * _MARGIN - 3 * self.line
        return int(min(max(free // (_USUAL + _GAP), 4), 16))


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Places of everything, from the upper left corner at 0, 0.

    Attributes:
        cells: of the units on show, by block. titles: of its name. more: of the text on units that are left out.
        lines: (L, 4), start and end (x, y) of all wires, bundle after bundle.
        width, height: of the whole.
    """

    cells: Mapping[str, Sequence[QRectF]] = field(default_factory=dict)
    titles: Mapping[str, QRectF] = field(default_factory=dict)
    more: Mapping[str, QRectF] = field(default_factory=dict)
    lines: Array = field(default_factory=lambda: np.zeros((0, 4)))
    width: float = 0.0
    height: float = 0.0

    def unit_at(self, point: QPointF) -> tuple[str, int] | None:
        """Block, and place among its units on show, at a point; None where there is no unit."""
        for block, cells in self.cells.items():
            for place, cell in enumerate(cells):
                if cell.contains(point):
                    return block, place
        return None

    def more_at(self, point: QPointF) -> str:
        """Block whose text on left-out units is at a point; "" where there is none."""
        return next((block for block, place in self.more.items() if place.contains(point)), "")

    def title_at(self, point: QPointF) -> str:
        """Block whose title is at a point; "" where there is none."""
        return next((block for block, place in self.titles.items() if place.contains(point)), "")

    def bias_at(self, point: QPointF) -> tuple[str, int] | None:
        """Block, and place among its units on show, whose mark of the bias is at a point."""
        for block, cells in self.cells.items():
            for place, cell in enumerate(cells):
                if bias_mark(cell).adjusted(-1, -1, 1, 1).contains(point):
                    return block, place
        return None

    def wire_at(self, point: QPointF, reach: float) -> int | None:
        """Nearest wire within so many pixels of a point, as a row of `lines`."""
        if not len(self.lines):
            return None
        start, end = self.lines[:, :2], self.lines[:, 2:]
        along, to = end - start, np.array([point.x(), point.y()]) - start
        share = np.clip((to * along).sum(axis=1) / np.maximum(np.square(along).sum(axis=1), 1e-9), 0, 1)
        distance = np.linalg.norm(to - share[:, None] * along, axis=1)
        nearest = int(distance.argmin())
        return nearest if distance[nearest] <= reach else None


def bias_mark(cell: QRectF) -> QRectF:
    """Place of the mark of a unit's bias: at the lower left corner of the unit."""
    side = 9.0
    return QRectF(cell.left() - side / 2, cell.bottom() - side / 2 - 1, side, side)


def arrange(model: Model, room: Room) -> Arrangement:
    """Arrange blocks in columns, the thumbnails as large as there is room for."""
    bar = BAR_WIDTH if room.width >= _EASE * len(model.columns) else NARROW_BAR
    sides = _sides(model, room, bar)
    widths = [_width(column, side, bar) for column, side in zip(model.columns, sides, strict=True)]
    gaps = _gaps(model, room, sum(widths))
    heights = [_height(column, side, room.line) for column, side in zip(model.columns, sides, strict=True)]
    whole = 2 * _MARGIN + room.left + sum(widths) + sum(gaps) + room.right
    x = max((room.width - whole) / 2, 0.0) + _MARGIN + room.left
    centres = []
    for gap, width in zip(gaps, widths, strict=True):
        x += gap
        centres.append(x + width / 2)
        x += width
    reaches = _reaches(centres, max(whole, room.width))
    # Titles that have no room beside each other stand on two lines, by turns.
    turns = any(
        room.text(shown_name(block.name)) > 2 * reach
        for column, reach in zip(model.columns, reaches, strict=True)
        for block in column
    )
    raised = room.line if turns else 0.0
    middle = max((room.height + raised) / 2, max(heights) / 2 + _MARGIN + raised)
    cells: dict[str, list[QRectF]] = {}
    titles: dict[str, QRectF] = {}
    more: dict[str, QRectF] = {}
    for number, (column, centre, reach) in enumerate(zip(model.columns, centres, reaches, strict=True)):
        y = middle - heights[number] / 2
        for block in column:
            lift, wide = (raised * (number % 2), 2 * reach) if turns else (0.0, reach)
            wide = min(wide, room.text(shown_name(block.name)) / 2 + 2)
            # At the edges a title moves inwards rather than is cut.
            start = max(min(centre - wide, max(whole, room.width) - 2 - 2 * wide), 2.0)
            titles[block.name] = QRectF(start, y - lift, 2 * wide, room.line)
            y += room.line + 2
            across, high = _size(block.kind, sides[number], bar)
            cells[block.name] = [
                QRectF(round(centre - across / 2), round(y + place * (high + _GAP)), across, high)
                for place in range(len(block.units))
            ]
            y += len(block.units) * (high + _GAP)
            if block.left_out:
                more[block.name] = QRectF(centre - reach, y, 2 * reach, room.line)
                y += room.line
            y += _BLOCK_GAP
    height = max(max(heights) + 2 * _MARGIN + raised, room.height)
    return Arrangement(cells, titles, more, _lines(model, cells), max(whole, room.width), height)


def _size(kind: Kind, side: float, bar: float) -> tuple[float, float]:
    """Width and height of a unit of that kind, where thumbnails have that side, and bars that width."""
    return (bar, min(side, _BAR_HEIGHT)) if kind == "bar" else (side, side)


def _width(column: Sequence[Block], side: float, bar: float) -> float:
    return max(_size(block.kind, side, bar)[0] for block in column)


def _height(column: Sequence[Block], side: float, line: float) -> float:
    high = -float(_BLOCK_GAP)
    for block in column:
        each = _size(block.kind, side, 0)[1] + _GAP
        high += line + 2 + len(block.units) * each + (line if block.left_out else 0) + _BLOCK_GAP
    return high


def _free(model: Model, room: Room) -> tuple[float, float]:
    """Width that the least gaps leave for units; and height, where titles stand on two lines."""
    gaps = sum(_WIDE_GAP[0] if wide else _NARROW_GAP[0] for wide in model.wide[1:])
    return room.width - room.left - room.right - 2 * _MARGIN - gaps, room.height - 2 * _MARGIN - room.line


def _sides(model: Model, room: Room, bar: float) -> list[int]:
    """Side of the thumbnails of each column, in whole pixels.

    The largest with which everything fits, else the least; columns of few units have larger ones.
    """
    wide, high = _free(model, room)
    side = LEAST
    for larger in range(MOST, LEAST, -1):
        across = sum(_width(column, larger, bar) for column in model.columns)
        if across <= wide and all(_height(column, larger, room.line) <= high for column in model.columns):
            side = larger
            break
    sides = [side] * len(model.columns)
    # A third of the room that is left; the gaps get the rest.
    left = (wide - sum(_width(column, side, bar) for column in model.columns)) / 3
    growing = [number for number, column in enumerate(model.columns) if any(b.kind != "bar" for b in column)]
    while growing:
        # All by turns, so that columns of as many units are as large.
        for number in tuple(growing):
            column, larger = model.columns[number], sides[number] + 1
            cost = _width(column, larger, bar) - _width(column, larger - 1, bar)
            if larger > _LARGE or cost > left or _height(column, larger, room.line) > high:
                growing.remove(number)
                continue
            sides[number] = larger
            left -= cost
    return sides


def _gaps(model: Model, room: Room, filled: float) -> list[float]:
    """Gaps before each column; those with weights in them take most of the room that is left."""
    kinds = [_WIDE_GAP if wide else _NARROW_GAP for wide in model.wide[1:]]
    left = _free(model, room)[0] - filled
    gaps = [float(least) for least, _ in kinds]
    weights: list[float] = [most - least for least, most in kinds]
    if left > 0 and any(weights):
        share = min(left / sum(weights), 1.0)
        gaps = [gap + share * weight for gap, weight in zip(gaps, weights, strict=True)]
    return [0.0, *gaps]


def _reaches(centres: Sequence[float], width: float) -> list[float]:
    """For each column, how far a text may reach to either side of its centre."""
    edges = [-centres[0], *centres, 2 * width - centres[-1]]
    return [
        min(after - centre, centre - before) / 2 - 2
        for before, centre, after in zip(edges[:-2], centres, edges[2:], strict=True)
    ]


def _lines(model: Model, cells: Mapping[str, Sequence[QRectF]]) -> Array:
    """Start and end of every wire."""
    parts = [np.zeros((0, 4))]
    for bundle in model.bundles:
        starts = np.array([(cell.right(), cell.center().y()) for cell in cells[bundle.source]])
        ends = np.array([(cell.left(), cell.center().y()) for cell in cells[bundle.target]])
        source, target = model.blocks[bundle.source], model.blocks[bundle.target]
        rows, columns = np.searchsorted(source.units, bundle.rows), np.searchsorted(target.units, bundle.columns)
        parts.append(np.concatenate([starts[rows], ends[columns]], axis=1))
    return np.concatenate(parts)
