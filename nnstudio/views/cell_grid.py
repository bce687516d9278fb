"""Grids of coloured cells: numbers in cells, frames, padding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen

from nnstudio.ui.colours import Colours
from nnstudio.ui.theme import theme
from nnstudio.ui.value_image import diverging_rgba
from nnstudio.views.plotting import ink, short

Array = NDArray[Any]

# Numbers in cells are written this much smaller than other text, and in no more cells than these.
_SMALLER, _MOST_NUMBERS = 0.85, 900
# Numbers with more decimals than this are written with an exponent.
_DECIMALS = 4
# Cells less wide or high than this never take a number, in pixels; and what stays free around one.
_NARROWEST, _LOWEST, _AROUND = 14, 10, 3


def cell_font(font: QFont) -> QFont:
    """Font of the numbers in cells."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * _SMALLER)
    return small


def widest_number(font: QFont) -> float:
    """Width of a cell in which most numbers fit, in pixels."""
    return QFontMetricsF(cell_font(font)).horizontalAdvance("−0.00") + _AROUND


def number_text(value: float, reach: float, digits: int = 2) -> str:
    """Number as it is written in a cell of a grid whose largest number is `reach`, which gets so many digits."""
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(reach)) if 0 < reach < math.inf else digits
    if decimals > _DECIMALS or decimals < -1 or not math.isfinite(value):
        return short(value, 2)
    text = f"{value:.{max(decimals, 0)}f}"
    # "0.00" is a small number, "0" is zero.
    rounded = text.rstrip("0").rstrip(".") if "." in text and float(text) else text
    return rounded.replace("-", "−")


def draw_numbers(
    painter: QPainter,
    place: QRectF,
    values: Array,
    reach: float,
    inside: Array | None = None,
    seen: QRectF | None = None,
) -> bool:
    """Write the numbers into the cells of a grid if all of them fit. Returns True if they do.

    `inside` is False for cells that stay empty; cells that do not touch `seen` are left out.
    """
    rows, columns = values.shape
    if not values.size or values.size > _MOST_NUMBERS:
        return False
    width, height = place.width() / columns, place.height() / rows
    if width < _NARROWEST or height < _LOWEST:
        return False
    painter.save()
    painter.setFont(cell_font(painter.font()))
    metrics = QFontMetricsF(painter.font())
    fits = False
    # With one digit, 1.4 and 0.8 would be the same.
    for digits in (2, 1) if reach < 1 else (2,):
        texts = [[number_text(value, reach, digits) for value in row] for row in values.tolist()]
        longest = max((text for row in texts for text in row), key=len)
        fits = bool(metrics.horizontalAdvance(longest) + _AROUND <= width and metrics.height() <= height + 1)
        if fits:
            break
    if fits:
        grounds = diverging_rgba(values, 0.0, reach).tolist()
        for row, column in np.ndindex(rows, columns):
            cell = QRectF(place.x() + column * width, place.y() + row * height, width, height)
            if (inside is None or inside[row, column]) and (seen is None or seen.intersects(cell)):
                painter.setPen(ink(QColor(*grounds[row][column])))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, texts[row][column])
    painter.restore()
    return fits


def padding_brush(colours: Colours) -> QBrush:
    """Hatching of padding cells."""
    return QBrush(QColor(colours.muted), Qt.BrushStyle.BDiagPattern)


def draw_frame(painter: QPainter, place: QRectF) -> None:
    """Frame cells so that it is seen on any colour: a line of text's colour within one of the canvas'."""
    colours = theme().colours
    for width, colour in ((4, colours.canvas), (2, colours.text)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawRect(place)


def draw_ring(painter: QPainter, place: QRectF) -> None:
    """Ring within a cell, seen on any colour, that leaves room for its number."""
    colours = theme().colours
    for width, colour in ((4, colours.canvas), (2, colours.text)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawEllipse(place.adjusted(2, 2, -2, -2))


def cell_at(place: QRectF, rows: int, columns: int, point: QPointF) -> tuple[int, int] | None:
    """Row and column of the cell of a grid under a point."""
    if not place.contains(point) or not rows or not columns:
        return None
    row = int((point.y() - place.y()) / place.height() * rows)
    column = int((point.x() - place.x()) / place.width() * columns)
    return min(row, rows - 1), min(column, columns - 1)
