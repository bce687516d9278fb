"""Nearest wire to a point: the drop target of what is dragged."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF

from nnstudio.canvas.geometry.routing import layout_of
from nnstudio.canvas.geometry.sizes import BLOCK_HEIGHT
from nnstudio.document.model import Document, Wire

_BELOW = BLOCK_HEIGHT / 2 + 14


def nearest_wire(
    document: Document, point: QPointF, *, without: str = "", within: float = math.inf
) -> tuple[Wire, float] | None:
    """Wire nearest to a point, and its distance, within reach. Wires of the block `without` are ignored."""
    layout = layout_of(document)
    x, y = point.toTuple()
    # No wire is nearer than the rectangle around it.
    left, top, right, bottom = layout.boxes
    least = np.hypot(np.maximum(np.maximum(left - x, x - right), 0), np.maximum(np.maximum(top - y, y - bottom), 0))
    found: tuple[Wire, float] | None = None
    for index in np.argsort(least, kind="stable"):
        if least[index] > (found[1] if found is not None else within):
            break
        wire = layout.wires[index]
        if without in (wire.source, wire.target):
            continue
        points = layout.trace(wire)
        if layout.routes[wire] is None:
            # Below a block means behind it and above means before it, also where the wire goes sideways.
            (x0, y0), (x1, y1) = layout.places[wire.source], layout.places[wire.target]
            points = (*points, (x0, y0 + _BELOW), (x1, y1 - _BELOW))
        away = min(math.hypot(px - x, py - y) for px, py in points)
        if away < (found[1] if found is not None else within):
            found = wire, away
    return found
