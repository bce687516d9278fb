"""Sizes on the canvas, and points along paths. Draws nothing."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

BLOCK_WIDTH = 240.0
BLOCK_HEIGHT = 54.0
RADIUS = 9.0
# How near, in scene units, a dragged block must come to a wire to be taken over by it.
CATCH = 46.0
# Into how many pieces a wire is cut to measure how far it is.
_SAMPLES = 16


def block_rect() -> QRectF:
    """Rectangle of a block around its own centre."""
    return QRectF(-BLOCK_WIDTH / 2, -BLOCK_HEIGHT / 2, BLOCK_WIDTH, BLOCK_HEIGHT)


def along(path: QPainterPath) -> list[tuple[float, float]]:
    """Points along a path, evenly spaced by length, from start to end."""
    points = (path.pointAtPercent(step / _SAMPLES) for step in range(_SAMPLES + 1))
    return [(point.x(), point.y()) for point in points]
