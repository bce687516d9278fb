"""Sizes on the canvas, and distances. Draws nothing; nnstudio/canvas/routing.py knows where wires run."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

BLOCK_WIDTH = 240.0
BLOCK_HEIGHT = 54.0
RADIUS = 9.0
# How near, in scene units, a dragged block must come to a wire to be taken over by it.
CATCH = 46.0
# Points along a wire to which distances are measured.
_SAMPLES = 16


def block_rect() -> QRectF:
    """A block about its own centre."""
    return QRectF(-BLOCK_WIDTH / 2, -BLOCK_HEIGHT / 2, BLOCK_WIDTH, BLOCK_HEIGHT)


def distance(path: QPainterPath, point: QPointF, *more: QPointF) -> float:
    """From a point to the nearest of some points along a path, and of `more` points, in scene units."""
    along = (path.pointAtPercent(step / _SAMPLES) for step in range(_SAMPLES + 1))
    return min(math.hypot(each.x() - point.x(), each.y() - point.y()) for each in (*along, *more))
