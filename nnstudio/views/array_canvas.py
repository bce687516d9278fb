"""Canvas of several arrays side by side: matrices with their numbers, or as heat maps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import reach_of, value_image
from nnstudio.views.cell_grid import cell_at, draw_frame, draw_numbers
from nnstudio.views.plotting import short

Array = NDArray[Any]

# A cell that holds a number, and one of a heat map, in pixels.
_CELL, _PIXEL = (46, 22), 9
# Matrices with more rows or columns are heat maps; none is drawn larger than this.
_MOST_ROWS, _MOST_COLUMNS = 10, 10
_LARGEST = 260
_GAP, _SIGN = 14, 22
# Stands in the place of a number that an exercise asks for.
_COVERED = "?"
# Matrices of an array of more axes that are drawn, at most.
_MOST_TILES = 64


@dataclass(frozen=True, eq=False)
class Shown:
    """One array on the canvas.

    Attributes:
        name: as a person reads it.
        values: any shape; of more than two axes, all but the last two are laid out as tiles.
        sign: what stands in front of it, such as "=".
    """

    name: str
    values: Array
    sign: str = ""

    @property
    def caption(self) -> str:
        """Name and size: "weight, 2 x 3"."""
        shape = self.values.shape
        return f"{self.name}, {' x '.join(map(str, shape))}" if shape else self.name


def as_matrix(values: Array, most: int = _MOST_TILES) -> tuple[Array, int]:
    """Matrix of an array of any shape, and how many of its slices were left out.

    A vector becomes one row. Of more axes, the matrices of the last two stand side by side, `most` of them at most.
    """
    if values.ndim < 2:
        return values.reshape(1, -1), 0
    tiles = values.reshape(-1, *values.shape[-2:])
    kept = tiles[:most]
    if len(kept) == 1:
        return kept[0], 0
    across = math.ceil(math.sqrt(len(kept)))
    rows, columns = kept.shape[1:]
    down = math.ceil(len(kept) / across)
    # One cell of nothing between two tiles.
    sheet = np.full((down * (rows + 1) - 1, across * (columns + 1) - 1), np.nan)
    for place, tile in enumerate(kept):
        row, column = divmod(place, across)
        sheet[row * (rows + 1) :, column * (columns + 1) :][:rows, :columns] = tile
    return sheet, len(tiles) - len(kept)


class ArrayCanvas(QWidget):
    """Arrays one after the other, in as many lines as they need; values under the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.arrays: tuple[Shown, ...] = ()
        self._matrices: list[tuple[Array, int]] = []
        self._under: tuple[int, int, int] | None = None
        self._covers: Mapping[str, tuple[int, ...]] = {}
        theme().changed.connect(self.update)

    def show_arrays(self, arrays: Sequence[Shown]) -> None:
        """Show other arrays."""
        shapes = [(each.name, each.values.shape) for each in self.arrays]
        self.arrays = tuple(arrays)
        self._matrices = [as_matrix(each.values) for each in arrays]
        if shapes != [(each.name, each.values.shape) for each in arrays]:
            self._under = None
            self.updateGeometry()
        self.setAccessibleName("; ".join(each.caption for each in arrays))
        self.update()

    @property
    def covers(self) -> Mapping[str, tuple[int, ...]]:
        """Places of the numbers that are hidden, counted from 0, by the name of their array."""
        return self._covers

    def cover(self, covers: Mapping[str, tuple[int, ...]]) -> None:
        """Hide numbers: of arrays by name, those whose indices begin with these; () is a whole array."""
        if covers != self._covers:
            self._covers = dict(covers)
            self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        places = self.places(width)
        return math.ceil(max((place.bottom() for place in places), default=0)) + _GAP

    def sizeHint(self) -> QSize:
        return QSize(400, self.heightForWidth(max(self.width(), 400)))

    def minimumSizeHint(self) -> QSize:
        return QSize(1, self.heightForWidth(max(self.width(), 1)))

    def places(self, width: int | None = None) -> list[QRectF]:
        """Rectangles of the matrices, without their captions."""
        room, head = width or self.width(), self.fontMetrics().height() + 2
        places: list[QRectF] = []
        x = y = lowest = 0.0
        for shown, (matrix, left_out) in zip(self.arrays, self._matrices, strict=True):
            size = _size(matrix)
            lead = _SIGN if shown.sign else 0
            wide = max(size.width(), self.fontMetrics().horizontalAdvance(_caption(shown, left_out)))
            if x and x + lead + wide > room:
                x, y = 0.0, lowest + _GAP
            places.append(QRectF(x + lead, y + head, size.width(), size.height()))
            lowest = max(lowest, y + head + size.height())
            x += lead + wide + _GAP
        return places

    def reading(self, point: QPointF) -> str:
        """Value under a point, with its indices from 1; "" where there is none."""
        found = self._at(point)
        if found is None:
            return ""
        which, row, column = found
        shown, (matrix, _) = self.arrays[which], self._matrices[which]
        value = float(matrix[row, column])
        place = _index(shown.values, row, column)
        if place is None:
            return ""
        covered = self._covered(shown, matrix)
        hidden = covered is not None and bool(covered[row, column])
        return f"{shown.name}{place} = {_COVERED if hidden else short(value, 6)}"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme().colours
        for which, (shown, place) in enumerate(zip(self.arrays, self.places(), strict=True)):
            matrix, left_out = self._matrices[which]
            reach = reach_of(shown.values) if shown.values.size else 1.0
            painter.setPen(colours.muted)
            painter.drawText(QPointF(place.x(), place.y() - 5), _caption(shown, left_out))
            if shown.sign:
                painter.setPen(colours.text)
                box = QRectF(place.x() - _SIGN, place.y(), _SIGN, place.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown.sign)
            if not matrix.size:
                continue
            covered = self._covered(shown, matrix)
            inside = np.isfinite(matrix)
            # Its colour would tell the number as well.
            painter.drawImage(place, value_image(matrix if covered is None else np.where(covered, 0.0, matrix), reach))
            self._part(painter, place, shown.values.shape, matrix)
            draw_numbers(painter, place, matrix, reach, inside=inside if covered is None else inside & ~covered)
            if covered is not None:
                _hide(painter, place, covered)
            painter.setPen(colours.border)
            painter.drawRect(place)
            if self._under is not None and self._under[0] == which:
                self._highlight(painter, place, matrix)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        found = self._at(event.position())
        if found != self._under:
            self._under = found
            self.update()

    def _covered(self, shown: Shown, matrix: Array) -> Array | None:
        """True for the cells of a matrix that are hidden; None if none is."""
        place = self._covers.get(shown.name)
        if place is None or len(place) > shown.values.ndim:
            return None
        mask = np.zeros(shown.values.shape)
        mask[place] = 1.0
        return np.asarray(np.nan_to_num(as_matrix(mask)[0]) > 0)

    def _part(self, painter: QPainter, place: QRectF, shape: tuple[int, ...], matrix: Array) -> None:
        """Parts the tiles of an array of more than two axes."""
        ground = self.palette().window()
        width, height = place.width() / matrix.shape[1], place.height() / matrix.shape[0]
        if len(shape) > 2:
            rows, columns = shape[-2:]
            for row in range(rows, len(matrix), rows + 1):
                painter.fillRect(QRectF(place.x(), place.y() + row * height, place.width(), height), ground)
            for column in range(columns, matrix.shape[1], columns + 1):
                painter.fillRect(QRectF(place.x() + column * width, place.y(), width, place.height()), ground)

    def _highlight(self, painter: QPainter, place: QRectF, matrix: Array) -> None:
        """Frames the row and the column under the mouse."""
        assert self._under is not None
        _, row, column = self._under
        width, height = place.width() / matrix.shape[1], place.height() / matrix.shape[0]
        painter.setPen(theme().colours.muted)
        if len(matrix) > 1:
            painter.drawRect(QRectF(place.x(), place.y() + row * height, place.width(), height))
            painter.drawRect(QRectF(place.x() + column * width, place.y(), width, place.height()))
        draw_frame(painter, QRectF(place.x() + column * width, place.y() + row * height, width, height))

    def _at(self, point: QPointF) -> tuple[int, int, int] | None:
        for which, (place, (matrix, _)) in enumerate(zip(self.places(), self._matrices, strict=True)):
            rows, columns = matrix.shape
            cell = cell_at(place, rows, columns, point)
            if cell is not None and np.isfinite(matrix[cell]):
                return which, *cell
        return None


