"""Saliency of single inputs: a bar for each, with its name and value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from nnstudio.ui.theme import theme
from nnstudio.views.plotting import short

Array = NDArray[Any]

_MARGIN, _GAP = 8.0, 10.0
# Share of the width that the names take.
_NAMES = 0.32
# Height of a row at most, in lines of text.
_TALLEST = 2.0


@dataclass(frozen=True, eq=False)
class BarSheet:
    """Sheet of bars, two for each input.

    Attributes:
        names: of the inputs. shown: their values in the units of the data's source, (N,).
        gradient, product: (N,), and what they are called.
    """

    names: Sequence[str]
    shown: Array
    gradient: Array
    product: Array
    titles: tuple[str, str] = ("Gradient", "Gradient × input")

    def paint(self, painter: QPainter, size: QSizeF, metrics: QFontMetricsF) -> None:
        """Draw the sheet at this size."""
        colours, row = theme().colours, self._row(size, metrics.height())
        chosen, names = self.rows(size.height(), row), self._names(size)
        painter.setPen(QColor(colours.muted))
        for title, values, column in self._columns(size):
            reach = short(_reach(values), 2)
            head = QRectF(column.left(), _MARGIN, column.width(), row)
            text = metrics.elidedText(f"{title} (±{reach})", Qt.TextElideMode.ElideRight, head.width())
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, text)
        for line, index in enumerate(chosen, start=1):
            top = _MARGIN + line * row
            painter.setPen(QColor(colours.text))
            name, value = self.names[index], short(float(self.shown[index]), 4)
            room = QRectF(names.left(), top, names.width(), row)
            number = metrics.horizontalAdvance(value)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width() - number - 8)
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
            for _, values, column in self._columns(size):
                _draw_bar(painter, metrics, QRectF(column.left(), top, column.width(), row), values, index)
        if len(chosen) < len(self.names):
            room = QRectF(_MARGIN, _MARGIN + (len(chosen) + 1) * row, size.width() - 2 * _MARGIN, row)
            note = f"The {len(chosen)} strongest of {len(self.names):,} inputs by gradient × input"
            painter.setPen(QColor(colours.muted))
            elided = metrics.elidedText(note, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)

    def rows(self, height: float, row: float) -> list[int]:
        """Indices of the inputs that are drawn, in their order: all, or the strongest for which there is room."""
        room, count = int((height - 2 * _MARGIN) // row) - 1, len(self.names)
        if count <= room:
            return list(range(count))
        order = np.argsort(-np.abs(self.product), kind="stable")
        return sorted(order[: max(room - 1, 1)].tolist())

    def row_at(self, point: QPointF, size: QSizeF, line: float) -> int | None:
        """Index of the input under a point; None where there is none."""
        row = self._row(size, line)
        chosen, place = self.rows(size.height(), row), int((point.y() - _MARGIN) // row) - 1
        return chosen[place] if 0 <= place < len(chosen) else None

    def _row(self, size: QSizeF, line: float) -> float:
        """Height of a row: few inputs may take more room than a line of text."""
        return min(max((size.height() - 2 * _MARGIN) / (len(self.names) + 1), line + 4), _TALLEST * line)

    def _names(self, size: QSizeF) -> QRectF:
        return QRectF(_MARGIN, 0, size.width() * _NAMES - _MARGIN, size.height())

    def _columns(self, size: QSizeF) -> list[tuple[str, Array, QRectF]]:
        """Title, values and room of the two columns of bars."""
        left = size.width() * _NAMES + _GAP
        width = (size.width() - left - _MARGIN - _GAP) / 2
        return [
            (title, values, QRectF(left + index * (width + _GAP), 0, width, size.height()))
            for index, (title, values) in enumerate(zip(self.titles, (self.gradient, self.product), strict=True))
        ]


def _reach(values: Array) -> float:
    return float(np.abs(values).max(initial=0.0))


def _draw_bar(painter: QPainter, metrics: QFontMetricsF, room: QRectF, values: Array, index: int) -> None:
    """A bar from the middle to the right if positive, to the left if negative, and its number on the other side."""
    # Without the sign of a negative zero.
    colours, value, reach, middle = theme().colours, float(values[index]) + 0.0, _reach(values), room.center().x()
    painter.setPen(QColor(colours.border))
    painter.drawLine(QPointF(middle, room.top()), QPointF(middle, room.bottom()))
    if reach > 0:
        length = value / reach * (room.width() / 2 - 2)
        bar = QRectF(QPointF(min(middle, middle + length), room.top() + 3), QSizeF(abs(length), room.height() - 6))
        painter.fillRect(bar, QColor(colours.positive if value > 0 else colours.negative))
    text = f"+{short(value, 2)}" if value > 0 else short(value, 2)
    half = QRectF(room.left() if value > 0 else middle + 4, room.top(), room.width() / 2 - 4, room.height())
    if metrics.horizontalAdvance(text) <= half.width():
        painter.setPen(QColor(colours.text))
        side = Qt.AlignmentFlag.AlignRight if value > 0 else Qt.AlignmentFlag.AlignLeft
        painter.drawText(half, side | Qt.AlignmentFlag.AlignVCenter, text)
