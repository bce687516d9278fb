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
# Share of the width that names and values take at most.
_NAMES = 0.45
# Height of a row at most, in lines of text.
_TALLEST = 2.0


@dataclass(frozen=True, eq=False)
class BarSheet:
    """Sheet of bars, two for each input.

    Attributes:
        names: of the inputs. shown: their values in the units of the data's source, (N,).
        gradient, product: (N,); what they are called, and what where there is little room.
    """

    names: Sequence[str]
    shown: Array
    gradient: Array
    product: Array
    titles: tuple[str, str] = ("Gradient", "Gradient × input")
    short: tuple[str, str] = ("Grad", "× input")

    def paint(self, painter: QPainter, size: QSizeF, metrics: QFontMetricsF) -> None:
        """Draw the sheet at this size."""
        colours, row = theme().colours, self._row(size, metrics.height())
        chosen = self.rows(size.height(), row)
        width = self._width_of_names(size, metrics, chosen)
        bars = self._columns(size, width)
        painter.setPen(QColor(colours.muted))
        for title, brief, (values, column) in zip(self.titles, self.short, bars, strict=True):
            head, full = QRectF(column.left(), _MARGIN, column.width(), row), f"{title} (±{short(_reach(values), 2)})"
            fits = (text for text in (full, title, brief) if metrics.horizontalAdvance(text) <= head.width())
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, next(fits, ""))
        for line, index in enumerate(chosen, start=1):
            top = _MARGIN + line * row
            painter.setPen(QColor(colours.text))
            name, value = self.names[index], short(float(self.shown[index]), 4)
            room = QRectF(_MARGIN, top, width, row)
            number = metrics.horizontalAdvance(value)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width() - number - 8)
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
            for values, column in bars:
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

    def _width_of_names(self, size: QSizeF, metrics: QFontMetricsF, chosen: Sequence[int]) -> float:
        """Width of the longest of these names beside its value, as far as there is room."""
        lines = (f"{self.names[index]}  {short(float(self.shown[index]), 4)}" for index in chosen)
        return min(max(map(metrics.horizontalAdvance, lines), default=0.0) + _GAP, _NAMES * size.width() - _MARGIN)

    def _columns(self, size: QSizeF, names: float) -> list[tuple[Array, QRectF]]:
        """Values and room of the two columns of bars, beside names of this width."""
        left = _MARGIN + names + _GAP
        width = max((size.width() - left - _MARGIN - _GAP) / 2, 1.0)
        return [
            (values, QRectF(left + index * (width + _GAP), 0, width, size.height()))
            for index, values in enumerate((self.gradient, self.product))
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