def _hide(painter: QPainter, place: QRectF, covered: Array) -> None:
    """Draws a question mark on each hidden cell, on no colour of the scale."""
    colours = theme().colours
    rows, columns = covered.shape
    width, height = place.width() / columns, place.height() / rows
    for row, column in np.argwhere(covered).tolist():
        cell = QRectF(place.x() + column * width, place.y() + row * height, width, height)
        painter.fillRect(cell, QColor(colours.panel))
        painter.setPen(QPen(QColor(colours.accent), 2))
        painter.drawRect(cell.adjusted(1, 1, -1, -1))
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, _COVERED)


def _caption(shown: Shown, left_out: int) -> str:
    return shown.caption + (f" (first {_MOST_TILES}, {left_out:,} more)" if left_out else "")


def _size(matrix: Array) -> QSize:
    rows, columns = max(matrix.shape[0], 1), max(matrix.shape[1], 1)
    if rows <= _MOST_ROWS and columns <= _MOST_COLUMNS:
        return QSize(columns * _CELL[0], rows * _CELL[1])
    pixel = max(1.0, min(_PIXEL, _LARGEST / max(rows, columns)))
    # A long vector is a band that can still be hit with the mouse.
    return QSize(round(min(columns * pixel, 2 * _LARGEST)), round(max(rows * pixel, _CELL[1])))


def _index(values: Array, row: int, column: int) -> str | None:
    """Indices of a cell of the matrix in the array, from 1: "[2, 3]"; None for a gap between tiles."""
    if values.ndim == 0:
        return ""
    if values.ndim == 1:
        return f"[{column + 1}]"
    if values.ndim == 2:
        return f"[{row + 1}, {column + 1}]"
    tiles = min(math.prod(values.shape[:-2]), _MOST_TILES)
    across = math.ceil(math.sqrt(tiles)) if tiles > 1 else 1
    rows, columns = values.shape[-2:]
    tile = row // (rows + 1) * across + column // (columns + 1)
    if tile >= tiles or row % (rows + 1) >= rows or column % (columns + 1) >= columns:
        return None
    leading = np.unravel_index(tile, values.shape[:-2])
    return f"[{', '.join(str(int(i) + 1) for i in (*leading, row % (rows + 1), column % (columns + 1)))}]"
