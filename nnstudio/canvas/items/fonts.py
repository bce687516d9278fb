"""Fonts of the canvas in scene units, and the setting of lines."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QApplication

Written = tuple[str, QFont, str]
# Scene units between two texts of a line, at least.
GAP = 8


@cache
def _font(pixels: int, weight: QFont.Weight) -> QFont:
    font = QFont(QApplication.font())
    font.setPixelSize(pixels)
    font.setWeight(weight)
    return font


def title_font() -> QFont:
    """Bold font of a block's first line, 13 scene units high."""
    return QFont(_font(13, QFont.Weight.DemiBold))


def mark_font() -> QFont:
    """Bold font of a word that marks a block, as small as its caption."""
    return QFont(_font(11, QFont.Weight.DemiBold))


def caption_font() -> QFont:
    """Font of all small texts on the canvas, 11 scene units high."""
    return QFont(_font(11, QFont.Weight.Normal))


def two_ends(painter: QPainter, area: QRectF, left: Written, right: Written) -> None:
    """Draw a line with a left text, elided if needed, and a right text."""
    text, font, colour = right
    room = QFontMetricsF(font).horizontalAdvance(text)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    text, font, colour = left
    width = area.width() - (room + GAP if room else 0)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
