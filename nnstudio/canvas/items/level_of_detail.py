"""Simplified blocks at small zoom: icon and title, then a coloured box."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath

from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT, BLOCK_WIDTH
from nnstudio.ui.icons import draw_icon

# Scales from which on all is written, and from which on the title is; below, a block is a box with its icon.
FULL, TITLED = 0.5, 0.25
_TITLE, _LEAST_TITLE = 28, 20
_ICON, _LARGE_ICON = 34.0, 44.0
# Lines get wider the smaller all is shown, so that they can be seen; at most so many times.
_WIDEST = 3.0


def widening(zoom: float) -> float:
    """Factor on the width of lines at a zoom."""
    return min(max(0.6 / max(zoom, 0.01), 1.0), _WIDEST)


def draw_titled(painter: QPainter, icon: str, title: str, tint: QColor, ink: QColor, font: QFont) -> None:
    """Draw icon and title as large as they fit, over the block's band and body."""
    left = -BLOCK_WIDTH / 2
    _draw_icon(painter, icon, QPointF(left + 24, 0), _ICON, tint)
    area = QRectF(left + 52, -BLOCK_HEIGHT / 2, BLOCK_WIDTH - 60, BLOCK_HEIGHT)
    font = QFont(font)
    font.setPixelSize(_TITLE)
    wide = QFontMetricsF(font).horizontalAdvance(title)
    if wide > area.width():
        font.setPixelSize(max(int(_TITLE * area.width() / wide), _LEAST_TITLE))
    shown = QFontMetricsF(font).elidedText(title, Qt.TextElideMode.ElideRight, area.width())
    painter.setFont(font)
    painter.setPen(ink)
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def draw_box(painter: QPainter, body: QPainterPath, icon: str, fill: QColor, ink: QColor) -> None:
    """Draw the block's shape in one colour, with its icon."""
    painter.fillPath(body, fill)
    _draw_icon(painter, icon, QPointF(0, 0), _LARGE_ICON, ink)


def _draw_icon(painter: QPainter, icon: str, centre: QPointF, size: float, colour: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    draw_icon(painter, icon, QRectF(centre.x() - size / 2, centre.y() - size / 2, size, size), colour.name())
