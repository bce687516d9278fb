"""Ground of the canvas: a colour, with dots where they are not too small."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPolygonF

from nnstudio.ui.theme import theme

_DOTS = 24


@lru_cache(64)
def _dots(across: int, down: int) -> QPolygonF:
    """The dots of a part of the ground: most frames draw a part as large as one before."""
    return QPolygonF([QPointF(x * _DOTS, y * _DOTS) for x in range(across + 1) for y in range(down + 1)])


def draw_ground(painter: QPainter, rect: QRectF | QRect) -> None:
    """Draw the part of the ground in `rect`, in scene units."""
    colours = theme().colours
    painter.fillRect(rect, QColor(colours.canvas))
    if painter.worldTransform().m11() < 0.5:
        return
    painter.setPen(QColor(colours.canvas_dot))
    left, top = (math.floor(edge / _DOTS) for edge in (rect.left(), rect.top()))
    right, bottom = (math.ceil(edge / _DOTS) for edge in (rect.right(), rect.bottom()))
    painter.translate(left * _DOTS, top * _DOTS)
    painter.drawPoints(_dots(right - left, bottom - top))
    painter.translate(-left * _DOTS, -top * _DOTS)
