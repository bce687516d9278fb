"""Where things stand on the canvas: sizes, wires as paths, and which wire is meant by a point. Draws nothing."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from nnstudio.document.edits import position
from nnstudio.document.model import Document, Wire

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


def wire_path(source: QPointF, target: QPointF, *, around: bool = False) -> QPainterPath:
    """From the block centred at `source` to the one centred at `target`: down, or sideways into another column.

    With `around` it keeps to the right of the blocks that stand between the two.
    """
    if around:
        start, end = (place + QPointF(BLOCK_WIDTH / 2, 0) for place in (source, target))
        reach = QPointF(max(end.x() - start.x(), start.x() - end.x(), 0) + 44, 0)
        path = QPainterPath(start)
        path.cubicTo(start + reach, end + reach, end)
        return path
    if target.y() - source.y() > BLOCK_HEIGHT + 8:
        start = source + QPointF(0, BLOCK_HEIGHT / 2)
        end = target - QPointF(0, BLOCK_HEIGHT / 2)
        bend = QPointF(0, (end.y() - start.y()) / 2)
    else:
        side = 1.0 if target.x() >= source.x() else -1.0
        start = source + QPointF(side * BLOCK_WIDTH / 2, 0)
        end = target - QPointF(side * BLOCK_WIDTH / 2, 0)
        bend = QPointF(side * max(abs(end.x() - start.x()) / 2, 30.0), 0)
    path = QPainterPath(start)
    if abs(start.x() - end.x()) < 0.5 and bend.x() == 0:
        path.lineTo(end)
    else:
        path.cubicTo(start + bend, end - bend, end)
    return path


def leads_around(document: Document, wire: Wire) -> bool:
    """True if other blocks stand on the straight way of a wire that goes down."""
    (x0, y0), (x1, y1) = position(document, wire.source), position(document, wire.target)
    if abs(x1 - x0) > BLOCK_WIDTH / 2:
        return False
    others = (position(document, block.name) for block in document.blocks)
    return any(y0 + 1 < y < y1 - 1 and abs(x - (x0 + x1) / 2) < BLOCK_WIDTH / 2 for x, y in others)


def distance(path: QPainterPath, point: QPointF, *more: QPointF) -> float:
    """From a point to the nearest of some points along a path, and of `more` points, in scene units."""
    along = (path.pointAtPercent(step / _SAMPLES) for step in range(_SAMPLES + 1))
    return min(math.hypot(each.x() - point.x(), each.y() - point.y()) for each in (*along, *more))


def nearest_wire(document: Document, point: QPointF, *, without: str = "") -> tuple[Wire, float] | None:
    """The wire nearest to a point, and how far it is; wires of the block `without` do not count."""
    below = QPointF(0, BLOCK_HEIGHT / 2 + 14)
    found: tuple[Wire, float] | None = None
    for wire in document.wires:
        if without in (wire.source, wire.target):
            continue
        source, target = (QPointF(*position(document, name)) for name in (wire.source, wire.target))
        # Below a block means behind it and above means before it, also where the wire goes sideways.
        around = leads_around(document, wire)
        ends = () if around else (source + below, target - below)
        away = distance(wire_path(source, target, around=around), point, *ends)
        if found is None or away < found[1]:
            found = wire, away
    return found
